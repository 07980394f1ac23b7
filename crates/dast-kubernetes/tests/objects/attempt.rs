//! What became of attempts, from objects as controllers and kubelets write them.

use dast_core::scan::AttemptFailure::{self, *};
use dast_kubernetes::job::{Became, what_became};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use proptest::prelude::*;
use serde_json::{Value, json};

const BEGAN: &str = "2026-05-15T10:00:00Z";

fn minutes(minutes: i64) -> Timestamp {
    BEGAN.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn job(conditions: Value) -> Job {
    serde_json::from_value(json!({
        "metadata": {"name": "shop-web-1", "creationTimestamp": BEGAN},
        "spec": {"template": {}},
        "status": {"startTime": BEGAN, "conditions": conditions},
    }))
    .unwrap()
}

fn failed(reason: &str, message: &str) -> Job {
    job(json!([
        {"type": "FailureTarget", "status": "True", "reason": reason, "message": message},
        {"type": "Failed", "status": "True", "reason": reason, "message": message},
    ]))
}

fn pod(status: Value) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": "shop-web-1-x", "uid": "pod-1", "creationTimestamp": BEGAN},
        "status": status,
    }))
    .unwrap()
}

fn running(name: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": true, "restartCount": 0,
           "state": {"running": {"startedAt": "2026-05-15T10:00:05Z"}}})
}

fn waiting(name: &str, reason: &str, message: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0,
           "state": {"waiting": {"reason": reason, "message": message}}})
}

fn ended(name: &str, code: i32, reason: &str, message: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0,
           "state": {"terminated": {"exitCode": code, "reason": reason, "message": message,
                                    "startedAt": BEGAN, "finishedAt": "2026-05-15T10:01:00Z"}}})
}

fn again(name: &str, code: i32, reason: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": true, "restartCount": 1,
           "state": {"running": {"startedAt": "2026-05-15T10:01:05Z"}},
           "lastState": {"terminated": {"exitCode": code, "reason": reason, "finishedAt": "2026-05-15T10:01:00Z"}}})
}

fn status(phase: &str, initial: &[Value], main: &[Value]) -> Value {
    json!({"phase": phase, "startTime": BEGAN, "initContainerStatuses": initial, "containerStatuses": main})
}

fn ends(job: &Job, status: Value, minute: i64) -> (AttemptFailure, String) {
    match what_became(Some(job), &[pod(status.clone())], minutes(minute)) {
        Became::Ended(failure, detail) => (failure, detail),
        other => panic!("{other:?} of {status}"),
    }
}

