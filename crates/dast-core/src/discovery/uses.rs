//! What a route makes of Services: which hosts and paths lead to which ports.

use std::collections::{BTreeMap, BTreeSet};

use dast_policy::Exposure;

use super::controllers::{additions, stands_for_annotation};
use super::name::ObjectName;
use super::place;
use super::problem::{Problem, Reason};
use super::route::{Backend, BackendPort, Path, Route, Rule};
use super::settings::Settings;

/// What a route makes of Services, annotations of ingress controllers included.
///
/// ```
/// use dast_core::discovery::{Backend, ObjectName, Path, Route, RouteKind, RouteRef, Rule, Settings};
///
/// let web = ObjectName::new("shop", "web");
/// let mut front = Route::new(RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front")));
/// for host in ["shop.example", "169.254.169.254"] {
///     front.rules.push(Rule::new(host, Path::Prefix("/cart".to_owned()), Backend::service(web.clone(), 80)));
/// }
/// let uses = front.uses(&Settings::default());
/// assert_eq!(uses.services[0].exposures, [dast_policy::Exposure::new("shop.example", "/cart")]);
/// assert_eq!(uses.problems[0].value(), "169.254.169.254");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uses {
    /// The ports of Services that it leads to, in order, each once.
    pub services: Vec<ServiceUse>,
    /// Whatever else it leads to, in order, each once.
    pub others: Vec<Backend>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// What a route exposes of a Service's port.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceUse {
    /// The Service, whether or not it exists.
    pub service: ObjectName,
    /// Its port.
    pub port: BackendPort,
    /// The places as the Service sees them, after what the route rewrites; in order, each once. A rule for any host
    /// exposes the Service's own DNS name, a wildcard the name `any` below it, and a pattern of paths the folder before it.
    pub exposures: Vec<Exposure>,
}

/// The most places of one route, and the most bytes of their hosts and paths. Hosts, paths and backends multiply each other, and
/// whoever writes a route chooses all of them.
const MOST_PLACES: usize = 10_000;
const MOST_BYTES: usize = 4 * 1024 * 1024;

impl Route {
    /// What it makes of Services. A host that a scan must not look for is left out, and told; so is what is too much.
    pub fn uses(&self, settings: &Settings) -> Uses {
        let add = additions(self);
        let mut reading = Reading {
            settings,
            places: BTreeMap::new(),
            others: BTreeSet::new(),
            hosts: BTreeMap::new(),
            room: Room { places: MOST_PLACES, bytes: MOST_BYTES },
            is_full: false,
        };
        for Rule { hosts, matches, rewrite, backends, filters: _ } in &self.rules {
            // A match without a path is one of every path, whatever the others say.
            let is_every = matches.is_empty() || matches.iter().any(|asked| asked.path.is_none());
            let asked = matches.iter().filter_map(|asked| asked.path.as_ref()).filter(|_| !is_every);
            let seen =
                asked.chain(is_every.then_some(&EVERY)).map(|path| place::path(path, rewrite.path.as_ref()));
            let mut paths: Vec<String> =
                seen.chain(add.paths.iter().map(|path| place::path(path, None))).collect();
            paths.sort_unstable();
            paths.dedup();
            let hosts = rewrite.host.as_ref().map_or(hosts.as_slice(), std::slice::from_ref);
            for backend in
                backends.iter().filter(|backend| !stands_for_annotation(backend, &self.annotations))
            {
                reading.backend(backend, hosts, &add.hosts, &paths);
            }
        }
        // Without a rule there is no host that controllers would serve.
        if !add.backends.is_empty() && !self.rules.is_empty() {
            let hosts: BTreeSet<String> =
                self.rules.iter().flat_map(|rule| rule.hosts.iter().cloned()).collect();
            let hosts: Vec<String> = hosts.into_iter().collect();
            for backend in &add.backends {
                reading.backend(backend, &hosts, &add.hosts, &["/".to_owned()]);
            }
        }
        let unknown = self.annotations.unknown("a route", &KEYS);
        reading.finish(add.problems.into_iter().chain(unknown).collect())
    }
}

/// Our annotations of a route: its limits, and those that the gate writes and reads.
const KEYS: [&str; 6] = ["break-glass", "high", "informational", "low", "medium", "parked"];

/// All paths there are.
static EVERY: Path = Path::Prefix(String::new());

struct Reading<'a> {
    settings: &'a Settings,
    places: BTreeMap<(ObjectName, BackendPort), Vec<Exposure>>,
    others: BTreeSet<Backend>,
    /// The hosts that are left out.
    hosts: BTreeMap<String, Problem>,
    room: Room,
    is_full: bool,
}

