//! A node that is played: it has room, and says of its pods what kubelets say. What an analyzer does is done by
//! [`analyzer`](super::analyzer).

use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::json;
use tokio::time::sleep;

use super::analyzer::deliver;
use super::objects::{NODE, by, say};
use super::stage::SCANS;

/// So many pods run at the same time.
const AT_ONCE: usize = 16;
const ALIVE: Duration = Duration::from_secs(5);

/// Makes the node.
pub(super) async fn join(client: &Client) -> Result<()> {
    let nodes = Api::<Node>::all(client.clone());
    let node = json!({"metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}}});
    nodes.create(&by("kubelet"), &serde_json::from_value(node)?).await?;
    let room = json!({"cpu": "10000", "memory": "10000Gi", "pods": "10000", "ephemeral-storage": "10000Gi"});
    let status = json!({"status": {
        "capacity": room, "allocatable": room,
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status",
            "lastHeartbeatTime": Timestamp::now(), "lastTransitionTime": Timestamp::now(),
        }],
    }});
    nodes.patch_status(NODE, &PatchParams::default(), &Patch::Merge(status)).await?;
    Ok(())
}

/// Keeps the node alive, for as long as this is polled.
pub(super) async fn live(client: &Client) -> Result<()> {
    let leases = Api::<Lease>::namespaced(client.clone(), "kube-node-lease");
    loop {
        let spec = json!({"holderIdentity": NODE, "leaseDurationSeconds": 40, "renewTime": format!("{:.6}", Timestamp::now())});
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": NODE, "namespace": "kube-node-lease"}, "spec": spec,
        });
        leases.patch(NODE, &PatchParams::apply("kubelet").force(), &Patch::Apply(lease)).await?;
        sleep(ALIVE).await;
    }
}

/// Runs the pods of scans, for as long as this is polled.
pub(super) async fn run(client: &Client) -> Result<()> {
    let pods = Api::<Pod>::namespaced(client.clone(), SCANS);
    let on_node = watcher::Config::default().labels("app.kubernetes.io/name=dast-analyzer");
    let on_node = on_node.fields(&format!("spec.nodeName={NODE},status.phase=Pending"));
    let mut placed = pin!(watcher(pods.clone(), on_node).default_backoff().applied_objects());
    let mut running = FuturesUnordered::new();
    let mut seen = std::collections::HashSet::new();
    loop {
        tokio::select! {
            pod = placed.next(), if running.len() < AT_ONCE => {
                let pod = pod.context("the watch of pods has ended")??;
                if seen.insert(pod.uid()) {
                    running.push(live_through(client, &pods, pod));
                }
            }
            Some(ended) = running.next(), if !running.is_empty() => ended?,
        }
    }
}

/// The life of one pod.
async fn live_through(client: &Client, pods: &Api<Pod>, pod: Pod) -> Result<()> {
    let name = pod.name_any();
    let spec = pod.spec.as_ref().context("a pod without a spec")?;
    let container = spec.containers.first().context("a pod without containers")?;
    let container_status = |ready: bool, state: serde_json::Value| {
        json!({
            "name": container.name, "image": container.image, "imageID": format!("{}@sha256:{:064x}", "analyzer", 1),
            "ready": ready, "started": ready, "restartCount": 0, "state": state,
        })
    };
    let condition = |type_: &str, status: &str| json!({"type": type_, "status": status, "lastTransitionTime": Timestamp::now()});
    let begun = Timestamp::now();
    let running = container_status(true, json!({"running": {"startedAt": begun}}));
    let status = json!({
        "phase": "Running", "startTime": begun, "podIP": "10.255.0.1", "hostIP": "192.0.2.1",
        "conditions": [condition("PodScheduled", "True"), condition("Ready", "True")], "containerStatuses": [running],
    });
    say(pods, &name, &status).await?;
    deliver(client, &pod).await.with_context(|| format!("pod `{name}`"))?;
    let end =
        json!({"exitCode": 0, "reason": "Completed", "startedAt": begun, "finishedAt": Timestamp::now()});
    let ended = container_status(false, json!({"terminated": end}));
    let status = json!({
        "phase": "Succeeded", "conditions": [condition("PodScheduled", "True"), condition("Ready", "False")],
        "containerStatuses": [ended],
    });
    say(pods, &name, &status).await
}
