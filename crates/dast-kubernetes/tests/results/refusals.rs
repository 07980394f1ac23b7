//! Who is refused, and how that is told.

use std::time::Duration;

use axum::body::Body;
use dast_policy::{Report, Revision, Scan};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::time::advance;

use crate::world::{Answer, POD, REPORT, RUN, TARGET, TOKEN, World, path, report, review, scan};

type Change = fn(&World);

/// It is refused so, told as an event of the run, and nothing is written.
#[track_caller]
fn refused(world: &World, answer: &Answer, status: StatusCode, category: &str, event: Option<&str>) {
    assert_eq!((answer.status, answer.category), (status, Some(category)), "{answer:?}");
    let detail = answer.problem["detail"].as_str().unwrap();
    assert!(detail.len() > 20 && !detail.contains(TOKEN), "{detail}");
    assert_eq!(
        (&answer.problem["status"], &answer.problem["category"]),
        (&json!(status.as_u16()), &json!(category))
    );
    assert_eq!(answer.retry_after, status == StatusCode::SERVICE_UNAVAILABLE);
    let calls = world.api.calls();
    assert!(!calls.iter().any(|call| call.starts_with("PATCH")), "{calls:?}");
    let events = world.api.events();
    match event {
        None => assert!(events.is_empty(), "{events:?}"),
        Some(words) => {
            let [event] = &events[..] else { panic!("{category}: {events:?}") };
            assert_eq!((&event["reason"], &event["type"]), (&json!("ResultRefused"), &json!("Warning")));
            assert_eq!(
                (&event["regarding"]["kind"], &event["regarding"]["uid"]),
                (&json!("ScanRun"), &json!("run-uid"))
            );
            let note = event["note"].as_str().unwrap();
            assert!(note.contains(words) && !note.contains(TOKEN), "{note}");
        }
    }
}

const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;

#[tokio::test]
async fn who_is_nobody_or_somebody_else() {
    let cases: [(Value, StatusCode, &str); 10] = [
        (json!({"authenticated": false}), UNAUTHORIZED, "wrong_token"),
        (json!({"error": "expired"}), UNAUTHORIZED, "wrong_token"),
        // For another audience, or said by who knows nothing of audiences.
        (with(|review| review["audiences"] = json!(["kubernetes"])), UNAUTHORIZED, "wrong_token"),
        (with(|review| review["audiences"] = Value::Null), UNAUTHORIZED, "wrong_token"),
        (with(|review| review["user"] = Value::Null), UNAUTHORIZED, "wrong_token"),
        (review("shop:dast-analyzer", "dast-web-1-abcde", "pod-uid"), FORBIDDEN, "not_an_analyzer"),
        (review("dast-scans:default", "dast-web-1-abcde", "pod-uid"), FORBIDDEN, "not_an_analyzer"),
        (with(|review| review["user"]["username"] = json!("admin")), FORBIDDEN, "not_an_analyzer"),
        (with(|review| review["user"]["extra"] = json!({})), FORBIDDEN, "no_pod"),
        (
            with(|review| {
                review["user"]["extra"]["authentication.kubernetes.io/pod-uid"] =
                    json!(["pod-uid", "another"]);
            }),
            FORBIDDEN,
            "no_pod",
        ),
    ];
    for (status, code, category) in cases {
        let world = World::new();
        world.api.token(TOKEN, status);
        let answer = world.deliver(&world.report(vec![])).await;
        refused(&world, &answer, code, category, Some("a result from somebody was refused"));
    }
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut review = review("dast-scans:dast-analyzer", "dast-web-1-abcde", "pod-uid");
    change(&mut review);
    review
}

#[tokio::test]
async fn who_shows_no_token() {
    for value in [None, Some("Basic YTpi"), Some("Bearer"), Some("Bearer "), Some("Token x")] {
        let world = World::new();
        let mut request = Request::post(path(2, "report"));
        if let Some(value) = value {
            request = request.header("authorization", value);
        }
        let body = serde_json::to_vec(&world.report(vec![])).unwrap();
        let answer = world.send(request.body(Body::from(body)).unwrap()).await;
        refused(&world, &answer, UNAUTHORIZED, "no_token", Some("no bearer token"));
    }
}

