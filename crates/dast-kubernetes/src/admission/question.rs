//! What an API server asks: a route as it was and as it is to be.

use std::borrow::Cow;
use std::collections::BTreeMap;

use dast_core::admission::is_within;
use dast_core::discovery::{ObjectName, Route, RouteKind};
use dast_policy::printable;
use jiff::Timestamp;
use k8s_openapi::api::networking::v1::Ingress;
use kube::Resource;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::parking::{PARKED_ANNOTATION, held_since, release};
use super::review::{MOST_NAME, MOST_UID, Operation, Request, too_long};
use super::shape::Shape;
use crate::facts::{self, GrpcRoute, HttpRoute};

/// The kinds that are judged, as the API server sends them.
const KINDS: [(&str, &[&str], &str, RouteKind); 3] = [
    ("networking.k8s.io", &["v1"], "Ingress", RouteKind::Ingress),
    ("gateway.networking.k8s.io", &["v1", "v1beta1"], "HTTPRoute", RouteKind::HttpRoute),
    ("gateway.networking.k8s.io", &["v1"], "GRPCRoute", RouteKind::GrpcRoute),
];

/// A question about a route.
#[derive(Debug)]
pub(super) struct Question<'b> {
    pub(super) kind: RouteKind,
    /// Group and version of the objects.
    pub(super) api_version: String,
    pub(super) before: Option<State<'b>>,
    pub(super) after: State<'b>,
    /// Whoever asks for it.
    pub(super) by: &'b str,
    /// Whether nothing comes of it.
    pub(super) is_dry_run: bool,
}

impl Question<'_> {
    /// Whether the route was held back before.
    pub(super) fn is_parked_already(&self) -> bool {
        self.before.as_ref().is_some_and(State::has_memory)
    }

    /// Since when it is held back, if it asks for nothing but what it asked for then. Whoever asks for more waits anew.
    pub(super) fn held_since(&self) -> Option<Timestamp> {
        let before = self.before.as_ref()?;
        let since = held_since(&before.route)?;
        let asked_for = before.released(self.kind)?;
        let mut asks_for = self.after.route.clone();
        if asks_for.served_by.is_empty() {
            asks_for.served_by.clone_from(&asked_for.served_by);
        }
        is_within(&asks_for, &asked_for).then_some(since)
    }

    /// Whether it says, or said, what is to serve it.
    pub(super) fn has_memory(&self) -> bool {
        self.is_parked_already() || self.after.has_memory()
    }
}

/// A route at a time.
#[derive(Debug)]
pub(super) struct State<'b> {
    object: Cow<'b, RawValue>,
    pub(super) uid: Option<String>,
    pub(super) route: Route,
}

impl State<'_> {
    /// The route as it would be if it were released.
    fn released(&self, kind: RouteKind) -> Option<Route> {
        let released = to_raw_value(&release(kind, self.json().ok()?).ok()?).ok()?;
        let ObjectName { namespace, name } = &self.route.name.name;
        Some(state(kind, Cow::Owned(released), name, namespace).ok()?.route)
    }

    fn has_memory(&self) -> bool {
        self.route.annotations.get(PARKED_ANNOTATION).is_some()
    }

    /// The object as the API server has it.
    ///
    /// # Errors
    /// When it is nested too deeply, in a field that says nothing of what is exposed.
    pub(super) fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_str(self.object.get())
    }
}

/// What a request is.
#[derive(Debug)]
pub(super) enum Asked<'b> {
    /// A question that there is a decision for.
    Judge(Box<Question<'b>>),
    /// Something that takes away: nothing is exposed by it.
    TakesAway,
    /// None that could be answered, and why.
    Nonsense(String),
}

