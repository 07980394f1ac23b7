//! What an API server asks: a route as it was and as it is to be.

use dast_core::discovery::{Route, RouteKind};
use k8s_openapi::api::networking::v1::Ingress;
use kube::ResourceExt;
use kube::core::DynamicObject;
use kube::core::admission::{AdmissionRequest, Operation};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::parking::PARKED_ANNOTATION;
use crate::facts::{self, GrpcRoute, HttpRoute};

/// The kinds that are judged, as the API server sends them.
const KINDS: [(&str, &[&str], &str, RouteKind); 3] = [
    ("networking.k8s.io", &["v1"], "Ingress", RouteKind::Ingress),
    ("gateway.networking.k8s.io", &["v1", "v1beta1"], "HTTPRoute", RouteKind::HttpRoute),
    ("gateway.networking.k8s.io", &["v1"], "GRPCRoute", RouteKind::GrpcRoute),
];

/// A question about a route.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) kind: RouteKind,
    pub(super) before: Option<State>,
    pub(super) after: State,
    /// Whoever asks for it.
    pub(super) by: String,
    /// Whether nothing comes of it.
    pub(super) is_dry_run: bool,
}

impl Question {
    /// Whether the route was held back before.
    pub(super) fn is_parked_already(&self) -> bool {
        let annotations = self.before.as_ref().and_then(|before| before.object.metadata.annotations.as_ref());
        annotations.is_some_and(|annotations| annotations.contains_key(PARKED_ANNOTATION))
    }
}

/// A route at a time.
#[derive(Debug)]
pub(super) struct State {
    pub(super) object: DynamicObject,
    pub(super) route: Route,
}

/// What a request is.
#[derive(Debug)]
pub(super) enum Asked {
    /// A question that there is a decision for.
    Judge(Box<Question>),
    /// Something that takes away: nothing is exposed by it.
    TakesAway,
    /// None that could be answered, and why.
    Nonsense(String),
}

/// Reads what is asked.
pub(super) fn read(request: &AdmissionRequest<DynamicObject>) -> Asked {
    let kind = &request.kind;
    let known = KINDS.iter().find(|(group, versions, name, _)| {
        *group == kind.group && versions.contains(&kind.version.as_str()) && *name == kind.kind
    });
    let Some((.., kind)) = known else {
        let all = "Ingress (networking.k8s.io/v1), HTTPRoute (gateway.networking.k8s.io/v1, v1beta1), \
                   GRPCRoute (gateway.networking.k8s.io/v1)";
        let name = format!("{}/{} {}", kind.group, kind.version, kind.kind);
        let name = dast_policy::printable(&name).into_owned();
        return Asked::Nonsense(format!("kind `{name}` is not judged here: expected {all}"));
    };
    let namespace = request.namespace.as_deref().unwrap_or_default();
    if namespace.is_empty() {
        return Asked::Nonsense("field `namespace` is missing: routes are in namespaces".to_owned());
    }
    let needed = |object: &Option<DynamicObject>, field: &str| match object {
        Some(object) => state(*kind, object, namespace).map_err(|error| format!("field `{field}`: {error}")),
        None => Err(format!("field `{field}` is missing")),
    };
    let before = match request.operation {
        Operation::Create => Ok(None),
        Operation::Update => needed(&request.old_object, "oldObject").map(Some),
        Operation::Delete => return Asked::TakesAway,
        Operation::Connect => {
            return Asked::Nonsense(
                "operation `CONNECT` is not judged here: expected CREATE or UPDATE".to_owned(),
            );
        }
    };
    match (before, needed(&request.object, "object")) {
        (Ok(before), Ok(after)) => Asked::Judge(Box::new(Question {
            kind: *kind,
            before,
            after,
            by: request.user_info.username.clone().unwrap_or_default(),
            is_dry_run: request.dry_run,
        })),
        (Err(error), _) | (_, Err(error)) => Asked::Nonsense(error),
    }
}

/// An object in the namespace that the API server says it is in.
fn state(kind: RouteKind, object: &DynamicObject, namespace: &str) -> Result<State, String> {
    let mut named = object.clone();
    named.metadata.namespace = Some(namespace.to_owned());
    // One that gets its name later is called by what that begins with.
    if named.metadata.name.as_deref().unwrap_or_default().is_empty() {
        named.metadata.name = Some(object.metadata.generate_name.clone().unwrap_or_default());
    }
    if kind != RouteKind::Ingress {
        bounded(object)?;
    }
    let route = match kind {
        RouteKind::Ingress => parsed::<Ingress>(named).map(|object| facts::ingress(&object)),
        RouteKind::HttpRoute => parsed::<HttpRoute>(named).map(|object| facts::http_route(&object)),
        RouteKind::GrpcRoute => parsed::<GrpcRoute>(named).map(|object| facts::grpc_route(&object)),
    }?;
    let route = route.ok_or("it has no name")?;
    Ok(State { object: object.clone(), route })
}

/// More hosts or rules than any server takes in one route of the Gateway API, which takes 16
/// (<https://gateway-api.sigs.k8s.io/reference/spec/>). Nobody has looked at that yet, and they multiply each other.
const MOST_ENTRIES: usize = 64;

fn bounded(object: &DynamicObject) -> Result<(), String> {
    for field in ["hostnames", "rules"] {
        let entries = object.data.pointer(&format!("/spec/{field}")).and_then(Value::as_array);
        let number = entries.map_or(0, Vec::len);
        if number > MOST_ENTRIES {
            return Err(format!("`spec.{field}` has {number} entries: expected {MOST_ENTRIES} at most"));
        }
    }
    Ok(())
}

fn parsed<K: DeserializeOwned>(object: DynamicObject) -> Result<K, String> {
    let name = object.name_any();
    let json = serde_json::to_value(object).map_err(|error| error.to_string())?;
    serde_json::from_value(json).map_err(|error| {
        let text = format!("`{name}` cannot be read: {error}");
        dast_policy::printable(&text).into_owned()
    })
}

impl State {
    /// The object as the API server has it.
    pub(super) fn json(&self) -> Value {
        serde_json::to_value(&self.object).unwrap_or_default()
    }
}
