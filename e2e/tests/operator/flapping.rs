//! Tenants who want more than their share: what changes all the time is scanned as often as the configuration allows, and a
//! thousand Services of one tenant do not keep another one waiting.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use dast_e2e::{OPERATOR, Stage, image_of, until};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

const FLAPPING: &str = "flapping";
/// Those of the configuration.
const STABILITY: Duration = Duration::from_secs(1);
const MINIMUM_INTERVAL: Duration = Duration::from_secs(10);
const AT_ONCE: usize = 2;
/// How long something changes every second.
const UNREST: Duration = Duration::from_secs(60);

const CROWD: &str = "crowd";
const SERVICES: usize = 1_000;
const NEIGHBOUR: &str = "neighbour";
const NEIGHBOURS: [&str; 3] = ["one", "two", "three"];

#[test]
#[ignore = "needs a real Kubernetes"]
fn nobody_gets_more_scans_than_their_share() -> Result<()> {
    let stage = Stage::begin("flapping")?;
    let seconds = |span: Duration| format!("{}s", span.as_secs());
    let scans = json!({"stability": seconds(STABILITY), "minimumInterval": seconds(MINIMUM_INTERVAL)});
    let queue = json!({"total": AT_ONCE, "perNamespace": AT_ONCE});
    let configuration = json!({"scans": scans, "queue": queue});
    stage.install(&json!({"configuration": configuration, "defaultScanner": {"profile": "passive"}}))?;
    what_flaps_is_scanned_now_and_then(&stage)?;
    a_crowd_delays_nobody(&stage)?;
    let too_many = stage.requests_of(OPERATOR)?.into_iter().find(|request| request.status == 429);
    ensure!(too_many.is_none(), "the operator asks for too much: {too_many:?}");
    stage.end()
}

fn what_flaps_is_scanned_now_and_then(stage: &Stage) -> Result<()> {
    stage.apply(&include_str!("manifests/flapping.yaml").replace("IMAGE", &image_of("dast-shop")))?;
    let targets = ["rolled-80", "turned-80"];
    for target in targets {
        until("the verdict before anything changes", || stage.judged(FLAPPING, target, "Fail"))?;
    }
    let before =
        targets.map(|target| runs_made(stage, FLAPPING, target)).into_iter().collect::<Result<Vec<_>>>()?;
    let began = Instant::now();
    let mut turn = 0;
    while began.elapsed() < UNREST {
        turn += 1;
        let here = ["--namespace", FLAPPING];
        let env = format!("TURN={turn}");
        stage.kubectl(&[&["set", "env", "deployment/rolled", env.as_str()][..], &here].concat())?;
        let also = if turn % 2 == 1 { json!("turned") } else { Value::Null };
        let selector = json!({"spec": {"selector": {"also": also}}}).to_string();
        stage
            .kubectl(&[&["patch", "service", "turned", "--patch", selector.as_str()][..], &here].concat())?;
        // First too often to be stable, and then as often as may be.
        let pause = if began.elapsed() < UNREST / 2 { Duration::ZERO } else { 2 * STABILITY };
        thread::sleep(Duration::from_secs(1) + pause);
    }
    let unrest = began.elapsed();
    ensure!(turn > 20, "it changed only {turn} times");
    let most = usize::try_from(unrest.as_secs() / MINIMUM_INTERVAL.as_secs() + 1)?;
    for (target, before) in targets.iter().zip(before) {
        let made = runs_made(stage, FLAPPING, target)?.len() - before.len();
        eprintln!("{target}: {turn} changes, {made} runs, {most} are allowed");
        ensure!(made >= 1, "{target}: nothing was tried");
        ensure!(made <= most, "{target}: {made} runs in {} s of unrest", unrest.as_secs());
    }
    // Once there is peace, what is there is scanned.
    for target in targets {
        until("the verdict on what stayed", || {
            let judged = stage.judged(FLAPPING, target, "Fail")?;
            ensure!(judged["status"]["phase"] == "Idle", "its status is {}", judged["status"]);
            let run = judged["status"]["run"].as_str().context("it was never scanned")?;
            let run = stage.get(&["scanrun", run, "--namespace", FLAPPING])?;
            ensure!(
                run["status"]["basis"]["revision"] == judged["status"]["revision"],
                "it is of another revision"
            );
            ensure!(run["status"]["completion"]["complete"] == true, "its last run: {}", run["status"]);
            Ok(())
        })?;
    }
    stage.kubectl(&["delete", "namespace", FLAPPING, "--wait=false"]).map(drop)
}

