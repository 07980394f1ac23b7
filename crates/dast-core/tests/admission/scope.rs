//! Who is gated, by whom, and who is not.

use dast_core::admission::{Change, Passage};
use dast_core::discovery::{
    Backend, Namespaces, ObjectKind, ObjectName, Route, RouteKind, Service, ServiceKind,
};
use dast_core::rulebook::{Ceiling, NamespacePolicy};
use dast_policy::*;
use jiff::SignedDuration;

use super::cluster::*;

fn own(namespace: &str, document: PolicyDocument) -> NamespacePolicy {
    NamespacePolicy { name: ObjectName::new(namespace, "own"), document: Ok(document) }
}

#[test]
fn where_nobody_gates_nothing_is_judged() {
    let cluster = Cluster::empty();
    assert_eq!(cluster.create(&front()).passage(), Some(Passage::NotGated));
    let mut every = Cluster::empty();
    every.settings.gate_every_ingress = true;
    assert_eq!(every.create(&front()).action(), Action::Deny, "as the original did");
    let mut other = front();
    other.name.kind = RouteKind::HttpRoute;
    assert_eq!(every.create(&other).passage(), Some(Passage::NotGated));
}

#[test]
fn policies_of_both_namespaces_gate() {
    for namespace in ["edge", "shop"] {
        let mut cluster = Cluster::empty();
        cluster.policies.push(own(namespace, usual()));
        let decision = cluster.create(&route("edge", web()));
        assert_eq!(decision.action(), Action::Deny, "policy of {namespace}: {decision}");
        cluster.put(Known::of("shop", "web"));
        assert_eq!(cluster.create(&route("edge", web())).action(), Action::Admit);
    }
    let mut elsewhere = Cluster::empty();
    elsewhere.policies.push(own("store", usual()));
    assert_eq!(elsewhere.create(&route("edge", web())).passage(), Some(Passage::NotGated));
}

#[test]
fn each_layer_acts_in_its_own_mode_and_the_strictest_wins() {
    let mut cluster = Cluster::usual();
    let mut known = Known::of("shop", "web");
    known.scanned(&[Severity::High]);
    cluster.put(known);
    let mut audit = usual();
    audit.enforcement.mode = Mode::Audit;
    cluster.govern(audit);
    assert_eq!(cluster.create(&front()).action(), Action::Audit);
    let mut hold = usual();
    hold.enforcement.mode = Mode::Hold;
    cluster.policies.push(own("shop", hold));
    assert_eq!(cluster.create(&front()).action(), Action::Hold);
    let strict = annotated(front(), [("dast.security.banzaicloud.io/high", "0")]);
    assert_eq!(cluster.create(&strict).action(), Action::Deny, "bare annotations enforce");
}

#[test]
fn annotations_are_all_there_is_only_where_nobody_wrote_a_policy() {
    let mut cluster = Cluster::empty();
    let mut known = Known::of("shop", "web");
    known.scanned(&[Severity::Medium, Severity::Low]);
    cluster.put(known);
    let enough = annotated(
        front(),
        [("dast.security.banzaicloud.io/medium", "1"), ("dast.security.banzaicloud.io/low", "1")],
    );
    assert_eq!(cluster.create(&enough).action(), Action::Admit);
    let absent = annotated(front(), [("dast.security.banzaicloud.io/medium", "1")]);
    assert_eq!(cluster.create(&absent).action(), Action::Deny, "absent severities are 0, as in the original");
    cluster.govern(usual());
    assert_eq!(cluster.create(&absent).action(), Action::Warn, "under a policy they say nothing");
}

#[test]
fn an_annotation_that_does_not_parse_denies() {
    for cluster in [Cluster::empty(), Cluster::usual()] {
        let wrong = annotated(front(), [("dast.security.banzaicloud.io/high", "none")]);
        let decision = cluster.create(&wrong);
        assert_eq!(decision.action(), Action::Deny);
        assert!(decision.problem().unwrap().contains("`none` is not accepted: expected a whole number"));
    }
}

