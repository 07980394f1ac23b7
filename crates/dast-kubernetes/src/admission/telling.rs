//! Events: what the gate did, on the routes that people look at.

use dast_core::admission::Decision;
use dast_policy::{Action, Bound, printable};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType, Recorder};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::answer::{Door, Outcome};
use super::question::Question;

/// The longest note that an API server takes, in bytes.
const MOST_NOTE: usize = 1000;
/// Events that wait to be told. An answer waits for none of them.
const MOST_WAITING: usize = 256;

/// What waits to be told.
pub(super) type Waiting = Receiver<(Event, ObjectReference)>;

/// Where events are said. Nobody waits until they are told.
#[derive(Debug, Clone)]
pub(super) struct Events(Sender<(Event, ObjectReference)>);

impl Events {
    pub(super) fn new() -> (Self, Waiting) {
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        (Self(sender), receiver)
    }

    /// Tells what came of a request, if that is worth an event. Says whether there was room.
    pub(super) fn tell(&self, door: Door, outcome: &Outcome<'_>) -> bool {
        let Some((question, event)) = event(door, outcome) else { return true };
        self.0.try_send((event, about(question))).is_ok()
    }
}

/// Tells what waits, until nobody says anything any more.
pub(super) async fn keep_telling(recorder: Recorder, mut waiting: Waiting) {
    while let Some((event, about)) = waiting.recv().await {
        // An event is not worth failing for.
        if let Err(error) = recorder.publish(&event, &about).await {
            tracing::debug!(%error, reason = event.reason, "an event was not taken");
        }
    }
}

fn event<'o>(door: Door, outcome: &'o Outcome<'o>) -> Option<(&'o Question<'o>, Event)> {
    let (question, warns, reason, note) = match (door, outcome) {
        (_, Outcome::BrokeGlass(question, glass, decision)) => {
            let by = &question.by;
            let note = format!("let in by `{by}` until {}: {}; {decision}", glass.until, glass.reason);
            (question, true, "GlassBroken", note)
        }
        (door, Outcome::Decided(question, decision)) => {
            let (warns, reason) = told(door, decision)?;
            // Whoever writes a parked route again and again was told already.
            if reason == "RouteParked" && question.is_parked_already() {
                return None;
            }
            (question, warns, reason, decision.to_string())
        }
        (_, Outcome::TakesAway | Outcome::Nonsense) => return None,
    };
    // Nothing comes of a dry run.
    if question.is_dry_run {
        return None;
    }
    let mut note = printable(&note).into_owned();
    Bound::shorten(&mut note, MOST_NOTE);
    let event = Event {
        type_: if warns { EventType::Warning } else { EventType::Normal },
        reason: reason.to_owned(),
        note: Some(note),
        action: "Admit".to_owned(),
        secondary: None,
    };
    Some((question, event))
}

/// Each is told at one door only.
fn told(door: Door, decision: &Decision) -> Option<(bool, &'static str)> {
    match (door, decision.action()) {
        (Door::Park, Action::Hold) => Some((false, "RouteParked")),
        (Door::Judge | Door::BreakGlass, Action::Deny | Action::Hold) => Some((true, "RouteDenied")),
        (Door::Judge | Door::BreakGlass, Action::Audit | Action::Warn) => Some((true, "RouteNotProven")),
        _ => None,
    }
}

/// The route, which may not be there yet, or never be.
fn about(question: &Question<'_>) -> ObjectReference {
    let state = &question.after;
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    ObjectReference {
        api_version: text(&question.api_version),
        kind: Some(question.kind.as_str().to_owned()),
        namespace: text(&state.route.name.name.namespace),
        name: text(&state.route.name.name.name),
        uid: state.uid.clone(),
        ..ObjectReference::default()
    }
}
