//! Several scans of one target as one.

use std::collections::BTreeSet;

use crate::collector::Collector;
use crate::report::Report;
use crate::scan::{Authentication, Cause, Completion, Coverage, Scan};

impl Report {
    /// One report of scans of one target under several origins, such as the virtual hosts of a web server; `None` of
    /// none.
    ///
    /// It goes by the name, the origin, the settings and the engine of the first, and evidence is collected anew from
    /// all findings. It is never better than the worst of them: complete only if all are, and of the same revision and
    /// settings; logged in only if all were. Otherwise the first that is not whole says why.
    pub fn join(reports: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut reports = reports.into_iter();
        let mut joined = reports.next()?;
        let mut others = reports.peekable();
        if others.peek().is_none() {
            return Some(joined);
        }
        let mut scan = joined.evidence.scan();
        scan.completion = completion(&joined, &scan);
        for other in others {
            extend(&mut scan, &other);
            joined.findings.extend(other.findings);
            joined.rules.extend(other.rules);
        }
        let mut known = BTreeSet::new();
        joined.rules.retain(|rule| known.insert(rule.alert_ref.clone()));
        let mut collector = Collector::new();
        joined.findings.iter().for_each(|finding| collector.add(finding));
        joined.evidence = collector.finish(scan);
        Some(joined)
    }
}

/// Adds what one more scan saw.
fn extend(scan: &mut Scan, report: &Report) {
    let other = report.evidence.scan();
    if scan.completion == Completion::Complete {
        scan.completion = completion(report, scan);
    }
    for place in &other.subject.covered {
        if !scan.subject.covered.contains(place) {
            scan.subject.covered.push(place.clone());
        }
    }
    scan.started = scan.started.min(other.started);
    scan.ended = scan.ended.max(other.ended);
    scan.coverage = Coverage {
        pages: scan.coverage.pages.saturating_add(other.coverage.pages),
        failed: scan.coverage.failed.saturating_add(other.coverage.failed),
        skipped: scan.coverage.skipped.saturating_add(other.coverage.skipped),
    };
    scan.authentication = match (scan.authentication, other.authentication) {
        (Authentication::Lost, _) | (_, Authentication::Lost) => Authentication::Lost,
        (Authentication::NotUsed, _) | (_, Authentication::NotUsed) => Authentication::NotUsed,
        (Authentication::Held, Authentication::Held) => Authentication::Held,
    };
}

/// What a part says of itself, or what keeps it from being a part of `whole`.
fn completion(part: &Report, whole: &Scan) -> Completion {
    let scan = part.evidence.scan();
    let origin = &scan.subject.origin;
    let told = part.evidence.counts().iter().fold(0u64, |sum, row| sum.saturating_add(row.instances));
    let (cause, detail) = match &scan.completion {
        Completion::Incomplete { cause, detail } if detail.is_empty() => (*cause, format!("at `{origin}`")),
        Completion::Incomplete { cause, detail } => (*cause, format!("at `{origin}`: {detail}")),
        Completion::Complete if scan.revision != whole.revision => {
            (Cause::TargetChanged, format!("another revision ran at `{origin}`"))
        }
        Completion::Complete if scan.profile != whole.profile => {
            (Cause::EngineError, format!("`{origin}` was scanned with other settings"))
        }
        // Evidence is made of findings, and must not become better because some were left out.
        Completion::Complete if told != part.findings.len() as u64 => {
            (Cause::EngineError, format!("not all findings at `{origin}` are in its report"))
        }
        Completion::Complete => return Completion::Complete,
    };
    Completion::Incomplete { cause, detail }
}
