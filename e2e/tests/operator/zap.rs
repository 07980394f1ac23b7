//! A real ZAP in the pod of each scan, which attacks where the owner and the installation agree.

use std::time::Duration;

use anyhow::{Result, ensure};
use dast_e2e::{SCANS, SHOP, Shop, Stage, condition, quick, until, until_within};
use serde_json::{Value, json};

/// Attacks take minutes, and a busy machine takes many times that.
const PATIENCE: Duration = Duration::from_secs(40 * 60);

#[test]
#[ignore = "needs a real Kubernetes"]
fn attacks_of_a_zap_fail_a_weak_shop_and_a_mended_one_passes() -> Result<()> {
    let stage = Stage::begin("zap")?;
    let zap = stage.load_zap()?;
    stage.install(&json!({
        "configuration": {"scans": quick(), "zap": zap, "allowed": {"activeNamespaces": [SHOP]}},
        "defaultScanner": {"profile": "full"},
    }))?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;

    // Its key is made in the pod, and is in no object.
    let zap = until("a pod with a ZAP", || with_zap(&stage))?;
    ensure!(!zap["spec"].to_string().contains("api.key="), "the key is in the pod's arguments");
    let secrets = stage.get(&["secrets", "--namespace", SCANS])?;
    ensure!(secrets["items"] == json!([]), "there is a Secret: {}", secrets["items"]);

    let failed = until_within(PATIENCE, "the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    let status = &failed["status"];
    ensure!(status["counts"]["high"].as_u64() >= Some(1), "attacks found nothing: {}", status["counts"]);
    ensure!(
        condition(&failed, "AsAsked").is_none_or(|as_asked| as_asked["status"] != "False"),
        "it was scanned in another way: {}",
        status["conditions"]
    );
    let run = stage.get(&["scanrun", status["run"].as_str().unwrap_or_default(), "--namespace", SHOP])?;
    ensure!(run["status"]["basis"]["profile"] == "full", "{}", run["status"]["basis"]);
    let engine = run["status"]["engine"].as_str().unwrap_or_default().to_lowercase();
    ensure!(engine.starts_with("zap "), "`{engine}` scanned");
    ensure!(run["status"]["attempt"] == 1, "it took more than one attempt: {}", run["status"]);

    stage.serve(Shop::Repaired)?;
    let passed = until_within(PATIENCE, "the verdict Pass", || stage.judged(SHOP, "shop-80", "Pass"))?;
    ensure!(passed["status"]["revision"] != status["revision"], "it is the same revision");
    stage.end()
}

/// The pod of a scan that has a ZAP beside the analyzer.
fn with_zap(stage: &Stage) -> Result<Value> {
    let pods = stage.get(&["pods", "--namespace", SCANS])?;
    let all = |pod: &Value| {
        ["initContainers", "containers"].map(|list| pod["spec"][list].as_array().cloned().unwrap_or_default())
    };
    let has_zap = |pod: &&Value| all(pod).iter().flatten().any(|container| container["name"] == "zap");
    let pod = pods["items"].as_array().into_iter().flatten().find(has_zap);
    pod.cloned().ok_or_else(|| anyhow::anyhow!("there is none"))
}
