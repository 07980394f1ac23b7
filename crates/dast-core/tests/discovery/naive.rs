//! The targets of a cluster, worked out from scratch by plain loops over everything. Slow, and made from nothing of what it
//! is compared with but the facts.

use std::collections::{BTreeMap, BTreeSet};

use dast_core::discovery::{
    Backend, BackendPort, EndpointSlice, Namespace, Path, Pod, Policy, PolicyRef, Protocol, Route, RouteKind,
    RouteRef, Service, ServiceKind, ServicePort, TargetPort,
};

/// All that is there in the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cluster {
    pub(crate) namespaces: BTreeMap<String, Namespace>,
    pub(crate) policies: BTreeMap<PolicyRef, Policy>,
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) slices: BTreeMap<String, EndpointSlice>,
    pub(crate) pods: BTreeMap<String, Pod>,
    pub(crate) routes: BTreeMap<RouteRef, Route>,
}

/// What should be known of a target. The revision is everything it is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) origin: String,
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) places: BTreeSet<(String, String)>,
    pub(crate) provenance: (bool, bool, bool),
    pub(crate) refusal: Option<&'static str>,
    pub(crate) ready: bool,
    pub(crate) revision: Option<String>,
    pub(crate) endpoints: BTreeSet<String>,
}

pub(crate) const API_SERVER: &str = "10.96.0.1";

impl Cluster {
    pub(crate) fn targets(&self) -> BTreeMap<String, Expected> {
        let mut targets = BTreeMap::new();
        for service in self.services.values() {
            for port in &service.ports {
                if let Some(expected) = self.target(service, port) {
                    targets.insert(format!("{}:{}", service.name, port.port), expected);
                }
            }
        }
        targets
    }

    fn target(&self, service: &Service, port: &ServicePort) -> Option<Expected> {
        if port.protocol != Protocol::Tcp {
            return None;
        }
        let namespace = &*service.name.namespace;
        let ours = |key: &str| service.annotations.get(&format!("dast.security.banzaicloud.io/{key}"));
        let uses = self.uses(service, port);
        let heard: Vec<_> = uses
            .iter()
            .filter(|(route, _)| *route.name.name.namespace == *namespace || self.governed(namespace))
            .collect();
        let gated = heard.iter().any(|(route, _)| {
            let from = &*route.name.name.namespace;
            let annotated = route.annotations.get("dast.security.banzaicloud.io/high").is_some();
            from != "kube-system" && (annotated || self.governed(from) || self.governed(namespace))
        });
        let opted_in = ours("zaproxy").is_some() || ours("scan") == Some("true");
        let opted_out = ours("zaproxy").is_none() && ours("scan") == Some("false");
        let label = self.namespaces.get(namespace).and_then(|namespace| namespace.scan.as_deref());
        let provenance = (opted_in, label == Some("true") && !opted_out, gated);
        let scheme = self.scheme(service, port, ours("ports"), !heard.is_empty())?;
        if provenance == (false, false, false) {
            return None;
        }
        let own = format!("{}.{namespace}.svc", service.name.name);
        let number = self.number(service, port);
        let mut places: BTreeSet<(String, String)> = uses.iter().map(|(_, place)| place.clone()).collect();
        places.insert((own.clone(), "/".to_owned()));
        let hosts = places.iter().map(|(host, _)| host.clone()).collect();
        let default = if scheme == "http" { 80 } else { 443 };
        let origin = match number {
            number if number == default => format!("{scheme}://{own}"),
            number => format!("{scheme}://{own}:{number}"),
        };
        let of_service = match () {
            () if namespace == "kube-system" => Some("SystemNamespace"),
            () if matches!(service.kind, ServiceKind::ExternalName(_)) => Some("ExternalName"),
            () if ours("zaproxy") == Some("BAD!") || ours("ports") == Some("x") => Some("InvalidValue"),
            () if ours("zaproxy").is_some() && ours("scan") == Some("false") => Some("InvalidValue"),
            () if opted_out => Some("OptedOut"),
            () => None,
        };
        let (of_endpoints, pods) = self.pods(service, port);
        let refusal = of_service.or(of_endpoints);
        let runs: Option<BTreeSet<String>> = pods.iter().map(|(_, port, pod)| runs(*port, pod)).collect();
        let made_of = |runs: &BTreeSet<String>| {
            let target = match &port.target {
                TargetPort::Number(number) => number.to_string(),
                TargetPort::Name(name) => name.to_string(),
            };
            format!("{} {:?} {target} {runs:?}", service.uid, service.selector)
        };
        let endpoints = pods.iter().map(|(address, port, _)| format!("{address}:{port}"));
        Some(Expected {
            origin,
            hosts,
            places,
            provenance,
            ready: !pods.is_empty(),
            revision: runs.as_ref().filter(|runs| !runs.is_empty()).map(made_of),
            endpoints: if refusal.is_none() { endpoints.collect() } else { BTreeSet::new() },
            refusal,
        })
    }

    fn governed(&self, namespace: &str) -> bool {
        self.policies.values().any(|policy| match policy {
            Policy::Namespaced(name) => *name.namespace == *namespace,
            Policy::Cluster { governs, .. } => governs.contains(namespace),
        })
    }

