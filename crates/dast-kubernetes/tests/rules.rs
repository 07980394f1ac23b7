//! Every rule of every kind, with something that it lets through and something that it does not.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod schema;

use std::collections::{BTreeMap, BTreeSet};

use kube::core::cel::{CompiledSchema, Validator, compile_schema};
use serde_json::{Map, Value, json};

/// A rule by its message, a good spec, and what makes it bad: other values at JSON pointers, null for none.
struct Case {
    kinds: &'static [&'static str],
    message: &'static str,
    good: Value,
    bad: &'static [(&'static str, &'static str)],
    /// Whether the good one is there already, and becomes the bad one.
    transition: bool,
}

const POLICIES: &[&str] = &["ThresholdPolicy", "ClusterThresholdPolicy"];

fn case(
    kinds: &'static [&'static str],
    message: &'static str,
    good: Value,
    bad: &'static [(&'static str, &'static str)],
) -> Case {
    Case { kinds, message, good, bad, transition: false }
}

fn cases() -> Vec<Case> {
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
                json!({"login": {"kind": "Form", "url": "/login", "data": "u={%username%}", "loggedIn": "out", "secretName": "login"}}),
            ),
            &[("/login/data", "null")],
        ),
        case(
            &["Dast"],
            "`browser` is for ZAP: the profile must be baseline, full or api",
            dast(json!({"profile": {"name": "full", "browser": "Ajax"}})),
            &[("/profile/name", r#""passive""#)],
        ),
        case(
            &["ScanRun"],
            "`browser` is for ZAP: the profile must be baseline, full or api",
            json!({"target": "web-80", "profile": {"browser": "Client"}}),
            &[("/profile/name", r#""passive""#)],
        ),
        case(
            &["Dast"],
            "`attackStrength` and `alertThreshold` are for what attacks: the profile must be full or api",
            dast(json!({"profile": {"name": "full", "attackStrength": "Low"}})),
            &[("/profile/name", r#""baseline""#)],
        ),
        case(
            &["ScanRun"],
            "`attackStrength` and `alertThreshold` are for what attacks: the profile must be full or api",
            json!({"target": "web-80", "profile": {"alertThreshold": "High"}}),
            &[("/profile/name", r#""passive""#)],
        ),
        case(
            &["Dast"],
            "`maxPages` and `maxDepth` are for the built-in engine: the profile must be passive",
            dast(json!({"profile": {"name": "passive", "maxPages": 10}})),
            &[("/profile/name", "null")],
        ),
        case(
            &["ScanRun"],
            "`maxPages` and `maxDepth` are for the built-in engine: the profile must be passive",
            json!({"target": "web-80", "profile": {"name": "passive", "maxDepth": 0}}),
            &[("/profile/name", r#""full""#)],
        ),
        case(
            &["Dast"],
            "`openapiUrl` belongs to the profile api, which needs it",
            dast(json!({"profile": {"name": "api", "openapiUrl": "/openapi.json"}})),
            &[("/profile/openapiUrl", "null")],
        ),
        case(
            &["ScanRun"],
            "`openapiUrl` belongs to the profile api, which needs it",
            json!({"target": "web-80", "profile": {"name": "api", "openapiUrl": "/openapi.json"}}),
            &[("/profile/name", r#""full""#)],
        ),
        case(
            &["Dast"],
            "`timeout` must be from 1m to 24h",
            dast(json!({"profile": {"timeout": "24h"}})),
            &[("/profile/timeout", r#""24h1s""#)],
        ),
        case(
            &["ScanRun"],
            "`timeout` must be from 1m to 24h",
            json!({"target": "web-80", "profile": {"timeout": "1m"}}),
            &[("/profile/timeout", r#""500ms""#)],
        ),
        Case {
            transition: true,
            ..case(
                &["ScanRun"],
                "a run does not change: create another one",
                json!({"target": "web-80", "profile": {"timeout": "1h"}}),
                &[("/profile/timeout", r#""2h""#)],
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

/// The rules of every kind, ready to be evaluated.
struct Rules(BTreeMap<String, CompiledSchema>);

impl Rules {
    fn compile() -> Self {
        let compile = |kind: String| {
            let compiled = compile_schema(&schema::of(&kind));
            assert!(!compiled.has_errors(), "{kind}: {:?}", compiled.compilation_errors());
            (kind, compiled)
        };
        Self(schema::kinds().into_iter().map(compile).collect())
    }

    /// What the rules say of a spec that may take the place of an old one.
    fn refusals(&self, kind: &str, spec: &Value, old: Option<&Value>) -> Vec<String> {
        let object = schema::object(kind, spec.clone());
        let old = old.map(|spec| schema::object(kind, spec.clone()));
        assert_eq!(schema::problems(&schema::of(kind), &object), [""; 0], "more is wrong than the rule says");
        match Validator::new().validate_compiled(&self.0[kind], &object, old.as_ref()) {
            Ok(()) => Vec::new(),
            Err(errors) => errors.iter().map(|error| error.message.to_string()).collect(),
        }
    }
}

fn changed(spec: &Value, changes: &[(&str, &str)]) -> Value {
    let mut spec = spec.clone();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let parent: &mut Map<String, Value> = spec.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match serde_json::from_str(value).unwrap() {
            Value::Null => parent.remove(field).map(drop).unwrap(),
            value => drop(parent.insert(field.to_owned(), value)),
        }
    }
    spec
}

#[test]
fn each_rule_lets_good_through_and_nothing_bad() {
    let rules = Rules::compile();
    for Case { kinds, message, good, bad, transition } in cases() {
        for kind in kinds {
            assert_eq!(rules.refusals(kind, &good, None), [""; 0], "{kind}: {message}");
            let bad = changed(&good, bad);
            let refused = match transition {
                true => {
                    assert_eq!(rules.refusals(kind, &good, Some(&good)), [""; 0], "{kind}: {message}");
                    assert_eq!(rules.refusals(kind, &bad, None), [""; 0], "{kind}: {message}");
                    rules.refusals(kind, &bad, Some(&good))
                }
                false => rules.refusals(kind, &bad, None),
            };
            assert_eq!(refused, [message], "{kind}");
        }
    }
}

#[test]
fn every_rule_has_a_case() {
    let mut there = BTreeSet::new();
    for kind in schema::kinds() {
        schema::walk(&schema::of(&kind), "", &mut |path, part| {
            for rule in part["x-kubernetes-validations"].as_array().into_iter().flatten() {
                let message =
                    rule["message"].as_str().unwrap_or_else(|| panic!("{kind}{path}: {rule} has no message"));
                there.insert((kind.clone(), message.to_owned()));
            }
        });
    }
    let tested: BTreeSet<(String, String)> = cases()
        .iter()
        .flat_map(|case| case.kinds.iter().map(|kind| ((*kind).to_owned(), case.message.to_owned())))
        .collect();
    assert_eq!(there, tested);
}

/// The rule about limits is written out for each of them.
#[test]
fn each_limit_alone_is_a_policy() {
    let rules = Rules::compile();
    for kind in POLICIES {
        for unit in ["alerts", "instances"] {
            for severity in ["high", "medium", "low", "informational"] {
                for limit in ["fail", "warn"] {
                    let spec = json!({"thresholds": {unit: {severity: {limit: 0}}}});
                    assert_eq!(rules.refusals(kind, &spec, None), [""; 0], "{kind} {unit} {severity}");
                    let spec = json!({"thresholds": {unit: {severity: {"fail": 1, "warn": 1}}}});
                    assert_eq!(rules.refusals(kind, &spec, None).len(), 1, "{kind} {unit} {severity}");
                }
            }
        }
        for spec in [json!({}), json!({"thresholds": {}}), json!({"rules": [{"rule": 1, "level": "IGNORE"}]})]
        {
            assert_eq!(rules.refusals(kind, &spec, None).len(), 1, "{spec}");
        }
    }
}
