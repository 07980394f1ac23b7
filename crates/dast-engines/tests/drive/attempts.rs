//! What is tried again, and what is not.

use dast_policy::Cause;
use tokio::time::Instant;

use crate::reports::{assert_empty, cause, detail};
use crate::script::{Does, GOOD, Script, Scripted};

#[tokio::test(start_paused = true)]
async fn a_scanner_that_fails_twice_and_then_succeeds_is_complete() {
    let fails = Script { start: Does::Fail, ..GOOD };
    let loses = Script { collect: Does::Fail, ..GOOD };
    let scanner = Scripted::new(&[fails, loses, GOOD]);
    let begun = Instant::now();
    let report = scanner.run().await;
    assert_eq!((cause(&report), report.findings.len()), (None, 2));
    assert_eq!(scanner.log(), ["start", "start", "collect", "drop", "start", "collect", "drop"]);
    // One second for the first attempt, seven for each of the others, and pauses of two and four.
    assert_eq!(begun.elapsed().as_secs(), 1 + 2 + 7 + 4 + 7);
}

#[tokio::test(start_paused = true)]
async fn nobody_there_is_asked_again() {
    let nobody = Script { collect: Does::Nobody, ..GOOD };
    let scanner = Scripted::new(&[nobody, nobody, GOOD]);
    let report = scanner.run().await;
    assert_eq!((cause(&report), report.findings.len()), (None, 2));
    assert_eq!(scanner.log(), ["start", "collect", "drop"].repeat(3));

    let scanner = Scripted::new(&[nobody]);
    let report = scanner.run().await;
    assert_eq!((cause(&report), detail(&report).as_str()), (Some(Cause::Unreachable), "connection refused"));
    assert_eq!(report.evidence.scan().coverage.failed, 1, "what is known of the last attempt is kept");
    assert_eq!(scanner.log(), ["start", "collect", "drop"].repeat(3));
}

#[tokio::test(start_paused = true)]
async fn what_could_never_be_started_says_why() {
    for (start, expected, attempts) in
        [(Does::Fail, Cause::Unreachable, 3), (Does::FailForGood, Cause::EngineError, 1)]
    {
        let scanner = Scripted::new(&[Script { start, ..GOOD }]);
        let report = scanner.run().await;
        assert_eq!(cause(&report), Some(expected));
        assert_empty(&report);
        assert_eq!(scanner.log(), vec!["start"; attempts]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_anywhere_becomes_an_engine_error() {
    let panics = Does::Panic;
    for (script, log, findings) in [
        (Script { start: panics, ..GOOD }, vec!["start"], 0),
        (Script { next: panics, ..GOOD }, vec!["start", "cancel", "collect", "drop"], 2),
        (Script { next: panics, cancel: panics, ..GOOD }, vec!["start", "cancel", "collect", "drop"], 2),
        (Script { collect: panics, ..GOOD }, vec!["start", "collect", "drop"], 0),
    ] {
        let scanner = Scripted::new(&[script]);
        let report = scanner.run().await;
        assert_eq!(
            (cause(&report), detail(&report).as_str()),
            (Some(Cause::EngineError), "the scanner panicked: at the disco")
        );
        assert_eq!(report.findings.len(), findings);
        assert_eq!(scanner.log(), log);
    }
}

#[tokio::test(start_paused = true)]
async fn a_scanner_that_does_not_even_know_itself_is_reported_as_unknown() {
    let mut scanner = Scripted::new(&[Script { start: Does::FailForGood, ..GOOD }]);
    scanner.facts = Does::Panic;
    let report = scanner.run().await;
    let scan = report.evidence.scan();
    assert_eq!((scan.engine.name.as_str(), scan.profile.name.as_str()), ("unknown", "unknown"));
    assert_eq!(cause(&report), Some(Cause::EngineError));
}
