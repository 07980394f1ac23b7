//! What may happen to the pods of scans, and to what is scanned, in the middle of it.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use dast_e2e::{Pod, SCANS, SHOP, SYSTEM, Shop, Stage, Verdicts, image_of, slow, until, until_within};
use rustix::process::Signal;
use serde_json::{Value, json};

/// Services beside the shop's that lead to it, too: one is scanned by a ZAP.
const BESIDE: &str = include_str!("manifests/beside.yaml");
/// Another application, whose scanner has no image.
const MISSING: &str = include_str!("manifests/missing.yaml");
/// A pod that the Pod Security standard `restricted` does not allow.
const UNSAFE: &str = "{apiVersion: v1, kind: Pod, metadata: {name: unsafe, namespace: dast-scans}, \
                      spec: {containers: [{name: unsafe, image: 'lab.invalid/nothing:1', \
                      securityContext: {privileged: true}}]}}";
/// A missing image is waited for, and a ZAP takes a minute; a busy machine takes many times that.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_befalls_a_scan_is_told_and_made_good() -> Result<()> {
    let stage = Stage::begin("pods")?;
    let mut values = slow("passive");
    values["configuration"]["scans"]["attempts"] = json!(2);
    values["configuration"]["queue"] = json!({"total": "Unlimited", "perNamespace": "Unlimited"});
    values["configuration"]["zap"] = stage.load_zap()?;
    values["configuration"]["allowed"] = json!({"zapImages": ["lab.invalid/nothing:*"]});
    stage.install(&values)?;
    // It is waited for as long as nearly all the rest takes.
    stage.apply(&MISSING.replace("IMAGE", &image_of("dast-shop")))?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let verdicts = Verdicts::follow(&stage)?;

    unsafe_pods_are_not_let_in(&stage)?;
    what_is_lost_is_scanned_again(&stage)?;
    no_room_is_waited_for(&stage)?;
    what_changes_is_not_what_was_scanned(&stage)?;
    stage.nothing_was_done_twice()?;
    a_namespace_goes_away(&stage)?;
    a_missing_image_is_told(&stage)?;

    let pods = stage.get(&["pods", "--namespace", SYSTEM])?;
    let restarts = &pods["items"][0]["status"]["containerStatuses"][0]["restartCount"];
    ensure!(*restarts == 0, "the operator was started again: {restarts}");
    a_missing_analyzer_is_told(&stage, values)?;
    verdicts.never_passed(&stage)?;
    stage.nothing_was_done_twice()?;
    stage.end()
}

/// The namespace of scans is under the Pod Security standard `restricted`, in which the pods of scans run.
fn unsafe_pods_are_not_let_in(stage: &Stage) -> Result<()> {
    let labels = stage.get(&["namespace", SCANS])?["metadata"]["labels"].clone();
    ensure!(labels["pod-security.kubernetes.io/enforce"] == "restricted", "its labels are {labels}");
    let error = stage.apply(UNSAFE).err().context("a privileged pod was let in")?.to_string();
    ensure!(error.contains("violates PodSecurity"), "it was refused otherwise: {error}");
    Ok(())
}

/// Four scans at once, of which each loses something else.
fn what_is_lost_is_scanned_again(stage: &Stage) -> Result<()> {
    stage.apply(BESIDE)?;
    let stories: [fn(&Stage) -> Result<()>; 4] =
        [an_analyzer_has_too_little_memory, a_pod_is_evicted, a_zap_dies, an_analyzer_stands_still];
    thread::scope(|scope| {
        let stories = stories.map(|story| scope.spawn(move || story(stage)));
        stories.into_iter().try_for_each(|story| story.join().map_err(|_| anyhow!("a story broke off"))?)
    })
}

fn an_analyzer_has_too_little_memory(stage: &Stage) -> Result<()> {
    let run = until("a run", || stage.open_run("shop-80"))?;
    stage.be_in_the_middle_of(&run)?;
    pod_of(stage, &run)?.starve("dast-analyzer")?;
    let told = until("another attempt", || failed_once(stage, &run))?;
    ensure!(told.starts_with("OutOfMemory: container `analyzer`"), "it says: {told}");
    stage.fails_by(&run, 2).map(drop)
}

fn a_pod_is_evicted(stage: &Stage) -> Result<()> {
    let run = until("a run", || stage.open_run("beside-80"))?;
    stage.be_in_the_middle_of(&run)?;
    evict(stage, &pod_of(stage, &run)?)?;
    let told = until("another attempt", || failed_once(stage, &run))?;
    ensure!(told.starts_with("Evicted: "), "it says: {told}");
    stage.fails_by(&run, 2).map(drop)
}

