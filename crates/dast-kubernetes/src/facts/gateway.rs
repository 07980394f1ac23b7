//! HTTPRoutes and GRPCRoutes of the Gateway API, with the fields that discovery asks for
//! (<https://gateway-api.sigs.k8s.io/reference/spec/>, v1). Whatever else such an object has, it reads.

use std::borrow::Cow;

use dast_core::discovery::{
    Backend, BackendPort, ObjectName, Path, PathRewrite, Rewrite, Route, RouteKind, RouteRef, Rule,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::core::NamespaceResourceScope;
use serde::Deserialize;

use super::{annotations, name, port};

/// An HTTPRoute.
#[derive(Debug, Clone, Deserialize)]
pub struct HttpRoute {
    /// Its metadata.
    pub metadata: ObjectMeta,
    spec: Option<Spec<HttpMatch>>,
}

/// A GRPCRoute.
#[derive(Debug, Clone, Deserialize)]
pub struct GrpcRoute {
    /// Its metadata.
    pub metadata: ObjectMeta,
    spec: Option<Spec<GrpcMatch>>,
}

macro_rules! resources {
    ($($object:ty, $kind:literal, $plural:literal;)*) => {$(
        impl Resource for $object {
            type DynamicType = ();
            type Scope = NamespaceResourceScope;

            fn kind(_: &()) -> Cow<'_, str> {
                $kind.into()
            }

            fn group(_: &()) -> Cow<'_, str> {
                "gateway.networking.k8s.io".into()
            }

            fn version(_: &()) -> Cow<'_, str> {
                "v1".into()
            }

            fn plural(_: &()) -> Cow<'_, str> {
                $plural.into()
            }

            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }
        }
    )*};
}

resources! {
    HttpRoute, "HTTPRoute", "httproutes";
    GrpcRoute, "GRPCRoute", "grpcroutes";
}

/// The fact of an HTTPRoute.
pub fn http_route(object: &HttpRoute) -> Option<Route> {
    route(RouteKind::HttpRoute, &object.metadata, object.spec.as_ref())
}

/// The fact of a GRPCRoute.
pub fn grpc_route(object: &GrpcRoute) -> Option<Route> {
    route(RouteKind::GrpcRoute, &object.metadata, object.spec.as_ref())
}

fn route<M: Match>(kind: RouteKind, metadata: &ObjectMeta, spec: Option<&Spec<M>>) -> Option<Route> {
    let name = name(metadata)?;
    let namespace = name.namespace.clone();
    let mut fact = Route::new(RouteRef::new(kind, name));
    fact.annotations = annotations(metadata);
    for rule in spec.iter().flat_map(|spec| &spec.rules) {
        let hosts = spec.map(|spec| spec.hostnames.clone()).unwrap_or_default();
        // A match without a path is one of every path, whatever the others say.
        let paths: Option<Vec<Path>> = rule.matches.iter().map(Match::path).collect();
        fact.rules.extend(rule.facts(&namespace, &hosts, &paths.unwrap_or_default()));
    }
    Some(fact)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(bound = "M: Deserialize<'de>")]
