//! The controller of ScanRuns: they wait for their turn, run as Jobs, are tried again, and end.

use std::time::Duration;

use dast_core::discovery::ObjectName;
use dast_core::scan::{AttemptFailure, Failure, NextAttempt, job_name};
use dast_policy::Cause;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use kube::ResourceExt;
use kube::api::DeleteParams;

use super::apply::apply_status;
use super::context::Context;
use super::job::{self, Begun};
use super::run::{Course, course};
use super::target::{is_ended, phase};
use super::wanted::Wanted;
use super::work::Next;
use crate::crd::{RunBasis, RunCompletion, RunPhase, ScanRun, ScanRunStatus};
use crate::refused::is_gone;

/// How long a pod runs before that is written down, if its analyzer does not tell of progress before, which says the same: a
/// scan of little is over by then.
const UNTOLD: Duration = Duration::from_secs(2);

/// Brings a run one step further.
pub(super) async fn reconcile(name: ObjectName, context: &Context) -> kube::Result<Next> {
    let known = context.known();
    let run = known.runs.get(&name).filter(|run| run.metadata.deletion_timestamp.is_none());
    let Some(run) = run else {
        context.turns.forget(&name);
        give_turns(context);
        stop(&name, context).await?;
        return Ok(Next::Rest);
    };
    if let Some(pause) = too_soon(&name, &run, context) {
        wait(&run, context).await?;
        return Ok(Next::After(pause));
    }
    if context.turns.tell(&run) {
        run.status.iter().for_each(|status| context.metrics.ended(status));
    }
    give_turns(context);
    match phase(&run) {
        Some(RunPhase::Succeeded | RunPhase::Failed) => {
            ask_siblings(&name, &run, context);
            // What has delivered is about to end by itself.
            if run.status.as_ref().is_none_or(|status| status.engine.is_none()) {
                stop(&name, context).await?;
            }
            expire(&name, &run, context).await
        }
        None | Some(RunPhase::Queued) => match context.turns.of(&name) {
            Some(turn) => begin(&run, turn, context).await,
            None => wait(&run, context).await,
        },
        Some(RunPhase::Starting | RunPhase::Running) => follow(&name, &run, context).await,
        Some(RunPhase::Retrying) => {
            // What failed because it did not begin could still do so.
            stop(&name, context).await?;
            follow(&name, &run, context).await
        }
    }
}

/// How long a run has to wait besides, since another of its target began a moment ago: whoever may make runs must not have
/// something scanned without end.
pub(super) fn too_soon(name: &ObjectName, run: &ScanRun, context: &Context) -> Option<Duration> {
    if !matches!(phase(run), None | Some(RunPhase::Queued)) || context.turns.of(name).is_some() {
        return None;
    }
    let target = ObjectName::new(name.namespace.clone(), run.spec.target.as_str());
    let others = context.known().runs.group(&target);
    let began = others.iter().filter_map(|run| run.status.as_ref().filter(|status| status.basis.is_some()));
    // One that comes from a clock that went ahead keeps nobody waiting until then.
    let now = Timestamp::now();
    let turns = began.filter_map(|status| status.turn.as_ref()).map(|turn| turn.0);
    let last = turns.filter(|turn| *turn <= now).max()?;
    let pause = context.settings().due_settings().request_interval;
    let left = last.saturating_add(pause).ok()?.duration_since(now);
    Duration::try_from(left).ok().filter(|left| !left.is_zero())
}

/// Deletes a run that is over, when whoever made it said that it may go.
async fn expire(name: &ObjectName, run: &ScanRun, context: &Context) -> kube::Result<Next> {
    let ended = run.status.as_ref().and_then(|status| status.ended.as_ref());
    let Some((ended, seconds)) = ended.zip(run.spec.ttl_seconds_after_finished) else {
        return Ok(Next::Rest);
    };
    let left = ended.0.duration_since(Timestamp::now()) + SignedDuration::from_secs(seconds.into());
    match Duration::try_from(left) {
        Ok(left) if !left.is_zero() => Ok(Next::After(left)),
        _ => {
            ignore_gone(context.runs(&name.namespace).delete(&name.name, &DeleteParams::default()).await)?;
            Ok(Next::Rest)
        }
    }
}

/// Asks for a look at every run whose turn has come.
pub(super) fn give_turns(context: &Context) {
    for run in context.turns.give(Timestamp::now()) {
        context.desks.runs.ask(run);
    }
}

/// Another run of the same target may have waited for this one.
fn ask_siblings(name: &ObjectName, run: &ScanRun, context: &Context) {
    let target = ObjectName::new(name.namespace.clone(), run.spec.target.as_str());
    for sibling in context.known().runs.group(&target).iter().filter(|sibling| !is_ended(sibling)) {
        context.desks.runs.ask(ObjectName::new(name.namespace.clone(), sibling.name_any()));
    }
}

