//! Objects of all sorts, and what happens to them.

use std::collections::BTreeMap;

use dast_core::discovery::{
    Address, Backend, BackendPort, Container, Endpoint, EndpointPort, EndpointSlice, Namespace, Namespaces,
    ObjectName, Path, Pod, Policy, PolicyRef, Protocol, Route, RouteKind, RouteRef, Rule, Service,
    ServiceKind, ServicePort, TargetPort,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cluster::{image, namespace, ours, slice};
use crate::naive::API_SERVER;

/// Something that is said to the index.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Apply(AnyFact),
    Delete(AnyKey),
    Reset(Vec<Namespace>, Vec<Policy>, Vec<Service>, Vec<EndpointSlice>, Vec<Pod>, Vec<Route>, u8),
}

#[derive(Debug, Clone)]
pub(crate) enum AnyFact {
    Namespace(Namespace),
    Policy(Policy),
    Service(Service),
    Slice(EndpointSlice),
    Pod(Pod),
    Route(Route),
}

#[derive(Debug, Clone)]
pub(crate) enum AnyKey {
    Namespace(String),
    Policy(PolicyRef),
    Service(ObjectName),
    Slice(ObjectName),
    Pod(ObjectName),
    Route(RouteRef),
}

fn in_namespace(names: &'static [&'static str]) -> impl Strategy<Value = ObjectName> {
    let namespaces = select(&["a", "a", "a", "b", "b", "kube-system"][..]);
    (namespaces, select(names)).prop_map(|(namespace, name)| ObjectName::new(namespace, name))
}

fn namespaces() -> impl Strategy<Value = Namespace> {
    let labels = select(&[None, Some("true"), Some("false"), Some("maybe")][..]);
    (select(&["a", "b", "kube-system"][..]), labels).prop_map(|(name, scan)| namespace(name, scan))
}

fn policies() -> impl Strategy<Value = Policy> {
    let some = vec(select(&["a", "b", "*"][..]), 0..2);
    let governs = (proptest::option::of(some.clone()), some)
        .prop_map(|(include, exclude)| Namespaces::matching(include, exclude));
    prop_oneof![
        in_namespace(&["p", "q"]).prop_map(Policy::Namespaced),
        (select(&["c", "d"][..]), governs)
            .prop_map(|(name, governs)| Policy::Cluster { name: name.into(), governs }),
    ]
}

fn service_ports() -> impl Strategy<Value = Vec<ServicePort>> {
    let port = |name: &'static str, number| ServicePort::named(name, number);
    let ports = vec![
        port("", 80),
        ServicePort { target: TargetPort::Name("web".into()), ..port("http", 8081) },
        port("admin", 9000),
        port("", 9000),
        port("", 5432),
        ServicePort { app_protocol: Some("https".to_owned()), ..port("", 9443) },
        ServicePort { app_protocol: Some("mysql".to_owned()), ..port("http", 3306) },
        ServicePort { protocol: Protocol::Udp, ..port("quic", 443) },
    ];
    vec(select(ports), 0..4).prop_map(|ports| {
        // Numbers are there once, as Kubernetes sees to.
        let once: BTreeMap<u16, ServicePort> = ports.into_iter().map(|port| (port.port, port)).collect();
        once.into_values().rev().collect()
    })
}

fn services() -> impl Strategy<Value = Service> {
    let annotations = select(vec![
        &[][..],
        &[("zaproxy", "dast-test")],
        &[("zaproxy", "dast-test"), ("scan", "false")],
        &[("zaproxy", "BAD!")],
        &[("scan", "true")],
        &[("scan", "false")],
        &[("scan", "true"), ("ports", "x")],
        &[("scan", "true"), ("ports", "80=none")],
        &[("scan", "true"), ("ports", "9000=https")],
    ]);
    let kinds = select(vec![
        ServiceKind::Virtual,
        ServiceKind::Virtual,
        ServiceKind::Headless,
        ServiceKind::ExternalName("x.test".to_owned()),
    ]);
    let uid = select(&["1", "2"][..]);
    let parts = (in_namespace(&["web", "api"]), uid, kinds, service_ports(), annotations, any::<bool>());
    parts.prop_map(|(name, uid, kind, ports, annotations, selects)| {
        // An override names ports that are there; that others are refused is tested elsewhere.
        let named = |number: &str| ports.iter().any(|port| port.port.to_string() == number);
        let fits = |(_, value): &&(&str, &str)| value.split_once('=').is_none_or(|(number, _)| named(number));
        let annotations: Vec<_> = annotations.iter().filter(fits).copied().collect();
        let selector = if selects { [("app".to_owned(), "web".to_owned())].into() } else { BTreeMap::new() };
        Service { kind, selector, annotations: ours(&annotations), ports, ..Service::new(name, uid) }
    })
}

/// An address of a pod, mostly one that the namespace has for itself.
fn address(namespace: &str) -> impl Strategy<Value = &'static str> + use<> {
    let own = match namespace {
        "a" => &["10.0.0.1", "fd00::1"][..],
        "b" => &["10.0.0.3"],
        _ => &["10.0.0.4"],
    };
    prop_oneof![30 => select(own), 1 => select(&["10.0.0.1", "10.0.0.3"][..])]
}

