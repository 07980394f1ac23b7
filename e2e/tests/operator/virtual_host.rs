//! An application that is there under the host of its route only is scanned under that host.

use anyhow::{Context, Result, ensure};
use dast_e2e::{Stage, image_of, quick, until};
use serde_json::{Value, json};

const VIRTUAL: &str = "virtual";
const TARGET: &str = "virtual-80";

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_only_a_host_shows_is_found_under_it() -> Result<()> {
    let stage = Stage::begin("virtual_host")?;
    stage.install(&json!({"configuration": {"scans": quick()}, "defaultScanner": {"profile": "passive"}}))?;
    let shop = image_of("dast-shop");
    stage.apply(&include_str!("manifests/virtual-host.yaml").replace("IMAGE", &shop))?;

    // Under the Service's own name there is nothing to see, and that is no pass.
    let alone = until("the end of a scan under its own name", || {
        let target = stage.judged(VIRTUAL, TARGET, "Unknown")?;
        ensure!(target["status"]["phase"] == "Idle", "its status is {}", target["status"]);
        Ok(target)
    })?;
    ensure!(alone["status"]["unknown"] == "Inconclusive", "its status is {}", alone["status"]);
    ensure!(places(&alone)?.is_empty(), "there is a finding: {}", alone["status"]);

    stage.apply(include_str!("manifests/virtual-host-route.yaml"))?;
    let routed = until("the verdict under the host of the route", || stage.judged(VIRTUAL, TARGET, "Fail"))?;
    let places = places(&routed)?;
    ensure!(!places.is_empty(), "nothing was found: {}", routed["status"]);
    // The lab has no such name: only the pod of the scan was told where it leads.
    let elsewhere: Vec<_> = places.iter().filter(|url| !url.starts_with("http://shop.example")).collect();
    ensure!(elsewhere.is_empty(), "found at {elsewhere:?}");
    let exposed = routed["spec"]["exposures"].as_array().is_some_and(|all| {
        all.iter().any(|exposure| *exposure == json!({"host": "shop.example", "path": "/"}))
    });
    ensure!(exposed, "it is not exposed: {}", routed["spec"]);
    let run = routed["status"]["run"].as_str().context("it was never scanned")?;
    let run = stage.get(&["scanrun", run, "--namespace", VIRTUAL])?;
    ensure!(run["spec"]["trigger"] == "NewExposure", "it was scanned for another reason: {}", run["spec"]);
    stage.end()
}

/// Where something was found.
fn places(target: &Value) -> Result<Vec<String>> {
    let findings = target["status"]["evidence"]["findings"].as_array();
    let findings = findings.with_context(|| format!("there is no evidence: {}", target["status"]))?;
    Ok(findings.iter().filter_map(|finding| Some(finding["url"].as_str()?.to_owned())).collect())
}
