//! The built-in rules find what ZAP found in the same exchanges, no more and no less.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dast_engines::passive::{Exchange, Headers, RULES, Request, Response, check};
use dast_policy::Finding;
use flate2::read::GzDecoder;
use serde::Deserialize;

const CASES: &str = include_str!("recorded/zap-2.17.0.jsonl");

/// When the cases were recorded.
const RECORDED: &str = "2026-11-21T00:00:00Z";

/// Where this differs from ZAP on purpose: the case, what ZAP shows, what this shows, and why.
const DEVIATIONS: &[(&str, &str, &str, &str)] = &[(
    "cookie-no-name",
    "Set-Cookie: =abc",
    "Set-Cookie: =",
    "ZAP shows the value of a cookie that has no name; evidence must not hold values of cookies",
)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    request: RecordedRequest,
    response: RecordedResponse,
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedRequest {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedResponse {
    status: u16,
    reason: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_base64: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Alert {
    plugin_id: String,
    alert_ref: String,
    name: String,
    risk: String,
    confidence: String,
    param: String,
    evidence: String,
    method: String,
}

impl RecordedResponse {
    fn replay(self) -> Response {
        let headers: Headers = self.headers.into_iter().collect();
        let sent = match (self.body, self.body_base64) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(encoded)) => BASE64_STANDARD.decode(encoded).unwrap(),
            bodies => panic!("one body, not {bodies:?}"),
        };
        let mut body = Vec::new();
        match headers.get("content-encoding") {
            Some("gzip") => GzDecoder::new(sent.as_slice()).read_to_end(&mut body).map(drop).unwrap(),
            coding => {
                assert_eq!(coding, None);
                body.clone_from(&sent);
            }
        }
        Response { sent_len: sent.len(), ..Response::new(self.status, self.reason, headers, body) }
    }
}

impl From<&Finding> for Alert {
    fn from(finding: &Finding) -> Self {
        Self {
            plugin_id: finding.alert_ref().plugin_id().to_owned(),
            alert_ref: finding.alert_ref().to_string(),
            name: finding.name().to_owned(),
            risk: finding.severity().to_string(),
            confidence: finding.confidence().to_string(),
            param: finding.param().to_owned(),
            evidence: finding.evidence().to_owned(),
            method: finding.method().to_owned(),
        }
    }
}

fn cases() -> impl Iterator<Item = Case> {
    CASES.lines().map(|line| serde_json::from_str(line).unwrap())
}

#[test]
fn every_recorded_exchange_gives_the_recorded_alerts() {
    let mut compared = BTreeMap::new();
    let mut deviated = Vec::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases() {
        count += 1;
        let RecordedRequest { method, url, headers, body } = case.request;
        let headers = headers.into_iter().collect();
        let request = Request { method, url: url.parse().unwrap(), headers, body: body.into_bytes() };
        let exchange = Exchange::new(request, case.response.replay(), RECORDED.parse().unwrap()).unwrap();
        let mut found: Vec<Alert> = check(&exchange).iter().map(Alert::from).collect();
        found.sort();

        let is_ours = |alert: &Alert| RULES.iter().any(|rule| rule.id == alert.plugin_id);
        let mut expected: Vec<Alert> = case.alerts.into_iter().filter(is_ours).collect();
        for alert in &mut expected {
            *compared.entry(alert.alert_ref.clone()).or_insert(0) += 1;
            let deviation =
                DEVIATIONS.iter().find(|(name, zap, ..)| *name == case.name && *zap == alert.evidence);
            if let Some((name, _, ours, _)) = deviation {
                deviated.push(*name);
                alert.evidence = (*ours).to_owned();
            }
        }
        expected.sort();
        if found != expected {
            wrong.push(format!("{}:\n  ZAP  {expected:?}\n  this {found:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, 857);
    let counts: Vec<_> = compared.iter().map(|(reference, count)| (reference.as_str(), *count)).collect();
    assert_eq!(
        counts,
        [
            ("10010", 21),
            ("10011", 9),
            ("10020-1", 51),
            ("10020-2", 3),
            ("10020-3", 12),
            ("10020-4", 6),
            ("10021", 62),
            ("10037", 14),
            ("10038-1", 57),
            ("10038-2", 5),
            ("10038-3", 4),
            ("10054-1", 31),
            ("10054-2", 4),
            ("10054-3", 2),
            ("10202", 27),
        ]
    );
    assert_eq!(deviated, ["cookie-no-name"], "every deviation is needed, and no other is");
}

#[test]
fn no_recorded_cookie_value_gets_into_a_finding() {
    let mut values = 0;
    for case in cases() {
        let RecordedRequest { method, url, .. } = case.request;
        let request = Request { method, ..Request::get(url.parse().unwrap()) };
        let exchange = Exchange::new(request, case.response.replay(), RECORDED.parse().unwrap()).unwrap();
        let cookies = exchange
            .headers()
            .all("set-cookie")
            .filter_map(|cookie| cookie.split(';').next()?.split_once('='));
        // Shorter ones are found in names of headers too.
        let secrets: Vec<_> = cookies.map(|(_, value)| value).filter(|value| value.len() > 2).collect();
        values += secrets.len();
        for finding in check(&exchange) {
            let shown = [finding.param(), finding.evidence(), finding.other()];
            assert!(
                !shown.iter().any(|text| secrets.iter().any(|secret| text.contains(secret))),
                "{}",
                case.name
            );
        }
    }
    assert!(values > 20, "{values}");
}
