//! Whom the API server asks about Ingresses, and where.

use anyhow::Result;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use kube::api::PostParams;
use kube::{Api, Client};
use serde_json::{Value, json};

use super::process::{URL, Webhook};

/// The label of namespaces whose Ingresses are asked about.
pub(super) const GATED: &str = "gated";

/// Has the API server ask, as the chart does, about Ingresses of labelled namespaces.
pub(super) async fn register(client: &Client, webhook: &Webhook) -> Result<()> {
    let (mutating, validating) = (configuration(webhook, "mutate"), configuration(webhook, "validate"));
    let mutating: MutatingWebhookConfiguration = serde_json::from_value(mutating)?;
    let validating: ValidatingWebhookConfiguration = serde_json::from_value(validating)?;
    Api::all(client.clone()).create(&PostParams::default(), &mutating).await?;
    Api::all(client.clone()).create(&PostParams::default(), &validating).await?;
    Ok(())
}

fn configuration(webhook: &Webhook, path: &str) -> Value {
    use base64::Engine as _;

    let bundle = base64::engine::general_purpose::STANDARD.encode(&webhook.authority);
    json!({"metadata": {"name": "gate"}, "webhooks": [{
        "name": format!("{path}.dast.security.banzaicloud.io"),
        "clientConfig": {"url": format!("{URL}/{path}"), "caBundle": bundle},
        "rules": [{"apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "resources": ["ingresses"],
            "operations": ["CREATE", "UPDATE"], "scope": "Namespaced"}],
        "namespaceSelector": {"matchLabels": {GATED: "true"}},
        "failurePolicy": "Fail", "sideEffects": "NoneOnDryRun", "timeoutSeconds": 5,
        "admissionReviewVersions": ["v1"],
    }]})
}
