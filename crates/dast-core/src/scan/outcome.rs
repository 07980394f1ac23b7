//! How a run ended, and what evidence may say of it.

use std::error::Error;

use dast_policy::{Cause, Completion};

use crate::redact::Redactor;
use crate::scan::ScanError;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What evidence has to say. It overrides what the engine said.
    pub completion: Completion,
    /// Whether the last attempt was collected, so that there are findings.
    pub collected: bool,
    /// How many attempts were made.
    pub attempts: u32,
}

/// What stopped a run before its own end. The first one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked for it.
    Cancelled,
    /// The run took longer than it was given.
    Deadline,
}

impl Stop {
    /// What evidence names as the cause.
    pub fn cause(self) -> Cause {
        match self {
            Self::Cancelled => Cause::Interrupted,
            Self::Deadline => Cause::DeadlineExceeded,
        }
    }
}

/// What went wrong in an attempt, in a form that can be compared and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What evidence names as the cause.
    pub cause: Cause,
    /// Whether another attempt may succeed.
    pub retryable: bool,
    /// The error and its causes in one line, without credentials.
    pub detail: String,
}

impl From<&ScanError> for Failure {
    fn from(error: &ScanError) -> Self {
        let mut detail = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            detail.push_str(": ");
            detail.push_str(&source.to_string());
            next = source.source();
        }
        // Errors of HTTP clients name the URL that they were asked for.
        let detail = Redactor::default().text(&detail).into_owned();
        Self { cause: error.cause(), retryable: error.is_retryable(), detail }
    }
}

/// What evidence may say of a run: `Complete` only if the engine said so, was not lost, and nothing stopped it.
///
/// `collected` is what the engine said when it was collected, if it was; `failure` is what went wrong in the last
/// attempt. What stopped a run outweighs both, and an engine's own cause outweighs a failure.
///
/// ```
/// use dast_core::scan::{Stop, conclude};
/// use dast_policy::{Cause, Completion};
///
/// assert_eq!(conclude(None, Some(Completion::Complete), None), Completion::Complete);
///
/// let claimed = conclude(Some(Stop::Deadline), Some(Completion::Complete), None);
/// assert!(matches!(claimed, Completion::Incomplete { cause: Cause::DeadlineExceeded, .. }));
/// ```
pub fn conclude(stop: Option<Stop>, collected: Option<Completion>, failure: Option<&Failure>) -> Completion {
    let failed = failure.map(|failure| (failure.cause, failure.detail.clone()));
    let told = match collected {
        Some(Completion::Complete) if stop.is_none() && failure.is_none() => return Completion::Complete,
        Some(Completion::Incomplete { cause, detail }) => Some((cause, detail)),
        Some(Completion::Complete) | None => None,
    };
    let (cause, detail) = told.or(failed).unwrap_or_else(|| (Cause::EngineError, String::new()));
    Completion::Incomplete { cause: stop.map_or(cause, Stop::cause), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incomplete(cause: Cause, detail: &str) -> Completion {
        Completion::Incomplete { cause, detail: detail.to_owned() }
    }

    fn lost() -> Failure {
        Failure { cause: Cause::EngineError, retryable: false, detail: "gone".to_owned() }
    }

    #[test]
    fn what_stopped_a_run_outweighs_all_that_is_claimed() {
        let said = Some(incomplete(Cause::AuthenticationFailed, "logged out"));
        for (stop, cause) in
            [(Stop::Cancelled, Cause::Interrupted), (Stop::Deadline, Cause::DeadlineExceeded)]
        {
            assert_eq!(conclude(Some(stop), Some(Completion::Complete), None), incomplete(cause, ""));
            assert_eq!(conclude(Some(stop), said.clone(), None), incomplete(cause, "logged out"));
            assert_eq!(conclude(Some(stop), None, Some(&lost())), incomplete(cause, "gone"));
            assert_eq!(conclude(Some(stop), None, None), incomplete(cause, ""));
        }
    }

    #[test]
    fn an_engines_own_cause_is_kept() {
        let said = incomplete(Cause::AuthenticationFailed, "logged out");
        assert_eq!(conclude(None, Some(said.clone()), None), said);
        assert_eq!(conclude(None, Some(said.clone()), Some(&lost())), said);
    }

    #[test]
    fn a_lost_or_uncollected_scan_is_not_complete() {
        let expected = incomplete(Cause::EngineError, "gone");
        assert_eq!(conclude(None, Some(Completion::Complete), Some(&lost())), expected);
        assert_eq!(conclude(None, None, Some(&lost())), expected);
        assert_eq!(conclude(None, None, None), incomplete(Cause::EngineError, ""));
    }

    #[test]
    fn a_failure_tells_all_causes_but_no_credentials() {
        let source = std::io::Error::other("get http://bob:hunter2@shop.test/?token=s3cr3t failed");
        let failure = Failure::from(&ScanError::unreachable("no answer from `shop`").with_source(source));
        assert_eq!((failure.cause, failure.retryable), (Cause::Unreachable, true));
        assert!(failure.detail.starts_with("no answer from `shop`: get http://"), "{}", failure.detail);
        assert!(
            !failure.detail.contains("hunter2") && !failure.detail.contains("s3cr3t"),
            "{}",
            failure.detail
        );
    }
}
