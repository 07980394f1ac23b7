//! Whatever is said in whatever order, how often, and with whatever in between: only what is there in the end counts.

use std::collections::{BTreeMap, BTreeSet};

use dast_core::discovery::{
    Changes, EndpointSlice, Index, Namespace, Object, ObjectName, Pod, Policy, Problem, Route, RouteKind,
    RouteRef, Service, Settings,
};
use proptest::prelude::*;

use crate::generated::{AnyFact, AnyKey, Event, events};
use crate::naive::{API_SERVER, Cluster, Expected};

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

/// A route with the Services that it leads to.
fn led_to(index: &Index, route: &Route) -> (Route, Vec<Option<Service>>) {
    let services = index.exposures(&route.name).iter().map(|used| index.service(&used.service).cloned());
    (route.clone(), services.collect())
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
            let routes_before: BTreeMap<_, _> = index.routes().map(|route| (route.name.clone(), led_to(&index, route))).collect();
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
            let routes_after: BTreeMap<_, _> = index.routes().map(|route| (route.name.clone(), led_to(&index, route))).collect();
            for name in routes_before.keys().chain(routes_after.keys()) {
                let is_same = routes_before.get(name) == routes_after.get(name);
                prop_assert!(is_same || changes.routes.contains(name), "{}", name);
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
