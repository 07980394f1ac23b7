//! A cluster with a shop in it, which is what a test makes of it.

use std::sync::Arc;

use dast_core::admission::{Catalog, Change, Decision, Gate, ScannedTarget};
use dast_core::discovery::{
    Annotations, Backend, Namespaces, ObjectKind, ObjectName, Path, Route, RouteKind, RouteRef, Rule,
    Service, ServicePort, Settings, TargetId,
};
use dast_core::rulebook::{Ceiling, Defaults, GrantedExemption, NamespacePolicy, Rulebook};
use dast_policy::*;
use jiff::{SignedDuration, Timestamp};

pub(crate) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// No alert of severity high, one of severity medium only with a warning.
pub(crate) fn usual() -> PolicyDocument {
    let json = r#"{"thresholds": {"alerts": {"high": {"fail": 0}, "medium": {"warn": 0}}}}"#;
    PolicyDocument::from_json(json).unwrap()
}

pub(crate) struct Cluster {
    pub(crate) catalog: Catalog,
    pub(crate) settings: Settings,
    pub(crate) ceilings: Vec<Ceiling>,
    pub(crate) policies: Vec<NamespacePolicy>,
    pub(crate) exemptions: Vec<GrantedExemption>,
}

impl Cluster {
    /// One in which nobody gates anything.
    pub(crate) fn empty() -> Self {
        Self {
            catalog: Catalog::default(),
            settings: Settings::default(),
            ceilings: Vec::new(),
            policies: Vec::new(),
            exemptions: Vec::new(),
        }
    }

    /// One with the usual ceiling over everything, and a shop that has passed.
    pub(crate) fn usual() -> Self {
        let mut cluster = Self::empty();
        cluster.ceilings.push(Ceiling::new("ceiling", Namespaces::all(), Ok(usual())));
        cluster.put(Known::of("shop", "web"));
        cluster
    }

    pub(crate) fn put(&mut self, known: Known) {
        self.catalog.put_service(known.service);
        self.catalog.put_target(known.target);
    }

    pub(crate) fn govern(&mut self, document: PolicyDocument) {
        self.ceilings = vec![Ceiling::new("ceiling", Namespaces::all(), Ok(document))];
    }

    pub(crate) fn rulebook(&self) -> Rulebook {
        let defaults = Defaults::new("dast-system");
        Rulebook::new(defaults, self.ceilings.clone(), self.policies.clone(), self.exemptions.clone())
    }

    pub(crate) fn decide(&self, change: &Change<'_>) -> Decision {
        let rulebook = self.rulebook();
        Gate { catalog: &self.catalog, rulebook: &rulebook, settings: &self.settings }.decide(change, now())
    }

    pub(crate) fn create(&self, route: &Route) -> Decision {
        self.decide(&Change::create(route))
    }

    pub(crate) fn update(&self, before: &Route, after: &Route) -> Decision {
        self.decide(&Change::update(before, after))
    }
}

/// A Service with a port 80 named `http`, and what is known of it: scanned an hour ago, and nothing was found.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) service: Service,
    pub(crate) target: ScannedTarget,
}

impl Known {
    pub(crate) fn of(namespace: &str, name: &str) -> Self {
        let name = ObjectName::new(namespace, name);
        let mut service = Service::new(name.clone(), "uid-1");
        service.selector.insert("app".to_owned(), name.name.to_string());
        service.ports.push(ServicePort::named("http", 80));
        let id = TargetId::new(name.clone(), 80);
        let origin: Origin = format!("http://{}", name.dns_name()).parse().unwrap();
        let mut target = ScannedTarget::new(id, origin, ObjectName::new("dast-system", "default"));
        target.service_hash = Some(service.hash_of(&service.ports[0]));
        target.revision = Some(Revision::new("1"));
        target.revision_since = Some(now() - SignedDuration::from_mins(90));
        target.profile = Some(profile());
        let mut known = Self { service, target };
        known.scanned(&[]);
        known
    }

    /// Something of each of these severities was found.
    pub(crate) fn scanned(&mut self, found: &[Severity]) {
        let scan = self.scan();
        self.scanned_as(found, scan);
    }

    pub(crate) fn scanned_as(&mut self, found: &[Severity], scan: Scan) {
        let mut collector = Collector::new();
        for (index, severity) in found.iter().enumerate() {
            let alert = AlertRef::parse("10038", &format!("10038-{}", index + 1)).unwrap();
            let url = format!("{}/login", self.target.origin);
            let finding = Finding::new(alert, *severity, Confidence::High, "GET", &url).unwrap();
            collector.add(&finding.named("Content Security Policy (CSP) Header Not Set"));
        }
        self.target.evidence = Ok(Some(Arc::new(collector.finish(scan))));
    }

    /// A scan of it as it is now, which visited `shop.example` and its own name.
    pub(crate) fn scan(&self) -> Scan {
        let ended = now() - SignedDuration::from_mins(60);
        Scan {
            subject: Subject {
                target: self.target.id.to_string(),
                origin: self.target.origin.clone(),
                covered: vec![
                    Exposure::new("shop.example", "/"),
                    Exposure::new(self.target.id.service.dns_name(), "/"),
                ],
            },
            revision: self.target.revision.clone(),
            profile: profile(),
            engine: Engine {
                name: "builtin".to_owned(),
                version: "1".to_owned(),
                rule_set: "1".to_owned(),
                passive: true,
            },
            started: ended - SignedDuration::from_mins(5),
            ended,
            completion: Completion::Complete,
            coverage: Coverage { pages: 20, failed: 0, skipped: 0 },
            authentication: Authentication::NotUsed,
        }
    }
}

fn profile() -> Profile {
    Profile { name: "passive".to_owned(), hash: "1".to_owned() }
}

pub(crate) fn web() -> Backend {
    Backend::service(ObjectName::new("shop", "web"), 80)
}

/// An Ingress of namespace `shop` that exposes the shop at `shop.example`.
pub(crate) fn front() -> Route {
    route("shop", web())
}

/// An Ingress of a namespace that exposes `backend` at `shop.example`.
pub(crate) fn route(namespace: &str, backend: Backend) -> Route {
    let mut route = Route::new(RouteRef::new(RouteKind::Ingress, ObjectName::new(namespace, "front")));
    route.served_by.insert("class `public`".to_owned());
    route.rules.push(Rule::new("shop.example", Path::Prefix("/".to_owned()), backend));
    route
}

/// The same with annotations.
pub(crate) fn annotated<const N: usize>(mut route: Route, annotations: [(&str, &str); N]) -> Route {
    route.annotations = Annotations::from_iter(annotations);
    route
}

/// Something that leads to no Service.
pub(crate) fn bucket() -> Backend {
    let kind = ObjectKind::new("storage.example.com", "StorageBucket");
    Backend::Object(kind, ObjectName::new("shop", "assets"))
}