async fn wait(run: &ScanRun, context: &Context) -> kube::Result<Next> {
    let mut status = run.status.clone().unwrap_or_default();
    status.observed_generation = run.metadata.generation;
    status.phase = Some(RunPhase::Queued);
    status.queue_position = context.turns.ahead_of(run);
    write(run, status, context).await?;
    Ok(Next::Rest)
}

/// Settles what the scan rests on. From here on the run is under way, whoever goes on with it.
async fn begin(run: &ScanRun, turn: Timestamp, context: &Context) -> kube::Result<Next> {
    let namespace = run.namespace().unwrap_or_default();
    let target = ObjectName::new(namespace.as_str(), run.spec.target.as_str());
    let wanted = Wanted::of(&target, context.known(), &context.settings());
    let mut status = run.status.clone().unwrap_or_default();
    status.turn = Some(MicroTime(after_others(turn, &target, context)));
    let wanted = match wanted {
        None => {
            return give_up(run, status, format!("there is no ScanTarget `{}`", target.name), context).await;
        }
        Some(wanted) => wanted,
    };
    let scan = match &wanted.scan {
        Err(remark) => {
            let detail = format!("the target is refused: {}", remark.message);
            return give_up(run, status, detail, context).await;
        }
        Ok(_) if !wanted.is_ready => {
            return give_up(run, status, "no pod behind the target is ready".to_owned(), context).await;
        }
        Ok(_) if wanted.has_workload && wanted.revision.is_none() => {
            let detail = "it is not known what the target's pods run".to_owned();
            return give_up(run, status, detail, context).await;
        }
        Ok(scan) => scan,
    };
    status.observed_generation = run.metadata.generation;
    status.queue_position = None;
    status.basis = Some(RunBasis {
        revision: wanted.revision.as_ref().map(|revision| revision.as_str().to_owned()),
        profile: scan.profile.name.clone(),
        settings: scan.profile.hash.clone(),
        scanner: wanted.spec.scanner.clone(),
        exposures: wanted.spec.exposures.clone(),
    });
    attempt(&mut status, 1, run, context);
    // What is looked at next makes the Job.
    write(run, status, context).await?;
    Ok(Next::Rest)
}

/// A turn that comes after all that the target's other runs had, whatever the clocks of this and earlier replicas say: the last
/// of them is the one whose evidence counts.
fn after_others(turn: Timestamp, target: &ObjectName, context: &Context) -> Timestamp {
    let others = context.known().runs.group(target);
    let last = others.iter().filter_map(|run| Some(run.status.as_ref()?.turn.as_ref()?.0)).max();
    let next = last.and_then(|last| last.checked_add(SignedDuration::from_micros(1)).ok());
    next.map_or(turn, |next| turn.max(next))
}

fn attempt(status: &mut ScanRunStatus, number: u32, run: &ScanRun, context: &Context) {
    let name = ObjectName::new(run.namespace().unwrap_or_default(), run.spec.target.as_str());
    let target = context.known().targets.get(&name).map(|target| target.called()).unwrap_or_default();
    status.phase = Some(RunPhase::Starting);
    status.attempt = Some(number);
    status.next_attempt = None;
    status.progress = None;
    status.completion = None;
    status.pod_uid = None;
    status.job = Some(job_name(&target, &run.uid().unwrap_or_default(), number));
}

/// Looks at how the Job is doing.
async fn follow(name: &ObjectName, run: &ScanRun, context: &Context) -> kube::Result<Next> {
    let settings = context.settings();
    let known = context.known();
    let mut status = run.status.clone().unwrap_or_default();
    let target = ObjectName::new(name.namespace.clone(), run.spec.target.as_str());
    let wanted = Wanted::of(&target, known, &settings);
    let now = Timestamp::now();
    let job_name = status.job.clone().unwrap_or_default();
    let job = ObjectName::new(settings.scan_namespace.as_str(), job_name.as_str());
    let (found, pods) = (known.jobs.get(&job), known.pods.group(&job));
    match course(run, wanted.as_ref(), found.as_deref(), &pods, now, settings.retry_settings()) {
        Course::Make => {
            let Some(wanted) = wanted else { return Ok(Next::Rest) };
            make(run, &wanted, context).await
        }
        Course::Wait(pause) => Ok(pause.map_or(Next::Rest, Next::After)),
        Course::Running { pod_uid, since } => {
            let is_known =
                status.phase == Some(RunPhase::Running) && status.pod_uid.as_ref() == Some(&pod_uid);
            if is_known {
                return Ok(Next::Rest);
            }
            if let Some(left) = until_told(since, now) {
                return Ok(Next::After(left));
            }
            status.phase = Some(RunPhase::Running);
            status.pod_uid = Some(pod_uid);
            write(run, status, context).await?;
            Ok(Next::Rest)
        }
        Course::Again => {
            let number = status.attempt.unwrap_or(1).saturating_add(1);
            attempt(&mut status, number, run, context);
            write(run, status, context).await?;
            Ok(Next::Rest)
        }
        Course::Failed { failure, next } => fail(run, failure, next, context).await,
        Course::Over { cause, detail } => end(run, status, cause, detail, context).await,
    }
}

