//! Evidence that was tampered with, cut off or made by another version is no evidence; and it never grows too large.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests"
)]

mod bounds;
#[path = "../model/mod.rs"]
mod model;

use dast_policy::*;
use serde_json::{Value, json};

fn scan() -> Scan {
    Scan {
        subject: Subject {
            target: "http://shop.test/".to_owned(),
            origin: "http://shop.test".parse().unwrap(),
            covered: vec![Exposure::new("shop.test", "/")],
        },
        revision: None,
        profile: Profile { name: "passive".to_owned(), hash: "abc".to_owned() },
        engine: Engine {
            name: "builtin".to_owned(),
            version: "0.1.0".to_owned(),
            rule_set: "8 rules".to_owned(),
            passive: true,
        },
        started: "2026-06-01T11:00:00Z".parse().unwrap(),
        ended: "2026-06-01T11:01:00Z".parse().unwrap(),
        completion: Completion::Complete,
        coverage: Coverage { pages: 3, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    }
}

fn finding(path: &str) -> Finding {
    let alert = AlertRef::variant("10038", 1).unwrap();
    Finding::new(alert, Severity::Medium, Confidence::High, "GET", &format!("http://shop.test{path}"))
        .unwrap()
        .named("Content Security Policy (CSP) Header Not Set")
        .with_cwe(693)
}

fn json() -> Value {
    let evidence = model::evidence(&scan(), &[finding("/"), finding("/cart")]);
    serde_json::from_str(&evidence.to_json()).unwrap()
}

#[track_caller]
fn refused(value: &Value) -> EvidenceError {
    Evidence::from_json(&value.to_string()).expect_err("it must be refused")
}

#[test]
fn the_json_is_an_interface() {
    assert_eq!(
        json(),
        json!({
            "schemaVersion": 1,
            "scan": {
                "subject": {
                    "target": "http://shop.test/",
                    "origin": "http://shop.test",
                    "covered": [{"host": "shop.test", "path": "/"}],
                },
                "profile": {"name": "passive", "hash": "abc"},
                "engine": {"name": "builtin", "version": "0.1.0", "ruleSet": "8 rules", "passive": true},
                "started": "2026-06-01T11:00:00Z",
                "ended": "2026-06-01T11:01:00Z",
                "completion": {"complete": true},
                "coverage": {"pages": 3, "failed": 0, "skipped": 0},
                "authentication": "NotUsed",
            },
            "counts": [
                {"pluginId": "10038", "alertRef": "10038-1", "severity": "Medium", "confidence": "High", "instances": 2},
            ],
            "findings": [
                {
                    "pluginId": "10038", "alertRef": "10038-1",
                    "name": "Content Security Policy (CSP) Header Not Set",
                    "severity": "Medium", "confidence": "High", "method": "GET", "url": "http://shop.test/",
                    "param": "", "evidence": "", "cweId": 693,
                    "fingerprint": finding("/").fingerprint().to_string(),
                },
                {
                    "pluginId": "10038", "alertRef": "10038-1",
                    "name": "Content Security Policy (CSP) Header Not Set",
                    "severity": "Medium", "confidence": "High", "method": "GET", "url": "http://shop.test/cart",
                    "param": "", "evidence": "", "cweId": 693,
                    "fingerprint": finding("/cart").fingerprint().to_string(),
                },
            ],
        })
    );
}

#[test]
fn fingerprints_are_an_interface_too() {
    assert_eq!(finding("/").fingerprint().to_string(), FINGERPRINT);
    let other = |url: &str| finding("/").fingerprint() == finding(url).fingerprint();
    assert!(other("?q=1") && other("/?a#b") && other("/./") && !other("/a"));
    assert_eq!(finding("/").issue_fingerprint(), finding("/cart").issue_fingerprint());
    assert_eq!(finding("/").with_evidence("x").fingerprint(), finding("/").fingerprint());
    assert_ne!(finding("/").with_param("x").fingerprint(), finding("/").fingerprint());
}

/// The first half of SHA-256 over the parts `instance`, `10038-1`, `http://shop.test`, `GET`, `/` and an empty one, each
/// after its length in eight bytes, worked out by another program.
const FINGERPRINT: &str = "2f31013efa832e53eb77700ab87e8709";

#[test]
fn another_version_is_refused_by_name() {
    for version in [json!(2), json!(0), json!("1"), json!(null)] {
        let mut value = json();
        value["schemaVersion"] = version.clone();
        value["more"] = json!(1);
        let error = refused(&value);
        assert!(matches!(error, EvidenceError::Version { .. }), "{error}");
        let expected = format!("evidence of schema version `{version}`, but this program reads version 1");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn every_cut_is_noticed() {
    let text = json().to_string();
    for end in 0..text.len() {
        assert!(Evidence::from_json(&text[..end]).is_err(), "{end}");
    }
    assert!(Evidence::from_json(&text).is_ok());
}

#[test]
fn what_contradicts_itself_is_refused() {
    let cases: [(&str, &str, Value); 12] = [
        ("/scan/ended", "scan.ended", json!("2026-06-01T10:00:00Z")),
        ("/scan/coverage/pages", "scan.completion", json!(0)),
        ("/scan/authentication", "scan.completion", json!("Lost")),
        ("/counts/0/instances", "counts[0].instances", json!(0)),
        ("/counts/0/instances", "findings[1]", json!(1)),
        ("/counts/0/severity", "findings[0]", json!("Low")),
        ("/counts/0/confidence", "findings[0]", json!("Low")),
        ("/counts", "findings[0]", json!([])),
        ("/findings/0/severity", "findings[0]", json!("High")),
        ("/findings/0/name", "findings", json!("x".repeat(500))),
        ("/scan/engine/version", "findings", json!("x".repeat(500))),
        ("/findings/1", "findings", Value::Null),
    ];
    for (pointer, field, wrong) in cases {
        let mut value = json();
        let place = value.pointer_mut(pointer).unwrap();
        // The last case puts the findings out of order.
        if wrong.is_null() {
            value["findings"].as_array_mut().unwrap().reverse()
        } else {
            *place = wrong
        }
        match refused(&value) {
            EvidenceError::Contradiction(error) => assert_eq!(error.field(), field, "{pointer}"),
            other => panic!("{pointer}: {other}"),
        }
    }
    let mut value = json();
    let row = value["counts"][0].clone();
    value["counts"].as_array_mut().unwrap().push(row);
    assert!(refused(&value).to_string().contains("the same row twice"));
}

#[test]
fn values_that_do_not_parse_and_unknown_fields_are_refused() {
    for (pointer, wrong) in [
        ("/findings/0/fingerprint", json!("00000000000000000000000000000000")),
        ("/findings/0/url", json!("/relative")),
        ("/findings/0/alertRef", json!("10021")),
        ("/findings/0/severity", json!("Critical")),
        ("/scan/started", json!("yesterday")),
        ("/scan/subject/origin", json!("shop.test")),
        ("/scan/completion", json!({"complete": true, "cause": "Interrupted"})),
        ("/counts/0/instances", json!(-1)),
    ] {
        let mut value = json();
        *value.pointer_mut(pointer).unwrap() = wrong;
        assert!(matches!(refused(&value), EvidenceError::Syntax(_)), "{pointer}");
    }
    for pointer in ["", "/scan", "/scan/engine", "/findings/0", "/counts/0", "/scan/coverage"] {
        let mut value = json();
        value.pointer_mut(pointer).unwrap()["more"] = json!(1);
        assert!(matches!(refused(&value), EvidenceError::Syntax(_)), "{pointer}");
    }
}

#[test]
fn evidence_of_nothing_is_never_complete() {
    let mut scan = scan();
    scan.coverage.pages = 0;
    let evidence = Collector::new().finish(scan.clone());
    assert!(matches!(
        evidence.scan().completion,
        Completion::Incomplete { cause: Cause::NothingCrawled, .. }
    ));
    scan.coverage.pages = 1;
    scan.authentication = Authentication::Lost;
    let evidence = Collector::new().finish(scan);
    assert!(matches!(
        evidence.scan().completion,
        Completion::Incomplete { cause: Cause::AuthenticationFailed, .. }
    ));
    assert_eq!(Evidence::from_json(&evidence.to_json()), Ok(evidence));
}

#[test]
fn a_clock_that_was_set_back_does_not_make_evidence_unreadable() {
    let mut scan = scan();
    scan.ended = "2026-06-01T10:00:00Z".parse().unwrap();
    let evidence = Collector::new().finish(scan);
    assert!(Evidence::from_json(&evidence.to_json()).is_ok());
}

#[test]
fn counts_as_large_as_they_can_be_are_judged() {
    let mut value = json();
    value["counts"] = json!([
        {"pluginId": "10038", "alertRef": "10038-1", "severity": "Medium", "confidence": "High", "instances": u64::MAX},
        {"pluginId": "10038", "alertRef": "10038-1", "severity": "Medium", "confidence": "Low", "instances": u64::MAX},
    ]);
    let evidence = Evidence::from_json(&value.to_string()).unwrap();
    for level in Level::ALL {
        let mut document = PolicyDocument::standard();
        document.rules = vec![RuleLevel { rule: "10038".parse().unwrap(), level, path: None }];
        let policy = Policy::from(Layer::new(Scope::File, "policy", document).unwrap());
        let knowledge = Knowledge::of(evidence.clone());
        let verdict = evaluate(&policy, &knowledge, "2026-06-01T12:00:00Z".parse().unwrap()).verdict();
        assert_eq!(verdict == Verdict::Fail, level == Level::Fail, "{level}");
    }
}

#[test]
fn a_path_that_servers_may_read_otherwise_is_exempted_only_as_it_is_spelled() {
    let exempt = |path: &str, glob: &str| {
        let place = Location::Path(PathPattern::glob(glob).unwrap());
        let until = "2027-01-01T00:00:00Z".parse().unwrap();
        let mut document = PolicyDocument::standard();
        document.exemptions = vec![Exemption::new("10038".parse().unwrap(), place, "r", "o", until).unwrap()];
        let policy = Policy::from(Layer::new(Scope::File, "policy", document).unwrap());
        let knowledge = Knowledge::of(model::evidence(&scan(), &[finding(path)]));
        evaluate(&policy, &knowledge, "2026-06-01T12:00:00Z".parse().unwrap()).verdict() == Verdict::Pass
    };
    assert!(exempt("/legacy/a", "/legacy/**"));
    for end in ["..%2fadmin", "..%5cadmin", "..;/admin", "%252e%252e/admin", "..\\x"] {
        assert!(!exempt(&format!("/legacy/{end}"), "/legacy/**"), "{end}");
    }
    assert!(exempt("/legacy;v=1", "/legacy;v=1"));
}

/// Rows beyond the bound name no alert. What is listed of them may be of one that has a row of its own.
#[test]
fn an_alert_with_and_without_a_row_is_one() {
    let alert = |confidence| {
        let alert = AlertRef::of("10038").unwrap();
        Finding::new(alert, Severity::Low, confidence, "GET", "http://shop.test/").unwrap()
    };
    let evidence = model::evidence(&scan(), &[alert(Confidence::Medium), alert(Confidence::Low)]);
    let mut value: Value = serde_json::from_str(&evidence.to_json()).unwrap();
    value["counts"][1] = json!({"severity": "Low", "confidence": "Low", "instances": 1});
    let evidence = Evidence::from_json(&value.to_string()).unwrap();
    let alerts = Limits { low: Some(Threshold::fail_over(1)), ..Limits::default() };
    let limited = PolicyDocument::new(Thresholds { alerts, ..Thresholds::default() });
    let levels = ["10021", "10038"].map(|rule| {
        let somewhere = Some(PathPattern::glob("/elsewhere").unwrap());
        vec![RuleLevel { rule: rule.parse().unwrap(), level: Level::Warn, path: somewhere }]
    });
    for rules in [Vec::new()].into_iter().chain(levels) {
        let document = PolicyDocument { rules, ..limited.clone() };
        let policy = Policy::from(Layer::new(Scope::File, "policy", document).unwrap());
        let evaluation =
            evaluate(&policy, &Knowledge::of(evidence.clone()), "2026-06-01T12:00:00Z".parse().unwrap());
        let check = evaluation.layers()[0].checks[0];
        assert_eq!(
            (check.unit, check.found, check.verdict),
            (Unit::Alerts, 1, Verdict::Pass),
            "{evaluation:?}"
        );
    }
}
