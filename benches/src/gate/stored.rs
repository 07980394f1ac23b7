//! Many scanned Services, put where an API server keeps what it has: by its own way it takes twenty of them a second.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use dast_kubernetes::crd::ScanTarget;
use dast_lab::kubernetes::Component;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Service;
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::world::{self, FINDINGS, NAMESPACES};
use crate::admission::target;
use crate::operator::Stage;
use crate::webhook::{service_object, target_object};

/// etcd of the lab, by JSON (<https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/>).
const ETCD: &str = "http://127.0.0.1:2379/v3/kv/txn";
/// Targets of one transaction, which are two objects each. etcd takes 128, and 1.5 MiB.
const TOGETHER: usize = 40;
/// An API server that begins reads all that is stored.
const SECONDS_TO_READ: u32 = 300;

/// Makes one by the API server, and the others as it was stored, each with what is its own. Meanwhile there is no API server: one
/// that is told of so many at once answers nobody for minutes.
pub(super) async fn make(stage: &Stage, targets: u32) -> Result<()> {
    let (admin, operator) = (stage.client().await?, stage.operator_client().await?);
    world::make(&admin, &operator, 1).await?;
    let service = Api::<Service>::all(admin.clone()).list(&Default::default()).await?.items;
    let service = service.into_iter().find(|service| service.name_any() != "kubernetes");
    let scanned = Api::<ScanTarget>::all(admin.clone()).list(&Default::default()).await?.items;
    let service = serde_json::to_value(service.context("there is no Service")?)?;
    let scanned = serde_json::to_value(scanned.first().context("there is no ScanTarget")?)?;
    stage.cluster().kill(Component::ApiServer)?;
    store(targets, &service, &scanned).await?;
    stage.cluster().start_again(Component::ApiServer)?;
    all_are_read(&admin, targets).await
}

/// Waits until whoever asks for all of them gets them.
async fn all_are_read(admin: &Client, targets: u32) -> Result<()> {
    let first = ListParams::default().limit(1);
    for _ in 0..SECONDS_TO_READ {
        let services = Api::<Service>::all(admin.clone()).list(&first).await;
        let scanned = Api::<ScanTarget>::all(admin.clone()).list(&first).await;
        if let (Ok(_), Ok(scanned)) = (services, scanned) {
            let more = scanned.metadata.remaining_item_count.unwrap_or(0);
            ensure!(more + 1 == i64::from(targets), "there are {more} targets besides one");
            return Ok(());
        }
        sleep(Duration::from_secs(1)).await;
    }
    bail!("the API server does not list what it is to hold")
}

async fn store(targets: u32, service: &Value, scanned: &Value) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let (now, numbers) = (Timestamp::now(), (1..targets).collect::<Vec<_>>());
    for numbers in numbers.chunks(TOGETHER) {
        let mut puts = Vec::new();
        for number in numbers {
            let (like_service, like_target) = copies(*number, service, scanned, now)?;
            puts.extend([
                put("services/specs", &like_service)?,
                put("security.banzaicloud.io/scantargets", &like_target)?,
            ]);
        }
        let answer = http.post(ETCD).json(&json!({"success": puts})).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success() && text.contains("succeeded"), "etcd says {status}: {text}");
    }
    Ok(())
}

/// A Service and its target that differ from others in what they are called and what was found.
fn copies(number: u32, service: &Value, scanned: &Value, now: Timestamp) -> Result<(Value, Value)> {
    let (mut fact, mut known) = target(number, 10 * NAMESPACES, FINDINGS, now)?;
    fact.uid = format!("00000000-0000-4000-8000-{number:012}").into();
    let port = fact.ports.first().context("it has a port")?;
    known.service_hash = Some(fact.hash_of(port));
    let (own_service, mut own_target) = (service_object(&fact), target_object(&fact, &known)?);
    own_target["status"]["verdict"] = json!("Pass");
    let mut like_service = copy(service, &own_service, &fact.uid);
    for field in ["ports", "selector"] {
        like_service["spec"][field] = own_service["spec"][field].clone();
    }
    // An API server that begins tells of each address that two Services have, and is not ready before it has.
    like_service["spec"]["clusterIP"] = json!("None");
    like_service["spec"]["clusterIPs"] = json!(["None"]);
    let mut like_target = copy(scanned, &own_target, &format!("00000000-0000-4000-9000-{number:012}"));
    for part in ["spec", "status"] {
        like_target[part] = own_target[part].clone();
    }
    Ok((like_service, like_target))
}

/// An object with the name, the namespace and the uid of another. The version is what etcd says.
fn copy(like: &Value, own: &Value, uid: &str) -> Value {
    let mut copy = like.clone();
    for field in ["name", "namespace"] {
        copy["metadata"][field] = own["metadata"][field].clone();
    }
    copy["metadata"]["uid"] = json!(uid);
    if let Some(metadata) = copy["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
    }
    copy
}

fn put(folder: &str, object: &Value) -> Result<Value> {
    let part = |name: &str| object["metadata"][name].as_str().context("an object has a name and a namespace");
    let key = format!("/registry/{folder}/{}/{}", part("namespace")?, part("name")?);
    let encode = |text: &str| BASE64_STANDARD.encode(text);
    Ok(json!({"requestPut": {"key": encode(&key), "value": encode(&object.to_string())}}))
}
