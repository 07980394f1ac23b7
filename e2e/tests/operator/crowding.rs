//! Tenants who want more than their share of scans, by a thousand Services, and by a workload that never rests: nobody waits for
//! them, and what they begin ends with them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use dast_e2e::{OPERATOR, SCANS, SHOP, SYSTEM, Shop, Stage, condition, image_of, until};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Two namespaces that have more to scan than there is time for, and how many Services of theirs lead to one application.
const CROWDS: [(&str, usize); 2] = [("crowd", 1000), ("throng", 200)];
/// A namespace whose application is rolled out, or loses its pods, again and again.
const RESTLESS: &str = "restless";
/// How many scans may run at once, of all and of one namespace: neither crowd can have all places, and both together do.
const TOTAL: usize = 3;
const PER_NAMESPACE: usize = 2;
/// The least time between two scans of a target.
const INTERVAL: Duration = Duration::from_secs(15);
/// How long whoever never rests leaves their application alone: too short for it to be ready for a while, or long enough once
/// it is ready.
const HASTE: Duration = Duration::from_secs(1);
const REST: Duration = Duration::from_secs(6);
/// So many of others may have their turns before whoever has one Service, of which more than a thousand are waiting: as many as
/// there are places, and as many once more, since API servers tell whole seconds of creations.
const BEFORE: usize = 2 * TOTAL;

#[test]
#[ignore = "needs a real Kubernetes"]
fn nobody_waits_for_a_crowd_nor_for_whoever_never_rests() -> Result<()> {
    let stage = Stage::begin("crowding")?;
    let scans = json!({"stability": "1s", "minimumInterval": format!("{}s", INTERVAL.as_secs()), "requestInterval": "1s"});
    let queue = json!({"total": TOTAL, "perNamespace": PER_NAMESPACE});
    stage.install(&json!({
        "configuration": {"scans": scans, "queue": queue}, "defaultScanner": {"profile": "passive"},
    }))?;
    for (namespace, _) in CROWDS {
        stage.apply(&application(namespace))?;
    }
    stage.apply(&application(RESTLESS))?;
    stage.serve(Shop::Repaired)?;
    let began = Timestamp::now();

    let pace = Pace::default();
    let changes = thread::scope(|scope| {
        let restless = scope.spawn(|| never_rest(&stage, &pace));
        let told = crowd(&stage).and_then(|()| whoever_has_one_service_is_not_kept_waiting(&stage));
        let told = told.and_then(|()| whoever_never_rests_is_scanned_once_in_a_while(&stage, &pace));
        pace.end();
        let changes = restless.join().map_err(|_| anyhow!("whoever never rests broke off"))?;
        match (told, changes) {
            (Err(told), Err(gave_up)) => {
                Err(told.context(format!("whoever never rests gave up: {gave_up:#}")))
            }
            (told, changes) => told.and(changes),
        }
    })?;
    no_more_scans_than_time_allows(&stage, began, changes)?;
    no_more_at_once_than_there_are_places_for(&stage)?;
    the_operator_is_well(&stage, began)?;
    what_they_began_ends_with_them(&stage)?;
    the_operator_is_well(&stage, began)?;
    stage.end()
}

fn application(namespace: &str) -> String {
    include_str!("manifests/crowd.yaml")
        .replace("NAMESPACE", namespace)
        .replace("IMAGE", &image_of("dast-shop"))
}

/// All of them at once, and all of them wait.
fn crowd(stage: &Stage) -> Result<()> {
    for (namespace, number) in CROWDS {
        let services: Vec<Value> =
            (0..number).map(|one| service(namespace, &format!("web-{one:04}"))).collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": services}).to_string();
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(&file, list)?;
        stage.kubectl(&["create", "--filename", file.path().to_str().context("a path is no text")?])?;
    }
    for (namespace, number) in CROWDS {
        until("a crowd that waits", || {
            let waiting =
                runs(stage, namespace)?.into_iter().filter(|run| run["status"]["phase"] == "Queued");
            let waiting = waiting.count();
            ensure!(waiting > number / 2, "{waiting} scans of `{namespace}` wait");
            Ok(())
        })?;
    }
    Ok(())
}

fn service(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": namespace,
            "annotations": {"dast.security.banzaicloud.io/scan": "true"}},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
    })
}

fn whoever_has_one_service_is_not_kept_waiting(stage: &Stage) -> Result<()> {
    let asked = Instant::now();
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    until("the verdict of whoever has one Service", || stage.judged(SHOP, "shop-80", "Pass"))?;
    eprintln!("one Service beside the crowds has its verdict after {:.1} s", asked.elapsed().as_secs_f32());
    let own = runs(stage, SHOP)?;
    let own = own.first().context("nobody says which scan that was")?;
    let before = turns_before(stage, own)?;
    eprintln!("{before} of the crowds had their turns before it");
    ensure!(before <= BEFORE, "{before} of the crowds had their turns before {own}");
    for (namespace, number) in CROWDS {
        let waiting = runs(stage, namespace)?.into_iter().filter(|run| run["status"]["phase"] == "Queued");
        let waiting = waiting.count();
        ensure!(waiting > number / 2, "there is no crowd any more: {waiting} scans of `{namespace}` wait");
    }
    // They are told how many are before them.
    let targets = stage.get(&["scantargets", "--namespace", CROWDS[0].0])?;
    let targets = targets["items"].as_array().into_iter().flatten();
    let told = targets.filter(|target| target["status"]["phase"] == "Queued");
    let told = told.filter(|target| target["status"]["queuePosition"].is_u64()).count();
    ensure!(told > CROWDS[0].1 / 2, "only {told} are told how many are before them");
    Ok(())
}

