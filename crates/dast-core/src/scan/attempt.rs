//! What follows when an attempt of a run fails: another one after a pause, or the end, and why.

use std::fmt;
use std::time::Duration;

use dast_policy::Cause;
use jiff::Timestamp;

use crate::scan::time::after;
use crate::scan::{Backoff, Failure};

/// How often a run is tried anew when the place where it runs fails it. Each attempt is a Job of its own.
///
/// ```
/// use dast_core::scan::{AttemptFailure, GaveUp, NextAttempt, RetrySettings};
/// use jiff::{SignedDuration, Timestamp};
///
/// let settings = RetrySettings::default();
/// let now = Timestamp::UNIX_EPOCH;
/// let evicted = AttemptFailure::Evicted.with_detail("the node was low on memory");
/// let next = settings.after(1, &evicted, now, Timestamp::MAX);
/// assert_eq!(next, NextAttempt::At { number: 2, not_before: now + SignedDuration::from_secs(10) });
/// assert_eq!(settings.after(3, &evicted, now, Timestamp::MAX), NextAttempt::Never(GaveUp::NoAttemptsLeft));
///
/// let late = AttemptFailure::DeadlineExceeded.with_detail("");
/// assert_eq!(settings.after(1, &late, now, Timestamp::MAX), NextAttempt::Never(GaveUp::NotRetryable));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// How often it is tried at most; 0 counts as 1.
    pub max_attempts: u32,
    /// The pauses between attempts.
    pub backoff: Backoff,
}

/// 3 attempts, 10 and 20 seconds apart and at most 5 minutes: enough to leave a node that is being drained, or to find
/// an image that is just being pushed.
impl Default for RetrySettings {
    fn default() -> Self {
        let backoff = Backoff { first: Duration::from_secs(10), most: Duration::from_secs(5 * 60) };
        Self { max_attempts: 3, backoff }
    }
}

impl RetrySettings {
    /// What follows after `made` attempts, the last of which failed at `now`. No attempt begins at or after `deadline`,
    /// which is that of the run.
    pub fn after(&self, made: u32, failure: &Failure, now: Timestamp, deadline: Timestamp) -> NextAttempt {
        let not_before = after(now, self.backoff.after(made));
        match () {
            () if !failure.retryable => NextAttempt::Never(GaveUp::NotRetryable),
            () if made >= self.max_attempts.max(1) => NextAttempt::Never(GaveUp::NoAttemptsLeft),
            () if not_before >= deadline => NextAttempt::Never(GaveUp::NoTimeLeft),
            () => NextAttempt::At { number: made.saturating_add(1), not_before },
        }
    }
}

/// What follows when an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextAttempt {
    /// Another attempt.
    At {
        /// Its number, counted from 1.
        number: u32,
        /// When it may begin.
        not_before: Timestamp,
    },
    /// The end.
    Never(GaveUp),
}

/// Why there is no other attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaveUp {
    /// It would fail in the same way.
    NotRetryable,
    /// As many were made as are allowed.
    NoAttemptsLeft,
    /// The deadline of the run would be over.
    NoTimeLeft,
}

impl GaveUp {
    /// The reason as a half sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRetryable => "another attempt would fail in the same way",
            Self::NoAttemptsLeft => "no attempts are left",
            Self::NoTimeLeft => "no time is left for another attempt",
        }
    }
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an attempt failed that left no result: what happened to the place where it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttemptFailure {
    /// Its pod was evicted, preempted, or lost with its node.
    Evicted,
    /// It needed more memory than it was given.
    OutOfMemory,
    /// Its image could not be fetched.
    ImageMissing,
    /// Its pod could not be made or placed: a quota, or no node with room.
    NoRoom,
    /// The scanner or the analyzer crashed.
    Crashed,
    /// It ended as if all were well, but no result came.
    NoResult,
    /// It ran longer than it was given. Another attempt would take as long.
    DeadlineExceeded,
    /// Somebody deleted or stopped it.
    Stopped,
    /// The cluster does not allow it to run: by its security rules, or because a setting is wrong.
    Forbidden,
}