#[test]
fn a_policy_that_cannot_be_read_denies() {
    let mut cluster = Cluster::usual();
    cluster.ceilings.push(Ceiling::new("bad", Namespaces::all(), Err("`maxAge`: `soon`".to_owned())));
    let decision = cluster.create(&front());
    assert_eq!((decision.action(), decision.verdict()), (Action::Deny, None));
    assert!(
        decision.to_string().contains("cluster policy `bad` cannot be read: `maxAge`: `soon`"),
        "{decision}"
    );
    assert_eq!(cluster.update(&front(), &front()).action(), Action::Admit, "what is exposed stays so");
}

#[test]
fn what_cannot_expose_anything_is_let_in() {
    let cluster = Cluster::usual();
    let unknown = route("shop", Backend::service(ObjectName::new("shop", "none"), 80));
    let mut system = unknown.clone();
    system.name.name.namespace = "kube-system".into();
    assert_eq!(cluster.create(&system).passage(), Some(Passage::SystemNamespace));
    let mut unserved = unknown.clone();
    unserved.served_by.clear();
    assert_eq!(cluster.create(&unserved).passage(), Some(Passage::ExposesNothing));
    let mut empty = unknown.clone();
    empty.rules.clear();
    assert_eq!(cluster.create(&empty).passage(), Some(Passage::ExposesNothing));
    assert_eq!(cluster.update(&unknown, &unknown).passage(), Some(Passage::NothingNew));
    assert_eq!(cluster.update(&unserved, &unknown).action(), Action::Deny, "it begins to expose");
}

#[test]
fn every_ceiling_has_to_exempt_a_creator() {
    let solver = "system:serviceaccount:cert-manager:cert-manager";
    let mut cluster = Cluster::empty();
    let mut ceiling = Ceiling::new("all", Namespaces::all(), Ok(usual()));
    ceiling.exempt_creators.insert(solver.to_owned());
    cluster.ceilings.push(ceiling);
    let front = front();
    let by = |cluster: &Cluster, by: &str| cluster.decide(&Change { by, ..Change::create(&front) });
    assert_eq!(by(&cluster, solver).passage(), Some(Passage::ExemptCreator));
    assert_eq!(by(&cluster, "system:serviceaccount:shop:default").action(), Action::Deny);
    assert_eq!(by(&cluster, "").action(), Action::Deny);
    cluster.ceilings.push(Ceiling::new("shop", Namespaces::matching(Some(vec!["shop"]), []), Ok(usual())));
    assert_eq!(by(&cluster, solver).action(), Action::Deny);
}

#[test]
fn every_ceiling_has_to_accept_a_kind_of_backends() {
    let mut cluster = Cluster::empty();
    let mut ceiling = Ceiling::new("all", Namespaces::all(), Ok(usual()));
    ceiling.accepted_backends.insert(ObjectKind::new("storage.example.com", "StorageBucket"));
    cluster.ceilings.push(ceiling);
    assert_eq!(cluster.create(&route("shop", bucket())).passage(), Some(Passage::AcceptedKind));
    // Whatever else the route leads to is judged, and so is another kind of that name.
    let mut both = route("shop", bucket());
    both.rules[0].backends.push(Backend::service(ObjectName::new("shop", "none"), 80));
    assert_eq!((cluster.create(&both).action(), cluster.create(&both).backends().len()), (Action::Deny, 1));
    let alike =
        Backend::Object(ObjectKind::new("evil.example", "StorageBucket"), ObjectName::new("shop", "assets"));
    assert_eq!(cluster.create(&route("shop", alike)).action(), Action::Deny);
    cluster.ceilings.push(Ceiling::new("shop", Namespaces::matching(Some(vec!["shop"]), []), Ok(usual())));
    assert_eq!(cluster.create(&route("shop", bucket())).action(), Action::Deny);
}

