//! A shop, its route, and a gate that knows them.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use dast_kubernetes::admission::{Admission, router};
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::facts;
use dast_kubernetes::manifests::Manifests;
use k8s_openapi::api::core::v1 as core;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use super::cluster::Cluster;
use super::generated;
pub(crate) use super::generated::web as service;

pub const PARKED: &str = "dast.security.banzaicloud.io/parked";
pub const GLASS: &str = "dast.security.banzaicloud.io/break-glass";

pub fn ceiling(mode: &str) -> Value {
    json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ClusterThresholdPolicy",
        "metadata": {"name": "ceiling"},
        "spec": {"thresholds": {"alerts": {"high": {"fail": 0}}}, "enforcement": {"mode": mode}}})
}

/// The shop's target as the operator writes it: scanned a minute ago at `shop.example`, with so many findings.
pub fn target(found: usize) -> Value {
    let object: core::Service = serde_json::from_value(service()).unwrap();
    let fact = facts::service(&object).unwrap();
    generated::target(found, &fact.hash_of(&fact.ports[0]))
}

pub fn ingress(host: &str) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "front", "namespace": "shop"},
    "spec": {"ingressClassName": "public", "rules": [{"host": host, "http": {"paths": [
        {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"name": "http"}}}},
    ]}}]}})
}

pub fn http_route(version: &str) -> Value {
    json!({"apiVersion": format!("gateway.networking.k8s.io/{version}"), "kind": "HTTPRoute",
    "metadata": {"name": "front", "namespace": "shop"},
    "spec": {"parentRefs": [{"name": "public"}], "hostnames": ["shop.example"],
        "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]}})
}

pub fn grpc_route() -> Value {
    json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GRPCRoute",
    "metadata": {"name": "front", "namespace": "shop"},
    "spec": {"parentRefs": [{"name": "public"}], "hostnames": ["shop.example"],
        "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]}})
}

/// What an API server asks about an object, or its update.
pub fn review(before: Option<&Value>, after: &Value) -> Value {
    let (group, version) = after["apiVersion"].as_str().unwrap().split_once('/').unwrap();
    let kind = after["kind"].as_str().unwrap();
    let resource =
        if kind == "Ingress" { "ingresses".to_owned() } else { format!("{}s", kind.to_lowercase()) };
    let gvk = json!({"group": group, "version": version, "kind": kind});
    let gvr = json!({"group": group, "version": version, "resource": resource});
    json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": gvk, "resource": gvr, "requestKind": gvk, "requestResource": gvr,
        "name": after["metadata"]["name"].as_str().unwrap_or_default(), "namespace": "shop",
        "operation": if before.is_some() { "UPDATE" } else { "CREATE" },
        "userInfo": {"username": "jane", "groups": ["system:authenticated"]},
        "object": after, "oldObject": before, "dryRun": false,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
    }})
}

/// A gate that knows these objects.
#[derive(Clone)]
pub struct World(Arc<Admission>);

impl World {
    pub fn of(objects: &[Value]) -> Self {
        Self::configured("{}", objects)
    }

    /// One with a configuration.
    pub fn configured(yaml: &str, objects: &[Value]) -> Self {
        let mut manifests = Manifests::new("shop");
        objects.iter().for_each(|object| manifests.read(&object.to_string()).unwrap());
        Self(Arc::new(gate(Configuration::from_yaml(yaml).unwrap()).knowing(&manifests)))
    }

    /// One that knows nothing yet.
    pub fn waiting() -> Self {
        Self(Arc::new(gate(Configuration::default())))
    }

    /// One that knows what it hears from a cluster.
    pub fn hearing(cluster: &Cluster) -> Self {
        let world = Self::waiting();
        let (gate, client) = (Arc::clone(&world.0), cluster.client());
        tokio::spawn(async move { gate.run(&client).await });
        world
    }

    /// What its metrics tell.
    pub fn metrics(&self) -> String {
        let (mut registry, mut text) = (Registry::default(), String::new());
        self.0.register(&mut registry);
        encode(&mut text, &registry).unwrap();
        text
    }

    /// Whether it says that it is ready.
    pub async fn is_ready(&self) -> bool {
        self.send(Request::get("/readyz").body(Body::empty()).unwrap()).await.0 == StatusCode::OK
    }

    /// The response to a review.
    pub async fn ask(&self, path: &str, review: &Value) -> Value {
        let (status, text) = self.post(path, "application/json", review.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["kind"], "AdmissionReview");
        assert_eq!(answer["apiVersion"], "admission.k8s.io/v1");
        assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
        answer["response"].clone()
    }

    pub async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> (StatusCode, String) {
        let request = Request::post(path).header(header::CONTENT_TYPE, kind).body(body.into()).unwrap();
        let (status, _, text) = self.send(request).await;
        (status, text)
    }

    /// A review that says how long it is.
    pub async fn post_of_length(
        &self,
        path: &str,
        length: usize,
        body: Body,
    ) -> (StatusCode, HeaderMap, String) {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.header(header::CONTENT_LENGTH, length).body(body).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = router(Arc::clone(&self.0)).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 1 << 24).await.unwrap();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    /// What an object is after both doors, as it would be written; or why it is not.
    pub async fn write(&self, before: Option<&Value>, after: &Value) -> Result<Value, String> {
        let response = self.ask("/mutate", &review(before, after)).await;
        assert_eq!(response["allowed"], true, "nothing is denied while routes may still change");
        let written = patched(after, &response);
        let response = self.ask("/validate", &review(before, &written)).await;
        if response["allowed"] == true {
            return Ok(written);
        }
        assert_eq!(response["status"]["code"], 403);
        Err(response["status"]["message"].as_str().unwrap().to_owned())
    }
}

fn gate(configuration: Configuration) -> Admission {
    Admission::new("dast-system", watch::channel(Arc::new(configuration)).1)
}

/// An object with the patch of a response.
pub fn patched(object: &Value, response: &Value) -> Value {
    let mut object = object.clone();
    if let Some(bytes) = response["patch"].as_array() {
        assert_eq!(response["patchType"], "JSONPatch");
        let bytes: Vec<u8> = bytes.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect();
        let patch: json_patch::Patch = serde_json::from_slice(&bytes).unwrap();
        json_patch::patch(&mut object, &patch).unwrap();
    }
    object
}
