//! Reports, and what evidence comes of them.

use dast_engines::zap::report::{ReportError, Site, Vouch, ZapReport};
use dast_policy::{
    Authentication, Confidence, Evaluation, Evidence, Knowledge, Layer, Policy, PolicyDocument, Scope,
    Severity, evaluate,
};
use serde_json::{Value, json};

pub(crate) const SYSTEMIC: &str = include_str!("systemic.json");
pub(crate) const PLUS: &str = include_str!("plus.json");
pub(crate) const PLAIN_XML: &str = include_str!("plain.xml");
pub(crate) const PLUS_XML: &str = include_str!("plus.xml");
pub(crate) const CONVERTED: &str = include_str!("converted.json");
pub(crate) const IPV6: &str = include_str!("ipv6.json");
pub(crate) const SAMPLES: [&str; 6] = [SYSTEMIC, PLUS, PLAIN_XML, PLUS_XML, CONVERTED, IPV6];

/// Everything that can be vouched for.
pub(crate) const VOUCHED: Vouch = Vouch {
    complete: true,
    systemic_as_listed: true,
    pages: Some(10),
    authentication: Authentication::Held,
    ended: None,
};

pub(crate) fn parse(text: &str) -> ZapReport {
    ZapReport::parse(text.as_bytes()).unwrap()
}

pub(crate) fn error(text: impl AsRef<[u8]>) -> ReportError {
    ZapReport::parse(text.as_ref()).unwrap_err()
}

/// The single site of a report.
pub(crate) fn site(text: &str) -> Site {
    let report = parse(text);
    let [site] = report.sites() else { panic!("{} sites", report.sites().len()) };
    site.clone()
}

pub(crate) fn evidence(site: &Site, vouch: &Vouch) -> Evidence {
    site.report(vouch).unwrap().evidence
}

/// Rows of counts as reference, severity, confidence and number.
pub(crate) fn rows(evidence: &Evidence) -> Vec<(String, Severity, Confidence, u64)> {
    let row = |count: &dast_policy::Count| {
        let alert = count.alert.as_ref().map_or_else(String::new, ToString::to_string);
        (alert, count.severity, count.confidence, count.instances)
    };
    evidence.counts().iter().map(row).collect()
}

/// Judges on the day of the scan.
pub(crate) fn judge(evidence: &Evidence, policy: &str) -> Evaluation {
    let document = PolicyDocument::from_json(policy).unwrap();
    let policy = Policy::from(Layer::new(Scope::File, "policy", document).unwrap());
    evaluate(&policy, &Knowledge::of(evidence.clone()), evidence.scan().ended)
}

/// Accepts everything.
pub(crate) const LENIENT: &str = r#"{"thresholds": {"alerts": {"high": {"fail": 4294967295}}}}"#;

/// A report with one site and these alerts.
pub(crate) fn report(alerts: Value) -> Value {
    json!({
        "@programName": "ZAP", "@version": "2.17.0",
        "@generated": "Thu, 4 Jul 2024 10:11:12", "created": "2024-07-04T10:11:12Z",
        "site": [{
            "@name": "http://shop.test", "@host": "shop.test", "@port": "80", "@ssl": "false", "alerts": alerts
        }]
    })
}

/// An alert with one instance.
pub(crate) fn alert() -> Value {
    json!({
        "pluginid": "10021", "alertRef": "10021", "name": "No header", "riskcode": "1", "confidence": "2",
        "count": "1", "instances": [{"uri": "http://shop.test/", "method": "GET"}]
    })
}

/// A report with one alert, of which one field is changed.
pub(crate) fn with(field: &str, value: Value) -> String {
    let mut alert = alert();
    alert[field] = value;
    report(json!([alert])).to_string()
}

/// A report about another place, or from another time.
pub(crate) fn changed(pointer: &str, value: Value) -> String {
    let mut report = report(json!([alert()]));
    *report.pointer_mut(pointer).unwrap() = value;
    report.to_string()
}
