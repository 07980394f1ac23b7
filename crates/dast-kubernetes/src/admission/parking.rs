//! Routes that are held back: nothing serves them, and an annotation says what is to.

use std::fmt;

use dast_core::discovery::{Route, RouteKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::facts::{CLASS, PARKED_CLASS};

/// The annotation that says what serves a parked route once it may be served.
///
/// It is worked out from what is asked for, and what a client writes into it is overwritten. Nothing rests on it: a route that
/// is released is judged as any other that somebody writes.
pub const PARKED_ANNOTATION: &str = "dast.security.banzaicloud.io/parked";

/// What serves a route.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Served {
    /// The class of an Ingress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ingress_class_name: Option<String>,
    /// The same in its old spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class_annotation: Option<String>,
    /// The parents of a route of the Gateway API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_refs: Option<Value>,
    /// Whether default Gateways serve it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    use_default_gateways: Option<Value>,
    /// Since when it is held back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A few fields of JSON are JSON.
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// Why a route cannot be released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParkingError {
    /// It is not parked.
    #[error("it is not parked: it has no annotation `{PARKED_ANNOTATION}`")]
    NotParked,
    /// Its annotation says nothing that can be read.
    #[error("the annotation `{PARKED_ANNOTATION}` cannot be read: expected what serves the route, as JSON")]
    Unreadable(#[source] serde_json::Error),
}

impl ParkingError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::NotParked => "not_parked",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// What an object comes to when it is to be held back: the same, but for what serves it, which an annotation remembers, and since
/// when.
///
/// ```
/// use dast_core::discovery::RouteKind;
/// use dast_kubernetes::admission::{park, release};
/// use serde_json::json;
///
/// let front = json!({"metadata": {"name": "front"}, "spec": {"ingressClassName": "public"}});
/// let parked = park(RouteKind::Ingress, front.clone(), "2026-06-01T12:00:00Z".parse()?);
/// assert_eq!(parked["spec"]["ingressClassName"], "dast-parked");
/// assert_eq!(release(RouteKind::Ingress, parked)?, front);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn park(kind: RouteKind, mut object: Value, since: Timestamp) -> Value {
    let _ = annotate(&mut object, PARKED_ANNOTATION, None);
    let served = match kind {
        RouteKind::Ingress => Served {
            class_annotation: annotate(&mut object, CLASS, None),
            // A parked one that is written again may have ours and, in the old spelling, its own.
            ingress_class_name: text(set_spec(&mut object, "ingressClassName", Some(json!(PARKED_CLASS))))
                .filter(|class| class != PARKED_CLASS),
            since: Some(since),
            ..Served::default()
        },
        RouteKind::HttpRoute | RouteKind::GrpcRoute => Served {
            parent_refs: set_spec(&mut object, "parentRefs", None),
            use_default_gateways: set_spec(&mut object, "useDefaultGateways", None),
            since: Some(since),
            ..Served::default()
        },
    };
    let _ = annotate(&mut object, PARKED_ANNOTATION, Some(served.to_string()));
    object
}

/// What a parked object comes to when it may be served.
///
/// # Errors
/// When it is not parked, or does not say what is to serve it.
pub fn release(kind: RouteKind, mut object: Value) -> Result<Value, ParkingError> {
    let memory = annotate(&mut object, PARKED_ANNOTATION, None).ok_or(ParkingError::NotParked)?;
    let served: Served = serde_json::from_str(&memory).map_err(ParkingError::Unreadable)?;
    match kind {
        RouteKind::Ingress => {
            set_spec(&mut object, "ingressClassName", served.ingress_class_name.map(Value::from));
            if let Some(class) = served.class_annotation {
                annotate(&mut object, CLASS, Some(class));
            }
        }
        RouteKind::HttpRoute | RouteKind::GrpcRoute => {
            set_spec(&mut object, "parentRefs", served.parent_refs);
            set_spec(&mut object, "useDefaultGateways", served.use_default_gateways);
        }
    }
    Ok(object)
}

/// Since when a route is held back, if it is.
pub(crate) fn held_since(route: &Route) -> Option<Timestamp> {
    let memory = route.annotations.get(PARKED_ANNOTATION).filter(|_| route.served_by.is_empty())?;
    serde_json::from_str::<Served>(memory).ok()?.since
}

/// Since when an object is held back, if it says so; `None` if it is not held back.
pub(super) fn held_since_of(kind: RouteKind, object: &Value) -> Option<Option<Timestamp>> {
    let memory = annotation(object, PARKED_ANNOTATION).filter(|_| is_served_by_nothing(kind, object))?;
    Some(serde_json::from_str::<Served>(memory).ok().and_then(|served| served.since))
}

