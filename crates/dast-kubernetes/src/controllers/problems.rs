//! The controller of problems: what is wrong with namespaces, Services and routes of which no target tells, as events on them.

use std::collections::BTreeMap;

use dast_core::discovery::{Index, Object, Problem, Reason, Route, RouteRef};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::EventType;

use super::context::Context;
use super::work::Next;
use crate::admission::resource;
use crate::events::{LATER, event};

/// Tells what is wrong with an object now: one event a reason, since those of one reason are one event that counts.
pub(super) async fn reconcile(object: Object, context: &Context) -> kube::Result<Next> {
    let (about, problems) = {
        let index = context.known().index();
        if !concerns(&object, &index) {
            return Ok(Next::Rest);
        }
        (reference(&object, &index), by_reason(index.problems(&object)))
    };
    let Some(about) = about else { return Ok(Next::Rest) };
    for (reason, problems) in problems {
        let event = event(EventType::Warning, reason.as_str(), "Discover", &problems.join("; "));
        if !context.outbox.put(event, about.clone()) {
            return Ok(Next::After(LATER));
        }
    }
    Ok(Next::Rest)
}

/// Whether whoever owns it has anything to do with scans. A route that nobody gates may lead wherever it does.
fn concerns(object: &Object, index: &Index) -> bool {
    match object {
        Object::Namespace(_) | Object::Service(_) => true,
        Object::Route(name) => {
            let is_ours = |problem: &Problem| problem.reason() == Reason::NoEffect;
            index.route(name).is_some_and(|route| route.is_annotated())
                || index.problems(object).iter().any(is_ours)
                || leads_to_a_target(name, index)
        }
    }
}

fn leads_to_a_target(route: &RouteRef, index: &Index) -> bool {
    index.exposures(route).iter().any(|used| !index.targets_of(&used.service).is_empty())
}

fn by_reason(problems: &[Problem]) -> BTreeMap<Reason, Vec<String>> {
    let mut all: BTreeMap<Reason, Vec<String>> = BTreeMap::new();
    for problem in problems {
        all.entry(problem.reason()).or_default().push(problem.to_string());
    }
    all
}

/// What an event is told of; `None` if it is gone. Only with its uid does `kubectl describe` show the event.
fn reference(object: &Object, index: &Index) -> Option<ObjectReference> {
    Some(match object {
        // It has no namespace, so that its events are in `default`.
        Object::Namespace(name) => named("Namespace", "v1", None, name, ""),
        Object::Service(name) => {
            let service = index.service(name)?;
            named("Service", "v1", Some(&name.namespace), &name.name, &service.uid)
        }
        Object::Route(name) => of_route(index.route(name)?),
    })
}

/// A route as that of which an event is told.
pub(super) fn of_route(route: &Route) -> ObjectReference {
    let RouteRef { kind, name } = &route.name;
    let kind = resource(*kind);
    named(&kind.kind, &kind.api_version, Some(&name.namespace), &name.name, &route.uid)
}

fn named(kind: &str, version: &str, namespace: Option<&str>, name: &str, uid: &str) -> ObjectReference {
    ObjectReference {
        api_version: Some(version.to_owned()),
        kind: Some(kind.to_owned()),
        namespace: namespace.map(str::to_owned),
        name: Some(name.to_owned()),
        uid: Some(uid.to_owned()).filter(|uid| !uid.is_empty()),
        ..ObjectReference::default()
    }
}

#[cfg(test)]
mod tests;
