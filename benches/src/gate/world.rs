//! Services that were scanned, and a policy over all of them.

use anyhow::{Context as _, Result};
use dast_kubernetes::crd::{ClusterThresholdPolicy, ScanTarget};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Namespace, Service};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};

use crate::admission::target;
use crate::operator::at_once;
use crate::webhook::{service_object, target_object};

/// Namespaces, over which the Services are spread evenly.
pub(super) const NAMESPACES: u32 = 100;
/// Findings that are listed of each target.
pub(super) const FINDINGS: usize = 10;

/// Makes them. Only the operator may write what was found, and it is `operator` who does.
pub(super) async fn make(admin: &Client, operator: &Client, targets: u32) -> Result<()> {
    let now = Timestamp::now();
    let ceiling = json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ClusterThresholdPolicy",
        "metadata": {"name": "ceiling"}, "spec": {
            "thresholds": {"alerts": {"high": {"fail": 100}, "medium": {"fail": 100}}},
            "enforcement": {"mode": "hold"}}});
    let ceiling: ClusterThresholdPolicy = serde_json::from_value(ceiling)?;
    Api::all(admin.clone()).create(&PostParams::default(), &ceiling).await?;
    at_once((0..NAMESPACES).map(async |number| {
        let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": namespace(number)}}))?;
        Ok(Api::all(admin.clone()).create(&PostParams::default(), &namespace).await.map(drop)?)
    }))
    .await?;
    at_once((0..targets).map(|number| make_one(admin, operator, number, now))).await
}

async fn make_one(admin: &Client, operator: &Client, number: u32, now: Timestamp) -> Result<()> {
    let (mut service, mut scanned) = target(number, 10 * NAMESPACES, FINDINGS, now)?;
    let namespace = service.name.namespace.to_string();
    let made: Service = serde_json::from_value(service_object(&service))?;
    let services = Api::<Service>::namespaced(admin.clone(), &namespace);
    let made = services.create(&PostParams::default(), &made).await?;
    // Names are used again, so that evidence is of one Service by its uid.
    service.uid = made.metadata.uid.context("it has a uid")?.into();
    let port = service.ports.first().context("it has a port")?;
    scanned.service_hash = Some(service.hash_of(port));
    let object = target_object(&service, &scanned)?;
    let targets = Api::<ScanTarget>::namespaced(operator.clone(), &namespace);
    let made: ScanTarget = serde_json::from_value(object.clone())?;
    let name = made.metadata.name.clone().context("it has a name")?;
    targets.create(&PostParams::default(), &made).await?;
    let mut status: Value = object.get("status").context("it has a status")?.clone();
    if let Some(status) = status.as_object_mut() {
        status.insert("verdict".to_owned(), json!("Pass"));
    }
    let patch = Patch::Merge(json!({"status": status}));
    Ok(targets.patch_status(&name, &PatchParams::default(), &patch).await.map(drop)?)
}

pub(super) fn namespace(number: u32) -> String {
    format!("namespace-{number}")
}