/// How many of the crowds had their turns between the creation of a run and its own turn.
fn turns_before(stage: &Stage, own: &Value) -> Result<usize> {
    let created: Timestamp = own["metadata"]["creationTimestamp"].as_str().unwrap_or_default().parse()?;
    let (began, _) = turn(own).context("it had no turn")?;
    let mut before = 0;
    for (namespace, _) in CROWDS {
        let of_others = runs(stage, namespace)?;
        let turns = of_others.iter().filter_map(turn);
        before += turns.filter(|(other, _)| created <= *other && *other < began).count();
    }
    Ok(before)
}

/// How long whoever never rests leaves their application alone, in milliseconds; 0 once it is over.
struct Pace(AtomicU64);

impl Default for Pace {
    fn default() -> Self {
        let pace = Self(AtomicU64::new(0));
        pace.set(HASTE);
        pace
    }
}

impl Pace {
    fn set(&self, pause: Duration) {
        self.0.store(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    fn end(&self) {
        self.set(Duration::ZERO);
    }

    fn get(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.0.load(Ordering::SeqCst))).filter(|pause| !pause.is_zero())
    }
}

/// Something else runs again and again, and in between the same is started anew. Gives how often.
fn never_rest(stage: &Stage, pace: &Pace) -> Result<usize> {
    let here = ["--namespace", RESTLESS];
    stage.apply(&service(RESTLESS, "web").to_string())?;
    let mut changes = 0;
    while let Some(pause) = pace.get() {
        changes += 1;
        let revision = format!("REVISION={changes}");
        stage.kubectl(&[&["set", "env", "deployment", "web", &revision][..], &here].concat())?;
        if pause == REST {
            let ready = ["rollout", "status", "deployment", "web", "--timeout=120s"];
            stage.kubectl(&[&ready[..], &here].concat())?;
        }
        thread::sleep(pause);
        stage.kubectl(&[&["delete", "pods", "--all", "--wait=false"][..], &here].concat())?;
        thread::sleep(pause);
    }
    Ok(changes)
}

