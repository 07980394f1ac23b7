//! Ingresses.

use std::collections::BTreeSet;

use dast_core::discovery::{
    Backend, BackendPort, Match, ObjectKind, ObjectName, Path, Rewrite, Route, RouteKind, RouteRef, Rule,
};
use k8s_openapi::api::networking::v1 as networking;

use super::{MOST_HOST, annotations, name, port, uid};

/// The class as it was written before there was a field for it.
pub(crate) const CLASS: &str = "kubernetes.io/ingress.class";

/// The class of Ingresses that are held back. Nothing serves it.
pub const PARKED_CLASS: &str = "dast-parked";

/// The fact of an Ingress.
pub fn ingress(object: &networking::Ingress) -> Option<Route> {
    let name = name(&object.metadata)?;
    let namespace = name.namespace.clone();
    let mut fact = Route::new(RouteRef::new(RouteKind::Ingress, name));
    fact.uid = uid(&object.metadata);
    fact.annotations = annotations(&object.metadata);
    fact.served_by = classes(object);
    let Some(spec) = &object.spec else { return Some(fact) };
    let default = spec.default_backend.as_ref().map(|object| backend(object, &namespace));
    for rule in spec.rules.iter().flatten() {
        let hosts: Vec<String> = rule.host.iter().cloned().collect();
        match &rule.http {
            Some(http) => fact.rules.extend(http.paths.iter().map(|object| Rule {
                hosts: hosts.clone(),
                matches: path(object).map(Match::from).into_iter().collect(),
                backends: vec![backend(&object.backend, &namespace)],
                ..everything(Vec::new(), Vec::new())
            })),
            // All of such a host goes to the default backend, or wherever annotations say.
            None => fact.rules.push(everything(hosts, default.iter().cloned().collect())),
        }
    }
    fact.rules.extend(default.map(|backend| everything(Vec::new(), vec![backend])));
    Some(fact)
}

/// What is too much of what multiplies, if anything is: a host is that of each path.
pub(crate) fn ingress_too_much(object: &networking::Ingress) -> Option<String> {
    let rules = object.spec.as_ref().and_then(|spec| spec.rules.as_ref()).into_iter().flatten();
    let bytes = rules.filter_map(|rule| rule.host.as_ref()).map(String::len).max().unwrap_or_default();
    (bytes > MOST_HOST)
        .then(|| format!("`spec.rules[].host` has {bytes} bytes: expected {MOST_HOST} at most"))
}

fn everything(hosts: Vec<String>, backends: Vec<Backend>) -> Rule {
    Rule { hosts, matches: Vec::new(), rewrite: Rewrite::default(), filters: String::new(), backends }
}

/// The class in both of its spellings, unless nothing serves it; without any, the default one, whatever that is
/// (<https://kubernetes.io/docs/concepts/services-networking/ingress/#deprecated-annotation>).
fn classes(object: &networking::Ingress) -> BTreeSet<String> {
    let annotation = object.metadata.annotations.as_ref().and_then(|all| all.get(CLASS));
    let field = object.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_ref());
    let mut named = [annotation, field].into_iter().flatten().peekable();
    if named.peek().is_none() {
        return ["the default class".to_owned()].into();
    }
    named.filter(|class| *class != PARKED_CLASS).map(|class| format!("class `{class}`")).collect()
}

/// `ImplementationSpecific` is what the controller makes of it
/// (<https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types>); without a path, it is every path.
fn path(object: &networking::HTTPIngressPath) -> Option<Path> {
    let path = object.path.clone().filter(|path| !path.is_empty())?;
    Some(match object.path_type.as_str() {
        "Exact" => Path::Exact(path),
        "Prefix" => Path::Prefix(path),
        _ => Path::Pattern(path),
    })
}

fn backend(object: &networking::IngressBackend, namespace: &str) -> Backend {
    let Some(service) = &object.service else {
        let Some(resource) = &object.resource else { return Backend::Other("nothing".to_owned()) };
        let kind = ObjectKind::new(resource.api_group.as_deref().unwrap_or_default(), &resource.kind);
        return Backend::Object(kind, ObjectName::new(namespace, resource.name.as_str()));
    };
    let port = match &service.port {
        Some(networking::ServiceBackendPort { name: Some(name), .. }) if !name.is_empty() => {
            BackendPort::Name(name.as_str().into())
        }
        Some(networking::ServiceBackendPort { number: Some(number), .. }) => {
            BackendPort::Number(port(*number))
        }
        _ => BackendPort::First,
    };
    Backend::Service(ObjectName::new(namespace, service.name.as_str()), port)
}
