//! The full list of findings, for people and other tools. It is kept apart from evidence and never judged.

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::rule::AlertRef;

/// Everything a scan has to tell: the evidence that is judged, all findings, and what their rules mean.
#[derive(Debug, Clone)]
pub struct Report {
    /// What is judged.
    pub evidence: Evidence,
    /// All findings, in the order in which the engine gave them.
    pub findings: Vec<Finding>,
    /// The rules that the findings belong to.
    pub rules: Vec<RuleInfo>,
}

/// What a rule looks for and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleInfo {
    /// The rule, or the variant of a rule.
    pub alert_ref: AlertRef,
    /// The alert's name.
    pub name: String,
    /// What it means, in a sentence or two.
    pub description: String,
    /// What to do about it.
    pub solution: String,
    /// Where to read more.
    pub references: Vec<String>,
}
