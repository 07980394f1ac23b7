//! The operator has the rights that it uses, and no others.

use anyhow::{Result, ensure};
use dast_e2e::{SCANS, SHOP, Shop, Stage, quick, until};
use serde_json::{Value, json};

/// What is granted and cannot be used here, and why.
const UNUSED: [(&str, &str); 1] =
    [("patch secrets \"dast-certificates\" in \"dast-system\"", "certificates are renewed after weeks")];

/// What is used if a result comes before the watches have told of what it is about, or if whoever took it is not who records it,
/// which may happen here or not.
const SELDOM_USED: [&str; 4] = [
    "get pods in \"dast-scans\"",
    "get scanreports.security.banzaicloud.io",
    "get scanruns.security.banzaicloud.io",
    "get scantargets.security.banzaicloud.io",
];

#[test]
#[ignore = "needs a real Kubernetes"]
fn every_right_is_used_and_none_is_missing() -> Result<()> {
    let stage = Stage::begin("least-rights")?;
    stage.define_gateway_api()?;
    stage.apply("{apiVersion: v1, kind: Namespace, metadata: {name: zaproxy}}")?;
    stage.install(&json!({
        "configuration": {
            "scans": quick(),
            "history": {"complete": 1},
            "sharedZapNamespaces": ["zaproxy"],
            // No such image: its pods never start, which takes no right.
            "zap": {"image": "lab.invalid/nothing:1", "imagePullPolicy": "Never"},
        },
        "defaultScanner": {"profile": "passive"},
    }))?;
    everything_is_done(&stage)?;
    stage.scale_to_nothing("dast-operator")?;
    // The end of a watch is written down a moment later.
    until("all rights among those that were used", || {
        let mut unused = stage.unused_rights("dast-operator")?;
        // Both ways, so that a reason goes when it holds no longer.
        unused.retain(|right| !SELDOM_USED.contains(&right.as_str()));
        ensure!(unused == UNUSED.map(|(right, _)| right), "other rights are unused than those with a reason");
        Ok(())
    })?;
    stage.end()
}

/// Everything that the operator does at some time, the rare things too.
fn everything_is_done(stage: &Stage) -> Result<()> {
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let failed = until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    stage.serve(Shop::Repaired)?;
    until("the verdict Pass", || stage.judged(SHOP, "shop-80", "Pass"))?;
    until("the end of the first run, since one is kept", || {
        let runs = stage.get(&["scanruns", "--namespace", SHOP])?;
        let mut runs = runs["items"].as_array().into_iter().flatten();
        ensure!(runs.all(|run| run["metadata"]["name"] != failed["status"]["run"]), "it is there");
        Ok(())
    })?;

    // Documents, about which it says whether they can be read.
    stage.apply(include_str!("manifests/documents.yaml"))?;
    for kind in ["clusterthresholdpolicy", "thresholdpolicy", "exemption"] {
        until("a condition of a document", || {
            stage.stated(kind, (SHOP, "usual"), ("Accepted", "True", "Valid"))
        })?;
    }
    // A ZAP that is shared has a Secret, which a scan gets a copy of. It goes with the run, and so does the Job, which has not
    // ended since it gets no pod.
    stage.kubectl(&["create", "quota", "nothing", "--hard=pods=0", "--namespace", SCANS])?;
    stage.apply(
        "{apiVersion: security.banzaicloud.io/v1alpha1, kind: Dast, \
          metadata: {name: shared, namespace: zaproxy}, \
          spec: {zaproxy: {name: shared}, profile: {name: baseline}}}",
    )?;
    until("a ZAP that is shared", || {
        stage.stated("dast", ("zaproxy", "shared"), ("Ready", "False", "Starting"))
    })?;
    stage.annotate(SHOP, SHOP, "zaproxy-namespace", "zaproxy")?;
    stage.annotate(SHOP, SHOP, "zaproxy", "shared")?;
    let run = until("a scan with a Secret", || {
        let secrets = stage.get(&["secrets", "--namespace", SCANS])?;
        let run = &secrets["items"][0]["metadata"]["annotations"]["dast.security.banzaicloud.io/run-name"];
        let run = run.as_str().map(str::to_owned);
        run.ok_or_else(|| anyhow::anyhow!("there is none"))
    })?;
    until("its Job", || {
        let run = stage.get(&["scanrun", &run, "--namespace", SHOP])?;
        let job = run["status"]["job"].as_str().unwrap_or_default();
        stage.get(&["job", job, "--namespace", SCANS])
    })?;
    stage.kubectl(&["delete", "scanrun", &run, "--namespace", SHOP])?;
    stage.kubectl(&["delete", "dast", "shared", "--namespace", "zaproxy"])?;
    until("the end of its Secret", || {
        let secrets = stage.get(&["secrets", "--namespace", SCANS])?;
        ensure!(secrets["items"] == json!([]), "it is there");
        Ok(())
    })?;
    // What nobody wants to be scanned any more is no target.
    for name in ["scan-", "zaproxy-", "zaproxy-namespace-"] {
        let annotation = format!("dast.security.banzaicloud.io/{name}");
        stage.kubectl(&["annotate", "service", SHOP, "--namespace", SHOP, &annotation])?;
    }
    until("the end of the target", || {
        let targets: Value = stage.get(&["scantargets", "--namespace", SHOP])?;
        ensure!(targets["items"] == json!([]), "it is there");
        Ok(())
    })
}
