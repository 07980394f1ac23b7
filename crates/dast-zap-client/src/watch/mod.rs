//! Waiting for what ZAP does: progress as a stream, and ends that are told apart.
//!
//! What ZAP says of itself has gaps, and so has what can be told from it:
//!
//! - A scan that somebody stopped is `FINISHED` below 100, so that the spider and the active scanner tell it. A crawl of
//!   the client spider that was stopped stays where it was for ever ([`Ended::Stalled`]), and one of the AJAX spider looks
//!   finished.
//! - A crawl of the spider can stay at 100 for ever: when the first addresses were visited before it has noted that it has
//!   begun, ZAP overlooks its end (spider add-on 0.6, `Spider.start` and `Spider.postTaskExecution`). It takes a few pages and
//!   a busy machine. To begin it anew helps ([`Ended::Stalled`] at 100).
//! - The percentage of a crawl falls whenever links are found, and that of an active scan whenever it turns to the next
//!   host. What only grows, such as the number of requests, shows when a new scan took the place of the one waited for.
//! - A plan that leaves out jobs finishes without a word: [`ZapClient::watch_plan`] is told of them.
//! - Ids begin at 0 again when ZAP starts anew and in each new session. [`Watch::guarded_by`] tells that surely.

mod marker;
mod plan;
mod run;
mod target;
mod update;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream;
use tokio_util::sync::CancellationToken;

pub use marker::SessionMarker;
pub use update::{Ended, Progress, Update};

use self::run::Run;
use self::target::Target;
use crate::client::ZapClient;
use crate::error::ZapError;
use crate::id::{ActiveScanId, ClientSpiderScanId, PlanId, SpiderScanId};

/// Time between two looks, where nobody says otherwise.
const EVERY: Duration = Duration::from_secs(1);
/// How long ZAP may be out of reach, where nobody says otherwise.
const TOLERATED: Duration = Duration::from_secs(30);

impl ZapClient {
    /// Waits for a crawl of the spider. One that reached its time limit was interrupted. A crawl that somebody paused does
    /// not end: use [`Watch::deadline`] or [`Watch::stalled_after`].
    pub fn watch_spider(&self, scan: SpiderScanId) -> Watch {
        Watch::new(self, Target::Spider(scan))
    }

    /// Waits for an active scan. One that reached its time limit was interrupted. A scan that somebody paused does not end:
    /// use [`Watch::deadline`] or [`Watch::stalled_after`].
    ///
    /// When it has ended, messages that it sent may still be in the queue of the passive scanner:
    /// [`ZapClient::watch_passive_queue`].
    pub fn watch_active_scan(&self, scan: ActiveScanId) -> Watch {
        Watch::new(self, Target::ActiveScan(scan))
    }

    /// Waits for a crawl of the client spider. ZAP does not tell when one was stopped, so that it does not end: use
    /// [`Watch::deadline`] or [`Watch::stalled_after`].
    pub fn watch_client_spider(&self, scan: ClientSpiderScanId) -> Watch {
        Watch::new(self, Target::ClientSpider(scan))
    }

    /// Waits for the crawl of the AJAX spider, of which there is one at a time. ZAP does not tell when it was stopped, and
    /// after a restart there is none: use [`Watch::guarded_by`]. A browser that hangs does not end: use
    /// [`Watch::deadline`].
    pub fn watch_ajax_spider(&self) -> Watch {
        Watch::new(self, Target::AjaxSpider)
    }

    /// Waits for the queue of the passive scanner to be empty. It is after a restart: use [`Watch::guarded_by`]. It may
    /// never be while somebody else uses ZAP: use [`Watch::deadline`].
    pub fn watch_passive_queue(&self) -> Watch {
        Watch::new(self, Target::PassiveQueue)
    }

    /// Waits for a plan of the automation framework which has `jobs` of these types, such as `spider` and `activeScan`.
    ///
    /// ZAP finishes a plan that left out jobs like any other: when somebody stopped it, when it is not to go on after a
    /// warning, where a job is of a type that ZAP does not know. So a plan is [`Ended::Failed`] unless each of `jobs` came
    /// to its end. It is not told that somebody stopped the scan of a job by the scan's own id. A job with a delay that
    /// nobody ends does not end: use [`Watch::deadline`].
    ///
    /// ```
    /// # #[cfg(not(feature = "testing"))] fn main() {}
    /// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = dast_zap_client::testing::FakeZap::builder().plan_jobs(["spider"]).start().await?;
    /// # let zap = fake.client();
    /// use dast_zap_client::watch::Ended;
    ///
    /// let plan = zap.automation().run_plan("/zap/wrk/plan.yaml").send().await?;
    /// let ended = zap.watch_plan(plan, ["spider", "activeScan"]).ended().await?;
    /// assert!(matches!(ended, Ended::Failed { errors } if errors[0].contains("activeScan")));
    /// # Ok(()) }
    /// ```
    pub fn watch_plan(&self, plan: PlanId, jobs: impl IntoIterator<Item = impl Into<String>>) -> Watch {
        let jobs: Arc<[String]> = jobs.into_iter().map(Into::into).collect();
        Watch::new(self, Target::Plan(plan, jobs))
    }
}