#[tokio::test]
async fn who_is_a_pod_of_something_else() {
    let cases: [(Change, &str); 6] = [
        (|world| world.api.remove(POD), "pod_gone"),
        // An old token: another pod has the name now.
        (|world| world.api.change(POD, |pod| pod["metadata"]["uid"] = json!("another")), "pod_gone"),
        (|world| world.api.change(POD, |pod| pod["metadata"]["labels"] = json!({})), "not_its_run"),
        (|world| world.api.change(POD, |pod| pod["metadata"]["ownerReferences"] = json!([])), "not_its_run"),
        (
            |world| {
                world.api.change(POD, |pod| {
                    pod["metadata"]["labels"]["dast.security.banzaicloud.io/run-uid"] = json!("another");
                });
            },
            "not_its_run",
        ),
        (
            |world| {
                world.api.change(POD, |pod| {
                    pod["metadata"]["labels"]["dast.security.banzaicloud.io/attempt"] = json!("1");
                });
            },
            "not_its_run",
        ),
    ];
    for (change, category) in cases {
        let world = World::new();
        change(&world);
        let answer = world.deliver(&world.report(vec![])).await;
        refused(&world, &answer, FORBIDDEN, category, Some("`dast-web-1-abcde`"));
    }
}

#[tokio::test]
async fn who_comes_for_a_run_that_does_not_wait() {
    const CONFLICT: StatusCode = StatusCode::CONFLICT;
    let cases: [(Change, StatusCode, &str); 8] = [
        (|world| world.api.change(RUN, |run| run["status"]["attempt"] = json!(3)), CONFLICT, "attempt_over"),
        (
            |world| world.api.change(RUN, |run| run["status"]["job"] = json!("another")),
            CONFLICT,
            "attempt_over",
        ),
        (|world| world.api.change(RUN, |run| run["status"] = json!({})), CONFLICT, "attempt_over"),
        (
            |world| world.api.change(RUN, |run| run["status"]["phase"] = json!("Queued")),
            CONFLICT,
            "not_under_way",
        ),
        (
            |world| world.api.change(RUN, |run| run["status"]["phase"] = json!("Retrying")),
            CONFLICT,
            "not_under_way",
        ),
        (
            // Ended without a report, though by this pod.
            |world| {
                world.api.change(RUN, |run| {
                    run["status"]["phase"] = json!("Failed");
                    run["status"]["podUid"] = json!("pod-uid");
                });
            },
            CONFLICT,
            "not_under_way",
        ),
        (
            // Ended by the report of another pod.
            |world| {
                world.api.change(RUN, |run| {
                    run["status"]["phase"] = json!("Succeeded");
                    run["status"]["podUid"] = json!("another");
                    run["status"]["engine"] = json!("zap 2.17.0");
                });
            },
            CONFLICT,
            "not_under_way",
        ),
        (|world| world.api.remove(TARGET), StatusCode::NOT_FOUND, "target_gone"),
    ];
    for (change, status, category) in cases {
        let world = World::new();
        change(&world);
        let answer = world.deliver(&world.report(vec![])).await;
        refused(&world, &answer, status, category, Some("pod `dast-web-1-abcde`"));
    }
}

#[tokio::test]
async fn a_run_that_is_not_there_has_no_event() {
    let cases: [Change; 2] = [
        |world| world.api.remove(RUN),
        |world| world.api.change(RUN, |run| run["metadata"]["uid"] = json!("another")),
    ];
    for change in cases {
        let world = World::new();
        change(&world);
        let answer = world.deliver(&world.report(vec![])).await;
        refused(&world, &answer, StatusCode::NOT_FOUND, "run_gone", None);
    }
}

