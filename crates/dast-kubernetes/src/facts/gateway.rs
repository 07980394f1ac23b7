//! HTTPRoutes and GRPCRoutes of the Gateway API, with the fields that discovery asks for
//! (<https://gateway-api.sigs.k8s.io/reference/spec/>, v1). Whatever else such an object has, it reads.

mod bounds;

use std::borrow::Cow;

use dast_core::discovery::{
    self, Backend, BackendPort, ObjectKind, ObjectName, Path, PathRewrite, Rewrite, Route, RouteKind,
    RouteRef, Rule,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::core::NamespaceResourceScope;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{annotations, name, port, uid};

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
        impl $object {
            /// What is too much of what multiplies, if anything is.
            pub(crate) fn too_much(&self) -> Option<String> {
                self.spec.as_ref().and_then(Spec::too_much)
            }
        }

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

fn route<M: Matching>(kind: RouteKind, metadata: &ObjectMeta, spec: Option<&Spec<M>>) -> Option<Route> {
    let name = name(metadata)?;
    let namespace = name.namespace.clone();
    let mut fact = Route::new(RouteRef::new(kind, name));
    fact.uid = uid(metadata);
    fact.annotations = annotations(metadata);
    let Some(spec) = spec else { return Some(fact) };
    fact.served_by = spec.parent_refs.iter().map(|parent| parent.shown(&namespace)).collect();
    // Experimental (GEP-3793). What it says is served by Gateways that the route does not name.
    let default = spec.use_default_gateways.as_ref().filter(|scope| *scope != "None");
    fact.served_by.extend(default.map(|scope| format!("default Gateways `{scope}`")));
    fact.rules = spec.rules.iter().flat_map(|rule| rule.facts(&namespace, &spec.hostnames)).collect();
    Some(fact)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", bound = "M: DeserializeOwned")]
struct Spec<M> {
    #[serde(default)]
    parent_refs: Vec<Parent>,
    use_default_gateways: Option<String>,
    #[serde(default)]
    hostnames: Vec<String>,
    #[serde(default = "Vec::new")]
    rules: Vec<RouteRule<M>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", bound = "M: DeserializeOwned")]
struct RouteRule<M> {
    #[serde(default = "Vec::new")]
    matches: Vec<Whole<M>>,
    #[serde(default)]
    filters: Vec<Whole<Filter>>,
    #[serde(default)]
    backend_refs: Vec<BackendRef>,
}

impl<M: Matching> RouteRule<M> {
    /// One for all backends that see the same; those with filters of their own may see something else.
    fn facts(&self, namespace: &str, hosts: &[String]) -> Vec<Rule> {
        let matches = self
            .matches
            .iter()
            .map(|asked| discovery::Match { path: asked.read.path(), text: asked.text.clone() });
        let matches: Vec<_> = matches.collect();
        let rewrite = rewrite(&self.filters);
        let rule = |rewrite: &Rewrite, filters: String, backends| Rule {
            hosts: hosts.to_vec(),
            matches: matches.clone(),
            rewrite: rewrite.clone(),
            filters,
            backends,
        };
        let (plain, special): (Vec<_>, Vec<_>) =
            self.backend_refs.iter().partition(|backend| backend.filters.is_empty());
        let plain = plain.into_iter().map(|object| object.backend.fact(namespace)).collect();
        let own = texts(&self.filters);
        let mut rules = vec![rule(&rewrite, own.clone(), plain)];
        // Who is mirrored to or asked gets other requests than who serves, so that they are told apart.
        let beside = |filters: &[Whole<Filter>], text: &str| {
            let mirrored: Vec<_> = mirrors(filters).map(|object| object.fact(namespace)).collect();
            let mirrored = Some(mirrored).filter(|backends| !backends.is_empty());
            let mirrored = mirrored.map(|backends| rule(&rewrite, format!("mirrored {text}"), backends));
            let asked = authorizers(filters)
                .map(|(sees, object)| rule(&sees, format!("asked {text}"), vec![object.fact(namespace)]));
            mirrored.into_iter().chain(asked).collect::<Vec<_>>()
        };
        rules.extend(beside(&self.filters, &own));
        for object in special {
            let seen = self::rewrite(&object.filters);
            let seen = Rewrite {
                host: seen.host.or(rewrite.host.clone()),
                path: seen.path.or(rewrite.path.clone()),
            };
            let filters = format!("{own} {}", texts(&object.filters));
            rules.extend(beside(&object.filters, &filters));
            rules.push(rule(&seen, filters, vec![object.backend.fact(namespace)]));
        }
        rules.retain(|rule| !rule.backends.is_empty());
        rules
    }
}

/// What something says, and the whole of it as one short text: itself, with the names of its fields in their order, or its hash
/// if that is shorter.
#[derive(Debug, Clone)]
struct Whole<T> {
    read: T,
    text: String,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        let text = json.to_string();
        let hash = || Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        let text = if text.len() > MOST_TEXT { hash() } else { text };
        Ok(Self { read: serde_json::from_value(json).map_err(D::Error::custom)?, text })
    }
}

/// The longest text that is kept as it is, in bytes: as long as a hash.
const MOST_TEXT: usize = 64;

fn texts(filters: &[Whole<Filter>]) -> String {
    filters.iter().map(|filter| filter.text.as_str()).collect()
}

/// What a route attaches itself to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parent {
    group: Option<String>,
    kind: Option<String>,
    namespace: Option<String>,
    name: String,
    section_name: Option<String>,
    port: Option<i32>,
}

impl Parent {
    fn shown(&self, namespace: &str) -> String {
        let kind = self.kind.as_deref().unwrap_or("Gateway");
        let group = self.group.as_deref().filter(|group| *group != "gateway.networking.k8s.io");
        let group = group.map(|group| format!(".{group}")).unwrap_or_default();
        let namespace = self.namespace.as_deref().unwrap_or(namespace);
        let section = self.section_name.as_ref().map(|name| format!(" section `{name}`")).unwrap_or_default();
        let port = self.port.map(|port| format!(" port {port}")).unwrap_or_default();
        format!("{kind}{group} `{namespace}/{}`{section}{port}", self.name)
    }
}

/// What a rule matches.
trait Matching: DeserializeOwned {
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

impl Matching for HttpMatch {
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
impl Matching for GrpcMatch {
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
    external_auth: Option<ExternalAuth>,
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

/// Whom a Gateway asks about each request before it goes on: they get its head, and perhaps its body, as whoever sent it wrote
/// them. Experimental (GEP-1494).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalAuth {
    backend_ref: Reference,
    http: Option<HttpAuth>,
}

#[derive(Debug, Clone, Deserialize)]
struct HttpAuth {
    /// What is put before each path that is asked about.
    path: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct BackendRef {
    #[serde(flatten)]
    backend: Reference,
    #[serde(default)]
    filters: Vec<Whole<Filter>>,
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
            return Backend::Object(
                ObjectKind::new(group, kind),
                ObjectName::new(namespace, self.name.as_str()),
            );
        }
        let port = self.port.map_or(BackendPort::First, |number| BackendPort::Number(port(number)));
        Backend::Service(ObjectName::new(namespace, self.name.as_str()), port)
    }
}

fn rewrite(filters: &[Whole<Filter>]) -> Rewrite {
    let Some(rewrite) = filters.iter().find_map(|filter| filter.read.url_rewrite.as_ref()) else {
        return Rewrite::default();
    };
    let path = rewrite.path.as_ref().and_then(|path| {
        let full = path.replace_full_path.clone().map(PathRewrite::Full);
        full.or_else(|| path.replace_prefix_match.clone().map(PathRewrite::Prefix))
    });
    Rewrite { host: rewrite.hostname.clone(), path }
}

fn mirrors(filters: &[Whole<Filter>]) -> impl Iterator<Item = &Reference> {
    filters.iter().filter_map(|filter| filter.read.request_mirror.as_ref()).map(|mirror| &mirror.backend_ref)
}

/// Whom is asked, and what they see of a request: all of it lies below the path that is put before it.
fn authorizers(filters: &[Whole<Filter>]) -> impl Iterator<Item = (Rewrite, &Reference)> {
    filters.iter().filter_map(|filter| filter.read.external_auth.as_ref()).map(|auth| {
        let before = auth.http.as_ref().and_then(|http| http.path.clone()).filter(|path| !path.is_empty());
        (Rewrite { host: None, path: before.map(PathRewrite::Prefix) }, &auth.backend_ref)
    })
}
