//! What a scan left behind and what policy says of it, in a status that always fits.

use dast_policy::{Bound, Completion, Evaluation, Evidence, Finding, Verdict, printable};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use serde::Serialize;

use super::error::{StatusError, TooLargeError};
use crate::crd::{RunCompletion, RunFinding, ScanRunStatus, ScanTargetStatus, SeverityCounts, Written};

/// The largest status, in bytes of JSON: etcd keeps all of them, and every watch sends them again.
pub const MOST_STATUS_BYTES: usize = 64 * 1024;

/// The first moment of RFC 3339.
const YEAR_ONE: Timestamp = Timestamp::constant(-62_135_596_800, 0);

const MOST_CONDITIONS: usize = 8;
const MOST_REASONS: usize = 8;
const MOST_FINDINGS: usize = 10;

impl ScanTargetStatus {
    /// Takes over what a scan left behind.
    ///
    /// # Errors
    /// When it counts further than an API server does, or from before the year 1. Then nothing is taken over.
    pub fn record(&mut self, evidence: &Evidence) -> Result<(), StatusError> {
        check(evidence)?;
        self.counts = Some(SeverityCounts::from(evidence));
        self.last_scan_time = Some(whole_seconds(evidence.scan().ended));
        self.evidence = Some(Written::from(evidence));
        Ok(())
    }

    /// Takes over what policies say: the verdict, and the reasons of the layers that decided.
    pub fn judge(&mut self, evaluation: &Evaluation) {
        self.verdict = Some(evaluation.verdict().into());
        self.unknown = match evaluation.verdict() {
            Verdict::Unknown(reason) => Some(reason),
            Verdict::Pass | Verdict::Warn | Verdict::Fail => None,
        };
        let reasons = evaluation.deciding().flat_map(|layer| {
            let decisive = layer.reasons.iter().filter(|reason| reason.verdict() == layer.verdict);
            decisive.map(|reason| format!("{reason} [{} `{}`]", layer.scope, layer.name))
        });
        self.reasons = reasons.take(MOST_REASONS).collect();
    }

    /// The same with every text cut to its bound, so that it fits whatever was found and said.
    ///
    /// # Errors
    /// When it does not fit even so, which evidence that a collector made never leads to.
    pub fn bounded(mut self) -> Result<Self, StatusError> {
        bound_conditions(&mut self.conditions);
        bound_list(&mut self.reasons, MOST_REASONS, 256);
        for (text, most) in [
            (&mut self.revision, 128),
            (&mut self.service_hash, 64),
            (&mut self.run, 253),
            (&mut self.report, 253),
            (&mut self.last_scan_run, 253),
        ] {
            text.iter_mut().for_each(|text| bound(text, most));
        }
        fitting(self)
    }
}

impl ScanRunStatus {
    /// Takes over what the run left behind.
    ///
    /// # Errors
    /// When it counts further than an API server does, or from before the year 1. Then nothing is taken over.
    pub fn record(&mut self, evidence: &Evidence) -> Result<(), StatusError> {
        check(evidence)?;
        let scan = evidence.scan();
        self.started = Some(whole_seconds(scan.started));
        self.ended = Some(whole_seconds(scan.ended));
        self.completion = Some(RunCompletion::from(&scan.completion));
        self.engine = Some(format!("{} {}", scan.engine.name, scan.engine.version));
        self.counts = Some(SeverityCounts::from(evidence));
        self.findings = evidence.findings().iter().take(MOST_FINDINGS).map(RunFinding::from).collect();
        Ok(())
    }

    /// The same with every text cut to its bound, so that it fits whatever was found and said.
    ///
    /// # Errors
    /// When it does not fit even so, which evidence that a collector made never leads to.
    pub fn bounded(mut self) -> Result<Self, StatusError> {
        bound_conditions(&mut self.conditions);
        if let Some(completion) = &mut self.completion {
            bound(&mut completion.detail, 256);
        }
        for (text, most) in [(&mut self.job, 63), (&mut self.pod_uid, 64), (&mut self.engine, 512)] {
            text.iter_mut().for_each(|text| bound(text, most));
        }
        self.findings.truncate(MOST_FINDINGS);
        for finding in &mut self.findings {
            bound(&mut finding.alert_ref, 40);
            bound(&mut finding.name, 200);
            bound(&mut finding.method, 64);
            bound(&mut finding.url, 1024);
            bound(&mut finding.param, 200);
            bound(&mut finding.fingerprint, 32);
        }
        fitting(self)
    }
}

impl From<&Completion> for RunCompletion {
    fn from(completion: &Completion) -> Self {
        match completion {
            Completion::Complete => Self { complete: true, cause: None, detail: String::new() },
            Completion::Incomplete { cause, detail } => {
                Self { complete: false, cause: Some(*cause), detail: detail.clone() }
            }
        }
    }
}

impl From<&Finding> for RunFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            alert_ref: finding.alert_ref().to_string(),
            severity: finding.severity(),
            name: finding.name().to_owned(),
            method: finding.method().to_owned(),
            url: finding.url().to_owned(),
            param: finding.param().to_owned(),
            fingerprint: finding.fingerprint().to_string(),
        }
    }
}

/// Objects keep no fractions of a second, so that one with them would differ from what is stored.
fn whole_seconds(time: Timestamp) -> Time {
    Time(Timestamp::from_second(time.as_second()).unwrap_or(time))
}

/// JSON numbers beyond 63 bits become inexact in an API server, and the evidence would not read any more.
fn check(evidence: &Evidence) -> Result<(), StatusError> {
    let scan = evidence.scan();
    let coverage = scan.coverage;
    let fields = [
        ("scan.coverage.pages", coverage.pages),
        ("scan.coverage.failed", coverage.failed),
        ("scan.coverage.skipped", coverage.skipped),
    ];
    let rows = evidence.counts().into_iter().map(|row| ("counts.instances", row.instances));
    let SeverityCounts { high, medium, low, informational } = SeverityCounts::from(evidence);
    let sums = [("high", high), ("medium", medium), ("low", low), ("informational", informational)];
    let mut numbers = fields.into_iter().chain(rows).chain(sums);
    if let Some((field, value)) = numbers.find(|(_, value)| i64::try_from(*value).is_err()) {
        return Err(StatusError::Number { field, value });
    }
    // It ends after it starts.
    if scan.started < YEAR_ONE {
        return Err(StatusError::Time { field: "scan.started" });
    }
    Ok(())
}

fn bound_conditions(conditions: &mut Vec<Condition>) {
    conditions.truncate(MOST_CONDITIONS);
    for condition in conditions {
        bound(&mut condition.type_, 64);
        bound(&mut condition.reason, 64);
        bound(&mut condition.message, 512);
    }
}

fn bound_list(texts: &mut Vec<String>, most: usize, most_bytes: usize) {
    texts.truncate(most);
    texts.iter_mut().for_each(|text| bound(text, most_bytes));
}

/// Cuts a text, and leaves nothing in it that does something where it is printed: people quote what they were sent.
fn bound(text: &mut String, most: usize) {
    *text = printable(text).into_owned();
    Bound::shorten(text, most);
}

fn fitting<S: Serialize>(status: S) -> Result<S, StatusError> {
    // Text keys and finite numbers only: there is nothing in it that JSON cannot say.
    let bytes = serde_json::to_string(&status).map_or(usize::MAX, |text| text.len());
    if bytes > MOST_STATUS_BYTES {
        return Err(StatusError::TooLarge(TooLargeError::new(bytes, MOST_STATUS_BYTES)));
    }
    Ok(status)
}
