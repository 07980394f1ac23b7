//! One weakness at one place, as a scanner reported it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bound::{json_len, shorten};
use crate::confidence::Confidence;
use crate::error::ValueError;
use crate::fingerprint::Fingerprint;
use crate::origin::Origin;
use crate::path::normalise;
use crate::printable::{acts, printable};
use crate::rule::AlertRef;
use crate::severity::Severity;

/// A weakness at a place. It knows where it belongs: its URL is absolute, and its origin and normalised path are
/// worked out once, when it is made.
///
/// ```
/// use dast_policy::{AlertRef, Confidence, Finding, Severity};
///
/// let finding = Finding::new(
///     AlertRef::variant("10038", 1)?, Severity::Medium, Confidence::High, "GET", "https://shop.test/cart?id=7",
/// )?
/// .named("Content Security Policy (CSP) Header Not Set")
/// .with_cwe(693);
/// assert_eq!(finding.origin().to_string(), "https://shop.test");
/// assert_eq!(finding.path(), "/cart");
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    alert_ref: AlertRef,
    severity: Severity,
    confidence: Confidence,
    name: String,
    method: String,
    url: String,
    origin: Origin,
    path: String,
    param: String,
    attack: String,
    evidence: String,
    other: String,
    cwe_id: Option<u32>,
    wasc_id: Option<u32>,
}

impl Finding {
    /// A finding of `alert_ref` at `url`, seen in the answer to `method`.
    ///
    /// # Errors
    /// When the URL does not begin with a canonical [`Origin`].
    pub fn new(
        alert_ref: AlertRef,
        severity: Severity,
        confidence: Confidence,
        method: &str,
        url: &str,
    ) -> Result<Self, ValueError> {
        let (origin, rest) = Origin::split(url)?;
        Ok(Self {
            alert_ref,
            severity,
            confidence,
            name: String::new(),
            method: method.to_owned(),
            url: url.to_owned(),
            path: normalise(rest).into_owned(),
            origin,
            param: String::new(),
            attack: String::new(),
            evidence: String::new(),
            other: String::new(),
            cwe_id: None,
            wasc_id: None,
        })
    }

    /// Sets the alert's name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the parameter, header or cookie concerned, made [`printable`]: whoever is scanned chooses it, and it is told
    /// wherever the finding is.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = printable(&param.into()).into_owned();
        self
    }

    /// Sets what was sent to provoke it. Passive rules send nothing.
    #[must_use]
    pub fn with_attack(mut self, attack: impl Into<String>) -> Self {
        self.attack = attack.into();
        self
    }

    /// Sets the text that shows it. Secrets must be gone from it already.
    #[must_use]
    pub fn with_evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }

    /// Sets whatever else the rule has to say.
    #[must_use]
    pub fn with_other(mut self, other: impl Into<String>) -> Self {
        self.other = other.into();
        self
    }

    /// Sets the weakness in the Common Weakness Enumeration (<https://cwe.mitre.org>).
    #[must_use]
    pub fn with_cwe(mut self, id: u32) -> Self {
        self.cwe_id = Some(id);
        self
    }

    /// Sets the class in the WASC Threat Classification (<http://projects.webappsec.org>).
    #[must_use]
    pub fn with_wasc(mut self, id: u32) -> Self {
        self.wasc_id = Some(id);
        self
    }

    /// The rule and its variant.
    pub fn alert_ref(&self) -> &AlertRef {
        &self.alert_ref
    }

    /// How bad it would be.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// How sure the scanner is.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// The alert's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The request's method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The request's URL, as the scanner gave it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The origin of the URL.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The path of the URL, normalised: what patterns are held against.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parameter, header or cookie concerned; often empty.
    pub fn param(&self) -> &str {
        &self.param
    }

    /// What was sent to provoke it; empty for passive rules.
    pub fn attack(&self) -> &str {
        &self.attack
    }

    /// The text that shows it; often empty.
    pub fn evidence(&self) -> &str {
        &self.evidence
    }

    /// Whatever else the rule has to say; often empty.
    pub fn other(&self) -> &str {
        &self.other
    }

    /// The weakness in the Common Weakness Enumeration.
    pub fn cwe_id(&self) -> Option<u32> {
        self.cwe_id
    }

    /// The class in the WASC Threat Classification.
    pub fn wasc_id(&self) -> Option<u32> {
        self.wasc_id
    }

    /// Identity of the issue: rule and origin.
    pub fn issue_fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&["issue", self.alert_ref.as_str(), &self.origin.to_string()])
    }

    /// Identity of this instance: rule, origin, method, normalised path and parameter. Exemptions may name it.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&[
            "instance",
            self.alert_ref.as_str(),
            &self.origin.to_string(),
            &self.method,
            &self.path,
            &self.param,
        ])
    }

    /// What it says besides its alert.
    pub(crate) fn parts(&self) -> Parts<'_> {
        let rest = Origin::split(&self.url).map_or("", |(_, rest)| rest);
        Parts {
            name: &self.name,
            method: &self.method,
            origin: self.url.strip_suffix(rest).unwrap_or(&self.url),
            rest,
            param: &self.param,
            attack: &self.attack,
            evidence: &self.evidence,
            other: &self.other,
            cwe_id: self.cwe_id,
            wasc_id: self.wasc_id,
        }
    }

    /// Puts a finding together from its parts, as they are.
    pub(crate) fn of(
        alert_ref: AlertRef,
        severity: Severity,
        confidence: Confidence,
        parts: &Parts<'_>,
    ) -> Result<Self, ValueError> {
        let Parts { name, method, origin, rest, param, attack, evidence, other, cwe_id, wasc_id } = *parts;
        let bare = Self::new(alert_ref, severity, confidence, method, &[origin, rest].concat())?;
        Ok(Self {
            name: name.to_owned(),
            param: param.to_owned(),
            attack: attack.to_owned(),
            evidence: evidence.to_owned(),
            other: other.to_owned(),
            cwe_id,
            wasc_id,
            ..bare
        })
    }

    /// The bytes that it takes in JSON, at most.
    pub(crate) fn json_len(&self) -> usize {
        // Names of fields, punctuation, the words for severity and confidence, numbers and the fingerprint.
        const FRAME: usize = 320;
        let texts =
            [&self.name, &self.method, &self.url, &self.param, &self.attack, &self.evidence, &self.other];
        let reference = 2 * self.alert_ref.as_str().len();
        texts.iter().fold(FRAME + reference, |sum, text| sum + json_len(text))
    }

    /// Cuts the texts that say more about a finding, but not which it is, to `most` bytes each, on one line.
    pub(crate) fn shorten(&mut self, most: usize) {
        for text in [&mut self.name, &mut self.attack, &mut self.evidence, &mut self.other] {
            if text.contains(acts) {
                *text = printable(&text.replace(['\n', '\t'], " ")).into_owned();
            }
            shorten(text, most);
        }
    }
}

