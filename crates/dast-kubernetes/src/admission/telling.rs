//! What the gate tells of routes.

use dast_core::admission::Decision;
use dast_policy::Action;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType};

use super::answer::{Door, Outcome};
use super::question::Question;
use crate::events::event;

/// What is to be told of a request, and of which route, if that is worth an event.
pub(super) fn told(door: Door, outcome: &Outcome<'_>) -> Option<(Event, ObjectReference)> {
    let (question, type_, reason, note) = match (door, outcome) {
        (_, Outcome::BrokeGlass(question, glass, decision)) => {
            let by = &question.by;
            let note = format!("let in by `{by}` until {}: {}; {decision}", glass.until, glass.reason);
            (question, EventType::Warning, "GlassBroken", note)
        }
        (door, Outcome::Decided(question, decision)) => {
            let (type_, reason) = said(door, decision)?;
            // Whoever writes a parked route again and again was told already.
            if reason == "RouteParked" && question.is_parked_already() {
                return None;
            }
            (question, type_, reason, decision.to_string())
        }
        (_, Outcome::TakesAway | Outcome::Nonsense) => return None,
    };
    // Nothing comes of a dry run.
    (!question.is_dry_run).then(|| (event(type_, reason, "Admit", &note), about(question)))
}

/// Each is told at one door only.
fn said(door: Door, decision: &Decision) -> Option<(EventType, &'static str)> {
    match (door, decision.action()) {
        (Door::Park, Action::Hold) => Some((EventType::Normal, "RouteParked")),
        (Door::Judge | Door::BreakGlass, Action::Deny | Action::Hold) => {
            Some((EventType::Warning, "RouteDenied"))
        }
        (Door::Judge | Door::BreakGlass, Action::Audit | Action::Warn) => {
            Some((EventType::Warning, "RouteNotProven"))
        }
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