fn a_zap_dies(stage: &Stage) -> Result<()> {
    let run = until("a run by a ZAP", || stage.open_run("attended-80"))?;
    until_within(PATIENCE, "a scan that is under way", || stage.is_under_way(&run))?;
    pod_of(stage, &run)?.signal("java", Signal::KILL)?;
    let told = until("another attempt", || failed_once(stage, &run))?;
    ensure!(told.starts_with("Crashed: container `zap`"), "it says: {told}");
    stage.fails_by(&run, 2).map(drop)
}

/// Until the deadline of its Job, which is the one thing that is not tried again: another attempt would be as slow.
fn an_analyzer_stands_still(stage: &Stage) -> Result<()> {
    let run = until("a run", || stage.open_run("late-80"))?;
    stage.be_in_the_middle_of(&run)?;
    let pod = pod_of(stage, &run)?;
    pod.signal("dast-analyzer", Signal::STOP)?;
    // An hour away, if nobody brings it near.
    let job = stage.get(&["scanrun", &run, "--namespace", SHOP])?["status"]["job"].clone();
    let job = job.as_str().context("it has no Job")?;
    let near = r#"{"spec": {"activeDeadlineSeconds": 1}}"#;
    stage.kubectl(&["patch", "job", job, "--namespace", SCANS, "--patch", near])?;
    let seen = until("the end of the run", || stage.ended(&run))?;
    let (status, completion) = (&seen["status"], &seen["status"]["completion"]);
    ensure!(status["phase"] == "Failed" && completion["cause"] == "DeadlineExceeded", "{status}");
    let detail = completion["detail"].as_str().unwrap_or_default();
    ensure!(status["attempt"] == 1 && detail.starts_with("DeadlineExceeded: "), "{status}");
    until("the end of its pod", || has_gone(stage, &pod))?;
    until("the verdict Unknown", || stage.judged(SHOP, "late-80", "Unknown")).map(drop)
}

/// For the pod of one run, and for the Job of another. What waits goes on when there is room.
fn no_room_is_waited_for(stage: &Stage) -> Result<()> {
    forbid(stage, "no-pods", "pods=0")?;
    let first = stage.ask(SHOP, "beside-80")?;
    let job = until("a Job without a pod", || {
        let job = stage.get(&["scanrun", &first, "--namespace", SHOP])?["status"]["job"].clone();
        let job = job.as_str().context("it has no Job yet")?.to_owned();
        stage.told(SCANS, "Job", &job, "FailedCreate")?;
        Ok(job)
    })?;
    forbid(stage, "no-jobs", "count/jobs.batch=0")?;
    let second = stage.ask(SHOP, "shop-80")?;
    let told = until("an attempt without room", || failed_once(stage, &second))?;
    ensure!(told.contains("NoRoom: ") && told.contains("exceeded quota: no-jobs"), "it says: {told}");

    stage.kubectl(&["delete", "quota", "no-pods", "no-jobs", "--namespace", SCANS])?;
    stage.fails_by(&first, 1)?;
    stage.fails_by(&second, 2)?;
    let made = stage.jobs_made()?.into_iter().filter(|made| *made == job).count();
    ensure!(made == 1, "`{job}` was made {made} times");
    Ok(())
}

/// A Service goes in the middle of its scan, and takes it along; and there is a rollout in the middle of another one, which
/// ends, and what runs now is scanned.
fn what_changes_is_not_what_was_scanned(stage: &Stage) -> Result<()> {
    let before = stage.judged(SHOP, "shop-80", "Fail")?;
    let gone = stage.ask(SHOP, "beside-80")?;
    let run = stage.ask_and_be_in_the_middle()?;
    stage.be_in_the_middle_of(&gone)?;
    let pod = pod_of(stage, &gone)?;
    stage.kubectl(&["delete", "service", "beside", "attended", "--namespace", SHOP])?;
    stage.roll_out("another")?;

    let seen = until("the end of the run", || stage.ended(&run))?;
    let cause = &seen["status"]["completion"]["cause"];
    ensure!(seen["status"]["phase"] == "Failed" && cause == "TargetChanged", "{}", seen["status"]);
    let seen = until("the end of what was asked for", || stage.ended(&gone))?;
    ensure!(seen["status"]["completion"]["detail"] == "the target is no more", "{}", seen["status"]);
    until("the end of the other targets, of what belongs to them, and of the pod", || {
        let left = stage.get(&["scantargets,scanruns,scanreports", "--namespace", SHOP])?;
        let mut left = left["items"].as_array().into_iter().flatten().map(|object| &object["metadata"]);
        let is_gone = |name: &str| !name.contains("beside-80") && !name.contains("attended-80");
        // What somebody made is theirs.
        let is_theirs = |object: &Value| object["ownerReferences"].is_null();
        let stays = |object: &Value| is_theirs(object) || object["name"].as_str().is_some_and(is_gone);
        ensure!(left.all(stays), "something is left");
        has_gone(stage, &pod)
    })?;
    until("the verdict on what runs now", || {
        let target = stage.judged(SHOP, "shop-80", "Fail")?;
        ensure!(target["status"]["revision"] != before["status"]["revision"], "it is of what ran before");
        Ok(())
    })
}