struct Spec<M> {
    #[serde(default)]
    hostnames: Vec<String>,
    #[serde(default = "Vec::new")]
    rules: Vec<RouteRule<M>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", bound = "M: Deserialize<'de>")]
struct RouteRule<M> {
    #[serde(default = "Vec::new")]
    matches: Vec<M>,
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    backend_refs: Vec<BackendRef>,
}

impl<M> RouteRule<M> {
    /// One for all backends that see the same; those with filters of their own may see something else.
    fn facts(&self, namespace: &str, hosts: &[String], paths: &[Path]) -> Vec<Rule> {
        let rewrite = rewrite(&self.filters);
        let rule = |rewrite: &Rewrite, backends| Rule {
            hosts: hosts.to_vec(),
            paths: paths.to_vec(),
            rewrite: rewrite.clone(),
            backends,
        };
        let (plain, special): (Vec<_>, Vec<_>) =
            self.backend_refs.iter().partition(|backend| backend.filters.is_empty());
        let plain = plain.into_iter().map(|object| &object.backend);
        let all = plain.chain(mirrors(&self.filters)).map(|object| object.fact(namespace)).collect();
        let mut rules = vec![rule(&rewrite, all)];
        for object in special {
            let own = self::rewrite(&object.filters);
            let own =
                Rewrite { host: own.host.or(rewrite.host.clone()), path: own.path.or(rewrite.path.clone()) };
            rules.push(rule(&own, vec![object.backend.fact(namespace)]));
            let mirrored: Vec<_> = mirrors(&object.filters).map(|object| object.fact(namespace)).collect();
            rules.push(rule(&rewrite, mirrored));
        }
        rules.retain(|rule| !rule.backends.is_empty());
        rules
    }
}

/// What a rule matches.
trait Match {
    /// The path; `None` if every path is meant.
    fn path(&self) -> Option<Path>;
}

#[derive(Debug, Clone, Deserialize)]
struct HttpMatch {
    path: Option<PathMatch>,
}

#[derive(Debug, Clone, Deserialize)]
struct PathMatch {
    #[serde(rename = "type")]
    kind: Option<String>,
    value: Option<String>,
}

impl Match for HttpMatch {
    fn path(&self) -> Option<Path> {
        let PathMatch { kind, value } = self.path.as_ref()?;
        let value = value.clone().unwrap_or_else(|| "/".to_owned());
        match kind.as_deref().unwrap_or("PathPrefix") {
            "PathPrefix" if value == "/" => None,
            "PathPrefix" => Some(Path::Prefix(value)),
            "Exact" => Some(Path::Exact(value)),
            _ => Some(Path::Pattern(value)),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct GrpcMatch {
    method: Option<MethodMatch>,
}

#[derive(Debug, Clone, Deserialize)]
struct MethodMatch {
    #[serde(rename = "type")]
    kind: Option<String>,
    service: Option<String>,
    method: Option<String>,
}

/// A call of gRPC asks for `/SERVICE/METHOD` (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
impl Match for GrpcMatch {
    fn path(&self) -> Option<Path> {
        let MethodMatch { kind, service, method } = self.method.as_ref()?;
        let exact = kind.as_deref().unwrap_or("Exact") == "Exact";
        match (service.as_deref(), method.as_deref()) {
            (None, None) => None,
            (Some(service), Some(method)) if exact => Some(Path::Exact(format!("/{service}/{method}"))),
            (Some(service), None) if exact => Some(Path::Prefix(format!("/{service}"))),
            (service, method) => {
                let any = "[^/]+";
                Some(Path::Pattern(format!("/{}/{}", service.unwrap_or(any), method.unwrap_or(any))))
            }
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    url_rewrite: Option<UrlRewrite>,
    request_mirror: Option<Mirror>,
}

#[derive(Debug, Clone, Deserialize)]
struct UrlRewrite {
    hostname: Option<String>,
    path: Option<PathModifier>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PathModifier {
    replace_full_path: Option<String>,
    replace_prefix_match: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mirror {
    backend_ref: Reference,
}

#[derive(Debug, Clone, Deserialize)]
struct BackendRef {
    #[serde(flatten)]
    backend: Reference,
    #[serde(default)]
    filters: Vec<Filter>,
}

/// A backend.
#[derive(Debug, Clone, Deserialize)]
struct Reference {
    group: Option<String>,
    kind: Option<String>,
    name: String,
    namespace: Option<String>,
    port: Option<i32>,
}

impl Reference {
    fn fact(&self, namespace: &str) -> Backend {
        let namespace = self.namespace.as_deref().unwrap_or(namespace);
        let (group, kind) = (self.group.as_deref().unwrap_or(""), self.kind.as_deref().unwrap_or("Service"));
        if (group, kind) != ("", "Service") {
            return Backend::Other(format!("{kind} {}", self.name));
        }
        let port = self.port.map_or(BackendPort::First, |number| BackendPort::Number(port(number)));
        Backend::Service(ObjectName::new(namespace, self.name.as_str()), port)
    }
}

fn rewrite(filters: &[Filter]) -> Rewrite {
    let Some(rewrite) = filters.iter().find_map(|filter| filter.url_rewrite.as_ref()) else {
        return Rewrite::default();
    };
    let path = rewrite.path.as_ref().and_then(|path| {
        let full = path.replace_full_path.clone().map(PathRewrite::Full);
        full.or_else(|| path.replace_prefix_match.clone().map(PathRewrite::Prefix))
    });
    Rewrite { host: rewrite.hostname.clone(), path }
}

fn mirrors(filters: &[Filter]) -> impl Iterator<Item = &Reference> {
    filters.iter().filter_map(|filter| filter.request_mirror.as_ref()).map(|mirror| &mirror.backend_ref)
}
