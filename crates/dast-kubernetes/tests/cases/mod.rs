//! Rules by their messages, each with something that it lets through and something that it does not.

use serde_json::{Map, Value, json};

/// A rule by its message, a good spec, and what makes it bad: other values at JSON pointers, null for none.
pub(crate) struct Case {
    pub(crate) kinds: &'static [&'static str],
    pub(crate) message: &'static str,
    pub(crate) good: Value,
    changes: &'static [(&'static str, &'static str)],
    /// Whether the good one is there already, and becomes the bad one.
    pub(crate) transition: bool,
}

impl Case {
    /// The good spec with what makes it bad.
    pub(crate) fn bad(&self) -> Value {
        let mut spec = self.good.clone();
        for (pointer, value) in self.changes {
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            let parent: &mut Map<String, Value> = spec.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            match serde_json::from_str(value).unwrap() {
                Value::Null => parent.remove(field).map(drop).unwrap(),
                value => drop(parent.insert(field.to_owned(), value)),
            }
        }
        spec
    }
}

pub(crate) const POLICIES: &[&str] = &["ThresholdPolicy", "ClusterThresholdPolicy"];

/// What a login sends.
const DATA: &str = "u={%username%}&p={%password%}";

fn case(
    kinds: &'static [&'static str],
    message: &'static str,
    good: Value,
    changes: &'static [(&'static str, &'static str)],
) -> Case {
    Case { kinds, message, good, changes, transition: false }
}

