//! What a report says of a scan.

use dast_core::Phase;
use dast_engines::drive;
use dast_policy::{Authentication, Cause, Completion, Coverage, Report};
use tokio_util::sync::CancellationToken;

use crate::script::{GOOD, SETTINGS, Scripted, engine, finding, request};

pub(crate) fn cause(report: &Report) -> Option<Cause> {
    match &report.evidence.scan().completion {
        Completion::Complete => None,
        Completion::Incomplete { cause, .. } => Some(*cause),
    }
}

pub(crate) fn detail(report: &Report) -> String {
    match report.evidence.scan().completion {
        Completion::Complete => panic!("complete"),
        Completion::Incomplete { detail, .. } => detail,
    }
}

/// Evidence of a run that collected nothing.
pub(crate) fn assert_empty(report: &Report) {
    let scan = report.evidence.scan();
    assert_eq!(
        (scan.coverage, report.evidence.instances(), report.findings.len()),
        (Coverage::default(), 0, 0)
    );
    assert_eq!(scan.engine, engine("as known before"));
}

#[tokio::test(start_paused = true)]
async fn a_scanner_that_behaves_is_reported_as_it_is() {
    let scanner = Scripted::new(&[GOOD]);
    let mut seen = Vec::new();
    let report = drive(&scanner, request(), SETTINGS, CancellationToken::new(), |phase, progress| {
        seen.push((phase, progress.pages));
    })
    .await;
    let scan = report.evidence.scan();
    assert_eq!(scan.completion, Completion::Complete);
    assert_eq!(
        (scan.subject.target.as_str(), scan.subject.origin.to_string()),
        ("shop/web", "http://shop.test".into())
    );
    assert_eq!(scan.subject.covered, scanner.collected.covered);
    assert_eq!((&scan.engine, &scan.coverage), (&scanner.collected.engine, &scanner.collected.coverage));
    assert_eq!((scan.revision.as_ref().unwrap().as_str(), scan.profile.hash.as_str()), ("r1", "h"));
    assert_eq!(scan.ended.duration_since(scan.started).as_secs(), 7);
    assert_eq!((report.findings, report.evidence.instances()), (scanner.collected.findings.clone(), 2));
    assert_eq!(scanner.log(), ["start", "collect", "drop"]);
    let running = (0..=5).map(|pages| (Phase::Running, pages));
    let expected: Vec<_> = [(Phase::Starting, 0)]
        .into_iter()
        .chain(running)
        .chain([(Phase::Collecting, 5), (Phase::Ended, 5)])
        .collect();
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn an_engines_own_cause_is_kept() {
    let mut scanner = Scripted::new(&[GOOD]);
    scanner.collected.completion =
        Completion::Incomplete { cause: Cause::AuthenticationFailed, detail: "logged out".to_owned() };
    let report = scanner.run().await;
    assert_eq!((cause(&report), detail(&report).as_str()), (Some(Cause::AuthenticationFailed), "logged out"));
    assert_eq!(report.findings.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_login_is_never_complete() {
    let mut scanner = Scripted::new(&[GOOD]);
    scanner.collected.authentication = Authentication::Lost;
    assert_eq!(cause(&scanner.run().await), Some(Cause::AuthenticationFailed));
}

#[tokio::test(start_paused = true)]
async fn findings_elsewhere_are_dropped_and_told() {
    let mut scanner = Scripted::new(&[GOOD]);
    scanner.collected.findings.extend([finding("http://shop.test-b/"), finding("http://shop.test:8080/")]);
    let report = scanner.run().await;
    assert_eq!((report.findings.len(), report.evidence.instances()), (2, 2));
    assert_eq!(cause(&report), Some(Cause::EngineError));
    assert_eq!(detail(&report), "findings outside of `http://shop.test`, dropped: 2");
}

#[test]
fn a_run_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let scanner = Scripted::new(&[GOOD]);
    is_send(&drive(&scanner, request(), SETTINGS, CancellationToken::new(), |_, _| {}));
}
