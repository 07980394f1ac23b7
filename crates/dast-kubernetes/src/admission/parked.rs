//! The routes of a cluster that are held back, for whoever releases them or takes the gate away.

use std::fmt;
use std::time::Duration;

use dast_core::discovery::{ObjectName, RouteKind, RouteRef};
use jiff::Timestamp;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{ListParams, Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

use super::parking::{PARKED_ANNOTATION, held_since_of, release_patch};
use crate::access::FIELD_MANAGER;
use crate::facts::{GrpcRoute, HttpRoute};
use crate::refused::{is_conflict, is_gone};

/// Objects that are asked for at a time.
const PAGE: u32 = 500;

/// The pauses between tries to leave a route to its owners.
const GIVING_BACK: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

/// A route that is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// The route.
    pub route: RouteRef,
    /// Since when, if it says so.
    pub since: Option<Timestamp>,
}

impl fmt::Display for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.route)?;
        self.since.map_or(Ok(()), |since| write!(f, ", held back since {since:.0}"))
    }
}

/// All routes that are held back, in order. Kinds that the cluster does not have are left out.
///
/// # Errors
/// When the API server does not answer, or does not let them be listed.
pub async fn parked(client: &Client) -> kube::Result<Vec<Parked>> {
    let mut parked = Vec::new();
    for kind in [RouteKind::Ingress, RouteKind::HttpRoute, RouteKind::GrpcRoute] {
        let routes = Api::<DynamicObject>::all_with(client.clone(), &resource(kind));
        let mut page = ListParams::default().limit(PAGE);
        loop {
            let list = match routes.list(&page).await {
                Ok(list) => list,
                Err(error) if is_gone(&error) => break,
                Err(error) => return Err(error),
            };
            parked.extend(list.items.iter().filter_map(|object| entry(kind, object)));
            match list.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => break,
            }
        }
    }
    parked.sort_by(|one, other| one.route.cmp(&other.route));
    Ok(parked)
}

fn entry(kind: RouteKind, object: &DynamicObject) -> Option<Parked> {
    let json = serde_json::to_value(object).ok()?;
    let since = held_since_of(kind, &json)?;
    let name = ObjectName::new(object.namespace()?, object.name_any());
    Some(Parked { route: RouteRef::new(kind, name), since })
}

/// Writes a route as it was asked for, if nobody has changed it meanwhile, and gives what came of it: where there is a gate,
/// that may be parked again. `None` if it is gone or not parked any more, or if nobody knows what is to serve it: then whoever wrote
/// it has to say so again.
///
/// # Errors
/// When the API server does not answer, or refuses.
pub async fn restore(client: &Client, route: &RouteRef) -> kube::Result<Option<DynamicObject>> {
    let Some(object) = find(client, route).await? else { return Ok(None) };
    let json = serde_json::to_value(&object).map_err(kube::Error::SerdeError)?;
    let patch = match release_patch(route.kind, &json) {
        Ok(patch) => patch,
        Err(error) => {
            tracing::debug!(%route, %error, "a route cannot be released");
            return Ok(None);
        }
    };
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    match api(client, route).patch(&route.name.name, &params, &Patch::Merge(&patch)).await {
        Ok(restored) => {
            if !is_parked(&restored) {
                give_back(client, route, restored.clone()).await;
            }
            Ok(Some(restored))
        }
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Leaves what was restored to those who asked for it: whoever applies the same again, by server-side apply and without force, would be
/// told of a conflict with the operator
/// (<https://kubernetes.io/docs/reference/using-api/server-side-apply/#clearing-managedfields>). Whoever serves it may write its status at
/// the same moment, so that it is tried more than once.
async fn give_back(client: &Client, route: &RouteRef, mut restored: DynamicObject) {
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    for pause in GIVING_BACK {
        let Some(patch) = ownership_patch(&restored).filter(|_| !is_parked(&restored)) else { return };
        let given = api(client, route).patch(&route.name.name, &params, &Patch::Merge(&patch)).await;
        let Err(error) = given else { return };
        tracing::debug!(%route, %error, "what was asked for is still the operator's");
        if !is_conflict(&error) {
            return;
        }
        tokio::time::sleep(pause).await;
        match find(client, route).await {
            Ok(Some(object)) => restored = object,
            Ok(None) | Err(_) => return,
        }
    }
}

/// Takes the operator out of those who own a part of an object; `None` if it owns nothing.
fn ownership_patch(object: &DynamicObject) -> Option<Value> {
    let managers = object.managed_fields();
    let others: Vec<_> =
        managers.iter().filter(|entry| entry.manager.as_deref() != Some(FIELD_MANAGER)).collect();
    if others.len() == managers.len() {
        return None;
    }
    // An empty list would change nothing.
    let others = if others.is_empty() { json!([{}]) } else { json!(others) };
    Some(json!({"metadata": {"resourceVersion": object.resource_version(), "managedFields": others}}))
}

/// A route as it is; `None` if it is gone.
pub(crate) async fn find(client: &Client, route: &RouteRef) -> kube::Result<Option<DynamicObject>> {
    api(client, route).get_opt(&route.name.name).await
}

fn api(client: &Client, route: &RouteRef) -> Api<DynamicObject> {
    Api::namespaced_with(client.clone(), &route.name.namespace, &resource(route.kind))
}

/// Whether an object is held back as far as it says so itself.
pub fn is_parked(object: &DynamicObject) -> bool {
    object.annotations().contains_key(PARKED_ANNOTATION)
}

/// The resource of a kind of routes.
pub(crate) fn resource(kind: RouteKind) -> ApiResource {
    match kind {
        RouteKind::Ingress => ApiResource::erase::<Ingress>(&()),
        RouteKind::HttpRoute => ApiResource::erase::<HttpRoute>(&()),
        RouteKind::GrpcRoute => ApiResource::erase::<GrpcRoute>(&()),
    }
}

#[cfg(test)]
mod tests;