/// Not before it was the same for a while, and then not at every change, and not never. What was scanned is not what runs any
/// more, so that nothing of it passes.
fn whoever_never_rests_is_scanned_once_in_a_while(stage: &Stage, pace: &Pace) -> Result<()> {
    let target = stage.get(&["scantarget", "web-80", "--namespace", RESTLESS])?;
    eprintln!("in haste: {} scans, {}", stage.runs_made(RESTLESS)?, target["status"]);
    let before = stage.runs_made(RESTLESS)?;
    pace.set(REST);
    let mut seen = BTreeSet::new();
    until("scans of whoever never rests", || {
        let target = stage.get(&["scantarget", "web-80", "--namespace", RESTLESS])?;
        for type_ in ["Passed", "Ready", "Scanned"] {
            let said = condition(&target, type_).unwrap_or(&Value::Null);
            seen.insert(format!("{type_}={} {} {}", said["status"], said["reason"], said["message"]));
        }
        seen.insert(format!("phase {}", target["status"]["phase"]));
        let is_said = |what: &str| seen.iter().any(|said| said.starts_with(what));
        ensure!(is_said(r#"phase "Waiting""#), "nobody says that it is waited for: {seen:#?}");
        ensure!(is_said(r#"Ready="False" "NoReadyPods""#), "nobody says why: {seen:#?}");
        ensure!(is_said(r#"Passed="Unknown""#), "it passes all the time: {seen:#?}");
        let scans = stage.runs_made(RESTLESS)?;
        ensure!(scans >= before + 2 && scans >= 3, "it was scanned {scans} times, {before} of them in haste");
        Ok(())
    })
}

fn no_more_scans_than_time_allows(stage: &Stage, began: Timestamp, changes: usize) -> Result<()> {
    let scans = stage.runs_made(RESTLESS)?;
    let passed = Duration::try_from(Timestamp::now().duration_since(began))?;
    let most = 1 + usize::try_from(passed.as_secs() / INTERVAL.as_secs())?;
    eprintln!("{changes} changes in {} s, {scans} scans", passed.as_secs());
    ensure!(scans <= most, "{scans} scans in {} s, and {most} are the most", passed.as_secs());
    ensure!(changes > scans * 2, "{changes} changes are nothing to hold back");
    let prefix = format!("{RESTLESS}-web-80-");
    let jobs = stage.jobs_made()?.into_iter().filter(|job| job.starts_with(&prefix)).count();
    ensure!(jobs <= scans, "{scans} scans had {jobs} Jobs");
    stage.nothing_was_done_twice()
}

/// By the turns that runs had: the places of a namespace, and all of them, were all taken and never more.
fn no_more_at_once_than_there_are_places_for(stage: &Stage) -> Result<()> {
    // All in one look: one that ended between two looks would seem to run beside what began then.
    let runs = stage.get(&["scanruns", "--all-namespaces"])?;
    let runs = runs["items"].as_array().context("no list")?;
    let mut all = Vec::new();
    for namespace in [CROWDS[0].0, CROWDS[1].0, RESTLESS, SHOP] {
        let own = runs.iter().filter(|run| run["metadata"]["namespace"] == namespace);
        let turns: Vec<_> = own.filter_map(turn).collect();
        let most = most_at_once(&turns);
        eprintln!("{} turns of `{namespace}`, {most} at once", turns.len());
        let is_crowd = CROWDS.iter().any(|(crowd, _)| *crowd == namespace);
        let expected = if is_crowd { PER_NAMESPACE } else { 1 };
        ensure!(most == expected, "{most} scans of `{namespace}` ran at once, and not {expected}");
        all.extend(turns);
    }
    let most = most_at_once(&all);
    ensure!(most == TOTAL, "{most} scans ran at once, and not {TOTAL}");
    Ok(())
}

/// From when to when a run had its turn; without an end as long as it has it.
fn turn(run: &Value) -> Option<(Timestamp, Timestamp)> {
    let time = |field: &str| run["status"][field].as_str()?.parse().ok();
    Some((time("turn")?, time("ended").unwrap_or(Timestamp::MAX)))
}

fn most_at_once(turns: &[(Timestamp, Timestamp)]) -> usize {
    let at = |moment: Timestamp| turns.iter().filter(|(from, to)| *from <= moment && moment < *to).count();
    turns.iter().map(|(from, _)| at(*from)).max().unwrap_or_default()
}

/// It was ready all the time, was not started again, and nobody was sent away because of what it asks for.
fn the_operator_is_well(stage: &Stage, began: Timestamp) -> Result<()> {
    let pods = stage.get(&["pods", "--namespace", SYSTEM])?;
    for pod in pods["items"].as_array().into_iter().flatten() {
        let (name, restarts) =
            (&pod["metadata"]["name"], &pod["status"]["containerStatuses"][0]["restartCount"]);
        ensure!(*restarts == 0, "{name} was started again: {restarts}");
        let ready = condition(pod, "Ready").context("nobody says whether it is ready")?;
        let since = ready["lastTransitionTime"].as_str().unwrap_or_default().parse::<Timestamp>()?;
        ensure!(ready["status"] == "True" && since < began, "{name} was not ready all the time: {ready}");
    }
    let requests = stage.requests()?;
    let refused: Vec<_> = requests.iter().filter(|request| request.found_no_room()).collect();
    ensure!(refused.is_empty(), "{} requests found no room, such as {:?}", refused.len(), refused.first());
    let own = requests.iter().filter(|request| request.user == OPERATOR).count();
    eprintln!("{own} of {} requests were the operator's", requests.len());
    Ok(())
}

/// Nothing of a namespace that goes holds it, nothing of it is left, and its places are free at once.
fn what_they_began_ends_with_them(stage: &Stage) -> Result<()> {
    let began = Instant::now();
    let names = [CROWDS[0].0, CROWDS[1].0, RESTLESS];
    stage.kubectl(&[&["delete", "namespace", "--timeout=600s"][..], &names].concat())?;
    eprintln!("the namespaces are gone after {:.1} s", began.elapsed().as_secs_f32());
    let asked = Instant::now();
    let run = stage.ask(SHOP, "shop-80")?;
    until("the end of a scan that was asked for", || stage.ended(&run))?;
    eprintln!("a scan that was asked for ended after {:.1} s", asked.elapsed().as_secs_f32());
    // What had ended before is cleared away by Kubernetes, ten minutes after its end.
    until("the end of what they began", || {
        let has_ended =
            |pod: &&Value| matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        for namespace in names {
            let of = format!("--selector=dast.security.banzaicloud.io/run-namespace={namespace}");
            let pods = stage.get(&["pods", "--namespace", SCANS, &of])?;
            let left = pods["items"].as_array().into_iter().flatten().filter(|pod| !has_ended(pod)).count();
            ensure!(left == 0, "{left} pods of `{namespace}` are left");
            let jobs = stage.get(&["jobs", "--namespace", SCANS, &of])?;
            let is_over =
                |job: &&Value| ["Complete", "Failed"].iter().any(|end| condition(job, end).is_some());
            let left = jobs["items"].as_array().into_iter().flatten().filter(|job| !is_over(job)).count();
            ensure!(left == 0, "{left} Jobs of `{namespace}` are left");
        }
        Ok(())
    })
}

fn runs(stage: &Stage, namespace: &str) -> Result<Vec<Value>> {
    let runs = stage.get(&["scanruns", "--namespace", namespace])?;
    Ok(runs["items"].as_array().cloned().unwrap_or_default())
}
