//! Brings the definitions of the custom resources into the cluster.

use anyhow::{Context, Result};
use dast_kubernetes::crd::definitions;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Patch, PatchParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Api, Client, ResourceExt};

/// Applies every definition, whoever made it, and waits until the API server serves it.
pub(crate) async fn run() -> Result<()> {
    let client = Client::try_default().await.context("no cluster is known here")?;
    let api = Api::<CustomResourceDefinition>::all(client);
    for definition in definitions() {
        let name = definition.name_any();
        // The original's definition of Dast becomes ours: its objects stay, and are valid by ours.
        let parameters = PatchParams::apply("dast-operator").force();
        api.patch(&name, &parameters, &Patch::Apply(&definition))
            .await
            .with_context(|| format!("cannot apply the definition `{name}`"))?;
        let established = await_condition(api.clone(), &name, conditions::is_crd_established());
        tokio::time::timeout(std::time::Duration::from_secs(60), established)
            .await
            .with_context(|| format!("the API server does not serve `{name}` after a minute"))??;
        tracing::info!(definition = name, "applied");
    }
    Ok(())
}
