//! Scanners that behave, and scanners that do not, run to their end. Time is simulated.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dast_core::{
    Collected, Phase, Progress, RunningScan, ScanError, ScanRequest, Scanner, Target, async_trait,
};
use dast_engines::{DriveSettings, drive};
use dast_policy::{
    AlertRef, Authentication, Cause, Completion, Confidence, Coverage, Engine, Evidence, Exposure, Finding,
    Profile, Report, Revision, Severity,
};
use tokio::sync::Notify;
use tokio::time::{Instant, advance, sleep};
use tokio_util::sync::CancellationToken;

const SETTINGS: DriveSettings = DriveSettings {
    deadline: Duration::from_secs(100),
    grace: Duration::from_secs(10),
    max_attempts: 3,
    backoff: Duration::from_secs(2),
    max_backoff: Duration::from_secs(60),
};

#[derive(Clone, Copy, PartialEq)]
enum Does {
    /// Does what it should after a second.
    Well,
    Fail,
    FailForGood,
    Hang,
    Panic,
    /// Tells news without ever waiting for anything.
    Flood,
    /// Goes on until it is cancelled.
    UntilCancelled,
    /// Collects nothing, because nobody answered.
    Nobody,
}

/// What a scan does in each of its steps.
#[derive(Clone, Copy)]
struct Script {
    start: Does,
    next: Does,
    cancel: Does,
    collect: Does,
}

const GOOD: Script = Script { start: Does::Well, next: Does::Well, cancel: Does::Well, collect: Does::Well };

type Log = Arc<Mutex<Vec<&'static str>>>;

/// A scanner with a script for each attempt; the last one is used for all further ones.
struct Scripted {
    scripts: Vec<Script>,
    attempts: AtomicUsize,
    collected: Collected,
    facts: Does,
    log: Log,
}

struct Running {
    script: Script,
    collected: Collected,
    pages: u64,
    cancelled: bool,
    log: Log,
}

fn engine(version: &str) -> Engine {
    Engine {
        name: "scripted".to_owned(),
        version: version.to_owned(),
        rule_set: "none".to_owned(),
        passive: true,
    }
}

fn finding(url: &str) -> Finding {
    Finding::new(AlertRef::of("10021").unwrap(), Severity::Low, Confidence::Medium, "GET", url).unwrap()
}

impl Scripted {
    fn new(scripts: &[Script]) -> Self {
        let collected = Collected {
            engine: engine("as collected"),
            completion: Completion::Complete,
            coverage: Coverage { pages: 7, failed: 1, skipped: 0 },
            authentication: Authentication::NotUsed,
            covered: vec![Exposure::new("shop.test", "/")],
            findings: vec![finding("http://shop.test/a"), finding("http://shop.test/b")],
            rules: Vec::new(),
        };
        Self {
            scripts: scripts.to_vec(),
            attempts: AtomicUsize::new(0),
            collected,
            facts: Does::Well,
            log: Log::default(),
        }
    }

    fn log(&self) -> Vec<&'static str> {
        self.log.lock().unwrap().clone()
    }

    async fn run(&self) -> Report {
        self.run_until(CancellationToken::new()).await
    }

    async fn run_until(&self, cancel: CancellationToken) -> Report {
        let report = drive(self, request(), SETTINGS, cancel, |_, _| {}).await;
        let again = Evidence::from_json(&report.evidence.to_json());
        assert_eq!(again.unwrap(), report.evidence, "evidence that cannot be read");
        report
    }
}

fn request() -> ScanRequest {
    let mut request = ScanRequest::new(Target::parse("http://shop.test").unwrap().named("shop/web"));
    request.revision = Some(Revision::new("r1"));
    request
}

async fn doing(does: Does) -> Result<(), ScanError> {
    sleep(Duration::from_secs(1)).await;
    match does {
        Does::Well | Does::Flood | Does::UntilCancelled | Does::Nobody => Ok(()),
        Does::Fail => Err(ScanError::unreachable("no answer")),
        Does::FailForGood => Err(ScanError::engine("broken").permanent()),
        Does::Hang => pending().await,
        Does::Panic => panic!("at the disco"),
    }
}

#[async_trait]
impl Scanner for Scripted {
    fn engine(&self) -> Engine {
        assert!(self.facts == Does::Well, "no facts");
        engine("as known before")
    }

    fn profile(&self) -> Profile {
        assert!(self.facts == Does::Well, "no facts");
        Profile { name: "passive".to_owned(), hash: "h".to_owned() }
    }

    async fn start(&self, _: ScanRequest) -> Result<Box<dyn RunningScan>, ScanError> {
        self.log.lock().unwrap().push("start");
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        let script = self.scripts[attempt.min(self.scripts.len() - 1)];
        doing(script.start).await?;
        let (collected, log) = (self.collected.clone(), self.log.clone());
        Ok(Box::new(Running { script, collected, pages: 0, cancelled: false, log }))
    }
}

#[async_trait]
impl RunningScan for Running {
    async fn next_event(&mut self) -> Option<Progress> {
        if self.pages == 5 && self.script.next == Does::Well
            || self.cancelled && self.script.next == Does::UntilCancelled
        {
            return None;
        }
        if self.script.next != Does::Flood {
            doing(self.script.next).await.unwrap();
        }
        self.pages += 1;
        Some(Progress { pages: self.pages, ..Progress::default() })
    }

    async fn cancel(&mut self) {
        self.log.lock().unwrap().push("cancel");
        doing(self.script.cancel).await.unwrap();
        self.cancelled = true;
    }

    async fn collect(&mut self) -> Result<Collected, ScanError> {
        self.log.lock().unwrap().push("collect");
        doing(self.script.collect).await?;
        let mut collected = self.collected.clone();
        if self.script.collect == Does::Nobody {
            let detail = "connection refused".to_owned();
            collected.completion = Completion::Incomplete { cause: Cause::Unreachable, detail };
            collected.coverage = Coverage { pages: 0, failed: 1, skipped: 0 };
            collected.findings.clear();
            collected.covered.clear();
        }
        Ok(collected)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.log.lock().unwrap().push("drop");
    }
}

fn cancelled_after(seconds: u64) -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(seconds)).await;
        cancel.cancel();
    });
    token
}

fn cause(report: &Report) -> Option<Cause> {
    match &report.evidence.scan().completion {
        Completion::Complete => None,
        Completion::Incomplete { cause, .. } => Some(*cause),
    }
}

fn detail(report: &Report) -> &str {
    match &report.evidence.scan().completion {
        Completion::Complete => panic!("complete"),
        Completion::Incomplete { detail, .. } => detail,
    }
}

/// Evidence of a run that collected nothing.
fn assert_empty(report: &Report) {
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
    assert_eq!((cause(&report), detail(&report)), (Some(Cause::Unreachable), "connection refused"));
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
            (cause(&report), detail(&report)),
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
async fn an_engines_own_cause_is_kept() {
    let mut scanner = Scripted::new(&[GOOD]);
    scanner.collected.completion =
        Completion::Incomplete { cause: Cause::AuthenticationFailed, detail: "logged out".to_owned() };
    let report = scanner.run().await;
    assert_eq!((cause(&report), detail(&report)), (Some(Cause::AuthenticationFailed), "logged out"));
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

#[test]
fn a_run_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let scanner = Scripted::new(&[GOOD]);
    is_send(&drive(&scanner, request(), SETTINGS, CancellationToken::new(), |_, _| {}));
}
