//! How long it is that the API server was not heard of.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::books::Shelf;

/// Which watches are broken, and since when. One that failed is broken until it has listed everything anew.
#[derive(Debug, Default)]
pub(super) struct Silence(HashMap<Shelf, Instant>);

impl Silence {
    /// A watch failed.
    pub(super) fn failed(&mut self, shelf: Shelf, now: Instant) {
        self.0.entry(shelf).or_insert(now);
    }

    /// A watch has told all that there is.
    pub(super) fn heard(&mut self, shelf: Shelf) {
        self.0.remove(&shelf);
    }

    /// For how long the watch that is broken the longest has been so.
    pub(super) fn lasts(&self, now: Instant) -> Duration {
        self.0.values().map(|since| now.duration_since(*since)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_lasts_until_all_is_heard_again() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut silence = Silence::default();
        assert_eq!(silence.lasts(at(0)), Duration::ZERO);
        // An API server that takes connections and says nothing lets a watch fail rarely.
        for seconds in [0, 130, 260] {
            silence.failed(Shelf::Services, at(seconds));
        }
        silence.failed(Shelf::Targets, at(280));
        assert_eq!(silence.lasts(at(300)).as_secs(), 300, "the longest");
        silence.heard(Shelf::Services);
        assert_eq!(silence.lasts(at(300)).as_secs(), 20, "the other one");
        silence.heard(Shelf::Targets);
        assert_eq!(silence.lasts(at(300)), Duration::ZERO);
    }
}