impl AttemptFailure {
    /// The word, such as `OutOfMemory`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Evicted => "Evicted",
            Self::OutOfMemory => "OutOfMemory",
            Self::ImageMissing => "ImageMissing",
            Self::NoRoom => "NoRoom",
            Self::Crashed => "Crashed",
            Self::NoResult => "NoResult",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::Stopped => "Stopped",
            Self::Forbidden => "Forbidden",
        }
    }

    /// Whether another attempt may succeed.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Evicted
            | Self::OutOfMemory
            | Self::ImageMissing
            | Self::NoRoom
            | Self::Crashed
            | Self::NoResult => true,
            Self::DeadlineExceeded | Self::Stopped | Self::Forbidden => false,
        }
    }

    /// What evidence names as the cause.
    pub fn cause(self) -> Cause {
        match self {
            Self::DeadlineExceeded => Cause::DeadlineExceeded,
            Self::Evicted | Self::Stopped => Cause::Interrupted,
            Self::OutOfMemory
            | Self::ImageMissing
            | Self::NoRoom
            | Self::Crashed
            | Self::NoResult
            | Self::Forbidden => Cause::EngineError,
        }
    }

    /// The failure with the words of whoever noticed.
    pub fn with_detail(self, detail: &str) -> Failure {
        let detail = match detail {
            "" => self.as_str().to_owned(),
            detail => format!("{}: {detail}", self.as_str()),
        };
        Failure { cause: self.cause(), retryable: self.is_retryable(), detail }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [AttemptFailure; 9] = [
        AttemptFailure::Evicted,
        AttemptFailure::OutOfMemory,
        AttemptFailure::ImageMissing,
        AttemptFailure::NoRoom,
        AttemptFailure::Crashed,
        AttemptFailure::NoResult,
        AttemptFailure::DeadlineExceeded,
        AttemptFailure::Stopped,
        AttemptFailure::Forbidden,
    ];

    #[test]
    fn a_failure_says_what_happened() {
        for failure in ALL {
            assert_eq!(failure.as_str(), format!("{failure:?}"));
            assert_eq!(failure.with_detail("").detail, failure.as_str());
            assert_eq!(failure.with_detail("why").detail, format!("{}: why", failure.as_str()));
        }
        let lost = AttemptFailure::OutOfMemory.with_detail("exit code 137");
        assert_eq!((lost.cause, lost.retryable), (Cause::EngineError, true));
        let hopeless: Vec<AttemptFailure> =
            ALL.into_iter().filter(|failure| !failure.is_retryable()).collect();
        assert_eq!(
            hopeless,
            [AttemptFailure::DeadlineExceeded, AttemptFailure::Stopped, AttemptFailure::Forbidden]
        );
    }

    #[test]
    fn the_reason_to_give_up_is_the_first_that_holds() {
        let settings = RetrySettings { max_attempts: 0, ..RetrySettings::default() };
        let (now, lost) = (Timestamp::UNIX_EPOCH, AttemptFailure::Evicted.with_detail(""));
        assert_eq!(settings.after(1, &lost, now, now), NextAttempt::Never(GaveUp::NoAttemptsLeft));
        assert_eq!(
            RetrySettings::default().after(1, &lost, now, now),
            NextAttempt::Never(GaveUp::NoTimeLeft)
        );
        assert!(matches!(settings.after(0, &lost, now, Timestamp::MAX), NextAttempt::At { number: 1, .. }));
        assert_eq!(GaveUp::NoTimeLeft.to_string(), "no time is left for another attempt");
    }

    proptest! {
        /// However it fails, a run is tried `max_attempts` times at most, each time later than the last, and always
        /// before its deadline.
        #[test]
        fn attempts_are_bounded_and_go_forward(
            failures in prop::collection::vec(prop::sample::select(&ALL[..]), 1..30),
            max_attempts in 0_u32..10,
            (first, most) in (0_u64..1000, 0_u64..1000),
            deadline in 0_i64..5000,
        ) {
            let backoff = Backoff { first: Duration::from_secs(first), most: Duration::from_secs(most) };
            let settings = RetrySettings { max_attempts, backoff };
            let deadline = Timestamp::from_second(deadline).unwrap();
            let (mut made, mut now) = (1, Timestamp::UNIX_EPOCH);
            for failure in failures {
                match settings.after(made, &failure.with_detail(""), now, deadline) {
                    NextAttempt::At { number, not_before } => {
                        prop_assert_eq!(number, made + 1);
                        prop_assert!(not_before >= now && not_before < deadline && failure.is_retryable());
                        (made, now) = (number, not_before);
                    }
                    NextAttempt::Never(_) => break,
                }
            }
            prop_assert!(made <= max_attempts.max(1));
        }
    }
}
