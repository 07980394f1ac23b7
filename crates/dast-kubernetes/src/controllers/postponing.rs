//! What is put off for a moment: statuses, since more is about to be said, and what others need not wait for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dast_core::discovery::ObjectName;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use tokio::time::Instant;

use crate::crd::{ScanTargetStatus, TargetPhase, VerdictName};

/// How long a status that tells of progress is put off. A scan that begins takes several steps within it, each of which would
/// be a write of the target's status.
const MOMENT: Duration = Duration::from_secs(1);

/// Whoever put something off for so long does not come back to it.
const FORGOTTEN: Duration = Duration::from_secs(600);

/// What is put off, and since when. When a process ends, nothing is lost with it: the next one works out anew what is to be done.
#[derive(Debug, Default)]
pub(super) struct Postponed(Mutex<HashMap<ObjectName, Instant>>);

impl Postponed {
    /// How long the status of a target is still put off; `None` if it is to be written now.
    pub(super) fn status(
        &self,
        target: &ObjectName,
        before: Option<&ScanTargetStatus>,
        after: &ScanTargetStatus,
    ) -> Option<Duration> {
        if !is_progress(before, after) {
            return None;
        }
        self.left(target, MOMENT)
    }

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

/// Whether a status says nothing new but how far a scan has come. Whatever the gate decides by is written at once: the verdict,
/// the evidence, what runs, and whether the target is refused. Of a target that has no status yet the gate knows nothing, which
/// lets nothing in.
fn is_progress(before: Option<&ScanTargetStatus>, after: &ScanTargetStatus) -> bool {
    // What is said already need not be said later.
    let is_news = before != Some(after);
    let is_under_way = matches!(after.phase, Some(TargetPhase::Queued | TargetPhase::Scanning));
    let is_as_before = match before {
        None => after.evidence.is_none() && matches!(after.verdict, None | Some(VerdictName::Unknown)),
        Some(before) => {
            before.phase != Some(TargetPhase::Refused) && without_progress(before) == without_progress(after)
        }
    };
    is_news && is_under_way && is_as_before
}

fn without_progress(status: &ScanTargetStatus) -> ScanTargetStatus {
    // Of an Unknown it says why.
    let is_kept = |condition: &&Condition| condition.type_ != "Passed";
    ScanTargetStatus {
        phase: None,
        queue_position: None,
        run: None,
        next_scan_time: None,
        unknown: None,
        reasons: Vec::new(),
        conditions: status.conditions.iter().filter(is_kept).cloned().collect(),
        ..status.clone()
    }
}

#[cfg(test)]
mod tests;
