//! A Service is annotated, its application is scanned, and the verdict stands on its ScanTarget.

use anyhow::{Result, ensure};
use dast_e2e::{RELEASE, SHOP, SYSTEM, Shop, Stage, quick, until};
use serde_json::json;

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_weak_shop_fails_and_passes_once_it_is_mended() -> Result<()> {
    let stage = Stage::begin("vertical")?;
    let values = json!({"configuration": {"scans": quick()}, "defaultScanner": {"profile": "passive"}});
    stage.install(&values)?;
    stage.helm(&["test", RELEASE])?;

    stage.serve(Shop::Careless)?;
    ensure!(
        stage.get(&["scantargets", "--namespace", SHOP])?["items"] == json!([]),
        "nobody asked for a scan"
    );
    stage.annotate(SHOP, SHOP, "sacn", "true")?;
    until("a word on an annotation that nobody reads", || stage.told(SHOP, "Service", SHOP, "NoEffect"))?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let target = until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    ensure!(target["status"]["counts"]["medium"].as_u64() >= Some(1), "{}", target["status"]["counts"]);
    ensure!(target["status"]["reasons"][0].is_string(), "no reason is told");
    let report = stage.get(&["scanreport", "shop-80", "--namespace", SHOP])?;
    ensure!(report["spec"]["run"] == target["status"]["run"], "the report is of another run");
    until("an event on the Service", || stage.told(SHOP, "Service", SHOP, "ScanFailed"))?;

    stage.serve(Shop::Repaired)?;
    stage.kubectl(&[
        "wait",
        "--for=condition=Passed",
        "scantarget/shop-80",
        "--namespace",
        SHOP,
        "--timeout=300s",
    ])?;
    let mended = stage.judged(SHOP, "shop-80", "Pass")?;
    ensure!(mended["status"]["revision"] != target["status"]["revision"], "it is the same revision");

    until("what happened, in numbers", || what_happened_is_counted(&stage))?;

    // What is installed twice is installed once.
    stage.install(&values)?;
    stage.judged(SHOP, "shop-80", "Pass")?;
    stage.end()
}

/// As whoever scrapes it is told.
fn what_happened_is_counted(stage: &Stage) -> Result<()> {
    let operator = stage.leader()?.name;
    let metrics = format!("/api/v1/namespaces/{SYSTEM}/pods/{operator}:8080/proxy/metrics");
    let told = stage.kubectl(&["get", "--raw", &metrics])?;
    for line in [
        r#"dast_runs_total{outcome="Complete"} 2"#,
        "dast_run_duration_seconds_count 2",
        r#"dast_targets{verdict="Pass"} 1"#,
        r#"dast_targets{verdict="Fail"} 0"#,
        r#"dast_queue_runs{stage="waiting"} 0"#,
    ] {
        ensure!(told.lines().any(|known| known == line), "nobody tells `{line}`:\n{told}");
    }
    Ok(())
}
