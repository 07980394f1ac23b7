//! Deadlines and cancellation.

use std::sync::Arc;
use std::time::Duration;

use dast_engines::drive;
use dast_policy::Cause;
use tokio::sync::Notify;
use tokio::time::{Instant, advance, sleep};
use tokio_util::sync::CancellationToken;

use crate::reports::{assert_empty, cause};
use crate::script::{Does, GOOD, SETTINGS, Script, Scripted, request};

fn cancelled_after(seconds: u64) -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(seconds)).await;
        cancel.cancel();
    });
    token
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_hangs_forever_is_cancelled_and_collected_at_the_deadline() {
    for cancel in [Does::Well, Does::Hang, Does::Panic] {
        let scanner = Scripted::new(&[Script { next: Does::Hang, cancel, ..GOOD }]);
        let begun = Instant::now();
        let report = scanner.run().await;
        assert_eq!(cause(&report), Some(Cause::DeadlineExceeded));
        assert_eq!((report.findings.len(), report.evidence.scan().coverage.pages), (2, 7));
        assert_eq!(scanner.log(), ["start", "cancel", "collect", "drop"]);
        assert_eq!(begun.elapsed().as_secs(), 111);
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_is_never_collected_is_given_up_after_the_grace_time() {
    let scanner = Scripted::new(&[Script { collect: Does::Hang, ..GOOD }]);
    let begun = Instant::now();
    let report = scanner.run().await;
    assert_eq!(cause(&report), Some(Cause::DeadlineExceeded));
    assert_empty(&report);
    assert_eq!(scanner.log(), ["start", "collect", "drop"]);
    assert_eq!(begun.elapsed().as_secs(), 110);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_hangs_ends_at_the_deadline() {
    let scanner = Scripted::new(&[Script { start: Does::Hang, ..GOOD }]);
    let report = scanner.run().await;
    assert_eq!(cause(&report), Some(Cause::DeadlineExceeded));
    assert_empty(&report);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_scan_that_claims_to_be_complete_is_not_believed() {
    for next in [Does::UntilCancelled, Does::Hang, Does::Well] {
        let scanner = Scripted::new(&[Script { next, ..GOOD }]);
        let report = scanner.run_until(cancelled_after(4)).await;
        assert_eq!((cause(&report), report.findings.len()), (Some(Cause::Interrupted), 2));
        assert_eq!(scanner.log(), ["start", "cancel", "collect", "drop"]);
    }
}

#[tokio::test(start_paused = true)]
async fn cancelling_while_nothing_runs_ends_at_once() {
    let hangs = Script { start: Does::Hang, ..GOOD };
    let fails = Script { start: Does::Fail, ..GOOD };
    for (script, seconds) in [(hangs, 50), (fails, 2), (GOOD, 0)] {
        let scanner = Scripted::new(&[script]);
        let begun = Instant::now();
        let report = scanner.run_until(cancelled_after(seconds)).await;
        assert_eq!((cause(&report), begun.elapsed().as_secs()), (Some(Cause::Interrupted), seconds));
        assert_empty(&report);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_progress_keeps_neither_cancellation_nor_other_tasks_from_running() {
    let scanner = Scripted::new(&[Script { next: Does::Flood, ..GOOD }]);
    let cancel = CancellationToken::new();
    let (other, enough) = (cancel.clone(), Arc::new(Notify::new()));
    let flooded = enough.clone();
    // Only a task that has to be let in between ends this run, since time stands still while there is always news.
    tokio::spawn(async move {
        enough.notified().await;
        other.cancel();
        pass_time().await;
    });
    let mut told = 0;
    let report = drive(&scanner, request(), SETTINGS, cancel, |_, progress| {
        told = progress.pages;
        if told == 1000 {
            flooded.notify_one();
        }
    })
    .await;
    assert_eq!((cause(&report), report.findings.len()), (Some(Cause::Interrupted), 2));
    assert!(told >= 1000, "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_progress_ends_at_the_deadline() {
    let scanner = Scripted::new(&[Script { next: Does::Flood, ..GOOD }]);
    tokio::spawn(pass_time());
    let report = scanner.run().await;
    assert_eq!((cause(&report), report.findings.len()), (Some(Cause::DeadlineExceeded), 2));
}

/// Simulated time passes by itself only while all tasks wait.
async fn pass_time() {
    loop {
        advance(Duration::from_secs(1)).await;
    }
}