/// A Service may be another name for one of another namespace, whatever the policies there are.
#[test]
fn another_name_for_a_gated_service_is_gated() {
    let mut cluster = Cluster::empty();
    cluster.put(Known::of("shop", "web"));
    let shop = Namespaces::matching(Some(vec!["shop"]), []);
    cluster.ceilings.push(Ceiling::new("shop", shop, Ok(usual())));
    let (alias, second) = (ObjectName::new("free", "alias"), ObjectName::new("else", "second"));
    let front = route("free", Backend::service(alias.clone(), 80));
    let named = |name: &ObjectName, to: &str| {
        let mut service = Service::new(name.clone(), "uid");
        service.kind = ServiceKind::ExternalName(to.into());
        service
    };
    cluster.catalog.put_service(named(&second, "web.shop.svc.cluster.local"));
    for (to, gated) in [
        ("web.shop.svc.cluster.local", true),
        ("web.shop.svc.cluster.local.", true),
        ("web.SHOP.SVC", true),
        ("web.shop", true),
        ("web-0.web.shop", true),
        ("web-0.web.shop.svc.cluster.local", true),
        ("10-0-0-7.shop.pod.cluster.local", true),
        ("second.else.svc.cluster.local", true),
        ("web.other.svc.cluster.local", false),
        ("shop.svc.example", false),
        ("example.com", false),
        ("web", false),
        ("", false),
    ] {
        cluster.catalog.put_service(named(&alias, to));
        let decision = cluster.create(&front);
        assert_eq!(decision.action() == Action::Deny, gated, "{to}: {decision}");
    }
    // Names that stand for each other lead nowhere.
    cluster.catalog.put_service(named(&second, "alias.free"));
    cluster.catalog.put_service(named(&alias, "second.else"));
    assert_eq!(cluster.create(&front).passage(), Some(Passage::NotGated));
    // A mild policy of one's own does not stand in for that of the other namespace.
    cluster.catalog.put_service(named(&alias, "web.shop"));
    let mut mild = usual();
    mild.enforcement.mode = Mode::Audit;
    cluster.policies.push(NamespacePolicy { name: ObjectName::new("free", "own"), document: Ok(mild) });
    assert_eq!(cluster.create(&front).action(), Action::Deny);
}

/// A policy gives up on scans that come to nothing. Whatever makes it unknown what runs is no reason to.
#[test]
fn a_policy_gives_up_on_scans_alone() {
    let mut document = usual();
    document.enforcement.mode = Mode::Hold;
    document.enforcement.hold_for = Some(SignedDuration::from_hours(1));
    let held = |cluster: &Cluster, route: &Route| {
        let held_since = Some(now() - SignedDuration::from_hours(2));
        cluster.decide(&Change { held_since, ..Change::create(route) }).action()
    };
    let cluster = |change: fn(&mut Known)| {
        let mut cluster = Cluster::usual();
        cluster.govern(document.clone());
        let mut known = Known::of("shop", "web");
        known.target.revision_since = Some(now() - SignedDuration::from_hours(2));
        change(&mut known);
        cluster.put(known);
        cluster
    };
    let front = front();
    let unscanned = cluster(|known| known.target.evidence = Ok(None));
    assert_eq!(unscanned.create(&front).action(), Action::Hold);
    assert_eq!(held(&unscanned, &front), Action::Warn);
    let young = cluster(|known| {
        known.target.evidence = Ok(None);
        known.target.revision_since = Some(now() - SignedDuration::from_mins(1));
    });
    assert_eq!(held(&young, &front), Action::Hold, "it was not scanned for an hour");
    let changes: [fn(&mut Known); 4] = [
        |known| known.target.service_hash = Some("other".to_owned()),
        |known| known.target.revision = None,
        |known| known.target.revision_since = None,
        |known| known.target.refusal = Some("it is refused".to_owned()),
    ];
    for change in changes {
        let mut unknown = Known::of("shop", "web");
        unknown.target.evidence = Ok(None);
        unknown.target.revision_since = Some(now() - SignedDuration::from_hours(2));
        change(&mut unknown);
        let mut cluster = cluster(|_| {});
        cluster.put(unknown);
        assert_eq!(held(&cluster, &front), Action::Hold);
        cluster.catalog.remove_service(&ObjectName::new("shop", "web"));
        assert_eq!(held(&cluster, &front), Action::Hold, "there is no such Service");
    }
    let mut doubted = cluster(|_| {});
    doubted.catalog.doubt(Some("nothing was heard".to_owned()));
    assert_eq!(held(&doubted, &front), Action::Hold);
    assert_eq!(held(&doubted, &route("shop", bucket())), Action::Hold, "nobody scans it, ever");
}
