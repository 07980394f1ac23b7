//! How many findings of each severity there are.

use dast_policy::{Confidence, Evidence, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many instances of each severity there are, false positives left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SeverityCounts {
    /// Holes.
    pub high: u64,
    /// Weaknesses that can hurt.
    pub medium: u64,
    /// Weaknesses that need others to hurt.
    pub low: u64,
    /// What is worth knowing.
    pub informational: u64,
}

impl From<&Evidence> for SeverityCounts {
    fn from(evidence: &Evidence) -> Self {
        let mut counts = Self::default();
        for row in evidence.counts().iter().filter(|row| row.confidence != Confidence::FalsePositive) {
            let count = match row.severity {
                Severity::High => &mut counts.high,
                Severity::Medium => &mut counts.medium,
                Severity::Low => &mut counts.low,
                Severity::Informational => &mut counts.informational,
            };
            *count = count.saturating_add(row.instances);
        }
        counts
    }
}
