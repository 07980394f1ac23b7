//! One alert of a report, and its instances, as findings.

use dast_core::Redactor;
use dast_policy::{AlertRef, Confidence, Finding, RuleInfo, Severity, ValueError};

use super::error::FieldError;
use super::place;
use super::site::Site;
use super::wire::{AlertEntry, Facts, Instance, Text};

/// What all instances of an alert have in common.
struct Kind {
    alert_ref: AlertRef,
    severity: Severity,
    confidence: Confidence,
    name: String,
    cwe: Option<u32>,
    wasc: Option<u32>,
}

/// Adds an alert to its site. `path` is the alert's own.
///
/// # Errors
/// When a value is not accepted.
pub(super) fn add(
    site: &mut Site,
    entry: AlertEntry,
    path: &str,
    redactor: &Redactor,
) -> Result<(), FieldError> {
    let AlertEntry { facts, instances } = entry;
    let kind = Kind::read(&facts, path)?;
    let listed = instances.len() as u64;
    let count = match facts.count.as_str() {
        "" => listed,
        text => number(text, path, "count", "a whole number")?,
    };
    if truth(&facts.systemic, path)? {
        site.systemic = site.systemic.saturating_add(1);
    }
    // An alert that is reported was raised, listed or not.
    let mut unlisted = count.max(1).saturating_sub(listed);
    for (index, instance) in instances.iter().enumerate() {
        let stray = |value| FieldError::new(format!("{path}.instances[{index}].uri"), value);
        match kind.finding(instance, redactor) {
            Ok(finding) => {
                if *finding.origin() != site.origin {
                    let accepted = format!("a URL at `{}`", site.origin);
                    site.stray(stray(ValueError::new(finding.url(), accepted)));
                }
                site.findings.push(finding);
            }
            Err(error) => {
                site.stray(stray(error));
                unlisted = unlisted.saturating_add(1);
            }
        }
    }
    site.explain(RuleInfo {
        alert_ref: kind.alert_ref.clone(),
        name: kind.name,
        description: lines(&facts.desc).join("\n"),
        solution: lines(&facts.solution).join("\n"),
        references: lines(&facts.reference),
    });
    site.unlisted.add(kind.alert_ref, kind.severity, kind.confidence, unlisted);
    Ok(())
}

impl Kind {
    fn read(facts: &Facts, path: &str) -> Result<Self, FieldError> {
        let alert_ref = AlertRef::parse(facts.pluginid.as_str(), facts.alert_ref.as_str())
            .map_err(|error| FieldError::new(format!("{path}.alertRef"), error))?;
        let severity = match facts.riskcode.as_str() {
            "0" => Severity::Informational,
            "1" => Severity::Low,
            "2" => Severity::Medium,
            "3" => Severity::High,
            other => return Err(refused(other, path, "riskcode", "0, 1, 2 or 3")),
        };
        let confidence = match facts.confidence.as_str() {
            "0" => Confidence::FalsePositive,
            "1" => Confidence::Low,
            "2" => Confidence::Medium,
            "3" => Confidence::High,
            "4" => Confidence::Confirmed,
            other => return Err(refused(other, path, "confidence", "0, 1, 2, 3 or 4")),
        };
        let name = if facts.name.as_str().is_empty() { &facts.alert } else { &facts.name };
        Ok(Self {
            alert_ref,
            severity,
            confidence,
            name: name.as_str().to_owned(),
            cwe: class(&facts.cweid, path, "cweid")?,
            wasc: class(&facts.wascid, path, "wascid")?,
        })
    }

    fn finding(&self, instance: &Instance, redactor: &Redactor) -> Result<Finding, ValueError> {
        let url = place::url(instance.uri.as_str(), redactor)?;
        let method = instance.method.as_str();
        let finding = Finding::new(self.alert_ref.clone(), self.severity, self.confidence, method, &url)?;
        let text = |text: &Text| redactor.text(text.as_str()).into_owned();
        let finding = finding
            .named(self.name.as_str())
            .with_param(text(&instance.param))
            .with_attack(text(&instance.attack))
            .with_evidence(text(&instance.evidence))
            .with_other(text(&instance.otherinfo));
        let finding = self.cwe.into_iter().fold(finding, Finding::with_cwe);
        Ok(self.wasc.into_iter().fold(finding, Finding::with_wasc))
    }
}

/// The number of a class of weaknesses; ZAP writes 0 or -1 for none.
fn class(text: &Text, path: &str, field: &str) -> Result<Option<u32>, FieldError> {
    match text.as_str() {
        "" | "0" | "-1" => Ok(None),
        text => number(text, path, field, "the number of a class, or 0 or -1 for none").map(Some),
    }
}

fn truth(text: &Text, path: &str) -> Result<bool, FieldError> {
    match text.as_str() {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        other => Err(refused(other, path, "systemic", "true or false")),
    }
}

fn number<N: std::str::FromStr>(
    text: &str,
    path: &str,
    field: &str,
    accepted: &str,
) -> Result<N, FieldError> {
    text.trim().parse().map_err(|_| refused(text, path, field, accepted))
}

fn refused(value: &str, path: &str, field: &str, accepted: &str) -> FieldError {
    FieldError::new(format!("{path}.{field}"), ValueError::new(value, accepted))
}

/// The lines of a text. ZAP's reports make each of them a paragraph and change nothing else, not even `<`.
fn lines(text: &Text) -> Vec<String> {
    let paragraphs = text.as_str().split("</p>").map(|line| line.trim_start());
    let lines = paragraphs.flat_map(|line| line.strip_prefix("<p>").unwrap_or(line).lines());
    lines.map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        serde_json::from_value(serde_json::Value::from(text)).unwrap()
    }

    #[test]
    fn paragraphs_become_lines() {
        assert_eq!(
            lines(&text("<p>One.</p><p></p><p>If a < b & <b>c</b>.</p>")),
            ["One.", "If a < b & <b>c</b>."]
        );
        assert_eq!(lines(&text("plain\r\n and more\n")), ["plain", "and more"]);
        assert_eq!(lines(&text("\n<p>a</p>\n<p>b</p>")), ["a", "b"]);
        assert!(lines(&text("")).is_empty());
    }
}