fn slices() -> impl Strategy<Value = EndpointSlice> {
    let ports = select(vec![
        vec![],
        vec![EndpointPort::tcp("", 8080), EndpointPort::tcp("http", 8081)],
        vec![EndpointPort::tcp("", 8080), EndpointPort::tcp("http", 8081), EndpointPort::tcp("admin", 8082)],
        vec![EndpointPort::tcp("http", 8082)],
        vec![EndpointPort { protocol: Protocol::Udp, ..EndpointPort::tcp("", 8080) }],
    ]);
    let parts = (in_namespace(&["s1", "s2", "s3"]), select(&["web", "api"][..]), ports);
    parts.prop_flat_map(|(name, service, ports)| {
        let odd = select(&["169.254.169.254", API_SERVER, "name.test"][..]);
        let address = prop_oneof![20 => address(&name.namespace), 1 => odd].prop_map(Address::from);
        let conditions =
            select(&[(true, true), (true, true), (true, false), (false, true), (false, false)][..]);
        let endpoint = (vec(address, 1..3), conditions);
        let endpoint =
            endpoint.prop_map(|(addresses, (ready, serving))| Endpoint { addresses, ready, serving });
        vec(endpoint, 0..3).prop_map(move |endpoints| EndpointSlice {
            endpoints,
            ports: ports.clone(),
            ..slice(&name.to_string(), service, &[])
        })
    })
}

fn pods() -> impl Strategy<Value = Pod> {
    let images = select(vec![image('a'), image('a'), image('a'), image('b'), image('b'), String::new()]);
    let parts = (in_namespace(&["p1", "p2", "p3"]), images, 0_u8..20, any::<bool>());
    parts.prop_flat_map(|(name, image, odd, argument)| {
        let mut container = Container::new("web", image);
        container.args.extend(argument.then(|| "--fast".to_owned()));
        vec(address(&name.namespace), 1..3).prop_map(move |addresses| Pod {
            live: odd != 0,
            host_network: odd == 1,
            containers: vec![container.clone()],
            ..Pod::new(name.clone(), addresses.into_iter().map(|address| address.parse().unwrap()))
        })
    })
}

fn routes() -> impl Strategy<Value = Route> {
    let kind = select(&[RouteKind::Ingress, RouteKind::HttpRoute][..]);
    let name = (kind, in_namespace(&["r1", "r2"])).prop_map(|(kind, name)| RouteRef::new(kind, name));
    let port = select(vec![
        BackendPort::Number(80),
        BackendPort::Number(9000),
        BackendPort::Name("http".into()),
        BackendPort::First,
    ]);
    let service = (in_namespace(&["web", "api"]), port).prop_map(|(name, port)| Backend::Service(name, port));
    let backend = prop_oneof![9 => service, 1 => Just(Backend::Other("Bucket x".to_owned()))];
    let rule = (select(&["", "x.test", "y.test"][..]), select(&["/", "/p"][..]), backend);
    let rule = rule.prop_map(|(host, path, backend)| Rule::new(host, Path::Prefix(path.to_owned()), backend));
    let prefix = "dast.security.banzaicloud.io/";
    let annotations = select(vec![
        vec![],
        vec![(format!("{prefix}high"), "0")],
        vec![(format!("{prefix}high"), "none")],
        vec![("nginx.ingress.kubernetes.io/default-backend".to_owned(), "web")],
    ]);
    (name, vec(rule, 0..3), annotations).prop_map(|(name, rules, annotations)| Route {
        rules,
        annotations: annotations.into_iter().collect(),
        ..Route::new(name)
    })
}

fn facts() -> impl Strategy<Value = AnyFact> {
    prop_oneof![
        1 => namespaces().prop_map(AnyFact::Namespace),
        1 => policies().prop_map(AnyFact::Policy),
        4 => services().prop_map(AnyFact::Service),
        4 => slices().prop_map(AnyFact::Slice),
        4 => pods().prop_map(AnyFact::Pod),
        3 => routes().prop_map(AnyFact::Route),
    ]
}

fn key(fact: &AnyFact) -> AnyKey {
    match fact {
        AnyFact::Namespace(namespace) => AnyKey::Namespace(namespace.name.to_string()),
        AnyFact::Policy(policy) => AnyKey::Policy(policy.key()),
        AnyFact::Service(service) => AnyKey::Service(service.name.clone()),
        AnyFact::Slice(slice) => AnyKey::Slice(slice.name.clone()),
        AnyFact::Pod(pod) => AnyKey::Pod(pod.name.clone()),
        AnyFact::Route(route) => AnyKey::Route(route.name.clone()),
    }
}

pub(crate) fn events() -> impl Strategy<Value = Vec<Event>> {
    let lists = |kinds: std::ops::Range<u8>| {
        let lists = (
            vec(namespaces(), 0..3),
            vec(policies(), 0..3),
            vec(services(), 0..6),
            vec(slices(), 1..6),
            vec(pods(), 3..12),
            vec(routes(), 0..4),
            kinds,
        );
        lists.prop_map(|(a, b, c, d, e, f, kind)| Event::Reset(a, b, c, d, e, f, kind))
    };
    let event = prop_oneof![
        8 => facts().prop_map(Event::Apply),
        2 => facts().prop_map(|fact| Event::Delete(key(&fact))),
        1 => lists(0..6),
    ];
    (vec(lists(2..5), 0..6), vec(event, 0..40))
        .prop_map(|(first, then)| first.into_iter().chain(then).collect())
}
