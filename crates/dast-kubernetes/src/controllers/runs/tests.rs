use dast_core::discovery::ObjectName;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::api::Api;
use super::super::samples::{context, known, object};
use super::*;

const JOB: &str = "/apis/batch/v1/namespaces/dast-scans/jobs/job";
const RUN: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scanruns/asked-for";

fn run(name: &str, status: Value) -> ScanRun {
    object(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
        "metadata": {"name": name, "namespace": "shop", "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"target": "web-80", "trigger": "Requested"}, "status": status,
    }))
}

/// A run of the same target whose turn came so many seconds ago.
fn ended(ago: i64) -> ScanRun {
    let turn = Timestamp::now() - SignedDuration::from_secs(ago);
    let basis = json!({"profile": "passive", "settings": "1", "scanner": {"namespace": "dast-system", "name": "default"}});
    run("before", json!({"phase": "Succeeded", "turn": turn.to_string(), "basis": basis}))
}

#[tokio::test]
async fn a_new_operator_gives_no_turn_too_soon_either() {
    for (ago, given) in [(5, false), (3600, true)] {
        let known = known();
        known.runs.apply(ended(ago));
        known.runs.apply(run("asked-for", json!({"phase": "Queued"})));
        let (context, _) = context(&Api::default(), known, "scans: {requestInterval: 1m}");
        context.begin();
        let turn = context.turns.of(&ObjectName::new("shop", "asked-for"));
        assert_eq!(turn.is_some(), given, "{ago} seconds after the last");
    }
}

/// Its image may come yet, and two of one run must not scan.
#[tokio::test]
async fn an_attempt_that_failed_is_stopped_before_the_next() {
    let labels = json!({
        "app.kubernetes.io/managed-by": "dast-operator", "dast.security.banzaicloud.io/run-uid": "asked-for",
        "dast.security.banzaicloud.io/run-namespace": "shop", "dast.security.banzaicloud.io/attempt": "1",
    });
    let job = json!({
        "metadata": {"name": "job", "namespace": "dast-scans", "labels": labels,
            "annotations": {"dast.security.banzaicloud.io/run-name": "asked-for"}},
        "spec": {"template": {}},
    });
    let (api, known) = (Api::default(), known());
    api.put(JOB, job.clone());
    known.jobs.apply(object(job));
    let next = Timestamp::now() + SignedDuration::from_hours(1);
    let status = json!({"phase": "Retrying", "attempt": 1, "job": "job", "turn": Timestamp::now().to_string(),
        "nextAttempt": next.to_string()});
    api.put(RUN, serde_json::to_value(run("asked-for", status)).unwrap());
    known.runs.apply(object(api.get(RUN)));
    let (context, _) = context(&api, known, "");
    reconcile(ObjectName::new("shop", "asked-for"), &context).await.unwrap();
    assert_eq!(api.get(JOB)["spec"]["parallelism"], 0);
}

#[tokio::test]
async fn a_turn_comes_after_all_others_of_the_target_whatever_the_clock_says() {
    let target = ObjectName::new("shop", "web-80");
    let now = Timestamp::now();
    for (ago, is_later) in [(60, false), (-60, true)] {
        let known = known();
        known.runs.apply(ended(ago));
        let (context, _) = context(&Api::default(), known, "");
        let turn = after_others(now, &target, &context);
        assert_eq!(turn > now + SignedDuration::from_secs(30), is_later, "{turn}");
        assert!(turn >= now);
    }
}

#[test]
fn a_pod_is_told_of_when_it_has_run_for_a_while() {
    let now: Timestamp = "2026-01-01T00:01:00Z".parse().unwrap();
    let left = |since: i64| until_told(now + SignedDuration::from_secs(since), now);
    assert_eq!(left(0), Some(UNTOLD));
    assert_eq!(left(-1), Some(UNTOLD - Duration::from_secs(1)));
    assert_eq!((left(-7), left(-3600)), (None, None));
    assert_eq!(left(60), Some(UNTOLD), "a node's clock that goes ahead keeps nobody waiting until then");
}
