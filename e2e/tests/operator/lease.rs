//! Two operators: the one that leads ends, or stands still for longer than its lease holds.

use anyhow::{Context, Result, ensure};
use dast_e2e::{Pod, SHOP, SYSTEM, Shop, Stage, Verdicts, slow, until};
use rustix::process::Signal;
use serde_json::{Value, json};

#[test]
#[ignore = "needs a real Kubernetes"]
fn the_lease_changes_hands_and_no_run_is_lost_or_doubled() -> Result<()> {
    let stage = Stage::begin("lease")?;
    let mut values = slow("passive");
    values["replicaCount"] = json!(2);
    stage.install(&values)?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let verdicts = Verdicts::follow(&stage)?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;

    who_does_not_lead_takes_no_results(&stage)?;
    the_leader_is_killed(&stage)?;
    until("two operators", || both(&stage))?;
    the_leader_stands_still(&stage)?;

    verdicts.never_passed(&stage)?;
    stage.nothing_was_done_twice()?;
    stage.end()
}

/// It says so before it looks at anything else, and analyzers come again.
fn who_does_not_lead_takes_no_results(stage: &Stage) -> Result<()> {
    let leader = stage.leader()?;
    let stand_by = other_than(stage, &leader)?;
    let path = "/v1/runs/shop/none/none/attempts/1/report";
    let answer = stage.post_to(&stand_by, path, None)?;
    ensure!((answer.status, answer.category.as_str()) == (503, "stands_by"), "it says {answer:?}");
    let answer = stage.post_to(&leader, path, None)?;
    ensure!((answer.status, answer.category.as_str()) == (401, "no_token"), "the leader says {answer:?}");
    Ok(())
}

fn the_leader_is_killed(stage: &Stage) -> Result<()> {
    let leader = stage.leader()?;
    let heir = other_than(stage, &leader)?;
    let run = stage.ask_and_be_in_the_middle()?;
    stage.kill_operator(&leader)?;
    stage.fails_by(&run, 1)?;
    let leads = stage.leader()?;
    eprintln!("`{}` was killed, and `{}` leads", leader.name, leads.name);
    // The pod that came in its place may have been quicker.
    ensure!(leads.uid != leader.uid, "it leads as if nothing had happened");
    ensure!(stage.operators()?.contains(&heir), "the other one has ended, too");
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
    // What it begins itself, and what was begun before it.
    let another = stage.ask()?;
    until("the scan that the new leader begins", || {
        stage.is_under_way(&another).or_else(|_| stage.ended(&another))
    })?;
    let before = restarts_of(stage, &leader)?;
    stage.signal_operator(&leader, Signal::CONT)?;
    until("the end of the old leader", || {
        ensure!(restarts_of(stage, &leader)? > before, "it goes on");
        Ok(())
    })?;
    stage.fails_by(&another, 1)?;
    let first = until("the end of the run", || stage.ended(&run))?;
    ensure!(
        first["status"]["phase"] == "Succeeded" && first["status"]["attempt"] == 1,
        "{}",
        first["status"]
    );
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

/// How often the program of a pod was started again.
fn restarts_of(stage: &Stage, pod: &Pod) -> Result<u64> {
    let pod: Value = stage.get(&["pod", &pod.name, "--namespace", &pod.namespace])?;
    pod["status"]["containerStatuses"][0]["restartCount"].as_u64().context("its containers have no status")
}
