//! The Job of an attempt, and what guards its pod: how they begin, and how they end.
//!
//! A Job is made suspended. Then what guards its pod is made, which belongs to the Job; and only then the Job goes on. So there
//! is no pod without its guards and, whoever is killed when, there are no guards without a Job: they are collected as garbage.

use std::sync::Arc;
use std::time::Duration;

use dast_core::discovery::ObjectName;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::apply::apply;
use super::context::Context;
use super::postponing::Pause;
use crate::access::FIELD_MANAGER;
use crate::job::Objects;
use crate::refused::{is_conflict, is_final, is_gone, is_over_quota};

/// How long a Job that was made rests before it goes on: when many begin at once, all of them have a Job before the first pods
/// are made, each of which keeps the cluster busy.
const BETWEEN: Pause = Pause { least: Duration::ZERO, most: Duration::from_secs(3) };

/// What came of an attempt to begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Begun {
    /// The Job goes on.
    Yes,
    /// The Job is there, but rests, or nothing else is known of it yet: another look is due after this time.
    NotYet(Duration),
    /// There is no room in the namespace, which may change: in the words of the API server.
    NoRoom(String),
    /// The API server does not take it, and will not: in its words.
    Refused(String),
}

/// Whether a Job was made, but has not gone on yet.
pub(super) fn waits(job: &Job) -> bool {
    let suspended = job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true);
    suspended && job.metadata.deletion_timestamp.is_none()
}

/// Makes a Job and what guards it, and lets it go on. Whoever was interrupted in the middle does it again.
pub(super) async fn begin(objects: Objects, context: &Context) -> kube::Result<Begun> {
    match try_to_begin(objects, context).await {
        // What is known is about to be heard anew.
        Err(error) if is_conflict(&error) => Ok(Begun::NotYet(Duration::from_secs(1))),
        Err(kube::Error::Api(refusal)) if is_over_quota(&refusal) => Ok(Begun::NoRoom(refusal.message)),
        Err(kube::Error::Api(refusal)) if is_final(&refusal) => Ok(Begun::Refused(refusal.message)),
        other => other.map(|left| left.map_or(Begun::Yes, Begun::NotYet)),
    }
}

/// How long the Job is still to rest; `None` when it goes on.
async fn try_to_begin(mut objects: Objects, context: &Context) -> kube::Result<Option<Duration>> {
    let namespace = objects.job.namespace().unwrap_or_default();
    let name = ObjectName::new(namespace.as_str(), objects.job.name_any());
    let jobs = Api::<Job>::namespaced(context.client(), &namespace);
    let job = match context.known().jobs.get(&name) {
        Some(job) => job,
        None => {
            let parameters =
                PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
            let job = jobs.create(&parameters, &objects.job).await?;
            context.crowd.join();
            context.known().jobs.apply(job.clone());
            Arc::new(job)
        }
    };
    // What is secret would be read again.
    if objects.secret.is_none()
        && let Some(left) = context.resting.left(&name, BETWEEN, &context.crowd)
    {
        return Ok(Some(left));
    }
    context.resting.settle(&name);
    objects.own(&job);
    apply(&Api::<NetworkPolicy>::namespaced(context.client(), &namespace), &objects.network_policy).await?;
    if let Some(secret) = &objects.secret {
        apply(&Api::<Secret>::namespaced(context.client(), &namespace), secret).await?;
    }
    // Of another Job of this name, nothing would be guarded.
    write(&job, json!({"metadata": {"uid": job.uid()}, "spec": {"suspend": false}}), context).await?;
    Ok(None)
}

/// Stops a Job whose result nobody waits for any more. Its pod is ended first, and the Job goes when that has happened; with
/// it goes what guards it. To delete it would let the guards go at once, while the pod may take its time to end.
pub(super) async fn stop(job: &Job, context: &Context) -> kube::Result<()> {
    let name = ObjectName::new(job.namespace().unwrap_or_default(), job.name_any());
    context.resting.settle(&name);
    let is_stopped = job.spec.as_ref().is_some_and(|spec| spec.parallelism == Some(0));
    if is_stopped || has_ended(job) || job.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    // A deadline does not end what is suspended; and what was suspended gets no pod by going on.
    let ending = json!({
        "suspend": false, "parallelism": 0, "activeDeadlineSeconds": 1, "ttlSecondsAfterFinished": 0,
    });
    match write(job, json!({"spec": ending}), context).await {
        Err(error) if is_gone(&error) => Ok(()),
        other => other,
    }
}

async fn write(job: &Job, patch: Value, context: &Context) -> kube::Result<()> {
    let jobs = Api::<Job>::namespaced(context.client(), &job.namespace().unwrap_or_default());
    let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    let job = jobs.patch(&job.name_any(), &parameters, &Patch::Merge(patch)).await?;
    context.known().jobs.apply(job);
    Ok(())
}

fn has_ended(job: &Job) -> bool {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let mut over = conditions.filter(|condition| matches!(condition.type_.as_str(), "Complete" | "Failed"));
    over.any(|condition| condition.status == "True")
}

#[cfg(test)]
mod tests;
