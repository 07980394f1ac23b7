//! What a tenant with every right in their own namespace tries.

use dast_core::discovery::{Backend, Namespaces, ObjectName, Path, Route, Rule, TargetPort};
use dast_core::rulebook::GrantedExemption;
use dast_policy::*;
use jiff::SignedDuration;

use super::cluster::*;

/// What somebody changes, and what it is called.
type Named<T> = (&'static str, fn(&mut T));

/// The shop has passed and is exposed at `shop.example/health` by an internal class.
fn exposed() -> (Cluster, Route) {
    let mut before = front();
    before.served_by = ["class `internal`".to_owned()].into();
    before.rules = vec![Rule::new("shop.example", Path::Prefix("/health".to_owned()), web())];
    let mut cluster = Cluster::usual();
    cluster.put(visited(&["/health"]));
    assert_eq!(cluster.create(&before).action(), Action::Admit);
    (cluster, before)
}

/// The shop, of which a scan visited these paths and found nothing.
fn visited(paths: &[&str]) -> Known {
    let mut known = Known::of("shop", "web");
    let mut scan = known.scan();
    scan.subject.covered = paths.iter().map(|path| Exposure::new("shop.example", *path)).collect();
    known.scanned_as(&[], scan);
    known
}

#[test]
fn old_evidence_is_none_for_what_is_exposed_besides() {
    let (cluster, before) = exposed();
    let changes: [Named<Route>; 5] = [
        ("`/health` to `/`", |route| route.rules[0].matches = vec![Path::Prefix("/".to_owned()).into()]),
        ("`/health` to `/api`", |route| {
            route.rules[0].matches = vec![Path::Prefix("/api".to_owned()).into()];
        }),
        ("a host more", |route| route.rules[0].hosts.push("admin.example".to_owned())),
        ("a rewrite", |route| {
            route.annotations =
                [("nginx.ingress.kubernetes.io/rewrite-target", "/admin")].into_iter().collect();
        }),
        ("any host", |route| route.rules[0].hosts.clear()),
    ];
    for (what, change) in changes {
        let mut after = before.clone();
        change(&mut after);
        let decision = cluster.update(&before, &after);
        assert_eq!(
            decision.verdict(),
            Some(Verdict::Unknown(UnknownReason::NotCovered)),
            "{what}: {decision}"
        );
        assert_eq!(decision.action(), Action::Deny, "{what}");
    }
}

/// Scans do not look for names of the cluster or of the machine, so nothing is known of what answers to them.
#[test]
fn a_host_that_is_never_looked_for_has_not_passed() {
    let cluster = Cluster::usual();
    assert_eq!(cluster.create(&front()).action(), Action::Admit);
    for host in ["localhost", "other.store.svc.cluster.local", "web.store.svc"] {
        let mut route = front();
        route.rules[0].hosts.push(host.to_owned());
        let decision = cluster.create(&route);
        let verdict = Some(Verdict::Unknown(UnknownReason::NotCovered));
        assert_eq!((decision.action(), decision.verdict()), (Action::Deny, verdict), "{host}: {decision}");
    }
}

#[test]
fn another_class_is_another_exposure() {
    let (mut cluster, before) = exposed();
    let mut known = Known::of("shop", "web");
    known.scanned(&[Severity::High]);
    cluster.put(known);
    assert_eq!(cluster.update(&before, &before).action(), Action::Admit, "it is exposed already");
    let mut after = before.clone();
    after.served_by = ["class `public`".to_owned()].into();
    assert_eq!(cluster.update(&before, &after).action(), Action::Deny);
    let mut both = before.clone();
    both.served_by.insert("class `public`".to_owned());
    assert_eq!(cluster.update(&before, &both).action(), Action::Deny, "both spellings of the class");
}

#[test]
fn a_service_that_leads_elsewhere_has_no_evidence() {
    let changes: [Named<Known>; 3] = [
        ("another selector", |known| {
            known.service.selector.insert("app".to_owned(), "careless".to_owned());
        }),
        ("another target port", |known| known.service.ports[0].target = TargetPort::Number(9999)),
        ("another Service of the same name", |known| known.service.uid = "uid-2".into()),
    ];
    for (what, change) in changes {
        let mut cluster = Cluster::usual();
        let mut known = Known::of("shop", "web");
        change(&mut known);
        cluster.catalog.put_service(known.service);
        let decision = cluster.create(&front());
        assert_eq!(decision.action(), Action::Deny, "{what}: {decision}");
        assert!(decision.to_string().contains("its Service was changed"), "{what}: {decision}");
    }
}

/// A Service and its target are watched by themselves, and either may be heard of first.
#[test]
fn a_service_and_its_target_are_held_against_each_other_whenever_either_changes() {
    let mut cluster = Cluster::usual();
    let Known { service, mut target } = Known::of("shop", "web");
    let action = |cluster: &Cluster| cluster.create(&front()).action();
    cluster.catalog.remove_service(&service.name);
    assert_eq!(action(&cluster), Action::Deny, "there is no such Service");
    cluster.catalog.put_service(service.clone());
    assert_eq!(action(&cluster), Action::Admit);

    let mut other = service.clone();
    other.selector.insert("app".to_owned(), "careless".to_owned());
    cluster.catalog.put_service(other.clone());
    assert_eq!(action(&cluster), Action::Deny, "it leads elsewhere");
    cluster.catalog.put_service(service);
    assert_eq!(action(&cluster), Action::Admit, "it leads back");

    target.service_hash = Some(other.hash_of(&other.ports[0]));
    cluster.catalog.put_target(target.clone());
    assert_eq!(action(&cluster), Action::Deny, "the target is of where it led for a moment");
    cluster.catalog.put_service(other);
    assert_eq!(action(&cluster), Action::Admit);
    target.revision = Some(Revision::new("2"));
    cluster.catalog.put_target(target);
    assert_eq!(action(&cluster), Action::Deny, "its evidence is of what ran before");
}

#[test]
fn the_route_may_come_first_and_the_service_later() {
    let mut cluster = Cluster::usual();
    let late = Backend::service(ObjectName::new("shop", "late"), 80);
    let before = route("shop", late.clone());
    assert_eq!(cluster.create(&before).action(), Action::Deny);
    cluster.catalog.put_service(Known::of("shop", "late").service);
    assert_eq!(cluster.create(&before).action(), Action::Deny, "a Service alone is no evidence");
    cluster.put(Known::of("shop", "late"));
    assert_eq!(cluster.create(&before).action(), Action::Admit);
}

#[test]
fn a_clean_decoy_is_another_revision() {
    let mut cluster = Cluster::usual();
    let mut known = Known::of("shop", "web");
    // Other arguments or another environment: the operator sees another revision.
    known.target.revision = Some(Revision::new("2"));
    known.target.revision_since = Some(now() - SignedDuration::from_mins(1));
    cluster.put(known);
    let decision = cluster.create(&front());
    assert_eq!(decision.verdict(), Some(Verdict::Unknown(UnknownReason::Stale)));
    assert_eq!(decision.action(), Action::Deny);
}

#[test]
fn grace_is_only_for_what_is_exposed() {
    let (mut cluster, before) = exposed();
    let mut document = usual();
    document.grace = Some(SignedDuration::from_mins(30));
    cluster.govern(document);
    let mut known = visited(&["/health", "/cart"]);
    known.target.revision = Some(Revision::new("2"));
    known.target.revision_since = Some(now() - SignedDuration::from_mins(10));
    cluster.put(known.clone());
    let mut after = before.clone();
    after.rules.push(Rule::new("shop.example", Path::Prefix("/cart".to_owned()), web()));
    assert_eq!(cluster.update(&before, &after).action(), Action::Admit);
    assert_eq!(cluster.create(&after).action(), Action::Deny, "a new route");
    let mut parked = before.clone();
    parked.served_by.clear();
    assert_eq!(cluster.update(&parked, &after).action(), Action::Deny, "one that exposed nothing");
    for (minutes, expected, why) in [
        (31, Action::Deny, "it is over"),
        (-4, Action::Admit, "clocks differ a little"),
        (-6, Action::Deny, "a clock was set back"),
    ] {
        known.target.revision_since = Some(now() - SignedDuration::from_mins(minutes));
        cluster.put(known.clone());
        assert_eq!(cluster.update(&before, &after).action(), expected, "{why}");
    }
}

#[test]
fn nobody_exempts_themselves() {
    let mut cluster = Cluster::usual();
    let mut known = Known::of("shop", "web");
    known.scanned(&[Severity::High]);
    cluster.put(known);
    let grant = |namespace: &str, for_: Option<Vec<&str>>| GrantedExemption {
        name: ObjectName::new(namespace, "mine"),
        namespaces: for_.map(|names| Namespaces::matching(Some(names), [])),
        exemption: Exemption::new(
            "10038".parse().unwrap(),
            Location::Path(PathPattern::glob("/login").unwrap()),
            "known",
            "team",
            now() + SignedDuration::from_hours(1),
        )
        .unwrap(),
    };
    cluster.exemptions =
        vec![grant("shop", None), grant("shop", Some(vec!["*"])), grant("edge", Some(vec!["shop"]))];
    assert_eq!(cluster.create(&front()).action(), Action::Deny);
    assert_eq!(cluster.create(&route("edge", web())).action(), Action::Deny);
    cluster.exemptions.push(grant("dast-system", Some(vec!["shop"])));
    assert_eq!(cluster.create(&front()).action(), Action::Admit, "whom the ceiling trusts may");
}

/// A policy of one namespace is not loosened by exemptions of another.
#[test]
fn an_exemption_counts_in_the_layer_of_its_own_namespace() {
    let mut cluster = Cluster::empty();
    let mut known = Known::of("shop", "web");
    known.scanned(&[Severity::High]);
    cluster.put(known);
    let policy = |namespace: &str| dast_core::rulebook::NamespacePolicy {
        name: ObjectName::new(namespace, "own"),
        document: Ok(usual()),
    };
    let exemption = Exemption::new(
        "10038".parse().unwrap(),
        Location::Path(PathPattern::glob("/login").unwrap()),
        "known",
        "team",
        now() + SignedDuration::from_hours(1),
    );
    cluster.exemptions.push(GrantedExemption {
        name: ObjectName::new("shop", "mine"),
        namespaces: None,
        exemption: exemption.unwrap(),
    });
    cluster.policies = vec![policy("shop")];
    assert_eq!(cluster.create(&route("edge", web())).action(), Action::Admit, "the shop's own policy");
    cluster.policies = vec![policy("shop"), policy("edge")];
    assert_eq!(
        cluster.create(&route("edge", web())).action(),
        Action::Deny,
        "the policy of the route's namespace"
    );
}