/// What a finding says besides its alert. Findings of one scan have most of it in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'f> {
    pub(crate) name: &'f str,
    pub(crate) method: &'f str,
    /// What the URL begins with.
    pub(crate) origin: &'f str,
    /// What follows in it.
    pub(crate) rest: &'f str,
    pub(crate) param: &'f str,
    pub(crate) attack: &'f str,
    pub(crate) evidence: &'f str,
    pub(crate) other: &'f str,
    pub(crate) cwe_id: Option<u32>,
    pub(crate) wasc_id: Option<u32>,
}

/// A finding as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    plugin_id: String,
    alert_ref: String,
    name: String,
    severity: Severity,
    confidence: Confidence,
    method: String,
    url: String,
    param: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    attack: String,
    evidence: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    other: String,
    cwe_id: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wasc_id: Option<u32>,
    fingerprint: Fingerprint,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            plugin_id: self.alert_ref.plugin_id().to_owned(),
            alert_ref: self.alert_ref.as_str().to_owned(),
            name: self.name.clone(),
            severity: self.severity,
            confidence: self.confidence,
            method: self.method.clone(),
            url: self.url.clone(),
            param: self.param.clone(),
            attack: self.attack.clone(),
            evidence: self.evidence.clone(),
            other: self.other.clone(),
            cwe_id: self.cwe_id,
            wasc_id: self.wasc_id,
            fingerprint: self.fingerprint(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let read = |wire: Wire| -> Result<Self, ValueError> {
            let alert_ref = AlertRef::parse(&wire.plugin_id, &wire.alert_ref)?;
            let mut finding = Self::new(alert_ref, wire.severity, wire.confidence, &wire.method, &wire.url)?;
            finding.name = wire.name;
            finding.param = wire.param;
            finding.attack = wire.attack;
            finding.evidence = wire.evidence;
            finding.other = wire.other;
            finding.cwe_id = wire.cwe_id;
            finding.wasc_id = wire.wasc_id;
            let fingerprint = finding.fingerprint();
            if fingerprint == wire.fingerprint {
                return Ok(finding);
            }
            Err(ValueError::new(
                wire.fingerprint.to_string(),
                format!("the fingerprint of this finding, `{fingerprint}`"),
            ))
        };
        read(wire).map_err(serde::de::Error::custom)
    }
}
