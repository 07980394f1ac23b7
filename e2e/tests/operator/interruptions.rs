//! The operator ends without a word at any moment of a run's life, and another one goes on.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use dast_e2e::{OPERATOR, SCANS, SHOP, SYSTEM, Shop, Stage, quick, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const ROUNDS: usize = 10;
const PODS: &str = "--selector=app.kubernetes.io/name=dast-operator";

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_killed_operator_loses_no_run_and_doubles_none() -> Result<()> {
    let stage = Stage::begin("interruptions")?;
    stage.install(&json!({"configuration": {"scans": quick()}, "defaultScanner": {"profile": "passive"}}))?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let verdicts = Verdicts::follow(&stage)?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    // As long as a run lives when nobody disturbs it.
    let began = Instant::now();
    let run = stage.ask(SHOP, "shop-80")?;
    until("the end of a run", || ended(&stage, &run))?;
    let life = began.elapsed();
    let before = jobs_made(&stage)?.len();

    for round in 1..=ROUNDS {
        let run = stage.ask(SHOP, "shop-80")?;
        let moment = some_moment(life)?;
        eprintln!("round {round}: it is killed {} ms after {run} was asked for", moment.as_millis());
        thread::sleep(moment);
        kill(&stage)?;
        let seen = until("the end of the run", || ended(&stage, &run))?;
        ensure!(seen["status"]["phase"] == "Succeeded", "{run} ended as {}", seen["status"]);
        ensure!(seen["status"]["attempt"] == 1, "{run} was tried again: {}", seen["status"]);
        until("the verdict on that run", || {
            let target = stage.judged(SHOP, "shop-80", "Fail")?;
            ensure!(target["status"]["run"] == *run, "it is of {}", target["status"]["run"]);
            let scanned = (&target["status"]["lastScanTime"], &seen["status"]["ended"]);
            ensure!(scanned.0 == scanned.1, "it is of another scan: {scanned:?}");
            Ok(())
        })?;
    }

    verdicts.never_passed()?;
    let made = jobs_made(&stage)?;
    ensure!(made.iter().collect::<BTreeSet<_>>().len() == made.len(), "a Job was made twice: {made:?}");
    ensure!(made.len() == before + ROUNDS, "{before} Jobs were made before, and now {made:?}");
    stage.end()
}

/// The names of all Jobs that the operator has made. One that was there already is not made.
fn jobs_made(stage: &Stage) -> Result<Vec<String>> {
    let requests = stage.requests_of(OPERATOR)?.into_iter().filter(|request| request.status == 201);
    let made = requests.map(|request| request.right).filter(|right| {
        right.resource == "jobs" && right.verb == "create" && right.namespace.as_deref() == Some(SCANS)
    });
    made.map(|right| right.name.context("a Job was made without a name")).collect()
}

fn ended(stage: &Stage, run: &str) -> Result<Value> {
    let run = stage.get(&["scanrun", run, "--namespace", SHOP])?;
    let phase = &run["status"]["phase"];
    ensure!(*phase == "Succeeded" || *phase == "Failed", "its status is {}", run["status"]);
    Ok(run)
}

fn some_moment(within: Duration) -> Result<Duration> {
    let share =
        f64::from(getrandom::u32().context("the system gives no random numbers")?) / f64::from(u32::MAX);
    Ok(within.mul_f64(share))
}

/// Ends its process at once (`SIGKILL`), and then its pod: one that is only started again waits longer each time.
fn kill(stage: &Stage) -> Result<()> {
    let pods = [&["pods", "--namespace", SYSTEM][..], &[PODS]].concat();
    let uid = |pods: &Value| pods["items"][0]["metadata"]["uid"].as_str().map(str::to_owned);
    let before = uid(&stage.get(&pods)?).context("there is no operator")?;
    let processes = processes_of(&before)?;
    ensure!(!processes.is_empty(), "the operator has no process here");
    for process in processes {
        // It may have ended by itself in this moment.
        let _ = kill_process(process, Signal::KILL);
    }
    let at_once = ["--grace-period=0", "--force", "--wait=false"];
    stage.kubectl(&[&["delete"][..], &pods, &at_once].concat())?;
    until("another operator", || {
        let now = uid(&stage.get(&pods)?);
        ensure!(now.is_some_and(|now| now != before), "there is none yet");
        Ok(())
    })
}

/// The operator's processes in a pod of the node, which is this machine: its control group has the pod's uid in its name.
fn processes_of(pod: &str) -> Result<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let folder = entry?.path();
        let number = folder.file_name().and_then(|name| name.to_str()?.parse().ok());
        let Some(process) = number.and_then(Pid::from_raw) else { continue };
        // What ends while it is read is not it.
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        if read("cgroup").contains(&format!("pod{pod}")) && read("comm").trim() == "dast-operator" {
            found.push(process);
        }
    }
    Ok(found)
}

/// Every verdict that was ever to be read.
struct Verdicts {
    watch: Child,
    file: tempfile::NamedTempFile,
}

impl Verdicts {
    fn follow(stage: &Stage) -> Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        let mut kubectl = stage.cluster().kubectl();
        kubectl.args(["get", "scantargets", "--namespace", SHOP, "--watch"]);
        kubectl.arg(r#"--output=jsonpath={.status.verdict}{"\n"}"#);
        let watch = kubectl.stdin(Stdio::null()).stdout(File::create(file.path())?).spawn()?;
        Ok(Self { watch, file })
    }

    fn never_passed(mut self) -> Result<()> {
        ensure!(self.watch.try_wait()?.is_none(), "nobody watched to the end");
        let seen = fs::read_to_string(&self.file)?;
        ensure!(seen.lines().any(|verdict| verdict == "Fail"), "nothing was seen: {seen}");
        ensure!(seen.lines().all(|verdict| verdict != "Pass"), "it has passed: {seen}");
        Ok(())
    }
}

impl Drop for Verdicts {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.watch.kill();
        let _ = self.watch.wait();
    }
}