/// Nothing of ours holds it, and nothing of it is left. One of the same name is scanned as any other.
fn a_namespace_goes_away(stage: &Stage) -> Result<()> {
    let run = stage.ask_and_be_in_the_middle()?;
    let pod = pod_of(stage, &run)?;
    stage.kubectl(&["delete", "namespace", SHOP, "--timeout=120s"])?;
    until("the end of its scan", || has_gone(stage, &pod))?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail")).map(drop)
}

fn a_missing_image_is_told(stage: &Stage) -> Result<()> {
    let there = ("missing", "missing-80");
    let target = until_within(PATIENCE, "the end of a run without an image", || {
        stage.stated("scantarget", there, ("Scanned", "False", "EngineError"))
    })?;
    let conditions = target["status"]["conditions"].to_string();
    ensure!(conditions.contains("ImageMissing: ") && conditions.contains("zap"), "{conditions}");
    ensure!(target["status"]["verdict"] == "Unknown", "{}", target["status"]);
    let runs = stage.get(&["scanruns", "--namespace", "missing"])?;
    ensure!(runs["items"].as_array().map(Vec::len) == Some(1), "there are {runs}");
    in_vain(&runs["items"][0], "ImageMissing: ")
}

/// Somebody gives the installation an image that is nowhere. What is known already stays so.
fn a_missing_analyzer_is_told(stage: &Stage, mut values: Value) -> Result<()> {
    values["configuration"]["analyzer"] = json!({"image": "lab.invalid/nothing:1"});
    stage.install(&values)?;
    // Kubelets take their time until a pod has what its ConfigMap says.
    until("the new configuration", || {
        let log = stage.kubectl(&["logs", "deployment/dast-operator", "--namespace", SYSTEM])?;
        ensure!(log.contains("the file has changed and is in force"), "it is not in force yet");
        Ok(())
    })?;
    let before = stage.judged(SHOP, "shop-80", "Fail")?;
    let run = stage.ask(SHOP, "shop-80")?;
    let seen = until_within(PATIENCE, "the end of a run without an analyzer", || stage.ended(&run))?;
    in_vain(&seen, "ImageMissing: container `analyzer`")?;
    let after = stage.judged(SHOP, "shop-80", "Fail")?;
    let evidence = |target: &Value| target["status"]["lastScanTime"].clone();
    ensure!(evidence(&after) == evidence(&before), "its verdict is of {}", after["status"]);
    Ok(())
}

/// A run that was tried as often as is allowed, and failed for this reason in the end.
fn in_vain(run: &Value, why: &str) -> Result<()> {
    let status = &run["status"];
    let detail = status["completion"]["detail"].as_str().unwrap_or_default();
    ensure!(status["phase"] == "Failed" && status["attempt"] == 2, "{status}");
    ensure!(detail.starts_with(why) && detail.ends_with("no attempts are left"), "{status}");
    Ok(())
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

/// Whether a pod is no more, and neither is what guarded it, which has the name of its Job.
fn has_gone(stage: &Stage, pod: &Pod) -> Result<()> {
    ensure!(stage.pods(SCANS, None)?.iter().all(|one| one.uid != pod.uid), "`{}` is there", pod.name);
    let guards = stage.get(&["networkpolicies", "--namespace", SCANS])?;
    let mut guards = guards["items"].as_array().into_iter().flatten();
    let is_its =
        |guard: &Value| guard["metadata"]["name"].as_str().is_some_and(|job| pod.name.starts_with(job));
    ensure!(!guards.any(is_its), "what guarded `{}` is there", pod.name);
    Ok(())
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

/// Sets a quota for the namespace of scans, and waits until it counts.
fn forbid(stage: &Stage, quota: &str, hard: &str) -> Result<()> {
    stage.kubectl(&["create", "quota", quota, &format!("--hard={hard}"), "--namespace", SCANS])?;
    until("the quota", || {
        let quota = stage.get(&["quota", quota, "--namespace", SCANS])?;
        ensure!(quota["status"]["hard"].is_object(), "it does not count yet");
        Ok(())
    })
}
