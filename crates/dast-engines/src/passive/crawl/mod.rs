//! The crawler: breadth first through one origin, within limits, and the same way every time.
//!
//! Pages are asked for at once but looked at in the order in which they were found, so that neither the pages nor the
//! findings depend on who answers first.

mod coding;
mod connect;
mod failure;
mod fetch;
mod frontier;
mod look;
mod pace;
mod seeds;
mod tally;

use std::collections::VecDeque;
use std::future::Future;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::available_parallelism;

use dast_core::{Collected, Progress, Redactor, ScanError, ScanRequest};
use dast_policy::{Engine, Scheme};
use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::settings::Settings;
use connect::Connection;
use failure::Failure;
use fetch::Fetcher;
use frontier::{Frontier, Place};
use look::{Scout, Sight};
use pace::Pace;
use tally::{End, Tally};

/// A crawl of one target.
pub(super) struct Crawl {
    scout: Arc<Scout>,
    frontier: Frontier,
    window: Window,
    pace: Pace,
    tally: Tally,
    settings: Arc<Settings>,
}

impl Crawl {
    /// Prepares a crawl, without asking anybody for anything yet.
    pub(super) fn new(settings: Arc<Settings>, request: ScanRequest) -> Result<Self, ScanError> {
        let ScanRequest { target, revision: _, exposures } = request;
        let connection = Connection::new(&settings, target.origin().scheme() == Scheme::Https)?;
        let limits = &settings.limits;
        let mut frontier = Frontier::new(target.clone(), limits);
        target.seeds().iter().for_each(|seed| frontier.offer(seed.clone(), 0));
        for exposure in exposures.iter().filter(|exposure| exposure.host == target.origin().host()) {
            if let Some(mut url) = target.seeds().first().cloned() {
                url.set_query(None);
                url.set_path(&exposure.path);
                frontier.offer(url, 0);
            }
        }
        let scout = Scout {
            fetcher: Fetcher::new(connection, &settings),
            target,
            redactor: Redactor::new(&settings.secrets),
            page_bytes: limits.page_bytes,
            eyes: Arc::new(Semaphore::new(available_parallelism().map_or(1, NonZero::get))),
        };
        Ok(Self {
            scout: Arc::new(scout),
            frontier,
            window: Window::default(),
            pace: Pace::new(limits.requests_per_second),
            tally: Tally::new(exposures, settings.authenticates),
            settings,
        })
    }

    /// Crawls until there is nothing left, a limit is reached, or `cancel` is triggered.
    pub(super) async fn run(
        mut self,
        engine: Engine,
        cancel: CancellationToken,
        progress: watch::Sender<Progress>,
    ) -> Collected {
        let time = self.settings.limits.time;
        let end = tokio::select! {
            biased;
            () = cancel.cancelled() => End::Cancelled,
            () = sleep(time) => End::OutOfTime(time),
            end = self.crawl(&progress) => end,
        };
        // What is still under way is dropped, and was not visited.
        let under_way = u64::try_from(self.window.0.len()).unwrap_or(u64::MAX);
        let skipped =
            self.frontier.skipped().saturating_add(self.frontier.queued()).saturating_add(under_way);
        drop(self.window);
        self.tally.conclude(end, skipped, engine, &self.scout.redactor)
    }

    /// Cancel-safe: what was looked at stays looked at.
    async fn crawl(&mut self, progress: &watch::Sender<Progress>) -> End {
        let end = loop {
            // Until somebody answers, one at a time: perhaps nobody is there.
            let width = if self.tally.was_answered() { self.settings.limits.concurrency } else { 1 };
            let may_begin = self.window.0.len() < width && !self.frontier.is_empty();
            tokio::select! {
                biased;
                (place, outcome) = self.window.oldest(), if !self.window.0.is_empty() => {
                    let end = self.take(&place, outcome);
                    progress.send_replace(self.tally.progress(self.frontier.queued()));
                    if let Some(end) = end {
                        break end;
                    }
                }
                () = self.pace.ready(), if may_begin => {
                    if let Some(place) = self.frontier.next() {
                        self.window.begin(Arc::clone(&self.scout), place);
                    }
                }
                else => break End::Done,
            }
        };
        if matches!(end, End::Done)
            && let Some(seed) = self.tally.greeted_at()
        {
            self.pace.ready().await;
            let last = self.scout.visit(seed).await;
            self.tally.part(last);
        }
        end
    }

    /// Adds what came of a visit, and tells whether it was the last one.
    fn take(&mut self, place: &Place, outcome: Result<Sight, Failure>) -> Option<End> {
        let sight = match outcome {
            Ok(sight) => sight,
            Err(failure) => return self.tally.failed(place, failure),
        };
        let depth = place.depth.saturating_add(1);
        if !self.tally.was_answered() {
            seeds::well_known(&place.url).for_each(|url| self.frontier.offer(url, place.depth));
        }
        sight.places.iter().for_each(|url| self.frontier.offer(url.clone(), depth));
        self.tally.answered(place, sight, self.settings.limits.total_bytes)
    }
}

/// Visits under way, the oldest first.
#[derive(Default)]
struct Window(VecDeque<Visit>);

struct Visit {
    place: Place,
    outcome: AbortOnDropHandle<Result<Sight, Failure>>,
}

impl Window {
    fn begin(&mut self, scout: Arc<Scout>, place: Place) {
        tracing::debug!(url = %scout.redactor.url(place.url.as_str()), depth = place.depth, "visit");
        let url = place.url.clone();
        let outcome = AbortOnDropHandle::new(tokio::spawn(async move { scout.visit(url).await }));
        self.0.push_back(Visit { place, outcome });
    }

    /// Waits for the oldest visit and takes it out. Cancel-safe. Never ready if there is none.
    fn oldest(&mut self) -> Oldest<'_> {
        Oldest(&mut self.0)
    }
}

struct Oldest<'a>(&'a mut VecDeque<Visit>);

impl Future for Oldest<'_> {
    type Output = (Place, Result<Sight, Failure>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(oldest) = self.0.front_mut() else { return Poll::Pending };
        let Poll::Ready(outcome) = Pin::new(&mut oldest.outcome).poll(context) else { return Poll::Pending };
        let outcome = outcome.unwrap_or_else(|_| Err(Failure::engine("a visit panicked")));
        self.0.pop_front().map_or(Poll::Pending, |visit| Poll::Ready((visit.place, outcome)))
    }
}
