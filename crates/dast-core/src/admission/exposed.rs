//! What a route exposes, and whether an update exposes anything besides.

use std::collections::HashSet;

use dast_policy::ANNOTATION_PREFIX;

use crate::discovery::{Backend, Match, Rewrite, Route, Rule};

/// Whether all that a route exposes was exposed by it before: by the same class or parents, at the same hosts, for the same
/// matches, through the same filters and with the same annotations for its controller, to the same backends. Only the order in
/// which it says so may be another. Such an update needs no judgement, so that what is bad can always be taken away.
///
/// A route that nothing serves exposes nothing.
///
/// ```
/// use dast_core::admission::is_within;
/// use dast_core::discovery::{Backend, ObjectName, Path, Route, RouteKind, RouteRef, Rule};
///
/// let web = Backend::service(ObjectName::new("shop", "web"), 80);
/// let mut before = Route::new(RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front")));
/// before.served_by.insert("class `public`".to_owned());
/// before.rules.push(Rule::new("shop.example", Path::Prefix("/health".to_owned()), web.clone()));
///
/// let mut after = before.clone();
/// after.rules.push(Rule::new("shop.example", Path::Prefix("/".to_owned()), web));
/// assert!(!is_within(&after, &before), "it exposes another path");
/// assert!(is_within(&before, &after), "it exposes less");
/// ```
pub fn is_within(after: &Route, before: &Route) -> bool {
    if exposes_nothing(after) {
        return true;
    }
    if !after.served_by.is_subset(&before.served_by) || !routing(after).eq(routing(before)) {
        return false;
    }
    if [after, before].into_iter().any(|route| number_of_ways(route) > MOST_WAYS) {
        return after.rules == before.rules;
    }
    let known: HashSet<Way<'_>> = before.rules.iter().flat_map(ways).collect();
    after.rules.iter().flat_map(ways).all(|way| known.contains(&way))
}

/// The most ways that are compared one by one. Hosts, matches and backends multiply each other, and whoever writes a route chooses
/// all of them.
const MOST_WAYS: usize = 100_000;

fn number_of_ways(route: &Route) -> usize {
    let of_rule = |rule: &Rule| {
        let parts = [rule.hosts.len(), rule.matches.len(), rule.backends.len()];
        parts.into_iter().fold(1_usize, |product, part| product.saturating_mul(part.max(1)))
    };
    route.rules.iter().map(of_rule).fold(0, usize::saturating_add)
}

/// Whether a route exposes nothing: nothing serves it, or it has no rule.
pub(super) fn exposes_nothing(route: &Route) -> bool {
    route.served_by.is_empty() || route.rules.is_empty()
}

/// One way through a route to a backend.
#[derive(PartialEq, Eq, Hash)]
struct Way<'r> {
    host: &'r str,
    asked: Option<&'r Match>,
    rewrite: &'r Rewrite,
    filters: &'r str,
    /// None for a rule that leads nowhere by itself: annotations of its controller may lead from its host somewhere.
    backend: Option<&'r Backend>,
}

fn ways(rule: &Rule) -> impl Iterator<Item = Way<'_>> {
    // None stands for any host, as an empty one does, and for every request.
    let hosts = rule.hosts.iter().map(String::as_str).chain(rule.hosts.is_empty().then_some(""));
    let matches = rule.matches.iter().map(Some).chain(rule.matches.is_empty().then_some(None));
    let asked = hosts.flat_map(move |host| matches.clone().map(move |asked| (host, asked)));
    asked.flat_map(move |(host, asked)| {
        let Rule { rewrite, filters, backends, .. } = rule;
        let backends = backends.iter().map(Some).chain(backends.is_empty().then_some(None));
        backends.map(move |backend| Way { host, asked, rewrite, filters, backend })
    })
}

/// What controllers read of a route. Our own limits expose nothing.
fn routing(route: &Route) -> impl Iterator<Item = (&str, &str)> {
    route.annotations.iter().filter(|(key, _)| !key.starts_with(ANNOTATION_PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{Annotations, ObjectName, Path, RouteKind, RouteRef};

    fn backend(name: &str) -> Backend {
        Backend::service(ObjectName::new("shop", name), 80)
    }

    fn route() -> Route {
        let mut route = Route::new(RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front")));
        route.served_by = ["class `internal`".to_owned()].into();
        let mut rule = Rule::new("a.test", Path::Prefix("/x".to_owned()), backend("good"));
        rule.hosts.push("b.test".to_owned());
        rule.matches.push(Path::Exact("/y".to_owned()).into());
        rule.backends.push(backend("bad"));
        route.rules = vec![rule, Rule::new("", Path::Prefix("/".to_owned()), backend("good"))];
        route.annotations = Annotations::from_iter([("nginx.ingress.kubernetes.io/limit-rps", "5")]);
        route
    }

    #[test]
    fn less_is_within() {
        let changes: [fn(&mut Route); 9] = [
            |_| {},
            |route| route.rules.reverse(),
            |route| route.rules.truncate(1),
            |route| route.rules.clear(),
            |route| route.served_by.clear(),
            |route| route.rules[0].backends.truncate(1),
            |route| route.rules[0].hosts.truncate(1),
            |route| route.rules[0].matches.truncate(1),
            |route| {
                let ours = ("dast.security.banzaicloud.io/high", "9");
                let applied = ("kubectl.kubernetes.io/last-applied-configuration", "{}");
                let kept = route.annotations.iter().chain([ours, applied]).collect();
                route.annotations = kept;
            },
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut after = route();
            change(&mut after);
            assert!(is_within(&after, &route()), "change {index}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        let changes: [fn(&mut Route); 12] = [
            |route| {
                route.served_by.insert("class `public`".to_owned());
            },
            |route| route.served_by = ["class `public`".to_owned()].into(),
            |route| route.rules[0].hosts.push("c.test".to_owned()),
            |route| route.rules[0].hosts.clear(),
            |route| route.rules[0].matches.clear(),
            |route| route.rules[0].matches.push(Path::Prefix("/y".to_owned()).into()),
            |route| route.rules[0].matches[0].text = "GET".to_owned(),
            |route| route.rules[0].filters = "CORS".to_owned(),
            |route| route.rules[0].rewrite.host = Some("c.test".to_owned()),
            |route| route.rules[0].backends.push(backend("other")),
            |route| route.rules[1].backends = vec![backend("bad")],
            |route| route.annotations = Annotations::default(),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut after = route();
            change(&mut after);
            assert!(!is_within(&after, &route()), "change {index}");
        }
    }

    #[test]
    fn what_is_too_much_to_compare_is_within_if_it_is_the_same() {
        let mut before = route();
        before.rules[0].hosts = (0..50_000).map(|n| format!("h{n}.test")).collect();
        let mut after = before.clone();
        assert!(is_within(&after, &before));
        after.rules[0].hosts.pop();
        assert!(!is_within(&after, &before));
    }

    /// Controllers serve such a host, and do there what annotations say.
    #[test]
    fn a_host_without_a_backend_is_exposed_too() {
        let mut after = route();
        after.rules.push(Rule { backends: Vec::new(), ..after.rules[0].clone() });
        assert!(is_within(&after, &after.clone()));
        after.rules[2].hosts = vec!["c.test".to_owned()];
        assert!(!is_within(&after, &route()));
    }

    #[test]
    fn no_host_is_any_host() {
        let mut after = route();
        after.rules[1].hosts.clear();
        assert!(is_within(&after, &route()) && is_within(&route(), &after));
    }
}
