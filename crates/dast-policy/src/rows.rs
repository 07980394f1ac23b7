//! Which findings stand behind which counts, worked out once for all judgements.

use std::collections::HashMap;

use crate::count::Count;
use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::rule::AlertRef;
use crate::severity::Severity;

/// Which listed findings each row of the counts has, and which alert each is of, as a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    /// Where the findings of each row begin, and at last where those of the last one end.
    starts: Vec<u32>,
    /// Findings by their index, those of one row side by side, in their order.
    listed: Vec<u32>,
    /// The alert of each row, as a number that is the same for the same alert and severity; nothing is of one where the row
    /// does not name it.
    alerts: Vec<Option<u32>>,
    /// The same for each finding.
    of_findings: Vec<u32>,
}

impl Rows {
    /// Listed findings of unnamed rules belong to the rows without a rule.
    pub(crate) fn of(counts: &[Count], findings: &[Finding]) -> Self {
        let mut numbers: HashMap<(&AlertRef, Severity), u32> = HashMap::new();
        let mut number = |alert, severity| {
            let next = index(numbers.len());
            *numbers.entry((alert, severity)).or_insert(next)
        };
        let mut rows = HashMap::new();
        let mut alerts = Vec::with_capacity(counts.len());
        for (row, count) in counts.iter().enumerate() {
            alerts.push(count.alert.as_ref().map(|alert| number(alert, count.severity)));
            rows.entry((count.alert.as_ref(), count.severity, count.confidence)).or_insert(row);
        }
        let mut by_row: Vec<Vec<u32>> = vec![Vec::new(); counts.len()];
        let mut of_findings = Vec::with_capacity(findings.len());
        for (position, finding) in findings.iter().enumerate() {
            let (alert, severity, confidence) =
                (finding.alert_ref(), finding.severity(), finding.confidence());
            of_findings.push(number(alert, severity));
            let row = rows.get(&(Some(alert), severity, confidence));
            let row = row.or_else(|| rows.get(&(None, severity, confidence)));
            if let Some(listed) = row.and_then(|row| by_row.get_mut(*row)) {
                listed.push(index(position));
            }
        }
        let mut starts = vec![0];
        let mut listed = Vec::with_capacity(findings.len());
        for row in by_row {
            listed.extend(row);
            starts.push(index(listed.len()));
        }
        Self { starts, listed, alerts, of_findings }
    }
}

/// A row of the counts with what is listed of it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'e> {
    pub(crate) count: &'e Count,
    /// The number of its alert, if it names one.
    pub(crate) alert: Option<u32>,
    listed: &'e [u32],
    evidence: &'e Evidence,
}

impl<'e> Row<'e> {
    /// How many findings are listed of it.
    pub(crate) fn len(&self) -> usize {
        self.listed.len()
    }

    /// The findings that are listed of it, each with the number of its alert.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&'e Finding, u32)> + use<'e> {
        let (findings, numbers) = (self.evidence.findings(), &self.evidence.rows().of_findings);
        let at = move |index: &u32| {
            let index = *index as usize;
            Some((findings.get(index)?, *numbers.get(index)?))
        };
        self.listed.iter().filter_map(at)
    }
}

/// The rows of evidence, in order.
pub(crate) fn rows(evidence: &Evidence) -> impl Iterator<Item = Row<'_>> {
    let rows = evidence.rows();
    let spans = rows.starts.windows(2).map(|span| match span {
        [start, end] => rows.listed.get(*start as usize..*end as usize).unwrap_or_default(),
        _ => &[],
    });
    let counted = evidence.counts().iter().zip(&rows.alerts).zip(spans);
    counted.map(move |((count, alert), listed)| Row { count, alert: *alert, listed, evidence })
}

/// Evidence is bounded far below.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
