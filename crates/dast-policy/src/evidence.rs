//! What a scan left behind: exact counts, a bounded list of instances, and how far it may be relied on.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bound::Bound;
use crate::collector::Collector;
use crate::confidence::Confidence;
use crate::count::Count;
use crate::error::{EvidenceError, excerpt};
use crate::finding::Finding;
use crate::rows::Rows;
use crate::scan::{Authentication, Cause, Completion, Scan};
use crate::totals::Totals;

/// The version of the JSON that [`Evidence`] is written in and read from.
pub const SCHEMA_VERSION: u32 = 1;

/// What a scan left behind, bounded by construction, and all that is ever judged.
///
/// It can only be made by a [`Collector`] from findings, or be read from JSON that agrees with itself. Evidence of a
/// scan that saw no page is never complete, whatever the scanner said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    scan: Scan,
    counts: Vec<Count>,
    findings: Vec<Finding>,
    /// What follows from the other two.
    rows: Rows,
    totals: Totals,
}

impl Evidence {
    /// Puts evidence together from what a [`Collector`] kept.
    pub(crate) fn assemble(mut scan: Scan, counts: Vec<Count>, findings: Vec<Finding>) -> Self {
        let contradicted = match &scan {
            Scan { authentication: Authentication::Lost, .. } => Some(Cause::AuthenticationFailed),
            Scan { coverage, .. } if coverage.pages == 0 => Some(Cause::NothingCrawled),
            _ => None,
        };
        if let (Completion::Complete, Some(cause)) = (&scan.completion, contradicted) {
            scan.completion = Completion::Incomplete { cause, detail: String::new() };
        }
        Bound::shorten_scan(&mut scan);
        // A clock that was set back while a scan ran must not make its evidence unreadable.
        scan.ended = scan.ended.max(scan.started);
        let rows = Rows::of(&counts, &findings);
        Self { scan, counts, findings, rows, totals: Totals::default() }.counted()
    }

    fn counted(mut self) -> Self {
        self.totals = Totals::of(&self);
        self
    }

    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The scan, without its findings.
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// Exact counts by alert reference, severity and confidence; the worst first.
    pub fn counts(&self) -> &[Count] {
        &self.counts
    }

    /// The listed instances, the worst first. There may be more than are listed: the counts say how many.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many instances there are, listed or not, false positives left out.
    pub fn instances(&self) -> u64 {
        let real = self.counts.iter().filter(|count| count.confidence != Confidence::FalsePositive);
        real.fold(0, |sum, count| sum.saturating_add(count.instances))
    }

    /// The same, but not to be relied on: what it rests on turned out not to have held. Evidence that is incomplete
    /// already keeps its own cause.
    #[must_use]
    pub fn incomplete(mut self, cause: Cause, detail: impl Into<String>) -> Self {
        if self.scan.completion == Completion::Complete {
            self.scan.completion = Completion::Incomplete { cause, detail: detail.into() };
            Bound::shorten_scan(&mut self.scan);
        }
        self
    }

    /// The evidence as JSON that [`from_json`](Self::from_json) reads: camelCase, indented, ending in a line feed.
    pub fn to_json(&self) -> String {
        // Text keys and finite numbers only: there is nothing in it that JSON cannot say.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads evidence and holds it against its own bounds and its own statements.
    ///
    /// # Errors
    /// When it is not JSON, is of another [`SCHEMA_VERSION`], has missing or unknown fields, contradicts itself, or
    /// lists more than the bound allows.
    pub fn from_json(text: &str) -> Result<Self, EvidenceError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            schema_version: serde_json::Value,
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let version: Version = serde_json::from_str(text).map_err(EvidenceError::syntax)?;
        if version.schema_version != SCHEMA_VERSION {
            let found = excerpt(&version.schema_version.to_string());
            return Err(EvidenceError::Version { found, expected: SCHEMA_VERSION });
        }
        let wire: Wire = serde_json::from_str(text).map_err(EvidenceError::syntax)?;
        Self::read(wire)
    }

    fn wire(&self) -> Wire {
        Wire {
            schema_version: SCHEMA_VERSION,
            scan: self.scan.clone(),
            counts: self.counts.clone(),
            findings: self.findings.clone(),
        }
    }

    fn read(wire: Wire) -> Result<Self, EvidenceError> {
        let Wire { scan, counts, findings, schema_version: _ } = wire;
        let rows = Rows::of(&counts, &findings);
        let evidence = Self { scan, counts, findings, rows, totals: Totals::default() };
        evidence.check()?;
        // Only now is it known to be bounded.
        Ok(evidence.counted())
    }

    fn check(&self) -> Result<(), EvidenceError> {
        let error = |field: &str, detail: &dyn fmt::Display| Err(EvidenceError::contradiction(field, detail));
        let scan = &self.scan;
        if scan.ended < scan.started {
            return error("scan.ended", &"it ended before it started");
        }
        if scan.completion == Completion::Complete && scan.coverage.pages == 0 {
            return error("scan.completion", &"complete, but no page was seen");
        }
        if scan.completion == Completion::Complete && scan.authentication == Authentication::Lost {
            return error("scan.completion", &"complete, but the login did not hold");
        }
        let mut left = BTreeMap::new();
        for (index, count) in self.counts.iter().enumerate() {
            let key = (count.alert.as_ref().map(|alert| alert.as_str()), count.severity, count.confidence);
            if count.instances == 0 {
                return error(&format!("counts[{index}].instances"), &"a row that counts nothing");
            }
            if left.insert(key, count.instances).is_some() {
                return error(&format!("counts[{index}]"), &"the same row twice");
            }
        }
        // A listed instance may belong to the rows without a rule, so those are drawn on last.
        for (index, finding) in self.findings.iter().enumerate() {
            let named = (Some(finding.alert_ref().as_str()), finding.severity(), finding.confidence());
            let other = (None, finding.severity(), finding.confidence());
            let row = if left.get(&named).is_some_and(|count| *count > 0) { named } else { other };
            match left.get_mut(&row) {
                Some(count) if *count > 0 => *count -= 1,
                _ => return error(&format!("findings[{index}]"), &"more instances are listed than counted"),
            }
        }
        // What is read must be what could have been written: the same bounds, the same order, nothing cut.
        let mut collector = Collector::new();
        for finding in &self.findings {
            collector.add(finding);
        }
        let mut bounded = scan.clone();
        Bound::shorten_scan(&mut bounded);
        let named: Vec<_> = self.counts.iter().filter(|count| count.alert.is_some()).cloned().collect();
        let too_many = Bound::rows_that_fit(&named) < named.len();
        if too_many || bounded != *scan || collector.into_parts().1 != self.findings {
            return error("findings", &"not what a scan could have written: over the bound, or not in order");
        }
        Ok(())
    }
}

impl Collector {
    /// The evidence of `scan` with all that was taken.
    pub fn finish(self, scan: Scan) -> Evidence {
        let (counts, findings) = self.into_parts();
        Evidence::assemble(scan, counts, findings)
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.wire().serialize(serializer)
    }
}

/// As strict as [`Evidence::from_json`].
impl<'de> Deserialize<'de> for Evidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        if wire.schema_version != SCHEMA_VERSION {
            let found = wire.schema_version.to_string();
            return Err(serde::de::Error::custom(EvidenceError::Version { found, expected: SCHEMA_VERSION }));
        }
        Self::read(wire).map_err(serde::de::Error::custom)
    }
}

/// Evidence as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    schema_version: u32,
    scan: Scan,
    counts: Vec<Count>,
    findings: Vec<Finding>,
}
