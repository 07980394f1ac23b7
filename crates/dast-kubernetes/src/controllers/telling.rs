//! Events: what happened, on the objects that people look at.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType, Recorder};
use kube::{Resource, ResourceExt};
use tokio::sync::Notify;

use super::context::Context;
use crate::crd::{ScanRun, ScanTarget, ScanTargetStatus, VerdictName};
use crate::known::store::key;

/// The longest note that an API server takes, in bytes.
const MOST_NOTE: usize = 1024;
/// So many events wait at most. When there are more, an API server that is this far behind has more important work.
const MOST_WAITING: usize = 4096;

/// Events that wait to be told. Nothing that is to be done waits for them: they are told one after the other, in the
/// background. Those that wait when the program ends are not told, as if it had ended before.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: Mutex<VecDeque<(Arc<Event>, ObjectReference)>>,
    news: Notify,
}

impl Outbox {
    fn put(&self, event: Arc<Event>, about: ObjectReference) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST_WAITING {
            tracing::debug!(reason = event.reason, "there is no room for an event");
            return;
        }
        waiting.push_back((event, about));
        self.news.notify_one();
    }

    fn take(&self) -> Option<(Arc<Event>, ObjectReference)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Tells what waits, and what is put there later. It does not end.
    pub(super) async fn tell_all(&self, recorder: &Recorder) {
        loop {
            while let Some((event, about)) = self.take() {
                // An event is not worth failing for.
                if let Err(error) = recorder.publish(&event, &about).await {
                    tracing::debug!(%error, reason = event.reason, "an event was not taken");
                }
            }
            self.news.notified().await;
        }
    }
}

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
        tell(before, true, "TargetRefused", "Discover", &refusal.message, context);
    }
    let drift = |status: &ScanTargetStatus| {
        let exposed = status.conditions.iter().find(|condition| condition.type_ == "Exposed");
        exposed.filter(|exposed| exposed.reason == "Drift").cloned()
    };
    if let (Some(drift), None) = (drift(after), drift(known)) {
        tell(before, true, "RouteDrifted", "Audit", &drift.message, context);
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
    tell(before, warns, reason, "Judge", &more, context);
}

/// Tells that a scan begins.
pub(super) fn started(run: &ScanRun, context: &Context) {
    let target = run.spec.target.as_str();
    // Without the name of the run: events that say the same are one, which counts.
    let note = format!("a scan of {target} begins; kubectl get scanruns shows how far it is");
    let name = key(&run.metadata).map(|own| dast_core::discovery::ObjectName::new(own.namespace, target));
    if let Some(target) = name.and_then(|name| context.known().targets.get(&name)) {
        tell(&target, false, "ScanStarted", "Scan", &note, context);
    }
}

fn tell(target: &ScanTarget, warns: bool, reason: &str, action: &str, note: &str, context: &Context) {
    let mut note = dast_policy::printable(note).into_owned();
    dast_policy::Bound::shorten(&mut note, MOST_NOTE);
    let event = Arc::new(Event {
        type_: if warns { EventType::Warning } else { EventType::Normal },
        reason: reason.to_owned(),
        note: Some(note),
        action: action.to_owned(),
        secondary: None,
    });
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
