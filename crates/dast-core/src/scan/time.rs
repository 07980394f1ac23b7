//! Arithmetic with times that stops at the ends of time instead of failing.

use std::time::Duration;

use jiff::Timestamp;

/// `duration` after `time`, or the end of time.
pub(super) fn after(time: Timestamp, duration: Duration) -> Timestamp {
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

/// `duration` before `time`, or the beginning of time.
pub(super) fn before(time: Timestamp, duration: Duration) -> Timestamp {
    time.saturating_sub(duration).unwrap_or(Timestamp::MIN)
}

/// Whether a time that is said to be past can be: clocks of several machines differ, but not by more than an hour.
/// What a clock wrote that was wrong by years must not decide anything for years.
pub(super) fn is_plausible(past: Timestamp, now: Timestamp) -> bool {
    const SKEW: Duration = Duration::from_secs(60 * 60);
    past <= after(now, SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_beyond_the_ends_of_time() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(after(now, Duration::from_secs(60)).as_second(), 60);
        assert_eq!(before(now, Duration::from_secs(60)).as_second(), -60);
        for far in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(i64::MAX as u64)] {
            assert_eq!(after(now, far), Timestamp::MAX);
            assert_eq!(before(now, far), Timestamp::MIN);
            assert_eq!(before(Timestamp::MIN, far), Timestamp::MIN);
        }
    }
}
