//! A watch at work.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::Watch;
use super::target::Look;
use super::update::{Ended, Update};
use crate::error::{ErrorCode, ZapError};

/// Time between the first two looks, at most.
const FIRST_DELAY: Duration = Duration::from_millis(50);
/// From then on, the time between two looks is this part of the time since the first, so that an end is not seen later
/// than by that part of what it took.
const DELAY_PART: u32 = 20;
/// A crawl that has nothing more to visit, and yet goes on for this time, does so for ever. An address that nobody answers
/// takes ZAP 20 seconds, unless it is told otherwise.
const NEVER_ENDING: Duration = Duration::from_secs(30);
/// Time to stop a scan in ZAP.
const STOP_TIME: Duration = Duration::from_secs(5);

pub(super) struct Run {
    watch: Watch,
    /// When the deadline is; without one, never.
    until: Option<Instant>,
    /// When the first look was; nothing before it.
    began: Option<Instant>,
    last: Option<Look>,
    changed: Instant,
    /// What was visited when it last seemed to stand still.
    visited: usize,
    /// When the first of the errors in a row was asked for.
    failing_since: Option<Instant>,
    /// How it ended, while its last progress is told.
    ended: Option<Ended>,
}

impl Run {
    pub(super) fn new(watch: Watch) -> Self {
        let now = Instant::now();
        Self {
            // A time too far to be told is never.
            until: watch.deadline.and_then(|deadline| now.checked_add(deadline)),
            began: None,
            last: None,
            changed: now,
            visited: 0,
            failing_since: None,
            ended: None,
            watch,
        }
    }

    pub(super) async fn next(&mut self) -> Result<Update, ZapError> {
        if let Some(ended) = self.ended.take() {
            return Ok(self.end(ended).await);
        }
        let (cancel, client, until) = (self.watch.cancel.clone(), self.watch.client.clone(), self.until);
        let update = tokio::select! {
            biased;
            () = cancel.cancelled() => Ok(Update::Ended(Ended::Cancelled)),
            () = client.cancelled() => Ok(Update::Ended(Ended::Cancelled)),
            () = reached(until) => Ok(Update::Ended(Ended::DeadlineExceeded)),
            update = self.look() => update,
        };
        match update {
            Ok(Update::Ended(ended)) => Ok(self.end(ended).await),
            Ok(progress) => Ok(progress),
            Err(error) => {
                // Nobody watches any more what goes on there.
                self.stop_in_time().await;
                Err(error)
            }
        }
    }

    /// Looks until ZAP answers, or is out of reach for too long.
    async fn look(&mut self) -> Result<Update, ZapError> {
        loop {
            match self.began {
                Some(began) => sleep(delay(began.elapsed(), self.watch.every)).await,
                None => self.began = Some(Instant::now()),
            }
            let asked = Instant::now();
            let error = match self.ask().await {
                Ok(look) => {
                    self.failing_since = None;
                    let update = self.judge(look, asked);
                    if matches!(self.ended, Some(Ended::Stalled { .. })) && self.shows_life().await {
                        (self.ended, self.changed) = (None, asked);
                    }
                    return Ok(update);
                }
                Err(error) => error,
            };
            let since = *self.failing_since.get_or_insert(asked);
            if !error.is_retryable() || since.elapsed() >= self.watch.tolerated {
                return Err(error);
            }
            tracing::debug!(target = ?self.watch.target, %error, "looks again");
        }
    }

    /// What ZAP says; nothing if this is not the session that was watched.
    async fn ask(&self) -> Result<Option<Look>, ZapError> {
        let Watch { client, target, guard, .. } = &self.watch;
        let look = target.look(client).await;
        let unknown = look.as_ref().is_err_and(|error| error.code() == Some(&ErrorCode::DoesNotExist));
        if look.is_err() && !unknown {
            return look.map(Some);
        }
        // Afterwards: a mark that is there now was there when ZAP spoke.
        if let Some(marker) = guard
            && !marker.holds_for(client).await?
        {
            return Ok(None);
        }
        if unknown && self.last.is_some() { Ok(None) } else { look.map(Some) }
    }

