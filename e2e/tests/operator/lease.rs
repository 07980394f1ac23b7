//! Two operators: the one that leads ends, or stands still for longer than its lease holds.

use anyhow::{Context, Result, ensure};
use dast_e2e::{Pod, SHOP, SYSTEM, Shop, Stage, Verdicts, slow, until};
use rustix::process::Signal;
use serde_json::json;

#[test]
#[ignore = "needs a real Kubernetes"]
fn the_lease_changes_hands_and_no_run_is_lost_or_doubled() -> Result<()> {
    let stage = Stage::begin("lease")?;
    let mut values = slow("passive");
    values["replicaCount"] = json!(2);
    stage.install(&values)?;
    stage.bear_with("dast-operator")?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let verdicts = Verdicts::follow(&stage)?;

    the_leader_is_killed(&stage)?;
    who_does_not_lead_takes_no_results(&stage)?;
    the_leader_stands_still(&stage)?;

    verdicts.never_passed(&stage)?;
    stage.nothing_was_done_twice()?;
    stage.end()
}

fn the_leader_is_killed(stage: &Stage) -> Result<()> {
    let run = until("the first run", || stage.open_run("shop-80"))?;
    stage.be_in_the_middle_of(&run)?;
    let leader = stage.leader()?;
    let heir = other_than(stage, &leader)?;
    stage.kill_operator(&leader)?;
    stage.fails_by(&run, 1)?;
    let leads = stage.leader()?;
    eprintln!("`{}` was killed, and `{}` leads", leader.name, leads.name);
    // The pod that came in its place may have been quicker.
    ensure!(leads.uid != leader.uid, "it leads as if nothing had happened");
    ensure!(stage.operators()?.contains(&heir), "the other one has ended, too");
    Ok(())
}

/// It says so before it looks at anything else, and analyzers come again.
fn who_does_not_lead_takes_no_results(stage: &Stage) -> Result<()> {
    until("two operators", || both(stage))?;
    let leader = stage.leader()?;
    let stand_by = other_than(stage, &leader)?;
    let path = "/v1/runs/shop/none/none/attempts/1/report";
    let answer = stage.post_to(&stand_by, path, None)?;
    ensure!((answer.status, answer.category.as_str()) == (503, "stands_by"), "it says {answer:?}");
    let answer = stage.post_to(&leader, path, None)?;
    ensure!((answer.status, answer.category.as_str()) == (401, "no_token"), "the leader says {answer:?}");
    Ok(())
}

/// It believes that it leads when it goes on, with a picture of the cluster that is old, while another one does. It ends.
fn the_leader_stands_still(stage: &Stage) -> Result<()> {
    let leader = stage.leader()?;
    let run = stage.ask_and_be_in_the_middle()?;
    stage.signal_operator(&leader, Signal::STOP)?;
    let heir = until("another leader", || {
        let now = stage.leader()?;
        ensure!(now.uid != leader.uid, "there is none yet");
        Ok(now)
    })?;
    // It acts: what the old one knows is not so any more.
    let another = stage.ask(SHOP, "shop-80")?;
    until("what the new leader says of another run", || {
        let run = stage.get(&["scanrun", &another, "--namespace", SHOP])?;
        ensure!(run["status"]["phase"].is_string(), "it says nothing");
        Ok(())
    })?;
    stage.signal_operator(&leader, Signal::CONT)?;
    until("the end of the old leader", || {
        let log = ["logs", &leader.name, "--namespace", SYSTEM, "--previous"];
        let log = stage.kubectl(&log)?;
        ensure!(log.contains("another replica acts now"), "it ended otherwise: {log}");
        Ok(())
    })?;
    stage.fails_by(&another, 1)?;
    let first = until("the end of the run", || stage.ended(&run))?["status"].clone();
    ensure!(first["phase"] == "Succeeded" && first["attempt"] == 1, "{first}");
    ensure!(stage.leader()?.uid == heir.uid, "the lease has changed hands again");
    Ok(())
}

fn both(stage: &Stage) -> Result<()> {
    let operators = ["deployment", "dast-operator", "--namespace", SYSTEM];
    let ready = stage.get(&operators)?["status"]["readyReplicas"].clone();
    ensure!(ready == 2, "{ready} are ready");
    Ok(())
}

fn other_than(stage: &Stage, leader: &Pod) -> Result<Pod> {
    let other = stage.operators()?.into_iter().find(|pod| pod.uid != leader.uid);
    other.context("there is no other operator")
}
