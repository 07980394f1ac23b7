//! The controller of routes: those that are parked are released once what they lead to is good enough, and of those that are
//! served it is told when they would not be let in any more.

use std::time::Duration;

use dast_core::admission::{Catalog, Change, Decision, Gate};
use dast_core::discovery::{Index, ObjectName, Route, RouteRef, TargetId, alias_chain};
use dast_policy::Action;
use jiff::Timestamp;
use kube::Resource;
use kube::core::{DynamicObject, Status};
use kube::runtime::events::{Event, EventType};

use super::context::Context;
use super::settings::Settings;
use super::work::Next;
use crate::admission::{PARKED_ANNOTATION, find, held_since, is_parked, resource, restore};
use crate::events::{LATER, event};
use crate::facts;
use crate::known::Known;
use crate::refused::is_final;

/// The webhook hears of evidence a moment after it was written, and parks again what it has not heard of: it is tried again after
/// each of these pauses, and then as everything that does not work.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];
/// How often it is looked at what only time changes: policies give up after a while.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Judges a route as it is now.
pub(super) async fn reconcile(name: RouteRef, context: &Context) -> kube::Result<Next> {
    match judge(&name, context.known(), &context.settings()) {
        Some((route, decision)) if waits(&route) => release(name, &decision, context).await,
        Some((route, decision)) => {
            let is_told = context.drifts.take(&route, &decision, &context.outbox);
            Ok(if is_told { Next::Rest } else { Next::After(LATER) })
        }
        None => {
            context.drifts.forget(&name);
            Ok(Next::Rest)
        }
    }
}

/// Releases a parked route, if it would be let in now.
async fn release(name: RouteRef, decision: &Decision, context: &Context) -> kube::Result<Next> {
    context.drifts.forget(&name);
    if matches!(decision.action(), Action::Hold | Action::Deny) {
        return Ok(Next::After(LOOK_AGAIN));
    }
    let mut refusal = None;
    for pause in PAUSES {
        tokio::time::sleep(pause).await;
        match restore(&context.client(), &name).await {
            Ok(Some(route)) if is_parked(&route) => {}
            Ok(Some(route)) => {
                // Its policies may have given up.
                let type_ =
                    if decision.action() == Action::Admit { EventType::Normal } else { EventType::Warning };
                let event = event(type_, "RouteReleased", "Release", &decision.to_string());
                tell(&route, &name, event, context);
                return Ok(Next::Rest);
            }
            Ok(None) => return Ok(Next::Rest),
            // The gate itself denies what it has not heard of.
            Err(kube::Error::Api(why)) if is_final(&why) && !why.is_conflict() => refusal = Some(why),
            Err(error) => return Err(error),
        }
    }
    if let Some(why) = refusal {
        tell_refusal(&name, &why, context).await?;
    }
    Ok(Next::Retry)
}

impl Context {
    /// Asks for a look at the routes that lead to a Service of which something is known anew: those that are held back and those that
    /// would not be let in. Those that would be are looked at once it `is_drifted`.
    pub(super) fn ask_for_routes_of(&self, service: &ObjectName, is_drifted: bool) {
        let index = self.known().index();
        let routes = index.routes_of(service).filter_map(|name| index.route(name));
        let concerned = |route: &&Route| is_drifted || waits(route) || self.drifts.contains(&route.name);
        routes.filter(concerned).for_each(|route| self.desks.routes.ask(route.name.clone()));
    }

    /// Asks for a look at all targets that a route leads to: that it is served now says something of them.
    pub(super) fn ask_for_targets_of(&self, route: &RouteRef) {
        let index = self.known().index();
        let services = index.exposures(route).iter().map(|used| &used.service);
        let targets = services.flat_map(|service| index.targets_of(service));
        targets.for_each(|target| self.desks.targets.ask(target.id().object_name()));
    }

    /// Asks for a look at all routes that are such.
    pub(super) fn ask_for_routes(&self, such: impl Fn(&Route) -> bool) {
        let index = self.known().index();
        let routes = index.routes().filter(|route| such(route));
        routes.for_each(|route| self.desks.routes.ask(route.name.clone()));
    }
}

/// Whether a route is held back.
pub(super) fn waits(route: &Route) -> bool {
    route.served_by.is_empty() && route.annotations.get(PARKED_ANNOTATION).is_some()
}

/// A route, and what would become of it: if somebody made it now, where it is parked, and as it is, where it is served. `None` if
/// it is gone.
fn judge(name: &RouteRef, known: &Known, settings: &Settings) -> Option<(Route, Decision)> {
    let index = known.index();
    let route = index.route(name)?.clone();
    let catalog = catalog(name, known, &index);
    let rulebook = known.rulebook(settings.rulebook_defaults());
    let settings = settings.discovery_settings();
    let gate = Gate { catalog: &catalog, rulebook: &rulebook, settings: &settings };
    let now = Timestamp::now();
    if !waits(&route) {
        let decision = gate.audit(&route, now);
        return Some((route, decision));
    }
    let mut served = route.clone();
    // Whatever it is: what matters is that something does.
    served.served_by.insert(route.annotations.get(PARKED_ANNOTATION).unwrap_or_default().to_owned());
    let decision = gate.decide(&Change { held_since: held_since(&route), ..Change::create(&served) }, now);
    Some((route, decision))
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
        let names = alias_chain(&service.name, |name| index.service(name).map(|service| &service.kind));
        let services = names.filter_map(|name| index.service(&name));
        services.for_each(|service| catalog.put_service(service.clone()));
    }
    catalog
}

/// Whoever waits for their route learns that it is not the gate any more that keeps it back, but such as another webhook.
async fn tell_refusal(name: &RouteRef, why: &Status, context: &Context) -> kube::Result<()> {
    let Some(route) = find(&context.client(), name).await? else { return Ok(()) };
    let note = format!(
        "it may be served, but the API server does not take it as it was asked for: see to whatever refuses it, or write it \
         anew: {}",
        why.message
    );
    tell(&route, name, event(EventType::Warning, "RouteNotReleased", "Release", &note), context);
    Ok(())
}

fn tell(route: &DynamicObject, name: &RouteRef, event: Event, context: &Context) {
    context.outbox.put(event, route.object_ref(&resource(name.kind)));
}

#[cfg(test)]
mod tests;
