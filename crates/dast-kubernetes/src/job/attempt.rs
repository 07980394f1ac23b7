//! What became of an attempt: from its Job and its pods, as they are now.

mod container;
mod pod;

use std::time::Duration;

use dast_core::scan::AttemptFailure;
use dast_policy::Bound;
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// How long a Job may be without a pod: its controller tries again and again, and tells nobody but by events.
const NO_POD: Duration = Duration::from_secs(2 * 60);
/// How long an image may be missing: it may just be being pushed, or a registry restarted.
const NO_IMAGE: Duration = Duration::from_secs(2 * 60);
/// How long no node may have room: one that is being added takes minutes.
const NO_NODE: Duration = Duration::from_secs(10 * 60);

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It has not begun.
    Pending {
        /// What it waits for.
        why: String,
        /// When time alone makes a failure of it; `None` if it does not.
        look_again: Option<Timestamp>,
    },
    /// The analyzer runs.
    Running {
        /// The pod, whose result counts.
        pod_uid: String,
        /// Since when.
        since: Timestamp,
    },
    /// The analyzer says that it has delivered. If no result is known, that is [`AttemptFailure::NoResult`].
    Finished {
        /// The pod that said so, if it is still there.
        pod_uid: Option<String>,
    },
    /// It failed.
    Ended(AttemptFailure, String),
}

impl Became {
    pub(self) fn pending(why: &str) -> Self {
        Self::Pending { why: told(why), look_again: None }
    }

    pub(self) fn ended(failure: AttemptFailure, detail: &str) -> Self {
        Self::Ended(failure, told(detail))
    }

    /// What is a failure if it lasts for longer than `patience`.
    pub(self) fn unless_it_lasts(
        why: &str,
        failure: AttemptFailure,
        since: Timestamp,
        patience: Duration,
        now: Timestamp,
    ) -> Self {
        match since.saturating_add(patience) {
            Ok(until) if now < until => Self::Pending { why: told(why), look_again: Some(until) },
            _ => Self::ended(failure, why),
        }
    }
}

/// What became of an attempt, of which there are this Job and these pods now.
///
/// What a pod says comes first, because a Job only says that its pod failed.
///
/// ```
/// use dast_core::scan::AttemptFailure;
/// use dast_kubernetes::job::{Became, what_became};
/// use jiff::Timestamp;
///
/// let gone = Became::Ended(AttemptFailure::Stopped, "its Job is gone".to_owned());
/// assert_eq!(what_became(None, &[], Timestamp::UNIX_EPOCH), gone);
/// ```
pub fn what_became(job: Option<&Job>, pods: &[Pod], now: Timestamp) -> Became {
    let Some(job) = job else { return Became::ended(AttemptFailure::Stopped, "its Job is gone") };
    if job.metadata.deletion_timestamp.is_some() {
        return Became::ended(AttemptFailure::Stopped, "its Job is being deleted");
    }
    // There is no more than one unless somebody made another by hand.
    let newest = pods.iter().max_by_key(|pod| time(pod.metadata.creation_timestamp.as_ref()));
    if condition(job, "Complete").is_some() {
        return Became::Finished { pod_uid: newest.and_then(|pod| pod.metadata.uid.clone()) };
    }
    let became = newest.map(|pod| pod::what_became(pod, now));
    let failed = condition(job, "Failed");
    // Until its pods have ended, what may take a minute, it is about to fail.
    let failing = failed.or_else(|| condition(job, "FailureTarget"));
    if let Some(late) = failing.filter(|failing| failing.reason.as_deref() == Some("DeadlineExceeded")) {
        return match became {
            Some(became) if failed.is_none() && !matches!(became, Became::Ended(..)) => became,
            _ => Became::ended(AttemptFailure::DeadlineExceeded, said(late)),
        };
    }
    match (became, failed) {
        (Some(Became::Ended(failure, detail)), _) => Became::Ended(failure, detail),
        (Some(_), Some(failed)) => Became::ended(AttemptFailure::Crashed, said(failed)),
        (Some(became), None) => became,
        (None, _) if failing.is_some() => Became::ended(AttemptFailure::Evicted, "its pod is gone"),
        (None, _) => without_a_pod(job, now),
    }
}

fn without_a_pod(job: &Job, now: Timestamp) -> Became {
    if job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true) {
        return Became::pending("its Job is suspended");
    }
    let begun = job.status.as_ref().and_then(|status| status.start_time.as_ref());
    let since = time(begun.or(job.metadata.creation_timestamp.as_ref())).unwrap_or(now);
    let why = "no pod was made: a quota or an admission rule may be against it, and events of the Job say so";
    Became::unless_it_lasts(why, AttemptFailure::NoRoom, since, NO_POD, now)
}

/// A condition that holds.
fn condition<'j>(job: &'j Job, kind: &str) -> Option<&'j JobCondition> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == kind && condition.status == "True")
}

fn said(condition: &JobCondition) -> &str {
    let message = condition.message.as_deref().filter(|message| !message.is_empty());
    message.or(condition.reason.as_deref()).unwrap_or("its Job failed")
}

fn time(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|time| time.0)
}

/// What somebody else said, on one line and not too long.
fn told(text: &str) -> String {
    let mut line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Bound::shorten(&mut line, Bound::MOST_TEXT);
    line
}
