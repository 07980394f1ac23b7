//! Several scans as one: nothing is lost, and nothing becomes better.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod model;

use dast_policy::*;
use jiff::SignedDuration;
use model::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn scanned(origin: &str, pages: u64) -> Scan {
    Scan {
        subject: Subject {
            target: "shop/web:http".to_owned(),
            origin: origin.parse().unwrap(),
            covered: vec![Exposure::new("shop.test", "/"), Exposure::new(origin, "/")],
        },
        revision: Some(Revision::new("r1")),
        profile: Profile { name: "baseline".to_owned(), hash: "1".to_owned() },
        engine: Engine {
            name: "zap".to_owned(),
            version: "2".to_owned(),
            rule_set: "rules-1".to_owned(),
            passive: false,
        },
        started: now() - SignedDuration::from_mins(5),
        ended: now(),
        completion: Completion::Complete,
        coverage: Coverage { pages, failed: 1, skipped: 2 },
        authentication: Authentication::Held,
    }
}

fn report(scan: &Scan, alerts: &[&str]) -> Report {
    let finding = |alert: &&str| {
        let url = format!("{}/", scan.subject.origin);
        Finding::new(AlertRef::of(alert).unwrap(), Severity::Low, Confidence::Medium, "GET", &url).unwrap()
    };
    let rule = |alert: &&str| RuleInfo {
        alert_ref: AlertRef::of(alert).unwrap(),
        name: format!("rule {alert}"),
        description: String::new(),
        solution: String::new(),
        references: Vec::new(),
    };
    let findings: Vec<Finding> = alerts.iter().map(finding).collect();
    Report { evidence: evidence(scan, &findings), findings, rules: alerts.iter().map(rule).collect() }
}

fn completion(reports: [Report; 2]) -> (Cause, String) {
    match Report::join(reports).unwrap().evidence.scan().completion.clone() {
        Completion::Incomplete { cause, detail } => (cause, detail),
        Completion::Complete => panic!("it is complete"),
    }
}

#[test]
fn nothing_joins_to_nothing_and_one_to_itself() {
    assert_eq!(Report::join([]), None);
    let mut scan = scanned("http://web.shop.svc", 3);
    scan.completion = Completion::Incomplete { cause: Cause::Interrupted, detail: "stopped".to_owned() };
    let one = report(&scan, &["1"]);
    assert_eq!(Report::join([one.clone()]), Some(one));
}

#[test]
fn everything_that_was_seen_is_in_it() {
    let first = scanned("http://web.shop.svc", 3);
    let mut second = scanned("https://shop.test", 4);
    second.started += SignedDuration::from_mins(10);
    second.ended += SignedDuration::from_mins(10);
    second.authentication = Authentication::NotUsed;
    let joined = Report::join([report(&first, &["1", "2"]), report(&second, &["2", "3"])]).unwrap();
    let scan = joined.evidence.scan();
    assert_eq!(scan.subject.origin, first.subject.origin);
    let covered: Vec<_> = scan.subject.covered.iter().map(|place| place.host.as_str()).collect();
    assert_eq!(covered, ["shop.test", "http://web.shop.svc", "https://shop.test"]);
    assert_eq!(scan.coverage, Coverage { pages: 7, failed: 2, skipped: 4 });
    assert_eq!((scan.started, scan.ended), (first.started, second.ended));
    assert_eq!((&scan.completion, scan.authentication), (&Completion::Complete, Authentication::NotUsed));
    assert_eq!(joined.findings.len(), 4);
    assert_eq!(joined.evidence.instances(), 4);
    let rules: Vec<_> = joined.rules.iter().map(|rule| rule.alert_ref.as_str()).collect();
    assert_eq!(rules, ["1", "2", "3"]);
    let text = serde_json::to_string(&joined).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), joined);
}

#[test]
fn the_first_that_is_not_whole_says_why() {
    let whole = scanned("http://web.shop.svc", 3);
    let mut gone = scanned("https://shop.test", 0);
    gone.completion = Completion::Incomplete { cause: Cause::Unreachable, detail: "refused".to_owned() };
    let expected = (Cause::Unreachable, "at `https://shop.test`: refused".to_owned());
    assert_eq!(completion([report(&whole, &[]), report(&gone, &[])]), expected);
    assert_eq!(completion([report(&gone, &[]), report(&whole, &[])]), expected);
    let nothing = scanned("http://other.test", 0);
    assert_eq!(
        completion([report(&nothing, &[]), report(&gone, &[])]),
        (Cause::NothingCrawled, "at `http://other.test`".to_owned())
    );
}

#[test]
fn what_is_not_of_one_piece_is_not_whole() {
    let first = report(&scanned("http://web.shop.svc", 3), &[]);
    let mut scan = scanned("https://shop.test", 3);
    scan.revision = Some(Revision::new("r2"));
    assert_eq!(completion([first.clone(), report(&scan, &[])]).0, Cause::TargetChanged);
    scan = scanned("https://shop.test", 3);
    scan.profile.hash = "2".to_owned();
    assert_eq!(completion([first.clone(), report(&scan, &[])]).0, Cause::EngineError);
    let mut left_out = report(&scanned("https://shop.test", 3), &["1", "2"]);
    left_out.findings.pop();
    assert_eq!(completion([first.clone(), left_out.clone()]).0, Cause::EngineError);
    assert_eq!(completion([left_out, first]).0, Cause::EngineError);
}

#[test]
fn what_did_not_hold_afterwards_is_incomplete() {
    let report = report(&scanned("http://web.shop.svc", 3), &["1"]);
    let detail = "x".repeat(1000);
    let changed = report.clone().incomplete(Cause::TargetChanged, &detail);
    let Completion::Incomplete { cause: Cause::TargetChanged, detail } = &changed.evidence.scan().completion
    else {
        panic!("{:?}", changed.evidence.scan().completion)
    };
    assert!(detail.len() <= Bound::MOST_TEXT, "{detail}");
    assert_eq!(Evidence::from_json(&changed.evidence.to_json()).unwrap(), changed.evidence);
    assert_eq!(changed.evidence.counts(), report.evidence.counts());
    let again = changed.clone().incomplete(Cause::EngineError, "something else");
    assert_eq!(again, changed);
}

proptest! {
    #[test]
    fn joined_evidence_is_what_all_findings_lead_to(parts in vec((scan(), findings()), 1..4)) {
        let report = |(scan, findings): &(Scan, Vec<Finding>)| Report {
            evidence: evidence(scan, findings),
            findings: findings.clone(),
            rules: Vec::new(),
        };
        let reports: Vec<Report> = parts.iter().map(report).collect();
        let all: Vec<Finding> = parts.iter().flat_map(|part| part.1.clone()).collect();
        let whole = reports.iter().all(|one| one.evidence.scan().completion == Completion::Complete);
        let joined = Report::join(reports).unwrap();
        prop_assert_eq!(&joined.findings, &all);
        let counted = evidence(&parts[0].0, &all);
        prop_assert_eq!(joined.evidence.counts(), counted.counts());
        prop_assert!(whole || joined.evidence.scan().completion != Completion::Complete);
        prop_assert_eq!(&Evidence::from_json(&joined.evidence.to_json()).unwrap(), &joined.evidence);
    }
}