#[test]
fn failures_are_told_apart() {
    let alive = job(json!([]));
    let key = || ended("key", 0, "Completed", "");
    let evicted = json!({"phase": "Failed", "reason": "Evicted",
        "message": "The node was low on resource: memory.", "startTime": BEGAN,
        "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}],
        "containerStatuses": [ended("analyzer", 137, "Error", "")]});
    let disrupted = |reason: &str| {
        json!({"phase": "Failed", "startTime": BEGAN,
        "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": reason, "message": "why"}],
        "containerStatuses": [ended("analyzer", 143, "Error", "")]})
    };
    for (status, failure, detail) in [
        (evicted, Evicted, "Evicted: The node was low on resource: memory."),
        (disrupted("PreemptionByScheduler"), Evicted, "PreemptionByScheduler: why"),
        (disrupted("DeletionByTaintManager"), Evicted, "DeletionByTaintManager: why"),
        (disrupted("EvictionByEvictionAPI"), Evicted, "EvictionByEvictionAPI: why"),
        (disrupted("DeletionByPodGC"), Evicted, "DeletionByPodGC: why"),
        (json!({"phase": "Failed", "reason": "NodeLost", "message": "gone"}), Evicted, "NodeLost: gone"),
        (
            json!({"phase": "Failed", "reason": "Terminated", "message": "imminent node shutdown"}),
            Evicted,
            "Terminated: imminent node shutdown",
        ),
        (json!({"phase": "Failed", "reason": "OutOfcpu", "message": "m"}), NoRoom, "OutOfcpu: m"),
        (
            json!({"phase": "Failed", "reason": "UnexpectedAdmissionError", "message": "m"}),
            NoRoom,
            "UnexpectedAdmissionError: m",
        ),
        (
            json!({"phase": "Failed", "reason": "DeadlineExceeded", "message": "m"}),
            DeadlineExceeded,
            "DeadlineExceeded: m",
        ),
        (json!({"phase": "Failed", "message": "nobody knows"}), Crashed, "nobody knows"),
        (json!({"phase": "Failed"}), Crashed, "its pod failed"),
        (
            status("Failed", &[], &[ended("analyzer", 137, "OOMKilled", "")]),
            OutOfMemory,
            "container `analyzer` needed more memory than its limit",
        ),
        (
            status("Running", &[key(), again("zap", 137, "OOMKilled")], &[running("analyzer")]),
            OutOfMemory,
            "container `zap` needed more memory than its limit",
        ),
        (
            status("Running", &[key(), again("zap", 1, "Error")], &[running("analyzer")]),
            Crashed,
            "container `zap` ended with exit code 1",
        ),
        // A ZAP whose port is taken says that all is well.
        (
            status("Running", &[key(), again("zap", 0, "Completed")], &[running("analyzer")]),
            Crashed,
            "container `zap` ended with exit code 0",
        ),
        (
            status(
                "Failed",
                &[key(), ended("zap", 143, "Error", "")],
                &[ended("analyzer", 2, "Error", "step one\n\nno such\u{7}operator\n")],
            ),
            Crashed,
            "container `analyzer` ended with exit code 2: no such operator",
        ),
        (
            status("Failed", &[], &[ended("analyzer", 128, "StartError", "exec: no such file")]),
            Crashed,
            "container `analyzer` ended with exit code 128 (StartError): exec: no such file",
        ),
        (
            status(
                "Failed",
                &[ended("key", 1, "Error", "disk full")],
                &[waiting("analyzer", "PodInitializing", "")],
            ),
            Crashed,
            "container `key` ended with exit code 1: disk full",
        ),
        (
            status(
                "Pending",
                &[waiting("key", "InvalidImageName", "m")],
                &[waiting("analyzer", "PodInitializing", "")],
            ),
            Forbidden,
            "container `key`: InvalidImageName: m",
        ),
        (
            status("Pending", &[], &[waiting("analyzer", "CreateContainerConfigError", "would run as root")]),
            Forbidden,
            "container `analyzer`: CreateContainerConfigError: would run as root",
        ),
    ] {
        assert_eq!(ends(&alive, status.clone(), 1), (failure, detail.to_owned()), "{status}");
        // A Job that failed with its pod says no more than that.
        let (ours, _) =
            ends(&failed("BackoffLimitExceeded", "Job has reached the specified backoff limit"), status, 1);
        assert_eq!(ours, failure);
    }
}

#[test]
fn what_may_pass_by_itself_is_waited_for() {
    let alive = job(json!([]));
    let unschedulable = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
        "reason": "Unschedulable", "message": "0/1 nodes are available", "lastTransitionTime": BEGAN}]});
    let pulling = |reason: &str| status("Pending", &[], &[waiting("analyzer", reason, "not found")]);
    // Its first image took three minutes, the second one is missing since then.
    let mut late =
        status("Pending", &[ended("key", 0, "Completed", "")], &[waiting("analyzer", "ErrImagePull", "x")]);
    late["initContainerStatuses"][0]["state"]["terminated"]["finishedAt"] = "2026-05-15T10:03:00Z".into();
    for (status, at, failure) in [
        (unschedulable, 10, NoRoom),
        (pulling("ErrImagePull"), 2, ImageMissing),
        (pulling("ImagePullBackOff"), 2, ImageMissing),
        (pulling("CreateContainerError"), 2, Crashed),
        (late, 5, ImageMissing),
    ] {
        let before = minutes(at) - SignedDuration::from_secs(1);
        let became = what_became(Some(&alive), &[pod(status.clone())], before);
        let Became::Pending { why, look_again } = became else { panic!("{became:?}") };
        assert!(look_again == Some(minutes(at)) && !why.is_empty(), "{why} {look_again:?}");
        assert_eq!(ends(&alive, status, at).0, failure);
    }
    for status in [
        json!({"phase": "Pending"}),
        json!({}),
        json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}),
        status(
            "Pending",
            &[waiting("key", "PodInitializing", "")],
            &[waiting("analyzer", "PodInitializing", "")],
        ),
        status(
            "Pending",
            &[ended("key", 0, "Completed", ""), running("zap")],
            &[waiting("analyzer", "PodInitializing", "")],
        ),
        status("Pending", &[], &[waiting("analyzer", "ContainerCreating", "")]),
    ] {
        let became = what_became(Some(&alive), &[pod(status.clone())], minutes(1));
        assert!(matches!(became, Became::Pending { look_again: None, .. }), "{became:?} of {status}");
    }
}

