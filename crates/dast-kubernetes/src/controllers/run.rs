//! How a run goes on, from what is known of its target, its Job and its pods: a pure function.

use std::sync::Arc;
use std::time::Duration;

use dast_core::scan::{AttemptFailure, Failure, NextAttempt, RetrySettings};
use dast_policy::Cause;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;

use super::job::waits;
use super::target::phase;
use super::wanted::Wanted;
use crate::crd::{RunPhase, ScanRun};
use crate::job::{Became, what_became};

/// How a run that is under way goes on.
#[derive(Debug, PartialEq)]
pub(super) enum Course {
    /// The Job of this attempt is to be made, or to go on.
    Make,
    /// There is nothing to do until something changes, or for so long.
    Wait(Option<Duration>),
    /// Its pod runs, since this time.
    Running { pod_uid: String, since: Timestamp },
    /// The next attempt begins.
    Again,
    /// This attempt failed.
    Failed { failure: Failure, next: NextAttempt },
    /// It is over, and nothing came of it.
    Over { cause: Cause, detail: String },
}

/// How often it is looked at whether a refusal that may pass by itself has passed.
const PENDING: Duration = Duration::from_secs(15);
const SECOND: Duration = Duration::from_secs(1);
/// How long the word that a report came may take behind the word that its Job is done.
const LATE_WORD: SignedDuration = SignedDuration::from_secs(10);
/// What a run gets beyond the time for its scan, for all attempts together.
const MORE: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn course(
    run: &ScanRun,
    wanted: Option<&Wanted>,
    job: Option<&Job>,
    pods: &[Arc<Pod>],
    now: Timestamp,
    retries: RetrySettings,
) -> Course {
    let over = |cause, detail: String| Course::Over { cause, detail };
    let Some(wanted) = wanted else {
        return over(Cause::Interrupted, "the target is no more".to_owned());
    };
    let Some(status) = run.status.as_ref() else { return Course::Wait(None) };
    let Some(basis) = &status.basis else {
        return over(Cause::EngineError, "what the scan rests on was not written down".to_owned());
    };
    if let Err(remark) = &wanted.scan
        && !remark.is_transient
    {
        return over(Cause::TargetChanged, format!("the target is refused: {}", remark.message));
    }
    if let (Some(now), Some(then)) = (&wanted.revision, &basis.revision)
        && now.as_str() != then
    {
        let detail = format!("revision `{then}` was to be scanned, but `{}` runs", now.as_str());
        return over(Cause::TargetChanged, detail);
    }
    if phase(run) == Some(RunPhase::Retrying) {
        let left = status.next_attempt.as_ref().map(|at| at.0.duration_since(now)).unwrap_or_default();
        return match Duration::try_from(left) {
            Ok(left) if !left.is_zero() => Course::Wait(Some(left)),
            _ => Course::Again,
        };
    }
    let timeout = wanted.scan.as_ref().ok().and_then(|scan| scan.what.timeout.as_ref()?.read().ok());
    let deadline = status.turn.as_ref().map_or(now, |turn| {
        turn.0.saturating_add(timeout.unwrap_or_default() * 2 + MORE).unwrap_or(Timestamp::MAX)
    });
    let failed = |failure: AttemptFailure, detail: &str| {
        let failure = failure.with_detail(detail);
        let next = retries.after(status.attempt.unwrap_or(1), &failure, now, deadline);
        Course::Failed { failure, next }
    };
    let Some(job) = job.filter(|job| !waits(job)) else {
        // It is not always written down that a pod runs; and where there is one, another must not begin. That a Job goes on may
        // be told after its pod.
        let is_told = phase(run) == Some(RunPhase::Running);
        if job.is_some() && !is_told && !pods.is_empty() {
            return Course::Wait(Some(SECOND));
        }
        let has_begun = is_told || !pods.is_empty();
        return match &wanted.scan {
            _ if has_begun => failed(AttemptFailure::Stopped, "somebody deleted or suspended its Job"),
            // Not for long: a target that is refused for longer is refused for good.
            Err(_) => Course::Wait(Some(PENDING)),
            Ok(scan) if scan.profile.hash != basis.settings => {
                over(Cause::TargetChanged, "the settings changed before the scan began".to_owned())
            }
            Ok(_) => Course::Make,
        };
    };
    let pods: Vec<Pod> = pods.iter().map(|pod| Pod::clone(pod)).collect();
    match what_became(Some(job), &pods, now) {
        Became::Pending { look_again, .. } => {
            let left = look_again.map_or(SignedDuration::ZERO, |at| at.duration_since(now));
            Course::Wait(look_again.map(|_| Duration::try_from(left).unwrap_or_default() + SECOND))
        }
        Became::Running { pod_uid, since } => Course::Running { pod_uid, since },
        Became::Ended(failure, detail) => failed(failure, &detail),
        Became::Finished { .. } => {
            let done = job.status.as_ref().and_then(|status| status.completion_time.as_ref());
            match done {
                Some(done) if now.duration_since(done.0) >= LATE_WORD => {
                    failed(AttemptFailure::NoResult, "its Job is done, but no report came")
                }
                _ => Course::Wait(Some(SECOND)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
