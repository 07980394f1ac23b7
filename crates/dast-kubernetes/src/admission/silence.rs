//! How long it is that the API server was not heard of.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::books::Shelf;

/// A watch that fails tries again within half a minute, so that one that has not failed for this long is well again, though
/// nothing new may have been told.
const WELL_AFTER: Duration = Duration::from_secs(90);

/// Which watches are broken, and since when.
#[derive(Debug, Default)]
pub(super) struct Silence(HashMap<Shelf, Broken>);

#[derive(Debug)]
struct Broken {
    since: Instant,
    last: Instant,
}

impl Silence {
    /// A watch failed.
    pub(super) fn failed(&mut self, shelf: Shelf, now: Instant) {
        let broken = self.0.entry(shelf).or_insert(Broken { since: now, last: now });
        if now.duration_since(broken.last) > WELL_AFTER {
            broken.since = now;
        }
        broken.last = now;
    }

    /// A watch told something.
    pub(super) fn heard(&mut self, shelf: Shelf) {
        self.0.remove(&shelf);
    }

    /// For how long the watch that is broken the longest has been so.
    pub(super) fn lasts(&self, now: Instant) -> Duration {
        let broken = self.0.values().filter(|broken| now.duration_since(broken.last) <= WELL_AFTER);
        broken.map(|broken| now.duration_since(broken.since)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_lasts_until_something_is_heard_or_nothing_fails_any_more() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut silence = Silence::default();
        assert_eq!(silence.lasts(at(0)), Duration::ZERO);
        for seconds in [0, 30, 60, 90] {
            silence.failed(Shelf::Services, at(seconds));
        }
        silence.failed(Shelf::Targets, at(80));
        assert_eq!(silence.lasts(at(100)).as_secs(), 100, "the longest");
        silence.heard(Shelf::Services);
        assert_eq!(silence.lasts(at(100)).as_secs(), 20, "the other one");
        assert_eq!(silence.lasts(at(171)), Duration::ZERO, "it goes on, though there is nothing to tell");
        silence.failed(Shelf::Targets, at(300));
        assert_eq!(silence.lasts(at(310)).as_secs(), 10, "that is another break");
    }
}
