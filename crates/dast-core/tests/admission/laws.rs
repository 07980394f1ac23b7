//! Laws of the gate: what may never help, and what may not matter.

use dast_core::discovery::{Backend, ObjectName, Path, Route, Rule};
use dast_policy::*;
use proptest::prelude::*;
use proptest::sample::select;

use super::cluster::*;

/// Services by how they stand.
const SERVICES: [&str; 5] = ["web", "warned", "bad", "new", "none"];

fn cluster(document: PolicyDocument) -> Cluster {
    let mut cluster = Cluster::usual();
    cluster.govern(document);
    for (name, found) in [("warned", Severity::Medium), ("bad", Severity::High)] {
        let mut known = Known::of("shop", name);
        known.scanned(&[found]);
        cluster.put(known);
    }
    let mut new = Known::of("shop", "new");
    new.target.evidence = Ok(None);
    cluster.put(new);
    cluster
}

fn backend() -> impl Strategy<Value = Backend> {
    prop_oneof![
        8 => select(SERVICES.to_vec()).prop_map(|name| Backend::service(ObjectName::new("shop", name), 80)),
        1 => Just(Backend::Other("a URL".to_owned())),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let hosts = prop::collection::vec(select(vec!["shop.example", "pay.example", ""]), 0..3);
    let paths = prop::collection::vec(select(vec!["/", "/a", "/a/b"]), 0..3);
    (hosts, paths, prop::collection::vec(backend(), 1..3)).prop_map(|(hosts, paths, backends)| Rule {
        hosts: hosts.into_iter().map(str::to_owned).collect(),
        matches: paths.into_iter().map(|path| Path::Prefix(path.to_owned()).into()).collect(),
        backends,
        ..Rule::new("", Path::Prefix("/".to_owned()), web())
    })
}

fn some_route() -> impl Strategy<Value = Route> {
    let classes =
        prop::collection::btree_set(select(vec!["class `a`".to_owned(), "class `b`".to_owned()]), 0..3);
    (classes, prop::collection::vec(rule(), 0..4)).prop_map(|(served_by, rules)| Route {
        served_by,
        rules,
        ..front()
    })
}

fn document() -> impl Strategy<Value = PolicyDocument> {
    let mode = || select(vec![Mode::Audit, Mode::Warn, Mode::Enforce, Mode::Hold]);
    let unknown = select(vec![UnknownActs::Fail, UnknownActs::Warn]);
    let own = prop::collection::vec((select(UnknownReason::ALL.to_vec()), mode()), 0..3);
    (mode(), unknown, own).prop_map(|(mode, unknown, own)| {
        let mut document = usual();
        document.enforcement = Enforcement { mode, unknown, ..Enforcement::default() };
        for (reason, mode) in own {
            *document.enforcement.unknown_reasons.get_mut(reason) = Some(mode);
        }
        document
    })
}

proptest! {
    #[test]
    fn another_exposure_never_helps(document in document(), route in some_route(), rule in rule()) {
        let cluster = cluster(document);
        let before = cluster.create(&route).action();
        let mut more = route;
        more.rules.push(rule);
        prop_assert!(cluster.create(&more).action() >= before);
    }

    #[test]
    fn another_exposure_never_helps_a_change(
        document in document(), before in some_route(), after in some_route(), rule in rule(),
    ) {
        let cluster = cluster(document);
        let change = cluster.update(&before, &after).action();
        let mut more = after;
        more.rules.push(rule);
        prop_assert!(cluster.update(&before, &more).action() >= change);
    }

    #[test]
    fn order_does_not_matter(document in document(), route in some_route()) {
        let cluster = cluster(document);
        let mut other = route.clone();
        other.rules.reverse();
        for rule in &mut other.rules {
            rule.hosts.reverse();
            rule.matches.reverse();
            rule.backends.reverse();
        }
        prop_assert_eq!(cluster.create(&route), cluster.create(&other));
    }

    #[test]
    fn less_is_always_let_in(document in document(), route in some_route(), keep in any::<u8>()) {
        let cluster = cluster(document);
        let mut less = route.clone();
        let mut bits = (0..).map(|bit| keep.rotate_left(bit) & 1 == 1);
        less.rules.retain(|_| bits.next().unwrap());
        prop_assert_eq!(cluster.update(&route, &less).action(), Action::Admit);
    }

    #[test]
    fn only_a_new_route_is_held(document in document(), before in some_route(), after in some_route()) {
        let cluster = cluster(document);
        let decision = cluster.update(&before, &after);
        let exposes = !before.served_by.is_empty() && !before.rules.is_empty();
        prop_assert!(!exposes || decision.action() != Action::Hold);
        if decision.passage().is_none() {
            let new = cluster.create(&after);
            prop_assert_eq!(new.verdict(), decision.verdict());
            let same = new.action() == decision.action();
            prop_assert!(same || exposes && (new.action(), decision.action()) == (Action::Hold, Action::Deny));
        }
    }

    #[test]
    fn what_is_told_is_bounded(document in document(), rules in prop::collection::vec(rule(), 0..40)) {
        let cluster = cluster(document);
        let route = Route { rules, ..front() };
        let decision = cluster.create(&route);
        let warnings = decision.warnings();
        prop_assert!(warnings.iter().all(|warning| warning.len() <= 256));
        prop_assert!(warnings.iter().map(String::len).sum::<usize>() <= 4096);
        prop_assert!(decision.to_string().len() < 16 * 1024);
    }
}
