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
        let rows = evidence.counts().into_iter().map(|row| {
            ((row.alert.is_none(), Reverse((row.severity, row.confidence)), row.alert), row.instances)
        });
        // In the order of evidence: rows with a rule, the worst first, then those without.
        let mut rows: BTreeMap<_, u64> = rows.collect();
        let mut named = rows.keys().filter(|(is_nameless, ..)| !is_nameless).count();
        for ((kind, alert), instances) in &self.0 {
            let mut row = (false, *kind, Some(alert.clone()));
            if !rows.contains_key(&row) {
                // To the rules without a name, unless there is room.
                if named < Bound::MOST_ROWS { named += 1 } else { row = (true, *kind, None) }
            }
            let sum = rows.entry(row).or_default();
            *sum = sum.saturating_add(*instances);
        }
        let counts = rows.into_iter().map(|((_, Reverse((severity, confidence)), alert), instances)| Count {
            alert,
            severity,
            confidence,
            instances,
        });
        let counts = counts.collect();
        // Evidence is made of findings or of JSON. A billion findings need not be made for the sake of their number.
        let (scan, findings) = (evidence.scan(), evidence.findings());
        let wire = Wire { schema_version: SCHEMA_VERSION, scan, counts, findings };
        Evidence::from_json(&serde_json::to_string(&wire).unwrap_or_default())
    }
}

/// Evidence as it stands in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    schema_version: u32,
    scan: Scan,
    counts: Vec<Count>,
    findings: Vec<Finding>,
}
