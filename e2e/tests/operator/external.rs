//! The sample of the operator of 2019 that scans what is outside of the cluster, as it is.

use std::time::Duration;

use anyhow::{Result, ensure};
use dast_e2e::{Outside, Stage, until, until_within};
use serde_json::json;

use super::samples::{EXTERNAL, values};

const HOST: &str = "shop.example";
const TARGET: &str = "external.external-test";
/// Attacks take minutes, and a busy machine takes many times that.
const PATIENCE: Duration = Duration::from_secs(40 * 60);

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_is_outside_is_scanned_as_it_was() -> Result<()> {
    let stage = Stage::begin("external")?;
    for namespace in ["external", "test", "zaproxy"] {
        stage.kubectl(&["create", "namespace", namespace])?;
    }
    stage.install(&values(&stage)?)?;
    let _outside = Outside::serve(HOST)?;
    stage.cluster().resolve(HOST, Outside::address())?;
    stage.apply(EXTERNAL)?;
    until("the ZAP of the sample", || {
        stage.stated("dast", ("external", "dast-sample-external"), ("Ready", "True", "Running"))
    })?;
    let target = until_within(PATIENCE, "the verdict on what is outside", || {
        stage.judged("external", TARGET, "Fail")
    })?;
    stage.stated("scantarget", ("external", TARGET), ("Ready", "True", "External"))?;
    let status = &target["status"];
    ensure!(status["counts"]["high"].as_u64() >= Some(1), "nothing was attacked: {}", status["counts"]);
    let findings = status["evidence"]["findings"].as_array().into_iter().flatten();
    let mut places = findings.filter_map(|finding| finding["url"].as_str());
    ensure!(places.all(|url| url.starts_with("https://shop.example")), "found elsewhere: {status}");
    until("an event", || stage.told("external", "ScanTarget", TARGET, "ScanFailed"))?;

    // What leads into the cluster is not scanned, whatever its name.
    stage.cluster().resolve(HOST, [10, 213, 0, 1].into())?;
    stage.ask("external", TARGET)?;
    let refused = until("the end of a scan that leads into the cluster", || {
        stage.stated("scantarget", ("external", TARGET), ("Scanned", "False", "EngineError"))
    })?;
    let status = &refused["status"];
    ensure!(status["conditions"].to_string().contains("`shop.example` leads to `10.213.0.1`"), "{status}");
    ensure!(status["verdict"] != json!("Pass"), "{status}");
    stage.end()
}
