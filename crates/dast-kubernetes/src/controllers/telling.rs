//! What is told of targets: on the target, and on its Service.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::events::EventType;
use kube::{Resource, ResourceExt};

use super::context::Context;
use crate::crd::{ScanRun, ScanTarget, ScanTargetStatus, VerdictName};
use crate::events::event;
use crate::known::store::key;

/// Tells that the verdict on a target, or its refusal, is another than before: on the target, and on its Service.
pub(super) fn verdict_changed(before: &ScanTarget, after: &ScanTargetStatus, context: &Context) {
    let nothing = ScanTargetStatus::default();
    let known = before.status.as_ref().unwrap_or(&nothing);
    let refused = |status: &ScanTargetStatus| {
        let accepted = status.conditions.iter().find(|condition| condition.type_ == "Accepted");
        accepted.filter(|accepted| accepted.status == "False").cloned()
    };
    if let Some(refusal) = refused(after)
        && refused(known).is_none_or(|known| known.reason != refusal.reason)
    {
        tell(before, EventType::Warning, "TargetRefused", "Discover", &refusal.message, context);
    }
    if let (Some(drift), None) = (drift(after), drift(known)) {
        tell(before, EventType::Warning, "RouteDrifted", "Audit", &drift.message, context);
    }
    let name = before.name_any();
    let (Some(verdict), true) = (after.verdict, after.verdict != known.verdict) else { return };
    let why = after.reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    let (type_, reason) = match verdict {
        VerdictName::Pass => (EventType::Normal, "ScanPassed"),
        VerdictName::Warn => (EventType::Normal, "ScanWarned"),
        VerdictName::Fail => (EventType::Warning, "ScanFailed"),
        // Nobody has to be told that what is new was not scanned yet.
        VerdictName::Unknown if known.verdict.is_none() => return,
        VerdictName::Unknown => (EventType::Warning, "VerdictUnknown"),
    };
    let more = format!("{name}{why}; kubectl describe scantarget {name} tells more");
    tell(before, type_, reason, "Judge", &more, context);
}

/// Whether routes expose a target that would not be let in now.
pub(super) fn is_drifted(target: &ScanTarget) -> bool {
    target.status.as_ref().and_then(drift).is_some()
}

fn drift(status: &ScanTargetStatus) -> Option<&Condition> {
    let exposed = status.conditions.iter().find(|condition| condition.type_ == "Exposed");
    exposed.filter(|exposed| exposed.reason == "Drift")
}

/// Tells that a scan begins.
pub(super) fn started(run: &ScanRun, context: &Context) {
    let target = run.spec.target.as_str();
    // Without the name of the run: events that say the same are one, which counts.
    let note = format!("a scan of {target} begins; kubectl get scanruns shows how far it is");
    let name = key(&run.metadata).map(|own| dast_core::discovery::ObjectName::new(own.namespace, target));
    if let Some(target) = name.and_then(|name| context.known().targets.get(&name)) {
        tell(&target, EventType::Normal, "ScanStarted", "Scan", &note, context);
    }
}

fn tell(target: &ScanTarget, type_: EventType, reason: &str, action: &str, note: &str, context: &Context) {
    let event = Arc::new(event(type_, reason, action, note));
    let service = target.spec.service.as_ref().map(|service| ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Service".to_owned()),
        name: Some(service.name.clone()),
        namespace: target.namespace(),
        uid: service.uid.clone(),
        ..ObjectReference::default()
    });
    for object in [Some(target.object_ref(&())), service].into_iter().flatten() {
        context.outbox.put(Arc::clone(&event), object);
    }
}

#[cfg(test)]
mod tests;
