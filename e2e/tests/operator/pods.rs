//! What may happen to the pods of scans, and to what is scanned, in the middle of it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_e2e::{Pod, SCANS, SHOP, SYSTEM, Shop, Stage, Verdicts, slow, until, until_within};
use rustix::process::Signal;
use serde_json::{Value, json};

const MISSING: &str = include_str!("manifests/missing.yaml");
/// A pod that the Pod Security standard `restricted` does not allow.
const UNSAFE: &str = "{apiVersion: v1, kind: Pod, metadata: {name: unsafe, namespace: dast-scans}, \
                      spec: {containers: [{name: unsafe, image: 'lab.invalid/nothing:1', \
                      securityContext: {privileged: true}}]}}";
/// Enough for an analyzer to begin, and too little for it to scan.
const MEMORY: &str = "8Mi";
/// A ZAP takes a minute, and a busy machine takes many times that.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_befalls_a_scan_is_told_and_made_good() -> Result<()> {
    let stage = Stage::begin("pods")?;
    let mut values = slow("passive");
    values["configuration"]["scans"]["attempts"] = json!(2);
    stage.install(&values)?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let verdicts = Verdicts::follow(&stage)?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;

    unsafe_pods_are_not_let_in(&stage)?;
    an_evicted_scan_is_made_again(&stage)?;
    no_room_is_waited_for(&stage)?;
    a_rollout_is_scanned_anew(&stage)?;
    too_little_memory_is_told(&stage, &values)?;
    // It is as it was.
    begin_anew(&stage, &values)?;
    stage.nothing_was_done_twice()?;
    a_service_that_goes_takes_its_scan_along(&stage)?;
    a_namespace_goes_away(&stage)?;
    verdicts.never_passed(&stage)?;
    stage.nothing_was_done_twice()?;
    stage.end()
}

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_zap_that_dies_or_is_missing_is_told() -> Result<()> {
    let stage = Stage::begin("zap-dies")?;
    let mut values = slow("baseline");
    values["configuration"]["scans"]["attempts"] = json!(2);
    values["configuration"]["zap"] = stage.load_zap()?;
    values["configuration"]["allowed"] = json!({"zapImages": ["lab.invalid/nothing:*"]});
    stage.install(&values)?;
    stage.serve(Shop::Careless)?;
    // It is missing for as long as all the rest takes.
    stage.apply(MISSING)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let verdicts = Verdicts::follow(&stage)?;
    let run = until("a run", || first_run(&stage, "shop-80"))?;
    until_within(PATIENCE, "a scan that is under way", || stage.is_under_way(&run))?;
    pod_of(&stage, &run)?.signal("java", Signal::KILL)?;
    let told = until("another attempt", || failed_once(&stage, &run))?;
    ensure!(told.contains("Crashed: container `zap`"), "it says: {told}");
    until_within(PATIENCE, "the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    stage.fails_by(&run, 2)?;
    a_missing_image_is_told(&stage)?;
    verdicts.never_passed(&stage)?;
    stage.nothing_was_done_twice()?;
    stage.end()
}

/// The namespace of scans is under the Pod Security standard `restricted`, in which the pods of scans run.
fn unsafe_pods_are_not_let_in(stage: &Stage) -> Result<()> {
    let labels = stage.get(&["namespace", SCANS])?["metadata"]["labels"].clone();
    ensure!(labels["pod-security.kubernetes.io/enforce"] == "restricted", "its labels are {labels}");
    let pods = stage.pods(SCANS, None)?;
    ensure!(!pods.is_empty(), "no pod of a scan is there");
    let error = stage.apply(UNSAFE).err().context("a privileged pod was let in")?.to_string();
    ensure!(error.contains("violates PodSecurity"), "it was refused otherwise: {error}");
    Ok(())
}

fn an_evicted_scan_is_made_again(stage: &Stage) -> Result<()> {
    let run = stage.ask_and_be_in_the_middle()?;
    let pod = pod_of(stage, &run)?;
    evict(stage, &pod)?;
    let told = until("another attempt", || failed_once(stage, &run))?;
    ensure!(told.starts_with("Evicted: "), "it says: {told}");
    stage.fails_by(&run, 2).map(drop)
}

/// First for Jobs and then for their pods. What waits goes on when there is room.
fn no_room_is_waited_for(stage: &Stage) -> Result<()> {
    stage.kubectl(&["create", "quota", "no-jobs", "--hard=count/jobs.batch=0", "--namespace", SCANS])?;
    until("the quota", || in_force(stage, "no-jobs"))?;
    let run = stage.ask()?;
    let told = until("an attempt without room", || failed_once(stage, &run))?;
    ensure!(told.contains("NoRoom: ") && told.contains("exceeded quota: no-jobs"), "it says: {told}");
    stage.kubectl(&["delete", "quota", "no-jobs", "--namespace", SCANS])?;
    stage.fails_by(&run, 2)?;

    stage.kubectl(&["create", "quota", "no-pods", "--hard=pods=0", "--namespace", SCANS])?;
    until("the quota", || in_force(stage, "no-pods"))?;
    let run = stage.ask()?;
    let job = until("a Job", || {
        let job = stage.get(&["scanrun", &run, "--namespace", SHOP])?["status"]["job"].clone();
        let job = job.as_str().context("it has no Job yet")?.to_owned();
        stage.told(SCANS, "Job", &job, "FailedCreate")?;
        Ok(job)
    })?;
    stage.kubectl(&["delete", "quota", "no-pods", "--namespace", SCANS])?;
    stage.fails_by(&run, 1)?;
    let made = stage.jobs_made()?.into_iter().filter(|made| *made == job).count();
    ensure!(made == 1, "`{job}` was made {made} times");
    Ok(())
}

fn a_rollout_is_scanned_anew(stage: &Stage) -> Result<()> {
    let before = stage.judged(SHOP, "shop-80", "Fail")?;
    let run = stage.ask_and_be_in_the_middle()?;
    stage.roll_out("another")?;
    let seen = until("the end of the run", || stage.ended(&run))?;
    let cause = &seen["status"]["completion"]["cause"];
    ensure!(seen["status"]["phase"] == "Failed" && cause == "TargetChanged", "{}", seen["status"]);
    until("the verdict on what runs now", || {
        let target = stage.judged(SHOP, "shop-80", "Fail")?;
        ensure!(target["status"]["revision"] != before["status"]["revision"], "it is of what ran before");
        Ok(())
    })
}

/// It is tried as often as is allowed, and then the run and the target say why it was in vain.
fn a_missing_image_is_told(stage: &Stage) -> Result<()> {
    let target = until_within(PATIENCE, "the end of a run without an image", || {
        let target = stage.get(&["scantarget", "missing-80", "--namespace", SHOP])?;
        ensure!(target["status"]["run"].is_string(), "there is no run");
        stage.stated("scantarget", (SHOP, "missing-80"), ("Scanned", "False", "EngineError"))
    })?;
    let conditions = target["status"]["conditions"].to_string();
    ensure!(conditions.contains("ImageMissing: ") && conditions.contains("zap"), "{conditions}");
    ensure!(target["status"]["verdict"] == "Unknown", "{}", target["status"]);
    let run = stage.ended(&first_run(stage, "missing-80")?)?;
    let detail = run["status"]["completion"]["detail"].as_str().unwrap_or_default();
    ensure!(run["status"]["attempt"] == 2 && detail.ends_with("no attempts are left"), "{}", run["status"]);
    Ok(())
}

fn too_little_memory_is_told(stage: &Stage, values: &Value) -> Result<()> {
    let before = stage.judged(SHOP, "shop-80", "Fail")?;
    let mut values = values.clone();
    values["configuration"]["analyzer"] =
        json!({"resources": {"requests": {"memory": MEMORY}, "limits": {"memory": MEMORY}}});
    begin_anew(stage, &values)?;
    let run = stage.ask()?;
    let seen = until("the end of the run", || stage.ended(&run))?;
    let status = &seen["status"];
    let detail = status["completion"]["detail"].as_str().unwrap_or_default();
    ensure!(status["phase"] == "Failed" && status["attempt"] == 2, "{status}");
    ensure!(detail.starts_with("OutOfMemory: ") && detail.ends_with("no attempts are left"), "{status}");
    until("what the target says of it", || {
        stage.stated("scantarget", (SHOP, "shop-80"), ("Scanned", "False", "EngineError"))
    })?;
    let after = stage.judged(SHOP, "shop-80", "Fail")?;
    ensure!(after["status"]["revision"] == before["status"]["revision"], "the evidence is another");
    Ok(())
}

/// Installs with a configuration that is in force at once, since the operator is started again.
fn begin_anew(stage: &Stage, values: &Value) -> Result<()> {
    let mut values = values.clone();
    values["podAnnotations"] = json!({"changed": values["configuration"]["analyzer"].to_string()});
    stage.install(&values)
}

fn a_service_that_goes_takes_its_scan_along(stage: &Stage) -> Result<()> {
    let run = stage.ask_and_be_in_the_middle()?;
    let pod = pod_of(stage, &run)?;
    stage.kubectl(&["delete", "service", SHOP, "--namespace", SHOP])?;
    until("the end of its target, its runs and its pod", || {
        let left = stage.get(&["scantargets,scanruns,scanreports", "--namespace", SHOP])?;
        ensure!(left["items"] == json!([]), "there is {}", left["items"]);
        ensure!(!stage.pods(SCANS, None)?.contains(&pod), "the pod is there");
        nothing_is_under_way(stage)
    })
}

/// Nothing of ours holds it, and nothing of it is left. One of the same name is scanned as any other.
fn a_namespace_goes_away(stage: &Stage) -> Result<()> {
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let run = until("a run", || first_run(stage, "shop-80"))?;
    until("a scan that is under way", || stage.is_under_way(&run))?;
    stage.kubectl(&["delete", "namespace", SHOP, "--timeout=120s"])?;
    until("the end of its scan", || nothing_is_under_way(stage))?;
    let operators: Vec<Pod> = stage.operators()?;
    ensure!(operators.len() == 1, "the operators are {operators:?}");

    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    let pods = stage.get(&["pods", "--namespace", SYSTEM])?;
    let restarts = &pods["items"][0]["status"]["containerStatuses"][0]["restartCount"];
    ensure!(*restarts == 0, "the operator was started again: {restarts}");
    Ok(())
}

/// No Job runs, and no NetworkPolicy is left of one.
fn nothing_is_under_way(stage: &Stage) -> Result<()> {
    let jobs = stage.get(&["jobs", "--namespace", SCANS])?;
    let mut jobs = jobs["items"].as_array().into_iter().flatten();
    ensure!(jobs.all(|job| job["status"]["active"].is_null()), "a Job runs");
    let policies = stage.get(&["networkpolicies", "--namespace", SCANS])?;
    ensure!(policies["items"] == json!([]), "there are {}", policies["items"]);
    Ok(())
}

fn first_run(stage: &Stage, target: &str) -> Result<String> {
    let runs = stage.get(&["scanruns", "--namespace", SHOP])?;
    let mut runs = runs["items"].as_array().into_iter().flatten();
    let run = runs.find(|run| run["spec"]["target"] == target).context("there is none")?;
    run["metadata"]["name"].as_str().map(str::to_owned).context("it has no name")
}

/// What a run says of its first attempt, if it failed.
fn failed_once(stage: &Stage, run: &str) -> Result<String> {
    let status = stage.get(&["scanrun", run, "--namespace", SHOP])?["status"].clone();
    ensure!(status["phase"] == "Retrying" && status["attempt"] == 1, "its status is {status}");
    Ok(status["completion"]["detail"].as_str().unwrap_or_default().to_owned())
}

fn pod_of(stage: &Stage, run: &str) -> Result<Pod> {
    let job = stage.get(&["scanrun", run, "--namespace", SHOP])?["status"]["job"].clone();
    let selector = format!("--selector=job-name={}", job.as_str().unwrap_or_default());
    stage.pods(SCANS, Some(&selector))?.pop().with_context(|| format!("{run} has no pod"))
}

/// As a node does that is being drained (<https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/>).
fn evict(stage: &Stage, pod: &Pod) -> Result<()> {
    let Pod { namespace, name, .. } = pod;
    let eviction = json!({
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"namespace": namespace, "name": name},
    });
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(&file, eviction.to_string())?;
    let file = file.path().to_str().context("a path is no text")?;
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/eviction");
    stage.kubectl(&["create", "--raw", &path, "--filename", file]).map(drop)
}

/// Whether a quota counts already.
fn in_force(stage: &Stage, quota: &str) -> Result<()> {
    let quota = stage.get(&["quota", quota, "--namespace", SCANS])?;
    ensure!(quota["status"]["hard"].is_object(), "it does not count yet");
    Ok(())
}