/// How long it need not be told yet that a pod runs.
fn until_told(since: Timestamp, now: Timestamp) -> Option<Duration> {
    // The node's clock may go ahead.
    let runs = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    UNTOLD.checked_sub(runs).filter(|left| !left.is_zero())
}

/// An attempt failed: another one follows, or it was the last.
async fn fail(run: &ScanRun, failure: Failure, next: NextAttempt, context: &Context) -> kube::Result<Next> {
    let mut status = run.status.clone().unwrap_or_default();
    match next {
        NextAttempt::At { not_before, .. } => {
            status.phase = Some(RunPhase::Retrying);
            status.next_attempt = Some(Time(not_before));
            status.completion =
                Some(RunCompletion { complete: false, cause: Some(failure.cause), detail: failure.detail });
            write(run, status, context).await?;
            Ok(Next::Rest)
        }
        NextAttempt::Never(why) => {
            let detail = format!("{}; {why}", failure.detail);
            end(run, status, failure.cause, detail, context).await
        }
    }
}

/// Ends a run whose turn came, but that never began. It says nothing of the target.
async fn give_up(
    run: &ScanRun,
    status: ScanRunStatus,
    detail: String,
    context: &Context,
) -> kube::Result<Next> {
    end(run, status, Cause::Interrupted, detail, context).await
}

async fn end(
    run: &ScanRun,
    mut status: ScanRunStatus,
    cause: Cause,
    detail: String,
    context: &Context,
) -> kube::Result<Next> {
    status.observed_generation = run.metadata.generation;
    status.phase = Some(RunPhase::Failed);
    status.queue_position = None;
    status.next_attempt = None;
    status.ended = Some(whole_seconds(Timestamp::now()));
    status.completion = Some(RunCompletion { complete: false, cause: Some(cause), detail });
    write(run, status, context).await?;
    Ok(Next::Rest)
}

/// Makes the Job of an attempt. Doing so again changes nothing.
async fn make(run: &ScanRun, wanted: &Wanted, context: &Context) -> kube::Result<Next> {
    let objects = match super::commission::objects(run, wanted, context).await? {
        Ok(objects) => objects,
        Err(detail) => {
            let status = run.status.clone().unwrap_or_default();
            return end(run, status, Cause::EngineError, detail, context).await;
        }
    };
    if run.status.as_ref().and_then(|status| status.job.as_ref()) != objects.job.metadata.name.as_ref() {
        let status = run.status.clone().unwrap_or_default();
        let detail = "the port was renamed before the scan began".to_owned();
        return end(run, status, Cause::TargetChanged, detail, context).await;
    }
    match job::begin(objects, context).await? {
        Begun::Yes => {
            super::telling::started(run, context);
            Ok(Next::Rest)
        }
        Begun::NotYet(pause) => Ok(Next::After(pause)),
        Begun::NoRoom(why) => {
            let failure = AttemptFailure::NoRoom.with_detail(&why);
            let made = run.status.as_ref().and_then(|status| status.attempt).unwrap_or(1);
            let retries = context.settings().retry_settings();
            let next = retries.after(made, &failure, Timestamp::now(), Timestamp::MAX);
            fail(run, failure, next, context).await
        }
        Begun::Refused(why) => {
            let status = run.status.clone().unwrap_or_default();
            end(run, status, Cause::EngineError, format!("the Job was not taken: {why}"), context).await
        }
    }
}

/// Ends what still runs of a run that nobody waits for any more.
async fn stop(name: &ObjectName, context: &Context) -> kube::Result<()> {
    for job in context.known().jobs.group(name) {
        job::stop(&job, context).await?;
    }
    Ok(())
}

fn ignore_gone<T>(result: kube::Result<T>) -> kube::Result<()> {
    match result {
        Err(error) if !is_gone(&error) => Err(error),
        _ => Ok(()),
    }
}

async fn write(run: &ScanRun, status: ScanRunStatus, context: &Context) -> kube::Result<()> {
    let status = match status.bounded() {
        Ok(status) => status,
        Err(error) => {
            tracing::debug!(run = run.name_any(), %error, "a status has no room");
            return Ok(());
        }
    };
    if run.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let api = context.runs(&run.namespace().unwrap_or_default());
    let applied = apply_status(&api, run, &status).await?;
    context.know_run(applied);
    Ok(())
}

fn whole_seconds(time: Timestamp) -> Time {
    Time(Timestamp::from_second(time.as_second()).unwrap_or(time))
}

#[cfg(test)]
mod tests;
