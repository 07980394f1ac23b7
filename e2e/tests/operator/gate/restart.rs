//! The whole cluster ends and comes back: what was parked is parked, and whatever the gate needs to come back does not wait for
//! the gate.

use anyhow::{Context, Result, ensure};
use dast_e2e::{SHOP, SYSTEM, Shop, Stage, until};

use super::route::{MEMORY, PARKED, WEBHOOK, class, gated, ingress};

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_cluster_that_was_off_comes_back_with_its_gate() -> Result<()> {
    let stage = gated("gate-restart")?;
    stage.serve(Shop::Careless)?;
    stage.apply(&ingress(SHOP, "shop.example", ""))?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    let before = memory(&stage)?;

    stage.cluster().restart(|step| eprintln!("{step}"))?;
    // Whether somebody answers yet or not, nothing gets past by that; everything else goes on.
    match stage.apply(&ingress("early", "early.example", "")) {
        Ok(()) => ensure!(class(&stage, "early")? == PARKED, "nobody judged it"),
        Err(error) => {
            let message = format!("{error:#}");
            ensure!(
                message.contains("failed calling webhook"),
                "it was refused for another reason: {message}"
            );
        }
    }
    stage.kubectl(&["create", "configmap", "meanwhile", "--namespace", SHOP])?;
    stage.kubectl(&["label", "ingress", SHOP, "--namespace", SHOP, "team=shop"])?;
    ensure!(memory(&stage)? == before, "it is not parked as it was");

    for (deployment, namespace) in [("dast-operator", SYSTEM), (WEBHOOK, SYSTEM), (SHOP, SHOP)] {
        let wait =
            ["rollout", "status", "deployment", deployment, "--namespace", namespace, "--timeout=120s"];
        stage.kubectl(&wait)?;
    }
    until("an answer", || stage.apply(&ingress("late", "shop.example", "")))?;
    ensure!(class(&stage, "late")? == PARKED, "nobody judged it");
    ensure!(memory(&stage)? == before, "it is not parked as it was");
    stage.judged(SHOP, "shop-80", "Fail")?;

    stage.serve(Shop::Repaired)?;
    for route in [SHOP, "late"] {
        until("the exposure of what has passed", || {
            let class = class(&stage, route)?;
            ensure!(class == "public", "{route} has the class {class}");
            Ok(())
        })?;
    }
    stage.judged(SHOP, "shop-80", "Pass")?;
    stage.end()
}

/// What is to serve the route once it has passed, if it is parked.
fn memory(stage: &Stage) -> Result<String> {
    ensure!(class(stage, SHOP)? == PARKED, "it is exposed");
    let route = stage.get(&["ingress", SHOP, "--namespace", SHOP])?;
    let memory = route["metadata"]["annotations"][MEMORY].as_str();
    memory.map(str::to_owned).context("nobody remembers what is to serve it")
}
