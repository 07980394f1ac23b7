//! The whole way, on a real Kubernetes: a Service is annotated, its application is scanned, and the verdict stands on its
//! ScanTarget. `cargo test -p dast-e2e --test vertical -- --ignored` runs it, with the rights of root.

#![allow(clippy::indexing_slicing, reason = "tests")]

use anyhow::{Result, ensure};
use dast_e2e::{RELEASE, SHOP, Shop, Stage, until};
use serde_json::{Value, json};

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_weak_shop_fails_and_passes_once_it_is_mended() -> Result<()> {
    let stage = Stage::begin("vertical")?;
    // Nothing has to be waited for that a person would wait for.
    let quick = json!({"scans": {"stability": "1s", "minimumInterval": "1s", "requestInterval": "1s"}});
    stage.install(&json!({"configuration": quick, "defaultScanner": {"profile": "passive"}}))?;
    stage.helm(&["test", RELEASE])?;

    stage.apply(&Shop::Careless.manifests())?;
    rolled_out(&stage)?;
    ensure!(
        stage.get(&["scantargets", "--namespace", SHOP])?["items"] == json!([]),
        "nobody asked for a scan"
    );
    stage.kubectl(&[
        "annotate",
        "service",
        SHOP,
        "--namespace",
        SHOP,
        "dast.security.banzaicloud.io/scan=true",
    ])?;
    let target = until("the verdict Fail", || with_verdict(&stage, "Fail"))?;
    ensure!(target["status"]["counts"]["medium"].as_u64() >= Some(1), "{}", target["status"]["counts"]);
    ensure!(target["status"]["reasons"][0].is_string(), "no reason is told");
    let report = stage.get(&["scanreport", "shop-80", "--namespace", SHOP])?;
    ensure!(report["spec"]["run"] == target["status"]["run"], "the report is of another run");
    until("an event on the Service", || told(&stage, "ScanFailed"))?;

    stage.apply(&Shop::Repaired.manifests())?;
    rolled_out(&stage)?;
    stage.kubectl(&[
        "wait",
        "--for=condition=Passed",
        "scantarget/shop-80",
        "--namespace",
        SHOP,
        "--timeout=300s",
    ])?;
    let mended = with_verdict(&stage, "Pass")?;
    ensure!(mended["status"]["revision"] != target["status"]["revision"], "it is the same revision");

    // What is installed twice is installed once.
    stage.install(&json!({"configuration": quick, "defaultScanner": {"profile": "passive"}}))?;
    with_verdict(&stage, "Pass")?;
    stage.end()
}

fn rolled_out(stage: &Stage) -> Result<()> {
    stage.kubectl(&["rollout", "status", "deployment/shop", "--namespace", SHOP, "--timeout=120s"]).map(drop)
}

/// The target, if that is the verdict on it.
fn with_verdict(stage: &Stage, verdict: &str) -> Result<Value> {
    let target = stage.get(&["scantarget", "shop-80", "--namespace", SHOP])?;
    ensure!(target["status"]["verdict"] == verdict, "its status is {}", target["status"]);
    Ok(target)
}

fn told(stage: &Stage, reason: &str) -> Result<()> {
    let selector = format!("--field-selector=regarding.kind=Service,reason={reason}");
    let events = stage.get(&["events.v1.events.k8s.io", "--namespace", SHOP, &selector])?;
    ensure!(events["items"].as_array().is_some_and(|events| !events.is_empty()), "there is no such event");
    Ok(())
}
