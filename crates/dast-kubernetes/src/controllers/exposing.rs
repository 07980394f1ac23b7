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
    /// When time alone changes that.
    pub(super) expires: Option<Timestamp>,
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
    let ended = fact.evidence.as_ref().ok().and_then(Option::as_ref).map(|evidence| evidence.scan().ended);
    let of_route = |route: &Route| {
        let decision = gate.audit(route, now);
        let own = decision.backends().iter().filter(|backend| backend.target.as_ref() == Some(&fact.id));
        let action = own.map(BackendDecision::action).max()?;
        // Policies of the route's namespace judge it, too.
        let rules = rulebook.between(&route.name.name.namespace, namespace);
        let expires = ended.and_then(|ended| rules.expires(ended, fact.revision_since, now));
        Some(Exposing { route: route.name.clone(), action, expires })
    };
    routes.into_iter().filter_map(of_route).collect()
}

#[cfg(test)]
mod tests {
    use dast_core::discovery::{Backend, Path, RouteKind, Rule};
    use jiff::{SignedDuration, ToSpan as _};
    use serde_json::json;

    use super::*;
    use crate::controllers::samples;

    /// A target whose workload became another half an hour ago, an hour after its last scan.
    fn target(now: Timestamp) -> ScanTarget {
        let (evidence, since) = (now - 90.minutes(), now - 30.minutes());
        samples::object(json!({
            "metadata": {"name": "web-80", "namespace": "shop"},
            "spec": {"service": {"name": "web", "port": 80}, "origin": "http://web.shop.svc",
                "scanner": {"namespace": "dast-system", "name": "default"}},
            "status": {"revision": "b", "revisionSince": since, "evidence": {
                "schemaVersion": 1, "counts": [], "findings": [], "scan": {
                    "subject": {"target": "shop/web:80", "origin": "http://web.shop.svc", "covered": []},
                    "revision": "a", "profile": {"name": "passive", "hash": "1"},
                    "engine": {"name": "builtin", "version": "1", "ruleSet": "1", "passive": true},
                    "started": evidence, "ended": evidence, "completion": {"complete": true},
                    "coverage": {"pages": 1, "failed": 0, "skipped": 0}}}},
        }))
    }

    #[test]
    fn a_route_is_judged_again_when_the_grace_of_its_own_namespace_ends() {
        let known = samples::known();
        samples::serve(&known, &[("scan", "true")]);
        let mut front = Route::new(RouteRef::new(RouteKind::HttpRoute, ObjectName::new("front", "front")));
        front.served_by.insert("Gateway `public`".to_owned());
        let web = Backend::service(ObjectName::new("shop", "web"), 80);
        front.rules.push(Rule::new("shop.example", Path::Prefix("/".to_owned()), web));
        let _ = known.shared_index().write().unwrap().apply(front.clone());
        known.policies.apply(samples::object(json!({
            "metadata": {"name": "own", "namespace": "front"}, "spec": {"thresholds": {"alerts": {"high": {"fail": 0}}}, "grace": "2h"},
        })));

        let now = "2026-01-01T12:00:00Z".parse().unwrap();
        let found = exposing(&target(now), &known, &samples::settings(""), now);
        let ends = now + SignedDuration::from_mins(90);
        // Its profile and where its Service leads are not known: whatever grace there is, nothing is to be relied on.
        assert_eq!(found, [Exposing { route: front.name, action: Action::Deny, expires: Some(ends) }]);
    }
}