/// At least one for each rule.
pub(crate) fn cases() -> Vec<Case> {
    let dast = |more: Value| {
        let mut spec = json!({"zaproxy": {"name": "zap"}});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        spec
    };
    let policy = json!({
        "thresholds": {"alerts": {"high": {"fail": 3, "warn": 1}}, "instances": {"low": {"fail": 3, "warn": 1}}},
        "rules": [{"rule": 10038, "level": "INFO", "path": "/old/**"}],
        "exemptions": [exemption()],
        "coverage": {"pages": 1},
    });
    let target = json!({
        "service": {"name": "web", "port": 80}, "origin": "http://web.shop.svc",
        "scanner": {"namespace": "zaproxy", "name": "dast-sample"},
    });
    vec![
        case(
            &["Dast"],
            "either `apikey` or `apiKeySecret`, not both",
            json!({"zaproxy": {"name": "zap", "apikey": "", "apiKeySecret": {"name": "keys", "key": "zap"}}}),
            &[("/zaproxy/apikey", r#""abcd""#)],
        ),
        case(
            &["Dast"],
            "`timeZone` belongs to `schedule`",
            dast(json!({"rescan": {"schedule": "0 3 * * 1", "timeZone": "Europe/Budapest"}})),
            &[("/rescan/schedule", "null")],
        ),
        case(
            &["Dast"],
            "`interval` must be from 1m to 8784h, which is a year",
            dast(json!({"rescan": {"interval": "1h30m"}})),
            &[("/rescan/interval", r#""59s""#)],
        ),
        case(
            &["Dast"],
            "a login by Form or Json needs `url` and `data`",
            dast(
                json!({"login": {"kind": "Form", "url": "/login", "data": DATA, "loggedIn": "out", "secretName": "login"}}),
            ),
            &[("/login/data", "null")],
        ),
        case(
            &["Dast"],
            "the `data` of a login needs the places `{%username%}` and `{%password%}`, where ZAP puts what the Secret has",
            dast(
                json!({"login": {"kind": "Json", "url": "/login", "data": DATA, "loggedIn": "out", "secretName": "login"}}),
            ),
            &[("/login/data", r#""u={%username%}""#)],
        ),
        case(
            &["Dast"],
            "a login needs either `loggedIn` or `loggedOut`, by which it is seen that it holds",
            dast(json!({"login": {"kind": "Basic", "loggedOut": "Log in", "secretName": "login"}})),
            &[("/login/loggedIn", r#""Log out""#)],
        ),
        case(
            &["Dast"],
            "`browser` is for ZAP: the profile must be baseline, full or api",
            dast(json!({"profile": {"name": "full", "browser": "Ajax"}})),
            &[("/profile/name", r#""passive""#)],
        ),
        case(
            &["Dast"],
            "`exclude` is for ZAP, which reads its patterns: the profile must be baseline, full or api",
            dast(json!({"profile": {"name": "full", "exclude": [".*/logout"]}})),
            &[("/profile/name", r#""passive""#)],
        ),
        case(
            &["Dast"],
            "`attackStrength` and `alertThreshold` are for what attacks: the profile must be full or api",
            dast(json!({"profile": {"name": "full", "attackStrength": "Low"}})),
            &[("/profile/name", r#""baseline""#)],
        ),
        case(
            &["Dast"],
            "`maxPages` and `maxDepth` are for the built-in engine: the profile must be passive",
            dast(json!({"profile": {"name": "passive", "maxPages": 10}})),
            &[("/profile/name", "null")],
        ),
        case(
            &["Dast"],
            "`openapiUrl` belongs to the profile api, which needs it",
            dast(json!({"profile": {"name": "api", "openapiUrl": "/openapi.json"}})),
            &[("/profile/openapiUrl", "null")],
        ),
        case(
            &["Dast"],
            "`timeout` must be from 1m to 24h",
            dast(json!({"profile": {"timeout": "24h"}})),
            &[("/profile/timeout", r#""24h1s""#)],
        ),
        Case {
            transition: true,
            ..case(
                &["Dast"],
                "`name` stays as it is, since what it names would be left behind: make another Dast",
                dast(json!({})),
                &[("/zaproxy/name", r#""other""#)],
            )
        },
        Case {
            transition: true,
            ..case(
                &["ScanRun"],
                "a run does not change: create another one",
                json!({"target": "web-80", "trigger": "Requested"}),
                &[("/target", r#""web-81""#)],
            )
        },
        case(
            &["ScanTarget"],
            "a target is either a `service` or a `url`",
            target.clone(),
            &[("/url", r#""https://shop.example""#)],
        ),
        Case {
            transition: true,
            ..case(
                &["ScanTarget"],
                "a target does not become another one: make a new one",
                target,
                &[("/service/port", "81")],
            )
        },
        case(
            &["ScanReport"],
            "`omitted` findings are some of the `findings`",
            json!({
                "target": "web-80", "run": "web-80-1", "encoding": "gzip+base64", "data": "", "bytes": 0,
                "counts": {"high": 0, "medium": 0, "low": 0, "informational": 0}, "findings": 2, "omitted": 2,
            }),
            &[("/omitted", "3")],
        ),
        case(
            &["ClusterThresholdPolicy"],
            "at least one of `include` and `exclude`: leave `namespaces` out to mean all",
            json!({"namespaces": {"include": ["shop-*"]}, "thresholds": {"instances": {"low": {"warn": 0}}}}),
            &[("/namespaces/include", "null")],
        ),
        case(
            POLICIES,
            "at least one limit, such as `thresholds: {alerts: {high: {fail: 0}}}`: a policy without any accepts all",
            json!({"rules": [{"rule": "10038-1", "level": "FAIL"}], "thresholds": {"alerts": {}}}),
            &[("/rules/0/level", r#""INFO""#)],
        ),
        case(POLICIES, "`fail`, `warn` or both", policy.clone(), &[("/thresholds/alerts/high", "{}")]),
        case(
            POLICIES,
            "a `warn` limit below the `fail` limit, or it could never warn",
            policy.clone(),
            &[("/thresholds/instances/low/warn", "3")],
        ),
        case(
            POLICIES,
            "`path` or `pathRegex`, not both",
            policy.clone(),
            &[("/rules/0/pathRegex", r#""/new/.*""#)],
        ),
        case(
            POLICIES,
            "exactly one location: `path`, `pathRegex` or `fingerprint`",
            policy.clone(),
            &[("/exemptions/0/fingerprint", r#""2f31013efa832e53eb77700ab87e8709""#)],
        ),
        case(POLICIES, "at least one of `pages` and `percent`", policy, &[("/coverage/pages", "null")]),
        case(
            &["Exemption"],
            "exactly one location: `path`, `pathRegex` or `fingerprint`",
            exemption(),
            &[("/path", "null")],
        ),
    ]
}

fn exemption() -> Value {
    json!({
        "rule": "10038", "path": "/old/**", "reason": "moves in spring", "owner": "team-shop",
        "expires": "2027-01-01T00:00:00Z",
    })
}
