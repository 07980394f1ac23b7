//! Events: what happened, on the objects that people look at.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType};
use kube::{Resource, ResourceExt};

use super::context::Context;
use crate::crd::{ScanRun, ScanTarget, ScanTargetStatus, VerdictName};
use crate::known::store::key;

/// The longest note that an API server takes, in bytes.
const MOST_NOTE: usize = 1024;

/// Tells that the verdict on a target, or its refusal, is another than before: on the target, and on its Service.
pub(super) async fn verdict_changed(before: &ScanTarget, after: &ScanTargetStatus, context: &Context) {
    let nothing = ScanTargetStatus::default();
    let known = before.status.as_ref().unwrap_or(&nothing);
    let refused = |status: &ScanTargetStatus| {
        let accepted = status.conditions.iter().find(|condition| condition.type_ == "Accepted");
        accepted.filter(|accepted| accepted.status == "False").cloned()
    };
    if let Some(refusal) = refused(after)
        && refused(known).is_none_or(|known| known.reason != refusal.reason)
    {
        tell(before, true, "TargetRefused", "Discover", &refusal.message, context).await;
    }
    let drift = |status: &ScanTargetStatus| {
        let exposed = status.conditions.iter().find(|condition| condition.type_ == "Exposed");
        exposed.filter(|exposed| exposed.reason == "Drift").cloned()
    };
    if let (Some(drift), None) = (drift(after), drift(known)) {
        tell(before, true, "RouteDrifted", "Audit", &drift.message, context).await;
    }
    let name = before.name_any();
    let (Some(verdict), true) = (after.verdict, after.verdict != known.verdict) else { return };
    let why = after.reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    let (warns, reason) = match verdict {
        VerdictName::Pass => (false, "ScanPassed"),
        VerdictName::Warn => (false, "ScanWarned"),
        VerdictName::Fail => (true, "ScanFailed"),
        // Nobody has to be told that what is new was not scanned yet.
        VerdictName::Unknown if known.verdict.is_none() => return,
        VerdictName::Unknown => (true, "VerdictUnknown"),
    };
    let more = format!("{name}{why}; kubectl describe scantarget {name} tells more");
    tell(before, warns, reason, "Judge", &more, context).await;
}

/// Tells that a scan begins.
pub(super) async fn started(run: &ScanRun, context: &Context) {
    let target = run.spec.target.as_str();
    // Without the name of the run: events that say the same are one, which counts.
    let note = format!("a scan of {target} begins; kubectl get scanruns shows how far it is");
    let name = key(&run.metadata).map(|own| dast_core::discovery::ObjectName::new(own.namespace, target));
    if let Some(target) = name.and_then(|name| context.known().targets.get(&name)) {
        tell(&target, false, "ScanStarted", "Scan", &note, context).await;
    }
}

async fn tell(target: &ScanTarget, warns: bool, reason: &str, action: &str, note: &str, context: &Context) {
    let mut note = dast_policy::printable(note).into_owned();
    dast_policy::Bound::shorten(&mut note, MOST_NOTE);
    let event = Event {
        type_: if warns { EventType::Warning } else { EventType::Normal },
        reason: reason.to_owned(),
        note: Some(note),
        action: action.to_owned(),
        secondary: None,
    };
    let service = target.spec.service.as_ref().map(|service| ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Service".to_owned()),
        name: Some(service.name.clone()),
        namespace: target.namespace(),
        uid: service.uid.clone(),
        ..ObjectReference::default()
    });
    for object in [Some(target.object_ref(&())), service].into_iter().flatten() {
        // An event is not worth failing for.
        if let Err(error) = context.recorder.publish(&event, &object).await {
            tracing::debug!(%error, reason, "an event was not taken");
        }
    }
}
