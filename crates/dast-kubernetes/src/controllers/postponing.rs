//! What is put off for a moment, since more is about to follow.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dast_core::discovery::ObjectName;
use tokio::time::Instant;

/// Whoever put something off for so long does not come back to it.
const FORGOTTEN: Duration = Duration::from_secs(600);

/// What is put off, and since when. When a process ends, nothing is lost with it: the next one works out anew what is to be done.
#[derive(Debug, Default)]
pub(super) struct Postponed(Mutex<HashMap<ObjectName, Instant>>);

impl Postponed {
    /// How much is left of a moment that began when this was asked for the first time; `None` when it is over.
    pub(super) fn left(&self, name: &ObjectName, moment: Duration) -> Option<Duration> {
        let mut all = self.all();
        // What nobody asked about again is gone.
        all.retain(|_, since| since.elapsed() < FORGOTTEN);
        let since = *all.entry(name.clone()).or_insert_with(Instant::now);
        moment.checked_sub(since.elapsed()).filter(|left| !left.is_zero())
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