/// The runs of a target that the operator has made, the ones that are no more included.
fn runs_made(stage: &Stage, namespace: &str, target: &str) -> Result<BTreeSet<String>> {
    let requests = stage.requests_of(OPERATOR)?.into_iter().filter(|request| request.status == 201);
    let made = requests
        .map(|request| request.right)
        .filter(|right| right.resource == "scanruns" && right.namespace.as_deref() == Some(namespace));
    let names = made.map(|right| right.name.context("a run was made without a name"));
    let names = names.collect::<Result<BTreeSet<_>>>()?;
    Ok(names.into_iter().filter(|name| name.starts_with(target)).collect())
}

fn a_crowd_delays_nobody(stage: &Stage) -> Result<()> {
    for name in [CROWD, NEIGHBOUR] {
        let application = include_str!("manifests/application.yaml").replace("NAME", name);
        stage.apply(&application.replace("IMAGE", &image_of("dast-shop")))?;
        let wait = ["rollout", "status", "deployment", name, "--namespace", name, "--timeout=120s"];
        stage.kubectl(&wait)?;
    }
    let crowd: Vec<_> = (1..=SERVICES).map(|number| format!("s{number}")).collect();
    create(stage, CROWD, "true", &crowd)?;
    create(stage, NEIGHBOUR, "false", &NEIGHBOURS.map(str::to_owned))?;
    until("a crowd that waits", || {
        let runs =
            stage.kubectl(&["get", "scanruns", "--namespace", CROWD, "--output=name"])?.lines().count();
        ensure!(runs > SERVICES / 4, "there are {runs} runs");
        Ok(())
    })?;
    for service in NEIGHBOURS {
        stage.annotate(NEIGHBOUR, service, "scan", "true")?;
    }
    let mut most = 0;
    until("the verdicts on the neighbour's", || {
        most = most.max(under_way(stage)?);
        NEIGHBOURS
            .iter()
            .try_for_each(|name| stage.judged(NEIGHBOUR, &format!("{name}-80"), "Fail").map(drop))
    })?;
    ensure!((1..=AT_ONCE).contains(&most), "{most} scans were under way at once");

    let neighbours = stage.get(&["scanruns", "--namespace", NEIGHBOUR])?;
    let times = |path: &str| {
        let of = |run: &Value| run.pointer(path).and_then(Value::as_str).map(str::to_owned);
        neighbours["items"].as_array().into_iter().flatten().map(of).collect::<Option<Vec<_>>>()
    };
    let asked = times("/metadata/creationTimestamp").context("a run was made at no time")?;
    let turns = times("/status/turn").context("a run had no turn")?;
    let (first, last) = (asked.iter().min().context("there are no runs")?, turns.iter().max());
    let last = last.context("there are no turns")?;
    let crowded = stage.get(&["scanruns", "--namespace", CROWD])?;
    let crowded: Vec<_> = crowded["items"].as_array().into_iter().flatten().collect();
    let turns = crowded.iter().filter_map(|run| run["status"]["turn"].as_str());
    let before = turns.filter(|turn| *turn > first.as_str() && *turn < last.as_str()).count();
    // One of theirs before each, and those whose turn came in the second in which the first was asked for.
    eprintln!("{} runs of the crowd, {before} had their turn before the neighbour's last", crowded.len());
    ensure!(before <= NEIGHBOURS.len() + AT_ONCE, "{before} runs of the crowd came before the neighbour's");
    Ok(())
}

/// Makes Services of the application of a namespace, which ask for a scan or say that they want none.
fn create(stage: &Stage, namespace: &str, scan: &str, names: &[String]) -> Result<()> {
    let mut manifests = String::new();
    for name in names {
        let service = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": name, "namespace": namespace, "annotations": {"dast.security.banzaicloud.io/scan": scan},
            },
            "spec": {"selector": {"app": namespace}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
        });
        writeln!(manifests, "---\n{service}")?;
    }
    let file = NamedTempFile::new()?;
    fs::write(&file, manifests)?;
    stage.kubectl(&["create", "--filename", file.path().to_str().context("a path is no text")?]).map(drop)
}

/// How many scans have a Job and no end. A Job itself ends a little later, once its pod is gone.
fn under_way(stage: &Stage) -> Result<usize> {
    let runs = stage.get(&["scanruns", "--all-namespaces"])?;
    let has_job = |run: &&Value| {
        let status = &run["status"];
        status["job"].is_string() && status["phase"] != "Succeeded" && status["phase"] != "Failed"
    };
    Ok(runs["items"].as_array().into_iter().flatten().filter(has_job).count())
}