    fn judge(&mut self, look: Option<Look>, now: Instant) -> Update {
        let Some(look) = look else { return Update::Ended(Ended::Restarted) };
        if self.last.as_ref().is_some_and(|last| look.is_of_another(last)) {
            return Update::Ended(Ended::Restarted);
        }
        let progress = look.progress.clone();
        if self.last.as_ref().is_none_or(|last| last.progress != progress) {
            self.changed = now;
        }
        let still = now.saturating_duration_since(self.changed);
        let limit = self.watch.stalled_after.filter(|_| !self.watch.target.is_quiet());
        let may_never_end = self.watch.target.may_never_end(&progress);
        let limit = limit.map(|limit| if may_never_end { limit.min(NEVER_ENDING) } else { limit });
        let stalled = limit.is_some_and(|limit| still >= limit) && !still.is_zero();
        let percent = progress.percent;
        self.ended = look.ended.clone().or_else(|| stalled.then_some(Ended::Stalled { percent }));
        self.last = Some(look);
        Update::Progress(progress)
    }

    /// Whether more was visited since this was last asked. An error is no sign of life.
    async fn shows_life(&mut self) -> bool {
        let Watch { client, target, .. } = &self.watch;
        if self.last.as_ref().is_some_and(|last| last.progress.paused) {
            return false;
        }
        let visited = target.visited(client).await.unwrap_or_default();
        visited > std::mem::replace(&mut self.visited, visited)
    }

    /// The end, after what nobody waits for any more was stopped in ZAP.
    async fn end(&self, ended: Ended) -> Update {
        match ended {
            Ended::Cancelled | Ended::DeadlineExceeded | Ended::Stalled { .. } => self.stop_in_time().await,
            Ended::Finished | Ended::Failed { .. } | Ended::Interrupted { .. } | Ended::Restarted => {}
        }
        Update::Ended(ended)
    }

    async fn stop_in_time(&self) {
        let target = &self.watch.target;
        match timeout(STOP_TIME, self.stop()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(?target, %error, "could not be stopped in ZAP"),
            Err(_) => tracing::debug!(?target, "could not be stopped in ZAP in time"),
        }
    }

    async fn stop(&self) -> Result<(), ZapError> {
        // The client's own token may be the one that was triggered.
        let client = self.watch.client.with_cancellation(CancellationToken::new());
        if let Some(marker) = &self.watch.guard
            && !marker.holds_for(&client).await?
        {
            return Ok(());
        }
        self.watch.target.stop(&client).await
    }
}

async fn reached(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Time before the next look of what was watched for some time.
fn delay(watched: Duration, every: Duration) -> Duration {
    (watched / DELAY_PART).max(FIRST_DELAY).min(every)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ZapClient;
    use crate::id::SpiderScanId;
    use crate::spider::ScanState;

    #[test]
    fn an_end_is_seen_soon_for_what_it_took_and_nobody_is_asked_more_often_than_need_be() {
        const SECOND: Duration = Duration::from_secs(1);
        let (mut watched, mut looks) = (Duration::ZERO, 0);
        while watched < 60 * SECOND {
            let delay = delay(watched, SECOND);
            assert!(
                delay <= SECOND && (delay <= FIRST_DELAY || delay * DELAY_PART <= watched),
                "{watched:?}"
            );
            watched += delay;
            looks += 1;
        }
        assert_eq!(looks, 122);
        assert_eq!(delay(60 * SECOND, Duration::from_millis(5)), Duration::from_millis(5));
    }

    /// How a crawl ended that was seen like this twice, so many seconds apart.
    fn ended(percent: u8, state: ScanState, seconds: u64) -> Option<Ended> {
        let client = ZapClient::builder("http://127.0.0.1:1").build().unwrap();
        let watch = client.watch_spider(SpiderScanId::new(0)).stalled_after(Duration::from_secs(600));
        let (mut run, now) = (Run::new(watch), Instant::now());
        for seconds in [0, seconds] {
            run.judge(Some(Look::of_scan(percent, &state, None)), now + Duration::from_secs(seconds));
        }
        run.ended
    }

    #[test]
    fn a_crawl_whose_end_zap_overlooked_is_not_waited_for_like_one_that_is_slow() {
        assert_eq!(ended(100, ScanState::Running, 29), None);
        assert_eq!(ended(100, ScanState::Running, 30), Some(Ended::Stalled { percent: Some(100) }));
        assert_eq!(ended(100, ScanState::Paused, 30), None);
        assert_eq!(ended(99, ScanState::Running, 599), None);
        assert_eq!(ended(99, ScanState::Running, 600), Some(Ended::Stalled { percent: Some(99) }));
    }
}