/// Waits for something that ZAP does. Nothing is asked before [`Self::progress`] or [`Self::ended`].
///
/// When it is cancelled, late or stalled, or cannot be watched any more because of an error, the scan is stopped in ZAP
/// too, within five seconds; that this did not succeed is only logged, and then the scan goes on. Dropping the stream or
/// the future stops nothing in ZAP.
///
/// ```
/// # #[cfg(not(feature = "testing"))] fn main() {}
/// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let fake = dast_zap_client::testing::FakeZap::start().await?;
/// # let zap = fake.client();
/// use std::time::Duration;
/// use dast_zap_client::watch::Ended;
///
/// let scan = zap.spider().scan(&"http://shop.test/".parse()?).send().await?;
/// let watch = zap.watch_spider(scan).deadline(Duration::from_secs(300)).stalled_after(Duration::from_secs(60));
/// match watch.ended().await? {
///     Ended::Finished => println!("all pages were visited"),
///     other => println!("not all pages were visited: {other}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a watch does nothing until `progress` or `ended`"]
pub struct Watch {
    client: ZapClient,
    target: Target,
    every: Duration,
    deadline: Option<Duration>,
    stalled_after: Option<Duration>,
    tolerated: Duration,
    cancel: CancellationToken,
    guard: Option<SessionMarker>,
}

impl Watch {
    fn new(client: &ZapClient, target: Target) -> Self {
        Self {
            client: client.clone(),
            target,
            every: EVERY,
            deadline: None,
            stalled_after: None,
            tolerated: TOLERATED,
            cancel: CancellationToken::new(),
            guard: None,
        }
    }

    /// Time between two looks, at most; a second by default. At first looks follow each other more quickly: they are a
    /// twentieth of the time waited so far apart, but at least 50 milliseconds.
    pub fn every(self, every: Duration) -> Self {
        Self { every, ..self }
    }

    /// Time for the whole, from the call of [`Self::progress`] or [`Self::ended`]; no limit by default.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// How long nothing may change; no limit by default. A paused scan stands still like any other. It does not hold for
    /// plans, which say nothing while a job is at work.
    ///
    /// A crawl of the spider whose percentage stands still is asked what it visited: it stalls when that stands still too, for as
    /// long again. At 100 it has nothing more to visit, so that twice 30 seconds are enough, if this is longer.
    pub fn stalled_after(self, stalled_after: Duration) -> Self {
        Self { stalled_after: Some(stalled_after), ..self }
    }

    /// How long errors that may pass are borne, one after the other, such as a connection refused; 30 seconds by default.
    ///
    /// A call may take as long as the client's deadline, and is not broken off for this.
    pub fn tolerate(self, tolerated: Duration) -> Self {
        Self { tolerated, ..self }
    }

    /// Ends with [`Ended::Cancelled`] as soon as `cancel` is triggered, or the token of
    /// [`ZapClient::with_cancellation`].
    pub fn cancel(self, cancel: CancellationToken) -> Self {
        Self { cancel, ..self }
    }

    /// Believes nothing that ZAP says unless it still is the session in which `marker` was made.
    ///
    /// It takes one more call a look. What was there before is not stopped either when the marker is gone: the id may be
    /// that of somebody else's scan.
    pub fn guarded_by(self, marker: &SessionMarker) -> Self {
        Self { guard: Some(marker.clone()), ..self }
    }

    /// Each look at ZAP as it comes. The last item is the only [`Update::Ended`], or an error.
    ///
    /// ```
    /// # #[cfg(not(feature = "testing"))] fn main() {}
    /// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = dast_zap_client::testing::FakeZap::start().await?;
    /// # let zap = fake.client();
    /// # let scan = zap.spider().scan(&"http://shop.test/".parse()?).send().await?;
    /// use dast_zap_client::TryStreamExt;
    /// use dast_zap_client::watch::Update;
    ///
    /// let mut updates = zap.watch_spider(scan).progress();
    /// while let Some(update) = updates.try_next().await? {
    ///     match update {
    ///         Update::Progress(progress) => println!("{progress}"),
    ///         Update::Ended(ended) => println!("{ended}"),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`ZapError`]. Errors that may pass come only after [`Self::tolerate`]; an id that ZAP never knew is an
    /// [`ZapError::Api`] with [`ErrorCode::DoesNotExist`](crate::ErrorCode::DoesNotExist).
    pub fn progress(self) -> impl Stream<Item = Result<Update, ZapError>> + Send + Unpin + 'static {
        let updates = stream::unfold(Some(Run::new(self)), async |run| {
            let mut run = run?;
            let update = run.next().await;
            let last = matches!(update, Ok(Update::Ended(_)) | Err(_));
            Some((update, (!last).then_some(run)))
        });
        Box::pin(updates)
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// As [`Self::progress`].
    pub async fn ended(self) -> Result<Ended, ZapError> {
        let mut run = Run::new(self);
        loop {
            if let Update::Ended(ended) = run.next().await? {
                return Ok(ended);
            }
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("target", &self.target).finish_non_exhaustive()
    }
}
