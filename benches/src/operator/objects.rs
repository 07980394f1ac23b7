//! Objects as clusters have them.

use anyhow::Result;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service, ServiceAccount};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{Patch, PatchParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::{Api, Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The node that all pods run on. It is not there but where it is played.
pub(super) const NODE: &str = "played";
/// So many requests are under way at a time.
const AT_ONCE: usize = 32;

/// Services, each of which a name is made from, and what is behind them.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    pub(super) services: u32,
    pub(super) pods: u32,
    /// The pods of a Service are spread over so many, which nobody else makes. If there are none, the cluster makes them.
    pub(super) slices: u32,
    pub(super) prefix: &'static str,
    /// The addresses of its pods begin with 10 and this. A pod at an address of another namespace's pod is refused.
    pub(super) network: u8,
}

const SERVICES_OF_A_NAMESPACE: u32 = 50;

impl World {
    /// Makes all of it, as different parts of a cluster do, and says how many objects that are.
    pub(super) async fn make(&self, client: &Client) -> Result<()> {
        let namespaces = self.services.div_ceil(SERVICES_OF_A_NAMESPACE);
        at_once((0..namespaces).map(|number| self.namespace(client, number))).await?;
        at_once((0..self.services).map(|number| self.service(client, number))).await?;
        let pods = (0..self.services).flat_map(|number| (0..self.pods).map(move |pod| (number, pod)));
        at_once(pods.map(|(number, pod)| self.pod(client, number, pod))).await?;
        let slices = (0..self.services).flat_map(|number| (0..self.slices).map(move |slice| (number, slice)));
        at_once(slices.map(|(number, slice)| self.slice(client, number, slice))).await
    }

    /// The namespace and the name of a Service.
    pub(super) fn name(&self, number: u32) -> (String, String) {
        (
            format!("{}-{}", self.prefix, number / SERVICES_OF_A_NAMESPACE),
            format!("{}-app-{number}", self.prefix),
        )
    }

    async fn namespace(&self, client: &Client, number: u32) -> Result<()> {
        let name = format!("{}-{number}", self.prefix);
        let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": name}}))?;
        Api::all(client.clone()).create(&by("kubectl-create"), &namespace).await?;
        let account: ServiceAccount = serde_json::from_value(json!({"metadata": {"name": "default"}}))?;
        match Api::namespaced(client.clone(), &name).create(&by("kube-controller-manager"), &account).await {
            // The cluster was quicker.
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            made => Ok(made.map(drop)?),
        }
    }

    async fn service(&self, client: &Client, number: u32) -> Result<()> {
        let name = self.name(number).1;
        let labels = labels(&name);
        self.create::<Service>(
            client,
            number,
            "helm",
            json!({
                "metadata": {"name": name, "labels": labels, "annotations": {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": self.name(number).0}},
                "spec": {"type": "ClusterIP", "selector": {"app.kubernetes.io/name": name}, "ports": [
                    {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"},
                    {"name": "metrics", "port": 9090, "targetPort": "metrics", "protocol": "TCP"},
                ]},
            }),
        )
        .await
    }

    /// A pod as a ReplicaSet makes it: an application and its proxy. Its kubelet says that it runs.
    async fn pod(&self, client: &Client, number: u32, which: u32) -> Result<()> {
        let (namespace, service) = self.name(number);
        let name = format!("{service}-7d9c5b8f64-{which:05}");
        let mut labels = labels(&service);
        merge(&mut labels, &json!({"pod-template-hash": "7d9c5b8f64"}));
        let container = |part: &str, port: u16| {
            let probe = json!({"httpGet": {"path": "/healthz", "port": port}, "periodSeconds": 10});
            let env: Vec<Value> = (0..6)
                .map(|setting| json!({"name": format!("SETTING_{setting}"), "value": format!("value {setting} of {service}")}))
                .collect();
            json!({
                "name": part, "image": format!("registry.test/team/{service}-{part}:1.42.0"),
                "args": ["serve", format!("--listen=:{port}"), "--log-format=json"], "env": env,
                "ports": [{"name": if part == "app" { "http" } else { "metrics" }, "containerPort": port}],
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                "livenessProbe": probe, "readinessProbe": probe,
                "volumeMounts": [{"name": "settings", "mountPath": "/etc/app", "readOnly": true}],
            })
        };
        let containers = [container("app", 8080), container("proxy", 9090)];
        self.create::<Pod>(
            client,
            number,
            "kube-controller-manager",
            json!({
                "metadata": {"name": name, "labels": labels, "annotations": {"checksum/config": "5f2b".repeat(16)}},
                "spec": {
                    "nodeName": NODE, "containers": containers, "terminationGracePeriodSeconds": 30,
                    "volumes": [{"name": "settings", "configMap": {"name": service}}],
                },
            }),
        )
        .await?;
        let now = "2026-11-01T10:00:00Z";
        let condition = |type_: &str| json!({"type": type_, "status": "True", "lastTransitionTime": now, "lastProbeTime": null});
        let conditions =
            ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
                .map(condition);
        let digest = |part: &str| {
            format!("registry.test/team/{service}-{part}@sha256:{number:032x}{:032x}", part.len())
        };
        let status = |part: &str| {
            json!({
                "name": part, "image": format!("registry.test/team/{service}-{part}:1.42.0"), "imageID": digest(part),
                "containerID": format!("containerd://{number:032x}{which:032x}"), "ready": true, "started": true,
                "restartCount": 0, "state": {"running": {"startedAt": now}},
            })
        };
        let address = self.address(number, which);
        let status = json!({
            "phase": "Running", "conditions": conditions, "hostIP": "192.0.2.1", "podIP": address,
            "podIPs": [{"ip": address}], "startTime": now, "containerStatuses": [status("app"), status("proxy")],
        });
        let pods = Api::<Pod>::namespaced(client.clone(), &namespace);
        say(&pods, &name, &status).await
    }

    async fn slice(&self, client: &Client, number: u32, which: u32) -> Result<()> {
        let (namespace, service) = self.name(number);
        let of_slice = (0..self.pods).filter(|pod| pod % self.slices == which);
        let endpoints: Vec<Value> = of_slice
            .map(|pod| {
                json!({
                    "addresses": [self.address(number, pod)], "nodeName": NODE, "zone": "a",
                    "conditions": {"ready": true, "serving": true, "terminating": false},
                    "targetRef": {"kind": "Pod", "namespace": namespace, "name": format!("{service}-7d9c5b8f64-{pod:05}")},
                })
            })
            .collect();
        let mut labels = labels(&service);
        merge(
            &mut labels,
            &json!({
                "kubernetes.io/service-name": service,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            }),
        );
        self.create::<EndpointSlice>(
            client,
            number,
            "kube-controller-manager",
            json!({
                "metadata": {"name": format!("{service}-{which:05}"), "labels": labels},
                "addressType": "IPv4", "endpoints": endpoints,
                "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}, {"name": "metrics", "port": 9090, "protocol": "TCP"}],
            }),
        )
        .await
    }

    async fn create<K>(&self, client: &Client, number: u32, manager: &str, object: Value) -> Result<()>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + Serialize
            + DeserializeOwned,
    {
        let object: K = serde_json::from_value(object)?;
        let api = Api::<K>::namespaced(client.clone(), &self.name(number).0);
        Ok(api.create(&by(manager), &object).await.map(drop)?)
    }

    fn address(&self, number: u32, pod: u32) -> String {
        let [_, _, c, d] = (number * self.pods.max(1) + pod + 1).to_be_bytes();
        format!("10.{}.{c}.{d}", self.network)
    }
}

/// Says as a kubelet how a pod is doing.
pub(super) async fn say(pods: &Api<Pod>, name: &str, status: &Value) -> Result<()> {
    let parameters = PatchParams { field_manager: Some("kubelet".to_owned()), ..PatchParams::default() };
    Ok(pods.patch_status(name, &parameters, &Patch::Merge(&json!({"status": status}))).await.map(drop)?)
}

fn labels(name: &str) -> Value {
    json!({
        "app.kubernetes.io/name": name, "app.kubernetes.io/instance": name, "app.kubernetes.io/version": "1.42.0",
        "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "app-0.7.3",
    })
}

fn merge(into: &mut Value, more: &Value) {
    if let (Some(into), Some(more)) = (into.as_object_mut(), more.as_object()) {
        into.extend(more.clone());
    }
}

pub(super) fn by(manager: &str) -> PostParams {
    PostParams { field_manager: Some(manager.to_owned()), ..PostParams::default() }
}

/// Does all of it, many at a time.
pub(crate) async fn at_once<F: Future<Output = Result<()>>>(work: impl Iterator<Item = F>) -> Result<()> {
    stream::iter(work).buffer_unordered(AT_ONCE).try_collect::<()>().await
}
