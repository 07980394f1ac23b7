//! A scanner that does what a test says.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dast_core::{Collected, Progress, RunningScan, ScanError, ScanRequest, Scanner, Target, async_trait};
use dast_engines::{DriveSettings, drive};
use dast_policy::{
    AlertRef, Authentication, Cause, Completion, Confidence, Coverage, Engine, Evidence, Exposure, Finding,
    Profile, Report, Revision, Severity,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub(crate) const SETTINGS: DriveSettings = DriveSettings {
    deadline: Duration::from_secs(100),
    grace: Duration::from_secs(10),
    max_attempts: 3,
    backoff: Duration::from_secs(2),
    max_backoff: Duration::from_secs(60),
};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Does {
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
pub(crate) struct Script {
    pub(crate) start: Does,
    pub(crate) next: Does,
    pub(crate) cancel: Does,
    pub(crate) collect: Does,
}

pub(crate) const GOOD: Script =
    Script { start: Does::Well, next: Does::Well, cancel: Does::Well, collect: Does::Well };

type Log = Arc<Mutex<Vec<&'static str>>>;

/// A scanner with a script for each attempt; the last one is used for all further ones.
pub(crate) struct Scripted {
    scripts: Vec<Script>,
    attempts: AtomicUsize,
    pub(crate) collected: Collected,
    pub(crate) facts: Does,
    log: Log,
}

struct Running {
    script: Script,
    collected: Collected,
    pages: u64,
    cancelled: bool,
    log: Log,
}

pub(crate) fn engine(version: &str) -> Engine {
    Engine {
        name: "scripted".to_owned(),
        version: version.to_owned(),
        rule_set: "none".to_owned(),
        passive: true,
    }
}

pub(crate) fn finding(url: &str) -> Finding {
    Finding::new(AlertRef::of("10021").unwrap(), Severity::Low, Confidence::Medium, "GET", url).unwrap()
}

impl Scripted {
    pub(crate) fn new(scripts: &[Script]) -> Self {
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

    pub(crate) fn log(&self) -> Vec<&'static str> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) async fn run(&self) -> Report {
        self.run_until(CancellationToken::new()).await
    }

    pub(crate) async fn run_until(&self, cancel: CancellationToken) -> Report {
        let report = drive(self, request(), SETTINGS, cancel, |_, _| {}).await;
        let again = Evidence::from_json(&report.evidence.to_json());
        assert_eq!(again.unwrap(), report.evidence, "evidence that cannot be read");
        report
    }
}

pub(crate) fn request() -> ScanRequest {
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
