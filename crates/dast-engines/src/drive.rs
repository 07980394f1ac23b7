//! Runs a scanner to its end: performs what the lifecycle commands, and makes evidence of whatever came of it.

use std::any::Any;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};

use dast_core::scan::{Command, Event, Failure, Lifecycle, Outcome};
use dast_core::{
    Collected, LifecycleSettings, Phase, Progress, RunningScan, ScanError, ScanRequest, Scanner,
};
use dast_policy::{
    Authentication, Cause, Collector, Completion, Coverage, Engine, Profile, Report, Scan, Subject,
};
use jiff::Timestamp;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

/// How long a run may take, and how often it is tried.
pub type DriveSettings = LifecycleSettings;

/// Runs `scanner` to its end, and tells what it found.
///
/// There is always a report, and it is never better than what happened: a scan that could not be started, was
/// cancelled, ran out of time, panicked or was not collected leaves evidence that is incomplete and says why. Whatever
/// was collected is in it, except findings outside the target's origin. The rules are those of [`Lifecycle`].
///
/// `on_progress` is called whenever the phase or the progress changes. Triggering `cancel` ends the run early, but in
/// good order. Dropping the future ends it at once, without a report.
///
/// # Panics
/// When it is polled outside of a Tokio runtime with time enabled, or when `on_progress` panics.
pub async fn drive(
    scanner: &dyn Scanner,
    request: ScanRequest,
    settings: DriveSettings,
    cancel: CancellationToken,
    mut on_progress: impl FnMut(Phase, Progress),
) -> Report {
    let mut driver = Driver::new(scanner, request);
    let mut run = Lifecycle::new(settings);
    let mut event = Event::Begin;
    let mut heard = false;
    loop {
        let before = (run.phase(), run.progress());
        let commands = run.step(event, driver.clock.now());
        if (run.phase(), run.progress()) != before {
            tracing::debug!(phase = run.phase().as_str(), attempt = run.attempt(), "scan");
            on_progress(run.phase(), run.progress());
        }
        if run.phase() == Phase::Waiting {
            driver.drop_work();
        }
        if let Some(outcome) = driver.perform(commands).await {
            return driver.report(outcome);
        }
        // A scanner that always has news must not keep timers and other tasks from running.
        consume_budget().await;
        event = tokio::select! {
            biased;
            () = cancel.cancelled(), if !heard => {
                heard = true;
                Event::CancelRequested
            }
            () = sleep_until(driver.wake) => Event::Tick,
            event = driver.next_event() => event,
        };
    }
}

/// Performs commands with a scanner, and keeps what comes of them.
struct Driver<'a> {
    scanner: &'a dyn Scanner,
    request: ScanRequest,
    engine: Engine,
    profile: Profile,
    clock: Clock,
    wake: Instant,
    work: Work<'a>,
    collected: Option<Collected>,
}