/// The patch (RFC 7386) that releases a parked object as long as it is still what it was.
///
/// # Errors
/// When it is not parked, or does not say what is to serve it.
pub(crate) fn release_patch(kind: RouteKind, object: &Value) -> Result<Value, ParkingError> {
    let released = release(kind, object.clone())?;
    let mut annotations = json!({PARKED_ANNOTATION: null});
    if let (Some(class), Some(annotations)) = (annotation(&released, CLASS), annotations.as_object_mut()) {
        annotations.insert(CLASS.to_owned(), json!(class));
    }
    let fields: &[&str] = match kind {
        RouteKind::Ingress => &["ingressClassName"],
        RouteKind::HttpRoute | RouteKind::GrpcRoute => &["parentRefs", "useDefaultGateways"],
    };
    let spec = released.get("spec");
    let served =
        fields.iter().map(|field| ((*field).to_owned(), spec.and_then(|spec| spec.get(field)).cloned()));
    let served: Map<String, Value> =
        served.map(|(field, value)| (field, value.unwrap_or_default())).collect();
    let version = object.pointer("/metadata/resourceVersion");
    Ok(json!({
        "metadata": {"resourceVersion": version, "annotations": annotations},
        "spec": served,
    }))
}

/// What an object that somebody writes is to be, but for the decision on it: its memory is ours. One that stays parked keeps
/// what it had, but for the time since when it is held back, and any other has none.
pub(super) fn remember(
    kind: RouteKind,
    before: Option<&Value>,
    mut object: Value,
    since: Timestamp,
) -> Value {
    let claimed = annotation(&object, PARKED_ANNOTATION);
    let kept =
        before.filter(|before| is_served_by_nothing(kind, before) && is_served_by_nothing(kind, &object));
    let memory = kept.and_then(|before| annotation(before, PARKED_ANNOTATION));
    let memory = memory.map(|memory| match serde_json::from_str::<Served>(memory) {
        Ok(served) => Served { since: Some(since), ..served }.to_string(),
        Err(_) => memory.to_owned(),
    });
    if claimed != memory.as_deref() {
        annotate(&mut object, PARKED_ANNOTATION, memory);
    }
    object
}

/// Whether a route has the form of one that is parked.
fn is_served_by_nothing(kind: RouteKind, object: &Value) -> bool {
    match kind {
        RouteKind::Ingress => {
            let field = object.pointer("/spec/ingressClassName").and_then(Value::as_str);
            field == Some(PARKED_CLASS) && annotation(object, CLASS).is_none()
        }
        RouteKind::HttpRoute | RouteKind::GrpcRoute => {
            let parents = object.pointer("/spec/parentRefs").and_then(Value::as_array);
            let defaults = object.pointer("/spec/useDefaultGateways").and_then(Value::as_str);
            parents.is_none_or(Vec::is_empty) && defaults.is_none_or(|scope| scope == "None")
        }
    }
}

fn annotation<'o>(object: &'o Value, key: &str) -> Option<&'o str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// Sets an annotation, or takes it away; gives what it was. There is no empty map of them.
fn annotate(object: &mut Value, key: &str, value: Option<String>) -> Option<String> {
    let metadata = section(object, "metadata")?;
    let (before, is_empty) = {
        let annotations = section_of(metadata, "annotations")?;
        let before = match value {
            Some(value) => annotations.insert(key.to_owned(), Value::String(value)),
            None => annotations.remove(key),
        };
        (before, annotations.is_empty())
    };
    if is_empty {
        metadata.remove("annotations");
    }
    text(before)
}

fn set_spec(object: &mut Value, key: &str, value: Option<Value>) -> Option<Value> {
    let spec = section(object, "spec")?;
    match value {
        Some(value) => spec.insert(key.to_owned(), value),
        None => spec.remove(key),
    }
}

fn section<'o>(object: &'o mut Value, key: &str) -> Option<&'o mut Map<String, Value>> {
    section_of(object.as_object_mut()?, key)
}

/// A part of an object that is a map, made if it is not there.
fn section_of<'o>(object: &'o mut Map<String, Value>, key: &str) -> Option<&'o mut Map<String, Value>> {
    let part = object.entry(key).or_insert_with(|| json!({}));
    if part.is_null() {
        *part = json!({});
    }
    part.as_object_mut()
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