/// Reads what is asked.
pub(super) fn read<'b>(request: &'b Request<'b>) -> Asked<'b> {
    let asked = &request.kind;
    let known = KINDS.iter().find(|(group, versions, name, _)| {
        *group == asked.group && versions.contains(&asked.version.as_str()) && *name == asked.kind
    });
    let Some((.., kind)) = known else {
        let all = "Ingress (networking.k8s.io/v1), HTTPRoute (gateway.networking.k8s.io/v1, v1beta1), \
                   GRPCRoute (gateway.networking.k8s.io/v1)";
        let name = format!("{}/{} {}", asked.group, asked.version, asked.kind);
        return Asked::Nonsense(format!("kind `{}` is not judged here: expected {all}", printable(&name)));
    };
    let Some(namespace) = request.namespace.as_deref().filter(|namespace| !namespace.is_empty()) else {
        return Asked::Nonsense("field `namespace` is missing: routes are in namespaces".to_owned());
    };
    let needed = |object: Option<Cow<'b, RawValue>>, field: &str| match object {
        Some(object) => state(*kind, object, &request.name, namespace)
            .map_err(|error| format!("field `{field}`: {error}")),
        None => Err(format!("field `{field}` is missing")),
    };
    let is_update = match request.operation {
        Operation::Create => false,
        Operation::Update => true,
        Operation::Delete => return Asked::TakesAway,
        Operation::Connect => {
            return Asked::Nonsense(
                "operation `CONNECT` is not judged here: expected CREATE or UPDATE".to_owned(),
            );
        }
    };
    let mut shape = Shape::new();
    for (field, object) in [("object", request.object), ("oldObject", request.old_object)] {
        if let Some(Err(error)) = object.map(|object| shape.check(object)) {
            return Asked::Nonsense(printable(&format!("field `{field}`: {error}")).into_owned());
        }
    }
    let before = if is_update {
        needed(request.old_object.map(Cow::Borrowed), "oldObject").map(Some)
    } else {
        Ok(None)
    };
    let object = match (request.sub_resource.as_deref(), request.object, request.old_object) {
        (Some("status"), Some(object), Some(old)) => match with_spec_of(object, old) {
            Ok(object) => Some(Cow::Owned(object)),
            Err(error) => return Asked::Nonsense(format!("field `object`: {error}")),
        },
        (_, object, _) => object.map(Cow::Borrowed),
    };
    match (before, needed(object, "object")) {
        (Ok(before), Ok(after)) => Asked::Judge(Box::new(Question {
            kind: *kind,
            api_version: asked.api_version(),
            before,
            after,
            by: &request.user_info.username,
            is_dry_run: request.dry_run,
        })),
        (Err(error), _) | (_, Err(error)) => Asked::Nonsense(error),
    }
}

/// What comes of an object when its status is written: the API server takes the metadata, but not the spec.
fn with_spec_of(object: &RawValue, old: &RawValue) -> serde_json::Result<Box<RawValue>> {
    let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(object.get())?;
    let mut old: BTreeMap<String, Box<RawValue>> = serde_json::from_str(old.get())?;
    match old.remove("spec") {
        Some(spec) => drop(fields.insert("spec".to_owned(), spec)),
        None => drop(fields.remove("spec")),
    }
    to_raw_value(&fields)
}

/// An object in the namespace that the API server says it is in. One that gets its name later is called by what that begins with.
fn state<'b>(
    kind: RouteKind,
    object: Cow<'b, RawValue>,
    name: &str,
    namespace: &str,
) -> Result<State<'b>, String> {
    let (uid, route) = match kind {
        RouteKind::Ingress => {
            let (uid, ingress) = parsed::<Ingress>(&object, name, namespace)?;
            bounded(facts::ingress_too_much(&ingress))?;
            (uid, facts::ingress(&ingress))
        }
        RouteKind::HttpRoute => {
            let (uid, route) = parsed::<HttpRoute>(&object, name, namespace)?;
            bounded(route.too_much())?;
            (uid, facts::http_route(&route))
        }
        RouteKind::GrpcRoute => {
            let (uid, route) = parsed::<GrpcRoute>(&object, name, namespace)?;
            bounded(route.too_much())?;
            (uid, facts::grpc_route(&route))
        }
    };
    Ok(State { object, uid, route: route.ok_or("it has no name")? })
}

fn parsed<K>(object: &RawValue, name: &str, namespace: &str) -> Result<(Option<String>, K), String>
where
    K: Resource + DeserializeOwned,
{
    let mut read: K = serde_json::from_str(object.get())
        .map_err(|error| printable(&format!("`{name}` cannot be read: {error}")).into_owned())?;
    let metadata = read.meta_mut();
    metadata.namespace = Some(namespace.to_owned());
    if metadata.name.as_deref().unwrap_or_default().is_empty() {
        metadata.name = Some(metadata.generate_name.clone().unwrap_or_default());
    }
    let name = metadata.name.as_deref().unwrap_or_default();
    too_long("metadata.name", name, MOST_NAME).map_or(Ok(()), Err)?;
    let uid = metadata.uid.take();
    too_long("metadata.uid", uid.as_deref().unwrap_or_default(), MOST_UID).map_or(Ok(()), Err)?;
    Ok((uid, read))
}

/// Hosts, rules, matches and backends multiply each other, and nobody has looked at how many there are yet: API servers do so
/// once webhooks have changed what they want to.
fn bounded(too_much: Option<String>) -> Result<(), String> {
    too_much.map_or(Ok(()), Err)
}
