//! Statuses of targets that say only how far a scan is: they wait for a moment, since more is about to be said.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::postponing::Pause;
use crate::crd::{ScanTargetStatus, TargetPhase, VerdictName};

/// How long a status that tells of progress is put off. A scan that begins takes several steps within it, each of which would
/// be a write of the target's status; and while many begin, their Jobs come first.
pub(super) const MOMENT: Pause = Pause { least: Duration::from_secs(1), most: Duration::from_secs(3) };

/// Whether a status says nothing new but how far a scan has come. Whatever the gate decides by is written at once: the verdict,
/// the evidence, what runs, and whether the target is refused. Of a target that has no status yet the gate knows nothing, which
/// lets nothing in.
pub(super) fn is_progress(before: Option<&ScanTargetStatus>, after: &ScanTargetStatus) -> bool {
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
