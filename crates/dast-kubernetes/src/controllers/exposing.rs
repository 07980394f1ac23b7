//! What exposes a target, and whether it would still be let in.

use std::sync::Arc;

use dast_core::admission::{BackendDecision, Catalog, Gate};
use dast_core::discovery::{ObjectName, Route, RouteRef};
use dast_policy::Action;
use jiff::Timestamp;

use super::settings::Settings;
use crate::crd::ScanTarget;
use crate::facts;
use crate::known::Known;

/// A gated route that exposes a target, and what would be done about it if somebody made it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exposing {
    pub(super) route: RouteRef,
    pub(super) action: Action,
}

/// The gated routes that expose a target that stands as `target` says.
pub(super) fn exposing(
    target: &ScanTarget,
    known: &Known,
    settings: &Settings,
    now: Timestamp,
) -> Vec<Exposing> {
    let Some(service) = target.spec.service.as_ref().zip(target.metadata.namespace.as_deref()) else {
        return Vec::new();
    };
    let (service, namespace) = service;
    let service = ObjectName::new(namespace, service.name.as_str());
    let index = known.index();
    let routes: Vec<&Route> = index.routes_of(&service).filter_map(|name| index.route(name)).collect();
    let Some(fact) = facts::scanned_target(target).filter(|_| !routes.is_empty()) else { return Vec::new() };
    let fact = Arc::new(fact);
    let rulebook = known.rulebook(settings.rulebook_defaults());
    let settings = settings.discovery_settings();
    // What is said of its own backend is all that is looked at, so the others need not be known.
    let mut catalog = Catalog::default();
    index.service(&service).into_iter().for_each(|service| catalog.put_service(service.clone()));
    catalog.put_target(Arc::clone(&fact));
    let gate = Gate { catalog: &catalog, rulebook: &rulebook, settings: &settings };
    let of_route = |route: &Route| {
        let decision = gate.audit(route, now);
        let own = decision.backends().iter().filter(|backend| backend.target.as_ref() == Some(&fact.id));
        let action = own.map(BackendDecision::action).max()?;
        Some(Exposing { route: route.name.clone(), action })
    };
    routes.into_iter().filter_map(of_route).collect()
}