    /// The routes to a port, each with a place.
    fn uses(&self, service: &Service, port: &ServicePort) -> Vec<(&Route, (String, String))> {
        let mut uses = Vec::new();
        for route in self.routes.values() {
            for rule in &route.rules {
                for backend in &rule.backends {
                    let Backend::Service(name, used) = backend else { continue };
                    let meant = match used {
                        BackendPort::Number(number) => *number == port.port,
                        BackendPort::Name(name) => *name == port.name,
                        BackendPort::First => service.ports[0] == *port,
                    };
                    if *name != service.name || !meant {
                        continue;
                    }
                    let places = rule
                        .hosts
                        .iter()
                        .flat_map(|host| rule.matches.iter().map(move |asked| (host, &asked.path)));
                    for (host, path) in places {
                        let Some(Path::Prefix(path)) = path else { panic!("{path:?}") };
                        let host = match host.as_str() {
                            "" => format!("{}.{}.svc", name.name, name.namespace),
                            host => host.to_owned(),
                        };
                        uses.push((route, (host, path.clone())));
                    }
                }
            }
            if let Some(name) = route.annotations.get("nginx.ingress.kubernetes.io/default-backend") {
                let first = service.ports.first() == Some(port) && route.name.kind == RouteKind::Ingress;
                if first && *service.name.name == *name && service.name.namespace == route.name.name.namespace
                {
                    for host in route.rules.iter().flat_map(|rule| &rule.hosts) {
                        let own = format!("{}.{}.svc", service.name.name, service.name.namespace);
                        uses.push((
                            route,
                            (if host.is_empty() { own } else { host.clone() }, "/".to_owned()),
                        ));
                    }
                }
            }
        }
        uses
    }

    fn scheme(
        &self,
        service: &Service,
        port: &ServicePort,
        wish: Option<&str>,
        routed: bool,
    ) -> Option<&'static str> {
        match (wish, port.port) {
            (Some("9000=https"), 9000) if service.ports.iter().any(|port| port.port == 9000) => {
                return Some("https");
            }
            (Some("80=none"), 80) => return None,
            _ => {}
        }
        match (port.app_protocol.as_deref(), &*port.name, port.port) {
            (Some("https"), ..) => return Some("https"),
            (Some(_), ..) => return None,
            (None, "http", _) => return Some("http"),
            (None, "admin", _) | (None, "", 9000) => {}
            (None, "", 80) => return Some("http"),
            (None, "", 5432) => return None,
            other => panic!("{other:?}"),
        }
        let alone = service.ports.iter().filter(|port| port.protocol == Protocol::Tcp).count() == 1;
        (alone || routed).then_some("http")
    }

    fn number(&self, service: &Service, port: &ServicePort) -> u16 {
        if service.kind != ServiceKind::Headless {
            return port.port;
        }
        let TargetPort::Name(_) = port.target else {
            let TargetPort::Number(number) = port.target else { panic!() };
            return number;
        };
        let mut numbers = BTreeSet::new();
        for slice in self.slices.values().filter(|slice| belongs(slice, service)) {
            numbers.extend(
                slice
                    .ports
                    .iter()
                    .filter(|p| p.protocol == Protocol::Tcp && p.name == port.name)
                    .map(|p| p.port),
            );
        }
        if numbers.len() == 1 { *numbers.first().unwrap() } else { port.port }
    }

    /// The worst of the endpoints, and the ready pods of a port.
    fn pods(
        &self,
        service: &Service,
        port: &ServicePort,
    ) -> (Option<&'static str>, Vec<(String, u16, &Pod)>) {
        let order = ["Metadata", "ApiServer", "HostNetwork", "OtherNamespace", "NotAPod"];
        let mut bad = BTreeSet::new();
        let mut ready = Vec::new();
        for slice in self.slices.values().filter(|slice| belongs(slice, service)) {
            for endpoint in slice.endpoints.iter().filter(|endpoint| endpoint.ready || endpoint.serving) {
                for address in endpoint.addresses.iter().map(ToString::to_string) {
                    let here: Vec<&Pod> = self
                        .pods
                        .values()
                        .filter(|pod| pod.live && pod.addresses.iter().any(|ip| ip.to_string() == address))
                        .collect();
                    // The same address may be there twice, once ready.
                    let says_ready = endpoint.ready;
                    let reason = match address.as_str() {
                        "169.254.169.254" => Some("Metadata"),
                        API_SERVER => Some("ApiServer"),
                        "name.test" => Some("NotAPod"),
                        _ if here.iter().any(|pod| pod.host_network) => Some("HostNetwork"),
                        _ if here.iter().any(|pod| pod.name.namespace != service.name.namespace) => {
                            Some("OtherNamespace")
                        }
                        _ if here.is_empty() && says_ready => Some("NotAPod"),
                        _ => None,
                    };
                    if let Some(reason) = reason {
                        bad.insert(order.iter().position(|other| *other == reason).unwrap());
                        continue;
                    }
                    let named = slice
                        .ports
                        .iter()
                        .filter(|p| p.protocol == Protocol::Tcp && p.name == port.name)
                        .map(|p| p.port);
                    for number in named.filter(|_| says_ready) {
                        ready.extend(here.iter().map(|pod| (address.clone(), number, *pod)));
                    }
                }
            }
        }
        (bad.first().map(|at| order[*at]), ready)
    }
}

fn belongs(slice: &EndpointSlice, service: &Service) -> bool {
    slice.service == service.name.name && slice.name.namespace == service.name.namespace
}

/// What runs in a pod, if that is known.
fn runs(port: u16, pod: &Pod) -> Option<String> {
    let containers: Option<BTreeSet<String>> = pod
        .containers
        .iter()
        .map(|container| {
            let image = container.image_id.rsplit(':').next().filter(|digits| digits.len() == 64)?;
            Some(format!("{} {image} {:?}", container.name, container.args))
        })
        .collect();
    Some(format!("{port} {:?}", containers?))
}
