//! Whatever is said in whatever order, how often, and with whatever in between: only what is there in the end counts.

use std::collections::{BTreeMap, BTreeSet};

use dast_core::discovery::{
    Address, Backend, BackendPort, Changes, Container, Endpoint, EndpointPort, EndpointSlice, Index,
    Namespace, Namespaces, Object, ObjectName, Path, Pod, Policy, PolicyRef, Problem, Protocol, Route,
    RouteKind, RouteRef, Rule, Service, ServiceKind, ServicePort, Settings, TargetPort,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cluster::{image, namespace, ours, slice};
use crate::naive::{API_SERVER, Cluster, Expected};

/// Something that is said to the index.
#[derive(Debug, Clone)]
enum Event {
    Apply(AnyFact),
    Delete(AnyKey),
    Reset(Vec<Namespace>, Vec<Policy>, Vec<Service>, Vec<EndpointSlice>, Vec<Pod>, Vec<Route>, u8),
}

#[derive(Debug, Clone)]
enum AnyFact {
    Namespace(Namespace),
    Policy(Policy),
    Service(Service),
    Slice(EndpointSlice),
    Pod(Pod),
    Route(Route),
}

#[derive(Debug, Clone)]
enum AnyKey {
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

fn events() -> impl Strategy<Value = Vec<Event>> {
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

fn tell(index: &mut Index, event: Event) -> Changes {
    match event {
        Event::Apply(AnyFact::Namespace(fact)) => index.apply(fact),
        Event::Apply(AnyFact::Policy(fact)) => index.apply(fact),
        Event::Apply(AnyFact::Service(fact)) => index.apply(fact),
        Event::Apply(AnyFact::Slice(fact)) => index.apply(fact),
        Event::Apply(AnyFact::Pod(fact)) => index.apply(fact),
        Event::Apply(AnyFact::Route(fact)) => index.apply(fact),
        Event::Delete(AnyKey::Namespace(name)) => index.delete::<Namespace>(&name.into()),
        Event::Delete(AnyKey::Policy(name)) => index.delete::<Policy>(&name),
        Event::Delete(AnyKey::Service(name)) => index.delete::<Service>(&name),
        Event::Delete(AnyKey::Slice(name)) => index.delete::<EndpointSlice>(&name),
        Event::Delete(AnyKey::Pod(name)) => index.delete::<Pod>(&name),
        Event::Delete(AnyKey::Route(name)) => index.delete::<Route>(&name),
        Event::Reset(facts, _, _, _, _, _, 0) => index.reset(facts),
        Event::Reset(_, facts, _, _, _, _, 1) => index.reset(facts),
        Event::Reset(_, _, facts, _, _, _, 2) => index.reset(facts),
        Event::Reset(_, _, _, facts, _, _, 3) => index.reset(facts),
        Event::Reset(_, _, _, _, facts, _, 4) => index.reset(facts),
        Event::Reset(_, _, _, _, _, facts, _) => index.reset(facts),
    }
}

fn remember(cluster: &mut Cluster, event: Event) {
    match event {
        Event::Apply(fact) => match fact {
            AnyFact::Namespace(fact) => drop(cluster.namespaces.insert(fact.name.to_string(), fact)),
            AnyFact::Policy(fact) => drop(cluster.policies.insert(fact.key(), fact)),
            AnyFact::Service(fact) => drop(cluster.services.insert(fact.name.to_string(), fact)),
            AnyFact::Slice(fact) => drop(cluster.slices.insert(fact.name.to_string(), fact)),
            AnyFact::Pod(fact) => drop(cluster.pods.insert(fact.name.to_string(), fact)),
            AnyFact::Route(fact) => drop(cluster.routes.insert(fact.name.clone(), fact)),
        },
        Event::Delete(key) => match key {
            AnyKey::Namespace(name) => drop(cluster.namespaces.remove(&name)),
            AnyKey::Policy(name) => drop(cluster.policies.remove(&name)),
            AnyKey::Service(name) => drop(cluster.services.remove(&name.to_string())),
            AnyKey::Slice(name) => drop(cluster.slices.remove(&name.to_string())),
            AnyKey::Pod(name) => drop(cluster.pods.remove(&name.to_string())),
            AnyKey::Route(name) => drop(cluster.routes.remove(&name)),
        },
        Event::Reset(a, b, c, d, e, f, kind) => match kind {
            0 => cluster.namespaces = a.into_iter().map(|fact| (fact.name.to_string(), fact)).collect(),
            1 => cluster.policies = b.into_iter().map(|fact| (fact.key(), fact)).collect(),
            2 => cluster.services = c.into_iter().map(|fact| (fact.name.to_string(), fact)).collect(),
            3 => cluster.slices = d.into_iter().map(|fact| (fact.name.to_string(), fact)).collect(),
            4 => cluster.pods = e.into_iter().map(|fact| (fact.name.to_string(), fact)).collect(),
            _ => cluster.routes = f.into_iter().map(|fact| (fact.name.clone(), fact)).collect(),
        },
    }
}

fn settings() -> Settings {
    Settings { api_server: [API_SERVER.parse().unwrap()].into(), ..Settings::default() }
}

/// An index that is told of a cluster at once, the kinds in an order that `turn` says.
fn built(cluster: &Cluster, turn: usize) -> Index {
    let mut index = Index::new(settings());
    for kind in 0..6 {
        let _ = match (kind + turn) % 6 {
            0 => index.reset(cluster.namespaces.values().cloned()),
            1 => index.reset(cluster.policies.values().cloned()),
            2 => index.reset(cluster.services.values().cloned()),
            3 => index.reset(cluster.slices.values().cloned()),
            4 => index.reset(cluster.pods.values().cloned()),
            _ => index.reset(cluster.routes.values().cloned()),
        };
    }
    index
}

/// Everything that may have problems.
fn objects() -> Vec<Object> {
    let mut objects = Vec::new();
    for namespace in ["a", "b", "kube-system"] {
        objects.push(Object::Namespace(namespace.into()));
        for service in ["web", "api"] {
            objects.push(Object::Service(ObjectName::new(namespace, service)));
        }
        for route in ["r1", "r2"] {
            for kind in [RouteKind::Ingress, RouteKind::HttpRoute] {
                objects.push(Object::Route(RouteRef::new(kind, ObjectName::new(namespace, route))));
            }
        }
    }
    objects
}

fn problems(index: &Index) -> BTreeMap<Object, Vec<Problem>> {
    objects().into_iter().map(|object| (object.clone(), index.problems(&object).to_vec())).collect()
}

/// Everything that an index answers, as text.
fn answers(index: &Index) -> String {
    let endpoints: Vec<_> = index.targets().iter().map(|target| index.endpoints(target.id())).collect();
    let routes = objects().into_iter().filter_map(|object| match object {
        Object::Route(route) => Some(route),
        _ => None,
    });
    let routes: Vec<_> = routes
        .map(|route| (index.exposures(&route).to_vec(), format!("{:?}", index.backends(&route))))
        .collect();
    format!("{:#?}\n{endpoints:?}\n{:#?}\n{routes:#?}", index.targets(), problems(index))
}

/// What a naive construction can be compared with. The revisions stand beside.
fn expected(index: &Index) -> BTreeMap<String, (Expected, Option<String>)> {
    let of = |target: &&dast_core::discovery::DiscoveredTarget| {
        let provenance = target.provenance();
        let expected = Expected {
            origin: target.origin().to_string(),
            hosts: target.origins().iter().map(|origin| origin.host().to_owned()).collect(),
            places: target.exposures().iter().map(|place| (place.host.clone(), place.path.clone())).collect(),
            provenance: (provenance.annotation, provenance.namespace, provenance.route),
            refusal: target.refusal().map(|refusal| refusal.reason().as_str()),
            ready: target.is_ready(),
            revision: None,
            endpoints: index
                .endpoints(target.id())
                .iter()
                .map(|at| format!("{}:{}", at.ip(), at.port()))
                .collect(),
        };
        (target.id().to_string(), (expected, target.revision().map(|revision| revision.as_str().to_owned())))
    };
    index.targets().iter().map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn only_what_is_there_in_the_end_counts(events in events(), turn in 0_usize..6) {
        let mut cluster = Cluster::default();
        let mut index = Index::new(settings());
        for event in events {
            let before: BTreeMap<_, _> = index.targets().into_iter().map(|t| (t.id().clone(), t.clone())).collect();
            let problems_before = problems(&index);
            remember(&mut cluster, event.clone());
            let twice = matches!(event, Event::Apply(_) | Event::Delete(_)).then(|| event.clone());
            let changes = tell(&mut index, event);
            // What is said to have changed has, and nothing else.
            let after: BTreeMap<_, _> = index.targets().into_iter().map(|t| (t.id().clone(), t.clone())).collect();
            let ids = before.keys().chain(after.keys());
            let changed: BTreeSet<_> = ids.filter(|id| before.get(id) != after.get(id)).cloned().collect();
            prop_assert_eq!(&changes.targets, &changed);
            let problems_after = problems(&index);
            for (object, problems) in &problems_before {
                prop_assert!(problems == &problems_after[object] || changes.objects.contains(object), "{}", object);
            }
            if let Some(twice) = twice {
                prop_assert!(tell(&mut index, twice).is_empty());
            }
        }
        let answers_of_all = answers(&index);
        prop_assert_eq!(&answers_of_all, &answers(&built(&cluster, turn)));

        // The same as by plain loops, and revisions are the same exactly where what they are made from is.
        let (mut by_content, mut by_revision) = (BTreeMap::new(), BTreeMap::new());
        let found = expected(&index);
        let wanted = cluster.targets();
        prop_assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
        for (id, mut wanted) in wanted {
            let (found, revision) = found[&id].clone();
            let content = wanted.revision.take();
            prop_assert_eq!(&found, &wanted, "{}", id);
            prop_assert_eq!(content.is_some(), revision.is_some(), "{}", id);
            if let (Some(content), Some(revision)) = (content, revision) {
                prop_assert_eq!(by_content.entry(content.clone()).or_insert_with(|| revision.clone()), &revision);
                prop_assert_eq!(by_revision.entry(revision).or_insert_with(|| content.clone()), &content);
            }
        }
    }
}

/// The generated clusters are worth something: over many of them, all there is to find is found.
#[test]
fn generated_clusters_have_targets_of_all_sorts() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut refusals, mut ready, mut scannable, mut routed) = (BTreeSet::new(), 0, 0, 0);
    for _ in 0..300 {
        let mut index = Index::new(settings());
        for event in events().new_tree(&mut runner).unwrap().current() {
            let _ = tell(&mut index, event);
            for target in index.targets() {
                refusals.extend(target.refusal().map(|refusal| refusal.reason().as_str()));
                ready += usize::from(target.is_ready());
                scannable += usize::from(target.is_scannable());
                routed += usize::from(target.origins().len() > 1);
            }
        }
    }
    let all = [
        "ApiServer",
        "ExternalName",
        "HostNetwork",
        "InvalidValue",
        "Metadata",
        "NotAPod",
        "OptedOut",
        "OtherNamespace",
        "SystemNamespace",
    ];
    assert_eq!(refusals, BTreeSet::from(all));
    assert!(ready > 100 && scannable > 20 && routed > 100, "{ready} {scannable} {routed}");
}