/// What is going on. Waiting for it may be broken off and taken up again.
enum Work<'a> {
    Nothing,
    Starting(Promise<'a, Box<dyn RunningScan>>),
    Running(Box<dyn RunningScan>),
    Collecting(Promise<'a, Collected>),
}

type Promise<'a, T> = Pin<Box<dyn Future<Output = Result<T, ScanError>> + Send + 'a>>;

impl<'a> Driver<'a> {
    fn new(scanner: &'a dyn Scanner, request: ScanRequest) -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            scanner,
            request,
            engine: unwound(|| scanner.engine()).unwrap_or_else(|_| Engine {
                name: unknown(),
                version: String::new(),
                rule_set: String::new(),
                passive: false,
            }),
            profile: unwound(|| scanner.profile())
                .unwrap_or_else(|_| Profile { name: unknown(), hash: String::new() }),
            clock: Clock::start(),
            wake: Instant::now(),
            work: Work::Nothing,
            collected: None,
        }
    }

    /// Performs commands; gives the outcome once the run is over.
    async fn perform(&mut self, commands: Vec<Command>) -> Option<Outcome> {
        // The time comes first, since it bounds the other commands.
        for command in &commands {
            if let Command::WakeAt(time) = command {
                self.wake = self.clock.instant(*time);
            }
        }
        for command in commands {
            match command {
                Command::Start { .. } => self.start(),
                Command::Cancel => self.cancel().await,
                Command::Collect => self.collect(),
                Command::WakeAt(_) => {}
                Command::Finish(outcome) => return Some(outcome),
            }
        }
        None
    }

    fn start(&mut self) {
        self.drop_work();
        let (scanner, request) = (self.scanner, self.request.clone());
        self.work = Work::Starting(Box::pin(async move {
            caught(async move { scanner.start(request).await }).await.flatten()
        }));
    }

    async fn cancel(&mut self) {
        if let Work::Running(scan) = &mut self.work {
            // Whether it heard or not, it will be collected.
            let _ = timeout_at(self.wake, caught(async { scan.cancel().await })).await;
        }
    }

    fn collect(&mut self) {
        if let Work::Running(mut scan) = std::mem::replace(&mut self.work, Work::Nothing) {
            self.work = Work::Collecting(Box::pin(async move {
                caught(async move { scan.collect().await }).await.flatten()
            }));
        }
    }

    /// Waits for what comes next. Cancel-safe.
    async fn next_event(&mut self) -> Event {
        match &mut self.work {
            Work::Nothing => pending().await,
            Work::Starting(promise) => match promise.await {
                Ok(scan) => {
                    self.work = Work::Running(scan);
                    Event::Started
                }
                Err(error) => {
                    self.work = Work::Nothing;
                    Event::StartFailed(Failure::from(&error))
                }
            },
            Work::Running(scan) => match caught(async { scan.next_event().await }).await {
                Ok(Some(progress)) => Event::Progressed(progress),
                Ok(None) => Event::EngineEnded,
                Err(error) => Event::LostScanner(Failure::from(&error)),
            },
            Work::Collecting(promise) => {
                let result = promise.await;
                self.work = Work::Nothing;
                match result {
                    Ok(mut collected) => {
                        collected.verify(self.request.target.origin());
                        let completion = collected.completion.clone();
                        let nobody = nobody_there(&collected);
                        self.collected = Some(collected);
                        nobody.map_or(Event::CollectSucceeded { completion }, Event::CollectFailed)
                    }
                    Err(error) => Event::CollectFailed(Failure::from(&error)),
                }
            }
        }
    }

    /// Drops whatever is going on, which stops it.
    fn drop_work(&mut self) {
        let work = std::mem::replace(&mut self.work, Work::Nothing);
        // A panic in there was not asked for, and changes nothing.
        let _ = unwound(|| drop(work));
    }

    fn report(mut self, outcome: Outcome) -> Report {
        self.drop_work();
        let ended = self.clock.now();
        let collected = self.collected.take().unwrap_or_else(|| Collected {
            engine: self.engine.clone(),
            completion: outcome.completion.clone(),
            coverage: Coverage::default(),
            authentication: Authentication::NotUsed,
            covered: Vec::new(),
            findings: Vec::new(),
            rules: Vec::new(),
        });
        let Collected { engine, completion: _, coverage, authentication, covered, findings, rules } =
            collected;
        let target = &self.request.target;
        let scan = Scan {
            subject: Subject { target: target.name().to_owned(), origin: target.origin().clone(), covered },
            revision: self.request.revision.clone(),
            profile: self.profile,
            engine,
            started: self.clock.began,
            ended,
            completion: outcome.completion,
            coverage,
            authentication,
        };
        let mut collector = Collector::new();
        findings.iter().for_each(|finding| collector.add(finding));
        Report { evidence: collector.finish(scan), findings, rules }
    }
}

/// The time of day when a run began, and how much has passed since then on a clock that nobody sets.
struct Clock {
    began: Timestamp,
    since: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { began: Timestamp::now(), since: Instant::now() }
    }

    fn now(&self) -> Timestamp {
        self.began.saturating_add(self.since.elapsed()).unwrap_or(Timestamp::MAX)
    }

    fn instant(&self, time: Timestamp) -> Instant {
        // Longer than any run, and not so long that adding it overflows.
        const FAR: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 60 * 60);
        let ahead = time.duration_since(self.began).max(jiff::SignedDuration::ZERO).unsigned_abs();
        self.since + ahead.min(FAR.saturating_add(self.since.elapsed()))
    }
}

/// Awaits a future of an engine; a panic in there becomes an error.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, ScanError> {
    let mut future = pin!(future);
    poll_fn(|context| match unwound(|| future.as_mut().poll(context)) {
        Ok(poll) => poll.map(Ok),
        Err(error) => std::task::Poll::Ready(Err(error)),
    })
    .await
}

/// Calls an engine; a panic in there becomes an error. What was borrowed is used no more than to end the scan.
fn unwound<T>(call: impl FnOnce() -> T) -> Result<T, ScanError> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let message = message(payload.as_ref());
        ScanError::engine(format!("the scanner panicked: {message}")).permanent()
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// What went wrong if nobody answered, so that there is nothing to be lost by asking again.
fn nobody_there(collected: &Collected) -> Option<Failure> {
    let nothing = collected.coverage.pages == 0 && collected.findings.is_empty();
    match &collected.completion {
        Completion::Incomplete { cause: cause @ Cause::Unreachable, detail } if nothing => {
            Some(Failure { cause: *cause, retryable: true, detail: detail.clone() })
        }
        _ => None,
    }
}
