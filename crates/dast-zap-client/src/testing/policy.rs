//! Scan policies: how hard active rules attack, and how sure they must be.

use std::collections::BTreeMap;

/// A policy. What its rules are told changes nothing: alerts are raised as the test says.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) name: String,
    /// What rules were told, by their id.
    pub(super) strengths: BTreeMap<u32, String>,
    pub(super) thresholds: BTreeMap<u32, String>,
}

impl Policy {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), strengths: BTreeMap::new(), thresholds: BTreeMap::new() }
    }
}
