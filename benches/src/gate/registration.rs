//! Whom the API server asks about routes, and where: as the chart says, but for the address.

use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use kube::api::PostParams;
use kube::{Api, Client};
use serde_json::{Map, Value, json};

use super::process::{URL, Webhook};
use crate::operator::{SYSTEM, Stage, said};

/// The label of namespaces whose routes are asked about.
pub(super) const GATED: &str = "gated";

/// Has the API server ask as the chart has it ask, but only about labelled namespaces.
pub(super) async fn register(stage: &Stage, client: &Client, webhook: &Webhook) -> Result<()> {
    let chart = chart(stage)?;
    let configuration = |kind: &str| -> Result<Value> {
        let webhooks =
            chart.get(kind).and_then(Value::as_array).with_context(|| format!("there is no `{kind}`"))?;
        let webhooks: Vec<Value> =
            webhooks.iter().map(|entry| registered(entry, webhook)).collect::<Result<_>>()?;
        Ok(json!({"metadata": {"name": "gate"}, "webhooks": webhooks}))
    };
    let mutating: MutatingWebhookConfiguration = serde_json::from_value(configuration("mutating")?)?;
    let validating: ValidatingWebhookConfiguration = serde_json::from_value(configuration("validating")?)?;
    Api::all(client.clone()).create(&PostParams::default(), &mutating).await?;
    Api::all(client.clone()).create(&PostParams::default(), &validating).await?;
    Ok(())
}

/// What the chart writes into the file that the operator registers by.
fn chart(stage: &Stage) -> Result<Value> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/chart");
    let mut helm = stage.cluster().helm();
    helm.args(["template", "dast"]).arg(chart).args(["--namespace", SYSTEM, "--set", "webhook.enabled=true"]);
    // Without a cluster it takes it for an old one.
    helm.args(["--kube-version", "1.33.0", "--show-only", "templates/configuration.yaml"]);
    let rendered: Value = serde_saphyr::from_str(&said(&mut helm)?)?;
    let file = rendered.pointer("/data/registrations.yaml").and_then(Value::as_str);
    Ok(serde_saphyr::from_str(file.context("the chart has no registrations")?)?)
}

fn registered(entry: &Value, webhook: &Webhook) -> Result<Value> {
    let mut entry: Map<String, Value> = entry.as_object().context("no object")?.clone();
    let path = entry.remove("path").context("it has no path")?;
    let path = path.as_str().context("its path is no text")?;
    let address = json!({"url": format!("{URL}{path}"), "caBundle": STANDARD.encode(&webhook.authority)});
    entry.insert("clientConfig".to_owned(), address);
    let selector = entry.get_mut("namespaceSelector").and_then(Value::as_object_mut);
    selector.context("it has no selector")?.insert("matchLabels".to_owned(), json!({GATED: "true"}));
    Ok(Value::Object(entry))
}
