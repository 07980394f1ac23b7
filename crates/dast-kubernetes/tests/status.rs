//! Whatever a scan found and policy says, a status fits into 64 KiB and into its schema.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod schema;

use dast_kubernetes::convert::{MOST_STATUS_BYTES, StatusError};
use dast_kubernetes::crd::{
    ScanRun, ScanRunSpec, ScanRunStatus, ScanTarget, ScanTargetSpec, ScanTargetStatus, ScannerRef,
    SeverityCounts, TargetPhase, VerdictName,
};
use dast_policy::*;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn scan() -> Scan {
    Scan {
        subject: Subject {
            target: "shop/web:http".to_owned(),
            origin: "http://web.shop.svc".parse().unwrap(),
            covered: vec![Exposure::new("shop.test", "/")],
        },
        revision: Some(Revision::new("r1")),
        profile: Profile { name: "full".to_owned(), hash: "abc".to_owned() },
        engine: Engine {
            name: "zap".to_owned(),
            version: "2.17.0".to_owned(),
            rule_set: "12 rules".to_owned(),
            passive: false,
        },
        started: time("2026-06-01T11:00:00Z"),
        ended: time("2026-06-01T11:01:00.123456789Z"),
        completion: Completion::Complete,
        coverage: Coverage { pages: 3, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    }
}

fn finding(alert: &str, severity: Severity, confidence: Confidence, url: &str) -> Finding {
    Finding::new(AlertRef::of(alert).unwrap(), severity, confidence, "GET", url).unwrap()
}

fn evidence(findings: &[Finding], scan: Scan) -> Evidence {
    let mut collector = Collector::new();
    findings.iter().for_each(|finding| collector.add(finding));
    collector.finish(scan)
}

fn judged(evidence: &Evidence, name: &str) -> Evaluation {
    let all = Some(Threshold::fail_over(0));
    let limits = Limits { high: all, medium: all, low: all, informational: all };
    let mut document = PolicyDocument::new(Thresholds { alerts: limits, instances: limits });
    // Rules of their own, so that there are many reasons.
    document.rules = evidence
        .counts()
        .iter()
        .filter_map(|row| row.alert.as_ref())
        .take(50)
        .map(|alert| RuleLevel { rule: alert.as_str().parse().unwrap(), level: Level::Fail, path: None })
        .collect();
    document.rules.dedup_by(|a, b| a.rule == b.rule);
    let mut seen = std::collections::BTreeSet::new();
    document.rules.retain(|rule| seen.insert(rule.rule.clone()));
    let layer = Layer::new(Scope::Cluster, name, document).unwrap();
    let policy = Policy::new([layer]).unwrap();
    evaluate(&policy, &Knowledge::of(evidence.clone()), evidence.scan().ended)
}

fn size(status: &impl Serialize) -> usize {
    serde_json::to_vec(status).unwrap().len()
}

/// What is wrong with a status, judged as part of its object by the schema of its kind.
fn problems(kind: &str, spec: &impl Serialize, status: &impl Serialize) -> Vec<String> {
    let mut object = schema::object(kind, serde_json::to_value(spec).unwrap());
    object["status"] = serde_json::to_value(status).unwrap();
    schema::problems(&schema::of(kind), &object)
}

fn target_spec() -> ScanTargetSpec {
    ScanTargetSpec {
        service: None,
        url: Some("http://web.shop.svc/".to_owned()),
        origin: "http://web.shop.svc".to_owned(),
        exposures: Vec::new(),
        scanner: ScannerRef { namespace: "zaproxy".to_owned(), name: "dast-sample".to_owned() },
    }
}

fn run_spec() -> ScanRunSpec {
    serde_json::from_value(json!({"target": "web-80"})).unwrap()
}

#[test]
fn a_status_tells_what_was_found_and_judged() {
    let found = [
        finding("10038", Severity::Medium, Confidence::High, "http://web.shop.svc/"),
        finding("10021", Severity::Low, Confidence::Medium, "http://web.shop.svc/"),
        finding("10021", Severity::Low, Confidence::Medium, "http://web.shop.svc/cart"),
        finding("40012", Severity::High, Confidence::FalsePositive, "http://web.shop.svc/"),
    ];
    let evidence = evidence(&found, scan());
    let layer = Layer::new(Scope::Cluster, "ceiling", PolicyDocument::standard()).unwrap();
    let evaluation = evaluate(
        &Policy::new([layer]).unwrap(),
        &Knowledge::of(evidence.clone()),
        time("2026-06-01T12:00:00Z"),
    );

    let mut status = ScanTargetStatus::default();
    status.record(&evidence).unwrap();
    status.judge(&evaluation);
    let status = status.bounded().unwrap();
    assert_eq!(status.verdict, Some(VerdictName::Fail));
    assert_eq!(status.unknown, None);
    assert_eq!(status.reasons, ["1 alert of severity Medium, 0 accepted [cluster policy `ceiling`]"]);
    assert_eq!(status.counts, Some(SeverityCounts { high: 0, medium: 1, low: 2, informational: 0 }));
    assert_eq!(status.last_scan_time, Some(Time(time("2026-06-01T11:01:00Z"))), "objects keep no fractions");
    assert_eq!(status.evidence.as_ref().unwrap().read().unwrap(), evidence);
    assert_eq!(problems("ScanTarget", &target_spec(), &status), [""; 0]);

    let mut run = ScanRunStatus::default();
    run.record(&evidence).unwrap();
    let run = run.bounded().unwrap();
    assert_eq!(run.engine.as_deref(), Some("zap 2.17.0"));
    assert_eq!(
        run.findings.iter().map(|finding| finding.alert_ref.as_str()).collect::<Vec<_>>(),
        ["10038", "10021", "10021", "40012"]
    );
    assert!(run.completion.as_ref().unwrap().complete);
    assert_eq!(problems("ScanRun", &run_spec(), &run), [""; 0]);
}

#[test]
fn nothing_to_rely_on_says_which_kind() {
    let layer = Layer::new(Scope::Namespace, "shop", PolicyDocument::standard()).unwrap();
    let evaluation =
        evaluate(&Policy::new([layer]).unwrap(), &Knowledge::default(), time("2026-06-01T12:00:00Z"));
    let mut status = ScanTargetStatus { verdict: Some(VerdictName::Pass), ..ScanTargetStatus::default() };
    status.judge(&evaluation);
    assert_eq!(
        (status.verdict, status.unknown),
        (Some(VerdictName::Unknown), Some(UnknownReason::NotScanned))
    );
    assert_eq!(status.reasons.len(), 1);
    assert_eq!(problems("ScanTarget", &target_spec(), &status), [""; 0]);
}

/// What an API server stores, and a watch brings back, is what was written.
#[test]
fn an_object_reads_back() {
    let mut status = ScanTargetStatus { phase: Some(TargetPhase::Idle), ..ScanTargetStatus::default() };
    status
        .record(&evidence(&[finding("10038", Severity::Low, Confidence::Low, "http://a/")], scan()))
        .unwrap();
    status.conditions.push(condition("Passed", "Judged", "within every limit"));
    let mut target = ScanTarget::new("web-80", target_spec());
    target.status = Some(status.bounded().unwrap());
    let text = serde_json::to_string(&target).unwrap();
    assert!(!text.contains("null"), "an API server would leave it out: {text}");
    assert_eq!(serde_json::from_str::<ScanTarget>(&text).unwrap(), target);

    let mut run = ScanRun::new("web-80-1", run_spec());
    run.status = Some(ScanRunStatus::default());
    assert_eq!(serde_json::from_str::<ScanRun>(&serde_json::to_string(&run).unwrap()).unwrap(), run);
}

#[test]
fn what_an_api_server_cannot_count_to_is_refused() {
    let mut scan = scan();
    scan.coverage.skipped = u64::MAX;
    let evidence = evidence(&[], scan);
    let before = ScanTargetStatus::default();
    let mut status = before.clone();
    let error = status.record(&evidence).unwrap_err();
    assert!(
        matches!(error, StatusError::Number { field: "scan.coverage.skipped", value: u64::MAX }),
        "{error}"
    );
    assert_eq!(error.category(), "number");
    assert_eq!(status, before, "nothing was taken over");
    assert!(ScanRunStatus::default().record(&evidence).is_err());
}

#[test]
fn what_an_api_server_takes_for_no_time_is_refused() {
    let mut scan = scan();
    scan.started = time("0000-12-31T23:59:59Z");
    let error = ScanTargetStatus::default().record(&evidence(&[], scan)).unwrap_err();
    assert!(matches!(error, StatusError::Time { field: "scan.started" }), "{error}");
    assert_eq!(error.category(), "time");
}

fn condition(type_: &str, reason: &str, message: &str) -> Condition {
    Condition {
        type_: type_.to_owned(),
        status: "True".to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        observed_generation: Some(i64::MAX),
        last_transition_time: Time(time("2026-06-01T11:01:00Z")),
    }
}

/// Text that takes as much room as text can: control characters take six bytes in JSON, and letters up to four.
fn nasty() -> impl Strategy<Value = String> {
    let letters =
        proptest::sample::select(vec!["\u{1}", "\"", "\\", "\u{7f}", "é", "語", "🦀", "a", "\n", "\u{2028}"]);
    (letters, 1..3000usize).prop_map(|(letter, times)| letter.repeat(times))
}

prop_compose! {
    fn hostile_scan()(
        texts in proptest::collection::vec(nasty(), 8),
        places in 0..600usize,
        cut_off in any::<bool>(),
        numbers in proptest::array::uniform3(1..i64::MAX as u64),
    ) -> Scan {
        let [pages, failed, skipped] = numbers;
        Scan {
            subject: Subject {
                target: texts[0].clone(),
                origin: format!("http://{}", "a".repeat(253)).parse().unwrap(),
                covered: (0..places).map(|place| Exposure::new("h", format!("/{place}{}", texts[1].chars().take(20).collect::<String>()))).collect(),
            },
            revision: Some(Revision::new(texts[2].chars().take(32).collect::<String>())),
            profile: Profile { name: texts[3].clone(), hash: texts[2].chars().take(32).collect() },
            engine: Engine { name: texts[4].clone(), version: texts[5].clone(), rule_set: texts[6].clone(), passive: false },
            started: time("0001-01-01T00:00:00.000000001Z"),
            ended: Timestamp::MAX,
            completion: match cut_off {
                true => Completion::Incomplete { cause: Cause::AuthenticationFailed, detail: texts[7].clone() },
                false => Completion::Complete,
            },
            coverage: Coverage { pages, failed, skipped },
            authentication: Authentication::NotUsed,
        }
    }
}

prop_compose! {
    fn hostile_findings()(
        rules in 1..200usize,
        long_names in any::<bool>(),
        texts in proptest::collection::vec(nasty(), 5),
        length in 0..1100usize,
        places in 1..4usize,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for rule in 0..rules {
            let alert = if long_names { format!("{rule:x>40}") } else { rule.to_string() };
            for severity in Severity::ALL {
                for place in 0..places {
                    let confidence = Confidence::ALL[(rule + place) % 5];
                    let path: String = texts[0].chars().cycle().take(length).collect();
                    findings.push(
                        finding(&alert, severity, confidence, &format!("http://a/{place}{path}"))
                            .named(texts[1].clone())
                            .with_param(texts[2].chars().take(length / 2).collect::<String>())
                            .with_attack(texts[3].clone())
                            .with_evidence(texts[4].clone())
                            .with_other(texts[1].clone()),
                    );
                }
            }
        }
        findings
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_status_fits_whatever_was_found(
        scan in hostile_scan(),
        findings in hostile_findings(),
        texts in proptest::collection::vec(nasty(), 4),
        conditions in 0..40usize,
    ) {
        let evidence = evidence(&findings, scan);
        let evaluation = judged(&evidence, &texts[0]);
        let word: String = "Reason".repeat(40);
        let conditions: Vec<Condition> =
            (0..conditions).map(|number| condition(&format!("{}{number}", "Type"), &word, &texts[1])).collect();

        let mut status = ScanTargetStatus {
            observed_generation: Some(i64::MAX),
            conditions: conditions.clone(),
            phase: Some(TargetPhase::Suspended),
            queue_position: Some(u32::MAX),
            revision: Some(texts[2].clone()),
            run: Some("r".repeat(300)),
            report: Some(texts[3].clone()),
            next_scan_time: Some(Time(Timestamp::MAX)),
            ..ScanTargetStatus::default()
        };
        status.record(&evidence).unwrap();
        status.judge(&evaluation);
        let status = status.bounded().unwrap();
        prop_assert!(size(&status) <= MOST_STATUS_BYTES, "{}", size(&status));
        prop_assert_eq!(status.evidence.as_ref().unwrap().read(), Ok(evidence.clone()), "nothing is lost on the way");
        let wrong = texts_apart(problems("ScanTarget", &target_spec(), &status));
        prop_assert!(wrong.is_empty(), "{wrong:?}");

        let mut run = ScanRunStatus {
            conditions,
            attempt: Some(u32::MAX),
            job: Some(texts[2].clone()),
            pod_uid: Some(texts[3].clone()),
            ..ScanRunStatus::default()
        };
        run.record(&evidence).unwrap();
        let run = run.bounded().unwrap();
        prop_assert!(size(&run) <= MOST_STATUS_BYTES, "{}", size(&run));
        let wrong = texts_apart(problems("ScanRun", &run_spec(), &run));
        prop_assert!(wrong.is_empty(), "{wrong:?}");
    }
}

/// The reasons of conditions are ours, and these here are cut: no word any more.
fn texts_apart(problems: Vec<String>) -> Vec<String> {
    problems.into_iter().filter(|problem| !problem.starts_with(".status.conditions")).collect()
}

/// The bound is not so wide that it never matters.
#[test]
fn the_worst_case_is_near_the_bound() {
    let text = "\u{1}".repeat(3000);
    let mut findings = Vec::new();
    for rule in 0..300 {
        for severity in Severity::ALL {
            for confidence in Confidence::ALL {
                let one = finding(
                    &format!("{rule:x>40}"),
                    severity,
                    confidence,
                    &format!("http://a/{}", "x".repeat(600)),
                );
                findings.push(one.named(text.clone()).with_evidence(text.clone()));
            }
        }
    }
    let mut scan = scan();
    scan.subject.covered = (0..500).map(|place| Exposure::new("shop.test", format!("/{place}"))).collect();
    scan.completion = Completion::Incomplete { cause: Cause::EngineError, detail: text.clone() };
    let evidence = evidence(&findings, scan);
    let mut status = ScanTargetStatus {
        conditions: (0..8).map(|number| condition(&format!("Type{number}"), "Reason", &text)).collect(),
        ..ScanTargetStatus::default()
    };
    status.record(&evidence).unwrap();
    status.judge(&judged(&evidence, &text));
    let size = size(&status.bounded().unwrap());
    assert!((48 * 1024..=MOST_STATUS_BYTES).contains(&size), "{size}");
}
