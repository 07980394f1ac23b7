//! The controller of ScanTargets: what discovery found, as objects; what is known of them, as their status; and the runs that
//! are due.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dast_core::discovery::ObjectName;
use dast_policy::Evidence;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DeleteParams, PostParams, Preconditions};
use kube::{Api, ResourceExt};

use super::apply::{apply, apply_status};
use super::context::Context;
use super::exposing::exposing;
use super::progress::{MOMENT, is_progress};
use super::target::{Situation, undelivered};
use super::telling::verdict_changed;
use super::wanted::Wanted;
use super::work::Next;
use crate::crd::{ScanReport, ScanRun, ScanTarget, ScanTargetStatus};
use crate::facts;
use crate::refused::{is_conflict, is_gone};

/// How long watches of different kinds may be out of step.
const OUT_OF_STEP: Duration = Duration::from_secs(2);

/// When a refusal that may pass by itself was first seen.
#[derive(Debug, Default)]
pub(super) struct Suspicions(Mutex<HashMap<ObjectName, tokio::time::Instant>>);

/// Brings the ScanTarget of this name to what it is to be.
pub(super) async fn reconcile(name: ObjectName, context: &Context) -> kube::Result<Next> {
    // What is known, and what is wanted.
    let settings = context.settings();
    let known = context.known();
    let Some(wanted) = Wanted::of(&name, known, &settings) else {
        return remove(&name, context).await;
    };
    let target = known.targets.get(&name);
    if let Some(pause) = context.suspicions.hold(&name, &wanted, target.as_deref()) {
        return Ok(Next::After(pause));
    }
    let target = match target.filter(|target| is_as_wanted(target, &wanted)) {
        Some(target) => target,
        None => {
            let targets = Api::<ScanTarget>::namespaced(context.client(), &name.namespace);
            match apply(&targets, &object(&name, &wanted)).await {
                Ok(applied) => context.know_target(applied),
                // The Service is going, and its namespace with it.
                Err(error) if is_gone(&error) => return Ok(Next::Rest),
                Err(error) => return Err(error),
            }
        }
    };
    if target.metadata.deletion_timestamp.is_some() {
        return Ok(Next::Rest);
    }

    // What follows.
    let runs = known.runs_of(&name);
    let (delivered, lost) = match undelivered(&target, &runs) {
        None => (None, None),
        Some(run) => match evidence(&name, run, context).await? {
            Some(evidence) => (Some((run, evidence)), None),
            // It was written before the run said so. What is known from before must not stand in for it.
            None => (None, Some(lost(run))),
        },
    };
    let rules = known.rulebook(settings.rulebook_defaults()).over(&name.namespace);
    let now = Timestamp::now();
    let exposing = |target: &ScanTarget| exposing(target, known, &settings, now);
    let delivering = delivered.as_ref().map(|(run, _)| run.name_any()).unwrap_or_default();
    let situation = Situation {
        target: &target,
        wanted: &wanted,
        runs: &runs,
        delivered: delivered.as_ref().map(|(_, evidence)| (delivering.as_str(), evidence.as_ref())),
        rules: &rules,
        distrusted: lost.or_else(|| rules.distrust(&facts::scanner_name(&wanted.spec.scanner))),
        history: settings.history_settings(),
        exposing: &exposing,
        now,
    };
    let decision = situation.decide();

    // And is done.
    let api = context.runs(&name.namespace);
    if let Some(run) = &decision.run {
        match api
            .create(
                &PostParams {
                    field_manager: Some(crate::access::FIELD_MANAGER.to_owned()),
                    ..PostParams::default()
                },
                run,
            )
            .await
        {
            Ok(run) => context.know_run(run),
            // Somebody else knew the same and was quicker. The watch tells of it.
            Err(error) if is_conflict(&error) => {}
            Err(error) => return Err(error),
        }
    }
    for run in &decision.swept {
        match api.delete(run, &DeleteParams::default()).await {
            Ok(_) => {}
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
    if is_progress(target.status.as_ref(), &decision.status)
        && let Some(pause) = context.postponed.left(&name, MOMENT, &context.crowd)
    {
        return Ok(Next::After(pause));
    }
    update_status(&target, decision.status, context).await?;
    context.postponed.settle(&name);
    if let Some((run, _)) = delivered {
        known.deliveries.forget(run);
    }
    Ok(match decision.look_again {
        None => Next::Rest,
        // A second more, since what is written down has no fractions of it.
        Some(at) => Next::After(after(at)),
    })
}

impl Suspicions {
    /// How long to wait before a refusal that may pass by itself is told; `None` if it is to be told, or there is none.
    fn hold(&self, name: &ObjectName, wanted: &Wanted, target: Option<&ScanTarget>) -> Option<Duration> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = target.and_then(|target| target.status.as_ref()).is_some_and(|status| {
            status
                .conditions
                .iter()
                .any(|condition| condition.type_ == "Accepted" && condition.status == "False")
        });
        match &wanted.scan {
            Err(remark) if remark.is_transient && !told => {
                let since = *seen.entry(name.clone()).or_insert_with(tokio::time::Instant::now);
                OUT_OF_STEP.checked_sub(since.elapsed()).filter(|left| !left.is_zero())
            }
            _ => {
                seen.remove(name);
                None
            }
        }
    }
}

async fn remove(name: &ObjectName, context: &Context) -> kube::Result<Next> {
    context.postponed.settle(name);
    let Some(target) = context.known().targets.get(name) else { return Ok(Next::Rest) };
    // Whoever made another one of this name in the meantime keeps it.
    let preconditions = Preconditions { uid: target.uid(), resource_version: None };
    let targets = Api::<ScanTarget>::namespaced(context.client(), &name.namespace);
    match targets.delete(&name.name, &DeleteParams::default().preconditions(preconditions)).await {
        Ok(_) => Ok(Next::Rest),
        Err(error) if is_gone(&error) || is_conflict(&error) => Ok(Next::Rest),
        Err(error) => Err(error),
    }
}

fn is_as_wanted(target: &ScanTarget, wanted: &Wanted) -> bool {
    target.spec == wanted.spec && target.owner_references().iter().any(|owner| owner.uid == wanted.owner.uid)
}

fn object(name: &ObjectName, wanted: &Wanted) -> ScanTarget {
    ScanTarget {
        metadata: ObjectMeta {
            name: Some(name.name.to_string()),
            namespace: Some(name.namespace.to_string()),
            owner_references: Some(vec![wanted.owner.clone()]),
            ..ObjectMeta::default()
        },
        spec: wanted.spec.clone(),
        status: None,
    }
}

/// Why nothing is believed of a target whose last report somebody took away, or damaged.
fn lost(run: &ScanRun) -> String {
    format!(
        "the report of run `{}` is gone, or cannot be read: make a ScanRun to have it scanned again",
        run.name_any()
    )
}

/// The evidence of a run, as it was delivered or as its report has it.
async fn evidence(
    target: &ObjectName,
    run: &ScanRun,
    context: &Context,
) -> kube::Result<Option<Arc<Evidence>>> {
    match context.known().deliveries.of(run) {
        Some(evidence) => Ok(Some(evidence)),
        None => Ok(report(target, &run.name_any(), context).await?.map(Arc::new)),
    }
}

async fn report(target: &ObjectName, run: &str, context: &Context) -> kube::Result<Option<Evidence>> {
    let reports = Api::<ScanReport>::namespaced(context.client(), &target.namespace);
    let report = reports.get_opt(&target.name).await?;
    let report = report.filter(|report| report.spec.run == run);
    Ok(report.and_then(|report| match report.spec.unpack() {
        Ok(report) => Some(report.evidence),
        Err(error) => {
            tracing::debug!(%target, run, %error, "a report cannot be read");
            None
        }
    }))
}

async fn update_status(target: &ScanTarget, status: ScanTargetStatus, context: &Context) -> kube::Result<()> {
    let status = match status.bounded() {
        Ok(status) => status,
        Err(error) => {
            tracing::debug!(target = target.name_any(), %error, "a status has no room");
            return Ok(());
        }
    };
    if target.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let namespace = target.namespace().unwrap_or_default();
    let targets = Api::<ScanTarget>::namespaced(context.client(), &namespace);
    let applied = apply_status(&targets, target, &status).await?;
    verdict_changed(target, &status, context);
    context.know_target(applied);
    Ok(())
}

fn after(at: Timestamp) -> Duration {
    let left = at.duration_since(Timestamp::now());
    Duration::try_from(left).unwrap_or_default() + Duration::from_millis(500)
}

#[cfg(test)]
mod tests;
