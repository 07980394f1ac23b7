//! Ingresses.

use dast_core::discovery::{
    Backend, BackendPort, ObjectName, Path, Rewrite, Route, RouteKind, RouteRef, Rule,
};
use k8s_openapi::api::networking::v1 as networking;

use super::{annotations, name, port};

/// The fact of an Ingress.
pub fn ingress(object: &networking::Ingress) -> Option<Route> {
    let name = name(&object.metadata)?;
    let namespace = name.namespace.clone();
    let mut fact = Route::new(RouteRef::new(RouteKind::Ingress, name));
    fact.annotations = annotations(&object.metadata);
    let Some(spec) = &object.spec else { return Some(fact) };
    let default = spec.default_backend.as_ref().map(|object| backend(object, &namespace));
    for rule in spec.rules.iter().flatten() {
        let hosts: Vec<String> = rule.host.iter().cloned().collect();
        match &rule.http {
            Some(http) => fact.rules.extend(http.paths.iter().map(|object| Rule {
                hosts: hosts.clone(),
                paths: path(object).into_iter().collect(),
                rewrite: Rewrite::default(),
                backends: vec![backend(&object.backend, &namespace)],
            })),
            // All of such a host goes to the default backend.
            None => fact.rules.extend(default.clone().map(|backend| everything(hosts, backend))),
        }
    }
    fact.rules.extend(default.map(|backend| everything(Vec::new(), backend)));
    Some(fact)
}

fn everything(hosts: Vec<String>, backend: Backend) -> Rule {
    Rule { hosts, paths: Vec::new(), rewrite: Rewrite::default(), backends: vec![backend] }
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
        let kind = object.resource.as_ref().map(|resource| format!("{} {}", resource.kind, resource.name));
        return Backend::Other(kind.unwrap_or_else(|| "nothing".to_owned()));
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