/// For so many more places, of so many bytes, there is room.
struct Room {
    places: usize,
    bytes: usize,
}

impl Room {
    /// Whether there is room for so many, which they take then.
    fn take(&mut self, places: usize, bytes: usize) -> bool {
        let left = self.places.checked_sub(places).zip(self.bytes.checked_sub(bytes));
        left.map(|(places, bytes)| *self = Self { places, bytes }).is_some()
    }
}

impl Reading<'_> {
    fn backend(&mut self, backend: &Backend, hosts: &[String], more: &[String], paths: &[String]) {
        let (service, port) = match backend {
            Backend::Service(service, port) => (service, port),
            Backend::Object(..) | Backend::Other(_) => {
                self.others.insert(backend.clone());
                return;
            }
        };
        let places = self.places.entry((service.clone(), port.clone())).or_default();
        let any = [String::new()];
        let hosts = if hosts.is_empty() { &any } else { hosts };
        let in_paths = paths.iter().map(String::len).sum::<usize>();
        for host in hosts.iter().chain(more) {
            let number = paths.len().max(1);
            if !self.room.take(number, number * host.len() + in_paths) {
                self.is_full = true;
                return;
            }
            match place::host(host, service, self.settings) {
                Ok(name) => places.extend(paths.iter().map(|path| Exposure::new(name.clone(), path.clone()))),
                Err(error) => {
                    let problem = Problem::of(Reason::HostNotScanned, "host", error);
                    self.hosts.entry(host.clone()).or_insert(problem);
                }
            }
        }
    }

    fn finish(self, mut problems: Vec<Problem>) -> Uses {
        problems.extend(self.hosts.into_values());
        problems.extend(self.is_full.then(|| {
            let value =
                format!("more than {MOST_PLACES} hosts and paths, or than {MOST_BYTES} bytes of them");
            Problem::new(Reason::TooManyNames, "rules", &value, "fewer: make several routes of it")
        }));
        problems.extend(self.others.iter().map(|backend| {
            Problem::new(
                Reason::NotAService,
                "backend",
                backend.to_string(),
                "a Service: nothing else can be scanned by itself",
            )
        }));
        let services = self.places.into_iter().map(|((service, port), mut exposures)| {
            exposures.sort_unstable();
            exposures.dedup();
            ServiceUse { service, port, exposures }
        });
        Uses { services: services.collect(), others: self.others.into_iter().collect(), problems }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{Annotations, ObjectKind, PathRewrite, Rewrite, RouteKind, RouteRef};

    fn web() -> ObjectName {
        ObjectName::new("shop", "web")
    }

    fn route(kind: RouteKind, rules: Vec<Rule>) -> Route {
        Route { rules, ..Route::new(RouteRef::new(kind, ObjectName::new("shop", "front"))) }
    }

    fn places(uses: &Uses) -> Vec<(&str, &str)> {
        uses.services.iter().flat_map(|u| &u.exposures).map(|e| (e.host.as_str(), e.path.as_str())).collect()
    }

    #[test]
    fn every_backend_of_every_rule_is_used() {
        let mut rule = Rule::new("a.test", Path::Prefix("/x/".to_owned()), Backend::service(web(), 80));
        rule.hosts.push("B.test".to_owned());
        rule.backends.push(Backend::Service(web(), BackendPort::Name("admin".into())));
        rule.backends.push(Backend::service(ObjectName::new("other", "web"), 80));
        let icons = Backend::Object(ObjectKind::new("x", "StorageBucket"), ObjectName::new("shop", "icons"));
        rule.backends.push(icons.clone());
        let uses = route(RouteKind::HttpRoute, vec![rule.clone(), rule]).uses(&Settings::default());
        assert_eq!(uses.services.len(), 3);
        for service in &uses.services {
            assert_eq!(service.exposures, [Exposure::new("a.test", "/x"), Exposure::new("b.test", "/x")]);
        }
        assert_eq!(uses.others, [icons]);
        assert_eq!(
            uses.problems[0].to_string(),
            "backend: `StorageBucket.x shop/icons` is not accepted: expected a Service: nothing else can be scanned by itself"
        );
    }

    #[test]
    fn a_rule_for_any_host_exposes_the_services_own_name() {
        let rule = Rule {
            hosts: Vec::new(),
            matches: Vec::new(),
            ..Rule::new("", Path::Exact(String::new()), Backend::service(web(), 80))
        };
        let uses = route(RouteKind::Ingress, vec![rule]).uses(&Settings::default());
        assert_eq!(places(&uses), [("web.shop.svc", "/")]);
    }

    #[test]
    fn a_rewritten_place_is_as_the_service_sees_it() {
        let mut rule = Rule::new("a.test", Path::Prefix("/x".to_owned()), Backend::service(web(), 80));
        rule.rewrite =
            Rewrite { host: Some("in.test".to_owned()), path: Some(PathRewrite::Prefix("/y".to_owned())) };
        let uses = route(RouteKind::HttpRoute, vec![rule]).uses(&Settings::default());
        assert_eq!(places(&uses), [("in.test", "/y")]);
    }

    /// Whoever writes a route chooses how many hosts, paths and backends multiply each other.
    #[test]
    fn what_is_too_much_is_told_and_takes_no_room() {
        let paths = (0..1_000)
            .map(|n| Rule::new("a.test", Path::Exact(format!("/{n}")), Backend::service(web(), 80)));
        let mut ingress = route(RouteKind::Ingress, paths.collect());
        let aliases: Vec<String> = (0..20_000).map(|n| format!("h{n}.test")).collect();
        let alias = aliases.join(",");
        ingress.annotations =
            Annotations::from_iter([("nginx.ingress.kubernetes.io/server-alias", alias.as_str())]);
        let uses = ingress.uses(&Settings::default());
        assert!(places(&uses).len() <= MOST_PLACES);
        assert!(uses.problems.iter().any(|problem| problem.reason() == Reason::TooManyNames));

        // Few, and long.
        let long = Path::Exact(format!("/{}", "a".repeat(MOST_BYTES / 10)));
        ingress.rules = vec![Rule::new("a.test", long, Backend::service(web(), 80))];
        let uses = ingress.uses(&Settings::default());
        assert_eq!(places(&uses).len(), 9);
        assert!(uses.problems.iter().any(|problem| problem.reason() == Reason::TooManyNames));
    }

    #[test]
    fn annotations_only_add() {
        let rule = Rule::new("a.test", Path::Prefix("/x".to_owned()), Backend::service(web(), 80));
        let mut ingress = route(RouteKind::Ingress, vec![rule]);
        ingress.annotations = Annotations::from_iter([
            ("nginx.ingress.kubernetes.io/rewrite-target", "/health"),
            ("nginx.ingress.kubernetes.io/server-alias", "b.test,localhost"),
            ("nginx.ingress.kubernetes.io/default-backend", "errors"),
        ]);
        let uses = ingress.uses(&Settings::default());
        let [errors, web] = &uses.services[..] else { panic!("{uses:?}") };
        assert_eq!((&*errors.service.name, &errors.port), ("errors", &BackendPort::First));
        assert_eq!(errors.exposures, [Exposure::new("a.test", "/"), Exposure::new("b.test", "/")]);
        let places: Vec<_> = web.exposures.iter().map(|e| (e.host.as_str(), e.path.as_str())).collect();
        assert_eq!(
            places,
            [("a.test", "/health"), ("a.test", "/x"), ("b.test", "/health"), ("b.test", "/x")]
        );
        let told: Vec<_> = uses.problems.iter().map(|p| (p.reason(), p.value())).collect();
        assert_eq!(told, [(Reason::HostNotScanned, "localhost")]);
    }

    #[test]
    fn a_backend_may_only_stand_for_an_annotation() {
        let action =
            Backend::Service(ObjectName::new("shop", "split"), BackendPort::Name("use-annotation".into()));
        let mut ingress =
            route(RouteKind::Ingress, vec![Rule::new("a.test", Path::Prefix("/x".to_owned()), action)]);
        assert_eq!(
            &*ingress.uses(&Settings::default()).services[0].service.name,
            "split",
            "there is no annotation"
        );
        ingress.annotations = Annotations::from_iter([(
            "alb.ingress.kubernetes.io/actions.split",
            r#"{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":80}]}}"#,
        )]);
        let uses = ingress.uses(&Settings::default());
        assert_eq!(uses.services.iter().map(|u| &u.service).collect::<Vec<_>>(), [&web()]);
        assert_eq!(places(&uses), [("a.test", "/")]);
    }

    #[test]
    fn an_annotation_of_ours_that_nobody_reads_is_told() {
        let mut route = route(RouteKind::Ingress, Vec::new());
        let ours =
            [("high", "0"), ("hihg", "0"), ("parked", "{}"), ("break-glass", "{}"), ("zaproxy", "zap")];
        let full = ours.map(|(key, value)| (format!("{}{key}", dast_policy::ANNOTATION_PREFIX), value));
        route.annotations = Annotations::from_iter(full);
        let uses = route.uses(&Settings::default());
        let told: Vec<_> = uses.problems.iter().map(|problem| (problem.reason(), problem.value())).collect();
        assert_eq!(told, [(Reason::NoEffect, "hihg, zaproxy")]);
    }
}