#[test]
fn a_job_without_a_pod() {
    let alive = job(json!([]));
    let became = what_became(Some(&alive), &[], minutes(1));
    assert!(matches!(became, Became::Pending { look_again: Some(at), .. } if at == minutes(2)), "{became:?}");
    let Became::Ended(NoRoom, detail) = what_became(Some(&alive), &[], minutes(2)) else {
        panic!("no failure")
    };
    assert!(detail.starts_with("no pod was made"), "{detail}");

    let mut suspended = alive.clone();
    suspended.spec.as_mut().unwrap().suspend = Some(true);
    assert!(matches!(
        what_became(Some(&suspended), &[], minutes(60)),
        Became::Pending { look_again: None, .. }
    ));

    let lost = failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    assert!(matches!(what_became(Some(&lost), &[], minutes(1)), Became::Ended(Evicted, _)));
    assert!(matches!(what_became(None, &[], minutes(1)), Became::Ended(Stopped, _)));
    let mut deleted = alive;
    deleted.metadata.deletion_timestamp = Some(serde_json::from_value(json!(BEGAN)).unwrap());
    assert!(matches!(what_became(Some(&deleted), &[], minutes(1)), Became::Ended(Stopped, _)));
}

#[test]
fn the_deadline_is_waited_for_while_something_may_still_be_delivered() {
    let message = "Job was active longer than specified deadline";
    let about_to = job(
        json!([{"type": "FailureTarget", "status": "True", "reason": "DeadlineExceeded", "message": message}]),
    );
    let alive = status("Running", &[], &[running("analyzer")]);
    let became = what_became(Some(&about_to), &[pod(alive.clone())], minutes(90));
    assert!(matches!(became, Became::Running { .. }), "{became:?}");
    let stopped = status("Failed", &[], &[ended("analyzer", 143, "Error", "")]);
    assert_eq!(ends(&about_to, stopped, 90), (DeadlineExceeded, message.to_owned()));
    assert_eq!(ends(&failed("DeadlineExceeded", message), alive, 90), (DeadlineExceeded, message.to_owned()));
}

#[test]
fn a_scan_runs_and_finishes() {
    let alive = job(json!([]));
    let since = "2026-05-15T10:00:05Z".parse().unwrap();
    let scanning =
        status("Running", &[ended("key", 0, "Completed", ""), running("zap")], &[running("analyzer")]);
    // What is about to be taken away may still deliver something.
    let mut disrupted = scanning.clone();
    disrupted["conditions"] =
        json!([{"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}]);
    for status in [scanning, disrupted] {
        let became = what_became(Some(&alive), &[pod(status)], minutes(1));
        assert_eq!(became, Became::Running { pod_uid: "pod-1".to_owned(), since });
    }
    let finished = Became::Finished { pod_uid: Some("pod-1".to_owned()) };
    let done = ended("analyzer", 0, "Completed", "");
    for status in [
        status("Succeeded", &[], std::slice::from_ref(&done)),
        // The ZAP is ended after that, in whatever way.
        status("Running", &[running("zap")], std::slice::from_ref(&done)),
        status("Running", &[ended("zap", 143, "Error", "")], std::slice::from_ref(&done)),
        status("Running", &[ended("zap", 137, "Error", "")], &[done]),
    ] {
        assert_eq!(what_became(Some(&alive), &[pod(status)], minutes(1)), finished);
    }
    let complete = job(
        json!([{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}]),
    );
    assert_eq!(what_became(Some(&complete), &[], minutes(1)), Became::Finished { pod_uid: None });
}

#[test]
fn the_newest_pod_counts() {
    let mut old = pod(status("Failed", &[], &[ended("analyzer", 1, "Error", "")]));
    old.metadata.creation_timestamp = Some(serde_json::from_value(json!("2026-05-15T09:00:00Z")).unwrap());
    let new = pod(status("Running", &[], &[running("analyzer")]));
    for pods in [[old.clone(), new.clone()], [new, old]] {
        assert!(matches!(what_became(Some(&job(json!([]))), &pods, minutes(1)), Became::Running { .. }));
    }
}

proptest! {
    /// Whatever an image or a runtime writes, it is told in one short line.
    #[test]
    fn details_are_short_lines(message in "(\\PC|\n|\u{1b}){0,400}", code in any::<i32>(), reason in "\\PC{0,300}") {
        for status in [
            status("Failed", &[], &[ended("analyzer", code, &reason, &message)]),
            status("Pending", &[], &[waiting("analyzer", "ErrImagePull", &message)]),
            json!({"phase": "Failed", "reason": reason, "message": message}),
        ] {
            match what_became(Some(&job(json!([]))), &[pod(status)], minutes(60)) {
                Became::Ended(_, text) | Became::Pending { why: text, .. } => {
                    prop_assert!(text.len() <= 200 && !text.chars().any(char::is_control), "{:?}", text);
                }
                Became::Finished { .. } => prop_assert_eq!(code, 0),
                Became::Running { .. } => prop_assert!(false, "it does not run"),
            }
        }
    }
}
