//! Whether a run waits for what is posted.

use super::about::About;
use super::refusal::Refusal;
use super::visitor::Visitor;
use crate::crd::{RunPhase, ScanRun};

/// How a run stands to a post of one of its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It waits for it.
    Waits,
    /// It has the report of this very pod.
    HasIt,
}

/// Whether the visitor is of the run and of the attempt that it posts for.
pub(super) fn check(visitor: &Visitor, about: &About) -> Result<(), Refusal> {
    let is_its = visitor.run_uid == about.uid && visitor.attempt == about.attempt.to_string();
    if is_its { Ok(()) } else { Err(Refusal::NotItsRun { pod: visitor.pod.clone() }) }
}

/// How the run stands to it.
pub(super) fn standing(run: &ScanRun, visitor: &Visitor, about: &About) -> Result<Standing, Refusal> {
    if run.metadata.uid.as_ref() != Some(&about.uid) {
        return Err(Refusal::RunGone);
    }
    let status = run.status.clone().unwrap_or_default();
    if status.attempt != Some(about.attempt) || status.job.as_ref() != Some(&visitor.job) {
        return Err(Refusal::AttemptOver { attempt: about.attempt });
    }
    match status.phase {
        Some(RunPhase::Starting | RunPhase::Running) => Ok(Standing::Waits),
        // Only a report says what scanned: a run that ended without one has lost it.
        Some(RunPhase::Succeeded | RunPhase::Failed)
            if status.pod_uid.as_ref() == Some(&visitor.uid) && status.engine.is_some() =>
        {
            Ok(Standing::HasIt)
        }
        phase => Err(Refusal::NotUnderWay { phase }),
    }
}
