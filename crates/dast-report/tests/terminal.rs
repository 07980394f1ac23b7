//! What people see, at the widths that they have.

#![cfg(feature = "terminal")]
#![allow(clippy::unwrap_used, reason = "tests")]

use dast_policy::*;
use dast_report::terminal::{Detail, Style, evaluation, findings, summary};

fn finding(rule: &str, variant: Option<u32>, severity: Severity, path: &str) -> Finding {
    let alert = variant.map_or_else(|| AlertRef::of(rule), |number| AlertRef::variant(rule, number)).unwrap();
    Finding::new(alert, severity, Confidence::Medium, "GET", &format!("http://shop.test:8080{path}")).unwrap()
}

fn evidence(completion: Completion) -> Evidence {
    evidence_by("0.1.0", completion)
}

fn evidence_by(version: &str, completion: Completion) -> Evidence {
    let mut collector = Collector::new();
    for page in 0..120 {
        let csp = finding("10038", Some(1), Severity::Medium, &format!("/products/{page:03}"));
        collector.add(&csp.named("Content Security Policy (CSP) Header Not Set"));
    }
    let cookie = finding("10010", None, Severity::Low, "/login?next=%2Faccount");
    collector.add(
        &cookie.named("Cookie No HttpOnly Flag").with_param("session").with_evidence("Set-Cookie: session"),
    );
    let hostile = finding("10037", None, Severity::Low, "/");
    collector.add(&hostile.named("\u{1b}[31mred\u{202e}").with_param("x\ny"));
    collector.add(&finding("40018", None, Severity::High, "/search").named("SQL Injection"));
    collector.finish(Scan {
        subject: Subject {
            target: "http://shop.test:8080/".to_owned(),
            origin: "http://shop.test:8080".parse().unwrap(),
            covered: Vec::new(),
        },
        revision: None,
        profile: Profile { name: "passive".to_owned(), hash: "1".to_owned() },
        engine: Engine {
            name: "builtin".to_owned(),
            version: version.to_owned(),
            rule_set: "8".to_owned(),
            passive: true,
        },
        started: "2026-06-01T11:00:00Z".parse().unwrap(),
        ended: "2026-06-01T11:00:01.25Z".parse().unwrap(),
        completion,
        coverage: Coverage { pages: 131, failed: 2, skipped: 40 },
        authentication: Authentication::NotUsed,
    })
}

fn policy() -> Policy {
    let text = r#"{
        "thresholds": {"alerts": {"high": {"fail": 1}, "medium": {"fail": 0}, "low": {"fail": 5, "warn": 1}}},
        "rules": [{"rule": "10037", "level": "INFO"}],
        "coverage": {"percent": 90}
    }"#;
    let document = PolicyDocument::from_json(text).unwrap();
    Policy::from(Layer::new(Scope::File, "policy.yaml", document).unwrap())
}

fn shown(evidence: &Evidence, detail: Detail, style: Style) -> String {
    let judged =
        evaluate(&policy(), &Knowledge::of(evidence.clone()), "2026-06-02T00:00:00Z".parse().unwrap());
    let parts = [summary(evidence, style), findings(evidence, style), evaluation(&judged, detail, style)];
    parts.join("\n")
}

#[test]
fn a_usual_terminal() {
    let style = Style { width: 100, color: false };
    insta::assert_snapshot!(shown(&evidence(Completion::Complete), Detail::Reasons, style));
}

#[test]
fn everything_is_explained() {
    let detail = "nobody answered".to_owned();
    let interrupted = Completion::Incomplete { cause: Cause::Interrupted, detail };
    let style = Style { width: 100, color: false };
    insta::assert_snapshot!(shown(&evidence(interrupted), Detail::Everything, style));
}

#[test]
fn colours() {
    let text = shown(&evidence(Completion::Complete), Detail::Reasons, Style { width: 100, color: true });
    insta::assert_snapshot!(text.replace('\u{1b}', "ESC"));
}

#[test]
fn twenty_columns_are_enough() {
    let style = Style { width: 20, color: false };
    let text = shown(&evidence(Completion::Complete), Detail::Everything, style);
    assert!(text.lines().all(|line| line.chars().count() <= 20), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn no_width_is_too_small_and_nothing_hostile_gets_through() {
    for width in 0..150 {
        let text = shown(&evidence(Completion::Complete), Detail::Everything, Style { width, color: false });
        assert!(text.contains("FAIL"), "{width}");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{width}: {text}");
        if width >= 24 {
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}: {text}");
        }
    }
}

#[test]
fn nothing_found_is_no_table() {
    let mut scan = evidence(Completion::Complete).scan();
    scan.coverage.failed = 0;
    let none = Collector::new().finish(scan);
    assert_eq!(findings(&none, Style::default()), "");
}

#[test]
fn an_engine_that_never_told_its_version_is_only_named() {
    let cause = Completion::Incomplete { cause: Cause::EngineError, detail: "no answer".to_owned() };
    let told = summary(&evidence_by("", cause), Style { width: 200, color: false });
    assert!(told.contains("(builtin, passive only), incomplete"), "{told}");
}