/// What is written in the path becomes a part of paths of the API server.
#[tokio::test]
async fn names_lead_nowhere_else() {
    for name in ["..", "%2e%2e", "a%2Fb", "..%2Fsecrets%2Fx", "%20", "A", "a%3Fwatch", &"a".repeat(254)] {
        for path in [
            format!("/v1/runs/{name}/web-1/run-uid/attempts/2/report"),
            format!("/v1/runs/shop/{name}/run-uid/attempts/2/report"),
            format!("/v1/runs/shop/web-1/{name}/attempts/2/report"),
        ] {
            let world = World::new();
            let answer = world.post(&path, TOKEN, "{}").await;
            assert_eq!((answer.status, answer.category), (StatusCode::NOT_FOUND, Some("run_gone")), "{path}");
            assert!(world.api.calls().is_empty(), "{path}");
        }
    }
}

fn forged(world: &World, change: impl FnOnce(&mut Scan)) -> Report {
    let run = world.run().status.unwrap().basis.unwrap().revision.unwrap();
    let mut scan = scan(&Revision::new(run));
    change(&mut scan);
    report(scan, vec![])
}

#[tokio::test]
async fn evidence_of_something_else_is_refused() {
    type Forge = fn(&mut Scan);
    let cases: [(Forge, &str); 7] = [
        (|scan| scan.subject.target = "shop/other:http".to_owned(), "scan.subject.target"),
        (|scan| scan.subject.origin = "http://other.shop.svc".parse().unwrap(), "scan.subject.origin"),
        (|scan| scan.subject.origin = "http://web.shop.svc:8080".parse().unwrap(), "scan.subject.origin"),
        (|scan| scan.revision = Some(Revision::new("another")), "scan.revision"),
        (|scan| scan.revision = None, "scan.revision"),
        (|scan| scan.profile.name = "full".to_owned(), "scan.profile.name"),
        (|scan| scan.profile.hash = "another".to_owned(), "scan.profile.hash"),
    ];
    for (change, field) in cases {
        let world = World::new();
        let answer = world.deliver(&forged(&world, change)).await;
        refused(&world, &answer, StatusCode::UNPROCESSABLE_ENTITY, "not_ordered", Some(field));
        assert!(world.api.find(REPORT).is_none());
    }
}

#[tokio::test]
async fn what_is_no_report_is_refused() {
    let world = World::new();
    let whole = serde_json::to_string(&world.report(vec![])).unwrap();
    let cut = whole.strip_suffix('}').unwrap().to_owned();
    let doubted = whole.replace("\"pages\":12", "\"pages\":0");
    let more = whole.replacen('{', "{\"more\":1,", 1);
    for body in
        [String::new(), "nothing".to_owned(), "{}".to_owned(), cut, doubted, more, "[".repeat(100_000)]
    {
        let world = World::new();
        let answer = world.post(&path(2, "report"), TOKEN, body).await;
        refused(&world, &answer, StatusCode::BAD_REQUEST, "unreadable", Some("the body is no report"));
    }
}

#[tokio::test]
async fn numbers_that_no_object_holds_are_refused() {
    let world = World::new();
    let answer = world.deliver(&forged(&world, |scan| scan.coverage.pages = u64::MAX)).await;
    refused(&world, &answer, StatusCode::UNPROCESSABLE_ENTITY, "unfit", Some("does not fit into a status"));
}

/// Whoever posts a thousand times makes one event a minute.
#[tokio::test(start_paused = true)]
async fn refusals_are_told_once_a_minute() {
    let world = World::new();
    world.api.remove(POD);
    for _ in 0..10 {
        world.deliver(&world.report(vec![])).await;
    }
    assert_eq!(world.api.events().len(), 1);
    let lookups = world.api.calls().into_iter().filter(|call| *call == format!("GET {RUN}")).count();
    assert_eq!(lookups, 1);
    advance(Duration::from_secs(61)).await;
    world.deliver(&world.report(vec![])).await;
    // The same again is a series of the same event.
    assert!(world.api.calls().iter().any(|call| call.starts_with("PATCH /apis/events.k8s.io/")));
}
