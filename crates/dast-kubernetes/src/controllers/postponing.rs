//! What is put off for a moment: more is about to follow, or a crowd comes first.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dast_core::discovery::ObjectName;
use tokio::time::Instant;

/// How long nobody may have joined a crowd until it is complete.
pub(super) const LULL: Duration = Duration::from_millis(250);
/// Whoever put something off for so long does not come back to it.
const FORGOTTEN: Duration = Duration::from_secs(600);

/// How long something is put off: until nobody joins the [`Crowd`] any more, within these bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pause {
    pub(super) least: Duration,
    pub(super) most: Duration,
}

/// Those that come one shortly after the other, and the time of the last one. Whoever has time lets all of them pass.
#[derive(Debug, Default)]
pub(super) struct Crowd(Mutex<Option<Instant>>);

impl Crowd {
    /// Another one comes.
    pub(super) fn join(&self) {
        *self.last() = Some(Instant::now());
    }

    /// How long until it is known that nobody else comes.
    fn lull(&self) -> Duration {
        self.last().map_or(Duration::ZERO, |last| LULL.saturating_sub(last.elapsed()))
    }

    fn last(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is put off, and since when. When a process ends, nothing is lost with it: the next one works out anew what is to be done.
#[derive(Debug, Default)]
pub(super) struct Postponed(Mutex<HashMap<ObjectName, Instant>>);

impl Postponed {
    /// How much is left of a pause that began when this was asked for the first time; `None` when it is over.
    pub(super) fn left(&self, name: &ObjectName, pause: Pause, crowd: &Crowd) -> Option<Duration> {
        let mut all = self.all();
        // What nobody asked about again is gone.
        all.retain(|_, since| since.elapsed() < FORGOTTEN);
        let waited = all.entry(name.clone()).or_insert_with(Instant::now).elapsed();
        let [least, most] = [pause.least, pause.most].map(|pause| pause.saturating_sub(waited));
        Some(crowd.lull().max(least).min(most)).filter(|left| !left.is_zero())
    }

    /// It is done, or not to be done any more.
    pub(super) fn settle(&self, name: &ObjectName) {
        self.all().remove(name);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ObjectName, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
