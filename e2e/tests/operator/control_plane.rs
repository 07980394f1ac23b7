//! The API server and etcd end, hang or refuse in the middle of a scan.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use dast_e2e::{OPERATOR, Pod, SHOP, SYSTEM, Shop, Stage, Verdicts, slow, until};
use dast_lab::kubernetes::Component;
use rustix::process::Signal;
use serde_json::Value;

/// How long what fails keeps failing.
const A_WHILE: Duration = Duration::from_secs(30);
/// No room for requests of the operator, and what keeps one that is under way.
const BUSY: &str = include_str!("manifests/busy.yaml");
/// What is kept, if the operator makes it.
const WAITING: &str = include_str!("manifests/waiting.yaml");
/// The address of the node, where the API server can reach this machine.
const NODE: &str = "10.213.0.1";
/// A second Service that leads to the shop.
const OTHER: &str = include_str!("manifests/other.yaml");

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_control_plane_that_fails_costs_no_run_and_lends_no_verdict() -> Result<()> {
    let stage = Stage::begin("control-plane")?;
    stage.install(&slow("passive"))?;
    stage.bear_with("dast-operator")?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let verdicts = Verdicts::follow(&stage)?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;

    in_the_middle_of_a_scan(&stage, || restart(&stage, Component::ApiServer))?;
    in_the_middle_of_a_scan(&stage, || restart(&stage, Component::Etcd))?;
    what_was_missed_is_seen(&stage)?;
    etcd_is_away_for_a_while(&stage)?;
    etcd_hangs_for_a_while(&stage)?;
    the_operator_is_refused_for_a_while(&stage)?;

    verdicts.never_passed(&stage)?;
    stage.nothing_was_done_twice()?;
    stage.end()
}

/// The scan goes through to its end in its first attempt, whatever happens meanwhile.
fn in_the_middle_of_a_scan(stage: &Stage, fault: impl FnOnce() -> Result<()>) -> Result<()> {
    let run = stage.ask_and_be_in_the_middle()?;
    fault()?;
    stage.fails_by(&run, 1).map(drop)
}

fn restart(stage: &Stage, component: Component) -> Result<()> {
    stage.cluster().kill(component)?;
    stage.cluster().start_again(component)
}

/// While the operator stands still and has no connection, a Service goes and the shop is rolled out. An API server that was
/// started after that does not know how to tell (410).
fn what_was_missed_is_seen(stage: &Stage) -> Result<()> {
    stage.apply(OTHER)?;
    let before = stage.judged(SHOP, "shop-80", "Fail")?;
    until("the target of another Service", || stage.judged(SHOP, "other-80", "Fail"))?;
    let operator = only_operator(stage)?;

    stage.signal_operator(&operator, Signal::STOP)?;
    // What was on the way to it would be heard even now.
    restart(stage, Component::ApiServer)?;
    stage.kubectl(&["delete", "service", "other", "--namespace", SHOP])?;
    stage.roll_out("missed")?;
    restart(stage, Component::ApiServer)?;
    stage.signal_operator(&operator, Signal::CONT)?;

    until("the end of a target", || {
        let targets = stage.get(&["scantargets", "--namespace", SHOP, "--output=json"])?;
        let names = targets["items"].as_array().into_iter().flatten();
        let names: Vec<&Value> = names.map(|target| &target["metadata"]["name"]).collect();
        ensure!(names == ["shop-80"], "there are {names:?}");
        Ok(())
    })?;
    until("the verdict on what runs now", || {
        let target = stage.judged(SHOP, "shop-80", "Fail")?;
        ensure!(target["status"]["revision"] != before["status"]["revision"], "it is of what ran before");
        Ok(())
    })?;
    // It has noticed by that, and by nothing else.
    let log = stage.kubectl(&["logs", &operator.name, "--namespace", SYSTEM])?;
    let expired = log.lines().filter(|line| line.contains("cannot be watched") && line.contains("too old"));
    let expired = expired.count();
    eprintln!("{expired} watches were told that they are too old");
    ensure!(expired > 0, "no watch has expired");
    Ok(())
}

/// The API server answers with errors of its own (5xx).
fn etcd_is_away_for_a_while(stage: &Stage) -> Result<()> {
    let before = answered(stage, |status| status >= 500)?;
    in_the_middle_of_a_scan(stage, || {
        stage.cluster().kill(Component::Etcd)?;
        thread::sleep(A_WHILE);
        stage.cluster().start_again(Component::Etcd)
    })?;
    let errors = answered(stage, |status| status >= 500)? - before;
    eprintln!("the operator got {errors} errors of the server");
    ensure!(errors > 0, "the operator got no error");
    Ok(())
}

/// The API server lets those who write wait.
fn etcd_hangs_for_a_while(stage: &Stage) -> Result<()> {
    in_the_middle_of_a_scan(stage, || {
        stage.cluster().pause(Component::Etcd)?;
        let write = ["create", "namespace", "late", "--request-timeout=5s"];
        ensure!(stage.kubectl(&write).is_err(), "it was written without etcd");
        thread::sleep(A_WHILE);
        stage.cluster().resume(Component::Etcd)
    })
}

/// The API server has no room for the operator (429): one request in its name at a time may be under way, and that one waits
/// for somebody who never answers.
fn the_operator_is_refused_for_a_while(stage: &Stage) -> Result<()> {
    let before = answered(stage, |status| status == 429)?;
    let silent = TcpListener::bind((NODE, 0)).context("nobody can be silent")?;
    let busy = BUSY.replace("ADDRESS", &silent.local_addr()?.to_string());
    in_the_middle_of_a_scan(stage, || {
        stage.apply(&busy)?;
        let began = Instant::now();
        while began.elapsed() < A_WHILE {
            // Whether it gets in is a matter of luck, until it does.
            let _ = stage.try_as(OPERATOR, WAITING);
        }
        for kind in ["flowschema", "prioritylevelconfiguration", "validatingwebhookconfiguration"] {
            stage.kubectl(&["delete", kind, "busy"])?;
        }
        Ok(())
    })?;
    let refusals = answered(stage, |status| status == 429)? - before;
    eprintln!("the operator was refused {refusals} times");
    ensure!(refusals > 0, "the operator was not refused");
    Ok(())
}

fn only_operator(stage: &Stage) -> Result<Pod> {
    stage.operators()?.pop().context("there is no operator")
}

/// How many of the operator's requests were answered so.
fn answered(stage: &Stage, so: impl Fn(u64) -> bool) -> Result<usize> {
    Ok(stage.requests_of(OPERATOR)?.iter().filter(|request| so(request.status)).count())
}
