//! What a rule is: facts, and a function over an exchange.

use dast_policy::{AlertRef, Confidence, Finding, RuleInfo, Severity, ValueError};

use super::exchange::Exchange;

/// A passive rule. It sends nothing, keeps nothing and knows no clock: the same exchange gives the same hits.
#[derive(Debug)]
pub struct Rule {
    /// The id that ZAP gave the rule, such as `10038`.
    pub id: &'static str,
    /// All that it can report.
    pub alerts: &'static [&'static Alert],
    /// Looks at one exchange.
    pub check: fn(&Exchange) -> Vec<Hit>,
}

/// One kind of finding and everything that is always the same about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Alert {
    /// The rule's id, followed by `-` and a number where the rule has several kinds.
    pub reference: &'static str,
    /// ZAP's name for it.
    pub name: &'static str,
    /// ZAP's risk.
    pub severity: Severity,
    /// ZAP's confidence.
    pub confidence: Confidence,
    /// The weakness in the Common Weakness Enumeration.
    pub cwe: Option<u32>,
    /// The class in the WASC Threat Classification.
    pub wasc: Option<u32>,
    /// What it means.
    pub description: &'static str,
    /// What to do about it.
    pub solution: &'static str,
    /// Where to read more.
    pub references: &'static [&'static str],
}

/// An alert that a rule raises for an exchange, and what shows it. Secrets must not get in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    alert: &'static Alert,
    param: String,
    evidence: String,
    other: String,
}

impl Alert {
    /// Raises the alert, with nothing to show yet.
    pub fn hit(&'static self) -> Hit {
        Hit { alert: self, param: String::new(), evidence: String::new(), other: String::new() }
    }

    /// What reports say about the alert.
    ///
    /// # Errors
    /// When `reference` is no alert reference of the rule called `id`.
    pub fn info(&self, id: &str) -> Result<RuleInfo, ValueError> {
        Ok(RuleInfo {
            alert_ref: AlertRef::parse(id, self.reference)?,
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            solution: self.solution.to_owned(),
            references: self.references.iter().map(|&link| link.to_owned()).collect(),
        })
    }
}

impl Hit {
    /// Names the parameter, header or cookie concerned.
    #[must_use]
    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = param.into();
        self
    }

    /// Shows the text that raised it, exactly as it was sent.
    #[must_use]
    pub fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }

    /// Says what else is worth knowing. Hits that differ here only are different findings.
    #[must_use]
    pub fn other(mut self, other: impl Into<String>) -> Self {
        self.other = other.into();
        self
    }

    /// The finding that this is of the rule called `id` in `exchange`.
    ///
    /// # Errors
    /// When the alert's reference is none of that rule.
    pub fn into_finding(self, id: &str, exchange: &Exchange) -> Result<Finding, ValueError> {
        let Alert { reference, name, severity, confidence, cwe, wasc, .. } = *self.alert;
        let request = exchange.request();
        let alert_ref = AlertRef::parse(id, reference)?;
        let finding = Finding::new(alert_ref, severity, confidence, &request.method, request.url.as_str())?;
        let finding =
            finding.named(name).with_param(self.param).with_evidence(self.evidence).with_other(self.other);
        let finding = cwe.into_iter().fold(finding, Finding::with_cwe);
        Ok(wasc.into_iter().fold(finding, Finding::with_wasc))
    }
}
