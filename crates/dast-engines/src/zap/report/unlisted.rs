//! Findings of which a report says only how many there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dast_policy::{
    AlertRef, Bound, Confidence, Count, Evidence, EvidenceError, Finding, SCHEMA_VERSION, Scan, Severity,
};
use serde::Serialize;

/// How many findings there are, besides those that are listed, by what a row of counts tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Unlisted(BTreeMap<Row, u64>);

/// In the order of evidence, so that the worst get names as long as there is room.
type Row = (Reverse<(Severity, Confidence)>, AlertRef);

impl Unlisted {
    pub(super) fn add(
        &mut self,
        alert: AlertRef,
        severity: Severity,
        confidence: Confidence,
        instances: u64,
    ) {
        if instances > 0 {
            let sum = self.0.entry((Reverse((severity, confidence)), alert)).or_default();
            *sum = sum.saturating_add(instances);
        }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        for ((Reverse((severity, confidence)), alert), instances) in other.0 {
            self.add(alert, severity, confidence, instances);
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.0.values().fold(0, |sum, instances| sum.saturating_add(*instances))
    }

    /// The evidence with these findings counted too. What is counted but not listed is judged as the worst that it
    /// may be, so that the verdict is no better than with all of them at hand.
    pub(super) fn count_into(&self, evidence: &Evidence) -> Result<Evidence, EvidenceError> {
        if self.0.is_empty() {
            return Ok(evidence.clone());
        }
        let mut counts = evidence.counts().to_vec();
        for ((Reverse((severity, confidence)), alert), instances) in &self.0 {
            let row = Count {
                alert: Some(alert.clone()),
                severity: *severity,
                confidence: *confidence,
                instances: *instances,
            };
            count(&mut counts, row);
        }
        counts.sort_by(|a, b| order(a).cmp(&order(b)));
        // Evidence is made of findings or of JSON. A billion findings need not be made for the sake of their number.
        let (scan, findings) = (evidence.scan(), evidence.findings());
        let wire = Wire { schema_version: SCHEMA_VERSION, scan, counts, findings };
        Evidence::from_json(&serde_json::to_string(&wire).unwrap_or_default())
    }
}

/// Evidence as it stands in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    schema_version: u32,
    scan: &'a Scan,
    counts: Vec<Count>,
    findings: &'a [Finding],
}

/// Adds to the row of the same rule, to a new one if there is room, or to that of the rules without a name.
fn count(counts: &mut Vec<Count>, row: Count) {
    let same = |alert: &Option<AlertRef>, other: &Count| {
        (&other.alert, other.severity, other.confidence) == (alert, row.severity, row.confidence)
    };
    let named = counts.iter().filter(|count| count.alert.is_some()).count();
    let known = counts.iter().any(|other| same(&row.alert, other));
    let alert = if known || named < Bound::MOST_ROWS { row.alert.clone() } else { None };
    match counts.iter_mut().find(|other| same(&alert, other)) {
        Some(other) => other.instances = other.instances.saturating_add(row.instances),
        None => counts.push(Count { alert, ..row }),
    }
}

/// The order of evidence: rows with a rule, the worst first, then those without.
fn order(count: &Count) -> impl Ord + '_ {
    (count.alert.is_none(), Reverse((count.severity, count.confidence)), &count.alert)
}
