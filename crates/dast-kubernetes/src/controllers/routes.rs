//! The controller of routes: those that are parked are released once what they lead to is good enough.

use std::time::Duration;

use dast_core::admission::{Catalog, Change, Decision, Gate};
use dast_core::discovery::{Index, ObjectName, Route, RouteKind, RouteRef, TargetId};
use dast_policy::{Action, Bound, printable};
use jiff::Timestamp;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject};
use kube::runtime::events::{Event, EventType};
use kube::{Api, Resource};

use super::apply::is_gone;
use super::context::Context;
use super::work::Next;
use crate::access::FIELD_MANAGER;
use crate::admission::{PARKED_ANNOTATION, release_patch};
use crate::facts::{self, GrpcRoute, HttpRoute};
use crate::known::Known;

/// The webhook hears of evidence a moment after it was written, and parks again what it has not heard of: it is tried again after
/// each of these pauses, and then as everything that does not work.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];
/// A release is heard of by then.
const HEARD: Duration = Duration::from_secs(2);
/// The longest note that an API server takes, in bytes.
const MOST_NOTE: usize = 1000;

/// Releases a parked route, if it would be let in now.
pub(super) async fn reconcile(name: RouteRef, context: &Context) -> kube::Result<Next> {
    let Some(decision) = decide(&name, context) else {
        // It may have been released a moment ago, which says something of what it leads to.
        context.ask_for_targets_of(&name);
        return Ok(Next::Rest);
    };
    if matches!(decision.action(), Action::Hold | Action::Deny) {
        return Ok(Next::Rest);
    }
    for pause in PAUSES {
        tokio::time::sleep(pause).await;
        let Some(released) = release(&name, context).await? else { return Ok(Next::Rest) };
        if !released.metadata.annotations.iter().any(|all| all.contains_key(PARKED_ANNOTATION)) {
            tell(&released, &name, &decision, context).await;
            return Ok(Next::After(HEARD));
        }
    }
    Ok(Next::Retry)
}

/// Writes the route as it was asked for, and gives what came of it; `None` if it is gone or not parked any more, or if nobody
/// knows what is to serve it: then whoever wrote it has to say so again.
async fn release(name: &RouteRef, context: &Context) -> kube::Result<Option<DynamicObject>> {
    let routes = api(name, context);
    let Some(object) = routes.get_opt(&name.name.name).await? else { return Ok(None) };
    let json = serde_json::to_value(&object).map_err(kube::Error::SerdeError)?;
    let patch = match release_patch(name.kind, &json) {
        Ok(patch) => patch,
        Err(error) => {
            tracing::debug!(route = %name, %error, "a route cannot be released");
            return Ok(None);
        }
    };
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    match routes.patch(&name.name.name, &params, &Patch::Merge(&patch)).await {
        Ok(released) => Ok(Some(released)),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Context {
    /// Asks for a look at all parked routes that lead to a Service.
    pub(super) fn ask_for_routes_of(&self, service: &ObjectName) {
        let index = self.known().index();
        let routes = index.routes_of(service).filter_map(|name| index.route(name));
        routes.filter(|route| is_parked(route)).for_each(|route| self.desks.routes.ask(route.name.clone()));
    }

    /// Asks for a look at all targets that a route leads to.
    fn ask_for_targets_of(&self, route: &RouteRef) {
        let index = self.known().index();
        let services = index.exposures(route).iter().map(|used| &used.service);
        let targets = services.flat_map(|service| index.targets_of(service));
        targets.for_each(|target| self.desks.targets.ask(target.id().object_name()));
    }

    /// Asks for a look at all parked routes.
    pub(super) fn ask_for_all_routes(&self) {
        let index = self.known().index();
        let parked = index.routes().filter(|route| is_parked(route));
        parked.for_each(|route| self.desks.routes.ask(route.name.clone()));
    }
}

fn is_parked(route: &Route) -> bool {
    route.served_by.is_empty() && route.annotations.get(PARKED_ANNOTATION).is_some()
}

/// What would become of a parked route if somebody made it; `None` if it is not parked.
fn decide(name: &RouteRef, context: &Context) -> Option<Decision> {
    let settings = context.settings();
    let known = context.known();
    let index = known.index();
    let mut route = index.route(name).filter(|route| is_parked(route))?.clone();
    // Whatever it is: what matters is that something does.
    let memory = route.annotations.get(PARKED_ANNOTATION).unwrap_or_default().to_owned();
    route.served_by.insert(memory);
    let catalog = catalog(name, known, &index);
    let rulebook = known.rulebook(settings.rulebook_defaults());
    let settings = settings.discovery_settings();
    let gate = Gate { catalog: &catalog, rulebook: &rulebook, settings: &settings };
    Some(gate.decide(&Change::create(&route), Timestamp::now()))
}

/// What is known of all that a route leads to.
fn catalog(route: &RouteRef, known: &Known, index: &Index) -> Catalog {
    let mut catalog = Catalog::default();
    for used in index.exposures(route) {
        let Some(service) = index.service(&used.service) else { continue };
        for port in &service.ports {
            let id = TargetId::new(service.name.clone(), port.port);
            let target = known.targets.get(&id.object_name());
            let target = target.and_then(|target| facts::scanned_target(&target));
            target.into_iter().for_each(|target| catalog.put_target(target));
        }
        catalog.put_service(service.clone());
    }
    catalog
}

fn api(name: &RouteRef, context: &Context) -> Api<DynamicObject> {
    Api::namespaced_with(context.client(), &name.name.namespace, &resource(name.kind))
}

fn resource(kind: RouteKind) -> ApiResource {
    match kind {
        RouteKind::Ingress => ApiResource::erase::<Ingress>(&()),
        RouteKind::HttpRoute => ApiResource::erase::<HttpRoute>(&()),
        RouteKind::GrpcRoute => ApiResource::erase::<GrpcRoute>(&()),
    }
}

async fn tell(object: &DynamicObject, name: &RouteRef, decision: &Decision, context: &Context) {
    let mut note = printable(&decision.to_string()).into_owned();
    Bound::shorten(&mut note, MOST_NOTE);
    let event = Event {
        type_: EventType::Normal,
        reason: "RouteReleased".to_owned(),
        note: Some(note),
        action: "Release".to_owned(),
        secondary: None,
    };
    let about = object.object_ref(&resource(name.kind));
    if let Err(error) = context.recorder.publish(&event, &about).await {
        tracing::debug!(%error, route = %name, "an event was not taken");
    }
}

#[cfg(test)]
mod tests;
