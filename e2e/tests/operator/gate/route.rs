//! Routes of the shop, and the gate that they are to get through.

use anyhow::{Context, Result, bail, ensure};
use dast_e2e::{RELEASE, SHOP, Stage, quick, until};
use serde_json::{Value, json};

pub(super) const PARKED: &str = "dast-parked";
pub(super) const MEMORY: &str = "dast.security.banzaicloud.io/parked";
/// The Deployment of the webhook, and the objects of its registration.
pub(super) const WEBHOOK: &str = "dast-operator-webhook";

/// A cluster with a gate, and a policy over the shop that holds back what is not proven.
pub(super) fn gated(name: &str) -> Result<Stage> {
    gated_by(name, values())
}

/// The same with other values of the chart.
pub(super) fn gated_by(name: &str, values: Value) -> Result<Stage> {
    let stage = Stage::begin(name)?;
    install(&stage, values)?;
    stage.apply(include_str!("../manifests/gate.yaml"))?;
    Ok(stage)
}

/// The values of [`gated`], but for the gate itself.
pub(super) fn values() -> Value {
    json!({"configuration": {"scans": quick()}, "defaultScanner": {"profile": "passive"}})
}

/// Installs the chart with a gate, and waits until routes are asked about.
pub(super) fn install(stage: &Stage, mut values: Value) -> Result<()> {
    values["webhook"] = json!({"enabled": true});
    stage.install(&values)?;
    until("the registrations", || registered(stage))
}

/// Takes the chart away, and has everything served that the gate holds back.
pub(super) fn uninstall_and_serve(stage: &Stage) -> Result<()> {
    let mut values = values();
    values["webhook"] = json!({"enabled": true, "uninstall": "Release"});
    stage.install(&values)?;
    stage.helm(&["uninstall", RELEASE, "--wait"])?;
    ensure!(registered(stage).is_err(), "the registrations outlive what answers");
    Ok(())
}

pub(crate) fn registered(stage: &Stage) -> Result<()> {
    for kind in ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"] {
        let object = stage.get(&[kind, WEBHOOK])?;
        ensure!(object["webhooks"][0]["clientConfig"]["caBundle"].is_string(), "{kind} has no webhooks");
    }
    Ok(())
}

pub(super) fn class(stage: &Stage, name: &str) -> Result<String> {
    let route = stage.get(&["ingress", name, "--namespace", SHOP])?;
    let class = route["spec"]["ingressClassName"].as_str();
    class.map(str::to_owned).with_context(|| format!("it has no class: {}", route["spec"]))
}

pub(crate) fn refused(outcome: Result<()>) -> Result<String> {
    match outcome {
        Ok(()) => bail!("it was taken"),
        Err(error) => Ok(format!("{error:#}")),
    }
}

/// An Ingress of the shop; with glass, if anything is to be said of it.
pub(super) fn ingress(name: &str, host: &str, glass: &str) -> String {
    let mut object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": SHOP},
        "spec": {"ingressClassName": "public", "rules": [{"host": host, "http": {"paths": [{
            "path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": SHOP, "port": {"name": "http"}}},
        }]}}]},
    });
    if !glass.is_empty() {
        object["metadata"]["annotations"] = json!({"dast.security.banzaicloud.io/break-glass": glass});
    }
    object.to_string()
}
