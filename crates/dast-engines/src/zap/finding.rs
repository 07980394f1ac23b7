//! Alerts of ZAP as findings.

use std::collections::BTreeMap;

use dast_core::{Redactor, origin_of};
use dast_policy::{AlertRef, Confidence, Finding, RuleInfo, Severity, ValueError};
use dast_zap_client::Url;
use dast_zap_client::alert::{self, Alert, Risk};

/// Findings as they are gathered, with the rules that they belong to.
#[derive(Debug, Default)]
pub(super) struct Findings {
    findings: Vec<Finding>,
    rules: BTreeMap<String, RuleInfo>,
    /// Alerts that cannot be findings, and what is wrong with the first.
    pub(super) unreadable: Option<(u64, String)>,
}

impl Findings {
    /// Takes an alert in. One that cannot be a finding is counted: the scan is not complete without it.
    pub(super) fn add(&mut self, alert: &Alert, redactor: &Redactor) {
        match finding(alert, redactor) {
            Ok(finding) => {
                let reference = finding.alert_ref().clone();
                self.rules
                    .entry(reference.as_str().to_owned())
                    .or_insert_with(|| rule(reference, alert, redactor));
                self.findings.push(finding);
            }
            Err(error) => {
                let first = || (0, format!("alert {}: {error}", alert.id));
                self.unreadable.get_or_insert_with(first).0 += 1;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.findings.len()
    }

    pub(super) fn into_parts(self) -> (Vec<Finding>, Vec<RuleInfo>) {
        (self.findings, self.rules.into_values().collect())
    }
}

fn finding(alert: &Alert, redactor: &Redactor) -> Result<Finding, ValueError> {
    let reference = AlertRef::parse(&alert.rule.to_string(), alert.alert_ref.as_deref().unwrap_or_default())?;
    let severity = match &alert.risk {
        Risk::Informational => Severity::Informational,
        Risk::Low => Severity::Low,
        Risk::Medium => Severity::Medium,
        Risk::High => Severity::High,
        other => return Err(ValueError::new(other.as_str(), "a risk from Informational to High")),
    };
    let confidence = match &alert.confidence {
        alert::Confidence::FalsePositive => Confidence::FalsePositive,
        alert::Confidence::Low => Confidence::Low,
        alert::Confidence::Medium => Confidence::Medium,
        alert::Confidence::High => Confidence::High,
        alert::Confidence::Confirmed => Confidence::Confirmed,
        other => {
            return Err(ValueError::new(other.as_str(), "a confidence from False Positive to Confirmed"));
        }
    };
    let text = |text: &str| redactor.text(text).into_owned();
    let mut finding =
        Finding::new(reference, severity, confidence, &alert.method, &shown(&alert.url, redactor))?
            .named(text(&alert.name))
            .with_param(text(&alert.param))
            .with_attack(text(&alert.attack))
            .with_evidence(text(&alert.evidence))
            .with_other(text(&alert.other));
    if let Some(id) = alert.cwe_id {
        finding = finding.with_cwe(id);
    }
    if let Some(id) = alert.wasc_id {
        finding = finding.with_wasc(id);
    }
    Ok(finding)
}

/// An address without secrets. Its origin is none, even if a secret reads like a part of it.
fn shown(url: &str, redactor: &Redactor) -> String {
    let origin = Url::parse(url).ok().and_then(|url| origin_of(&url)).map(|origin| origin.to_string());
    match origin.and_then(|origin| url.strip_prefix(&origin).map(|rest| (origin, rest))) {
        Some((origin, rest)) => origin + &redactor.url(rest),
        None => redactor.url(url),
    }
}

fn rule(alert_ref: AlertRef, alert: &Alert, redactor: &Redactor) -> RuleInfo {
    let text = |text: &str| redactor.text(text).into_owned();
    RuleInfo {
        alert_ref,
        name: text(&alert.name),
        description: text(&alert.description),
        solution: text(&alert.solution),
        references: alert.reference.lines().filter(|line| !line.is_empty()).map(text).collect(),
    }
}
