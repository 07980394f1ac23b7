use http::StatusCode;
use k8s_openapi::api::core::v1::Secret;
use serde_json::json;

use super::super::api::Api;
use super::super::samples::{context, known, object};
use super::*;
use crate::controllers::postponing::LULL;

const JOB: &str = "/apis/batch/v1/namespaces/dast-scans/jobs/scan";
const POLICY: &str = "/apis/networking.k8s.io/v1/namespaces/dast-scans/networkpolicies/scan";
const SECRET: &str = "/api/v1/namespaces/dast-scans/secrets/scan";

fn objects() -> Objects {
    let metadata = json!({"name": "scan", "namespace": "dast-scans"});
    let secret: Secret = object(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata}));
    Objects {
        job: object(
            json!({"metadata": metadata, "spec": {"suspend": true, "parallelism": 1, "template": {}}}),
        ),
        network_policy: object(json!({"metadata": metadata})),
        secret: Some(secret),
    }
}

/// Calls without their queries.
fn calls(api: &Api) -> Vec<String> {
    let calls = api.calls();
    calls.iter().map(|call| call.split('?').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_job_goes_on_when_it_is_guarded() {
    let api = Api::default();
    let (context, _) = context(&api, known(), "");
    assert_eq!(begin(objects(), &context).await.unwrap(), Begun::Yes);
    let jobs = JOB.strip_suffix("/scan").unwrap();
    let expected = [
        format!("POST {jobs}"),
        format!("PATCH {POLICY}"),
        format!("PATCH {SECRET}"),
        format!("PATCH {JOB}"),
    ];
    assert_eq!(calls(&api), expected);
    let job = api.get(JOB);
    assert_eq!(job["spec"]["suspend"], false);
    for guard in [POLICY, SECRET] {
        let owner = &api.get(guard)["metadata"]["ownerReferences"][0];
        assert_eq!((&owner["kind"], &owner["uid"]), (&json!("Job"), &job["metadata"]["uid"]));
    }
    let known = context.known().jobs.get(&ObjectName::new("dast-scans", "scan")).unwrap();
    assert!(!waits(&known), "it is not begun again");
}

/// Whichever call is the last of an operator, the next one comes to the same, and no Job goes on without its guards.
#[tokio::test]
async fn what_was_interrupted_is_done_again() {
    for cut in [POLICY, SECRET, JOB] {
        let api = Api::default();
        let place = format!("PATCH {cut}");
        api.meddle(move |call, _| call.starts_with(&place).then_some(StatusCode::INTERNAL_SERVER_ERROR));
        let (first, _) = context(&api, known(), "");
        begin(objects(), &first).await.unwrap_err();
        let job = api.get(JOB);
        assert_eq!(job["spec"]["suspend"], true, "{cut}");

        api.meddle(|_, _| None);
        let again = known();
        again.jobs.apply(object(job.clone()));
        let (second, _) = context(&api, again, "");
        api.calls();
        assert_eq!(begin(objects(), &second).await.unwrap(), Begun::Yes);
        assert!(!calls(&api).iter().any(|call| call.starts_with("POST")), "there is one Job");
        assert_eq!(api.get(JOB)["spec"]["suspend"], false, "{cut}");
        assert_eq!(api.get(POLICY)["metadata"]["ownerReferences"][0]["uid"], job["metadata"]["uid"], "{cut}");
    }
}

#[tokio::test]
async fn what_is_not_taken_is_told() {
    let api = Api::default();
    let (context, _) = context(&api, known(), "");
    api.meddle(|call, _| call.contains("networkpolicies").then_some(StatusCode::FORBIDDEN));
    assert_eq!(begin(objects(), &context).await.unwrap(), Begun::Refused("Forbidden".to_owned()));
    assert_eq!(api.get(JOB)["spec"]["suspend"], true);

    // It is there, but the watch has not told of it.
    context.known().jobs.delete(&ObjectName::new("dast-scans", "scan"));
    assert!(matches!(begin(objects(), &context).await.unwrap(), Begun::NotYet(_)));
    api.meddle(|_, _| Some(StatusCode::TOO_MANY_REQUESTS));
    begin(objects(), &context).await.unwrap_err();
}

#[tokio::test]
async fn what_is_stopped_keeps_its_guards() {
    let api = Api::default();
    let (context, _) = context(&api, known(), "");
    begin(objects(), &context).await.unwrap();
    let job = context.known().jobs.get(&ObjectName::new("dast-scans", "scan")).unwrap();
    api.calls();
    stop(&job, &context).await.unwrap();
    assert_eq!(calls(&api), [format!("PATCH {JOB}")], "its pod may still live");
    let spec = &api.get(JOB)["spec"];
    let ending = json!({"suspend": false, "parallelism": 0, "activeDeadlineSeconds": 1,
        "ttlSecondsAfterFinished": 0, "template": {}});
    assert_eq!(*spec, ending);

    let job = context.known().jobs.get(&ObjectName::new("dast-scans", "scan")).unwrap();
    stop(&job, &context).await.unwrap();
    assert!(api.calls().is_empty(), "once is enough");
}

#[tokio::test]
async fn what_has_ended_is_not_stopped() {
    let api = Api::default();
    let (context, _) = context(&api, known(), "");
    let ended: Job = object(json!({
        "metadata": {"name": "scan", "namespace": "dast-scans"},
        "status": {"conditions": [{"type": "Failed", "status": "True"}]},
    }));
    stop(&ended, &context).await.unwrap();
    assert!(api.calls().is_empty());
    let gone: Job = object(json!({"metadata": {"name": "scan", "namespace": "dast-scans"}}));
    stop(&gone, &context).await.unwrap();
    assert_eq!(calls(&api), [format!("PATCH {JOB}")]);
}

/// Others that begin at the same time have their Jobs first.
#[tokio::test(start_paused = true)]
async fn a_job_rests_for_a_moment_before_it_goes_on() {
    let api = Api::default();
    let (context, _) = context(&api, known(), "");
    let without_secret = || Objects { secret: None, ..objects() };
    assert_eq!(begin(without_secret(), &context).await.unwrap(), Begun::NotYet(LULL));
    assert_eq!(calls(&api), [format!("POST {}", JOB.strip_suffix("/scan").unwrap())]);
    tokio::time::advance(LULL / 2).await;
    context.crowd.join();
    assert_eq!(begin(without_secret(), &context).await.unwrap(), Begun::NotYet(LULL), "another has begun");
    assert!(calls(&api).is_empty() && api.get(JOB)["spec"]["suspend"] == true);
    tokio::time::advance(LULL).await;
    assert_eq!(begin(without_secret(), &context).await.unwrap(), Begun::Yes);
    assert_eq!(calls(&api), [format!("PATCH {POLICY}"), format!("PATCH {JOB}")]);
    assert_eq!(api.get(JOB)["spec"]["suspend"], false);
}
