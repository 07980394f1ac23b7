//! What tests of the controllers are made of: objects as an API server holds them, and a cluster that knows them.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use dast_core::discovery::{Index, ObjectName};
use dast_core::scan::DueSettings;
use dast_policy::{Profile, Revision};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::runtime::events::Recorder;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::api::Api;
use super::context::{Context, Desks};
use super::settings::{Installation, Settings};
use super::wanted::{Scan, Wanted};
use super::work::{Desk, Requests};
use crate::configuration::Configuration;
use crate::facts;
use crate::known::Known;

pub(super) fn object<K: DeserializeOwned>(json: Value) -> K {
    serde_json::from_value(json).unwrap()
}

/// Events that are told before nothing more is told for a second.
pub(super) async fn told(context: &Context, api: &Api) -> Vec<Value> {
    let forever =
        timeout(Duration::from_secs(1), context.outbox.tell_all(&context.recorder, Duration::ZERO)).await;
    assert!(forever.is_err(), "it does not end");
    api.events()
}

/// What an installation with this file says.
pub(super) fn settings(yaml: &str) -> Settings {
    let configuration = Configuration::from_yaml(yaml).unwrap();
    Installation::new("dast-system", configuration, "").now()
}

pub(super) fn known() -> Known {
    Known::new(Arc::new(RwLock::new(Index::default())))
}

/// What controllers work with that act on this API server, and what is to be looked at.
pub(super) fn context(api: &Api, known: Known, yaml: &str) -> (Context, Requests<ObjectName>) {
    let installation = Installation::new("dast-system", Configuration::from_yaml(yaml).unwrap(), "");
    context_of(api, known, installation)
}

/// The same, of any installation.
pub(super) fn context_of(
    api: &Api,
    known: Known,
    installation: Installation,
) -> (Context, Requests<ObjectName>) {
    let client = api.client();
    let recorder = Recorder::new(client.clone(), "dast-operator".into());
    let (runs, asked) = Desk::new();
    let desks = Desks {
        targets: Desk::new().0,
        runs,
        scanners: Desk::new().0,
        documents: Desk::new().0,
        routes: Desk::new().0,
        problems: Desk::new().0,
    };
    (Context::new(client, known, installation, desks, recorder), asked)
}

/// A Dast whose ZAP has its name, and `spec` besides that.
pub(super) fn dast(namespace: &str, name: &str, mut spec: Value) -> crate::crd::Dast {
    if spec.get("zaproxy").is_none() {
        spec["zaproxy"] = json!({"name": name, "mode": "PerScan"});
    }
    object(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "Dast",
        "metadata": {"namespace": namespace, "name": name, "uid": format!("{namespace}-{name}")},
        "spec": spec,
    }))
}

/// A Service `shop/web` with port 80 and a ready pod behind it. Annotations are named without their prefix.
pub(super) fn serve(known: &Known, annotations: &[(&str, &str)]) {
    let annotations: serde_json::Map<String, Value> = annotations
        .iter()
        .map(|(key, value)| (format!("{}{key}", dast_policy::ANNOTATION_PREFIX), json!(value)))
        .collect();
    let service: Service = object(json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "s1", "annotations": annotations},
        "spec": {"clusterIP": "10.96.0.7", "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]},
    }));
    let slice: EndpointSlice = object(json!({
        "addressType": "IPv4",
        "metadata": {"name": "web-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": [{"addresses": ["10.0.0.7"], "conditions": {"ready": true}}],
        "ports": [{"name": "http", "port": 8080}],
    }));
    let pod: Pod = object(json!({
        "metadata": {"name": "web-1", "namespace": "shop"},
        "spec": {"nodeName": "n", "containers": [{"name": "web", "image": "web"}]},
        "status": {"phase": "Running", "podIP": "10.0.0.7", "containerStatuses": [{
            "name": "web", "image": "web", "ready": true, "restartCount": 0,
            "imageID": "sha256:6784fb0834aa7dbbe12e3d7471e69c290df3e6ba810dc38b34ae33d3c1c05f7d",
        }]},
    }));
    let index = known.shared_index();
    let mut index = index.write().unwrap();
    let _ = index.apply(facts::pod(&pod).unwrap());
    let _ = index.apply(facts::endpoint_slice(&slice).unwrap());
    let _ = index.apply(facts::service(&service).unwrap());
}

/// Has everything in namespace `shop` scanned, as whoever may label it wants.
pub(super) fn label_namespace(known: &Known) {
    let label = format!("{}scan", dast_policy::ANNOTATION_PREFIX);
    let namespace: Namespace = object(json!({"metadata": {"name": "shop", "labels": {label: "true"}}}));
    let _ = known.shared_index().write().unwrap().apply(facts::namespace(&namespace).unwrap());
}

/// The ScanTarget of the port of [`serve`].
pub(super) fn web() -> ObjectName {
    ObjectName::new("shop", "web-80")
}

/// What is wanted of it: it runs revision `a`, and is to be scanned with settings `1` for 10 minutes at most.
pub(super) fn wanted() -> Wanted {
    let scan = Scan {
        scanner: ObjectName::new("dast-system", "default"),
        what: object(json!({"name": "passive", "timeout": "10m"})),
        profile: Profile { name: "passive".to_owned(), hash: "1".to_owned() },
        zap: None,
        analyzer_image: "analyzer".to_owned(),
        due: DueSettings::default(),
        suspended: false,
    };
    Wanted {
        owner: object(json!({"apiVersion": "v1", "kind": "Service", "name": "web", "uid": "s1"})),
        spec: object(
            json!({"service": {"name": "web", "port": 80, "uid": "s1"}, "origin": "http://web.shop.svc",
            "scanner": {"namespace": "dast-system", "name": "default"}}),
        ),
        has_workload: true,
        is_ready: true,
        revision: Some(Revision::new("a")),
        service_hash: Some("h1".to_owned()),
        scan: Ok(scan),
        remarks: Vec::new(),
    }
}
