//! What is no question, or a bad one.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use dast_kubernetes::manifests::{ManifestError, Manifests};
use futures_util::future::join_all;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::world::{World, ceiling, http_route, ingress, review, service, target};

const JSON: &str = "application/json";

fn world() -> World {
    World::of(&[ceiling("enforce"), service(), target(0)])
}

#[tokio::test]
async fn what_is_no_review_is_refused_with_what_is_expected() {
    let world = world();
    let good = review(None, &ingress("shop.example")).to_string();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(10 * 1024 * 1024));
    let twice = good.replacen("{", r#"{"request": null, "#, 1);
    let without = |field: &str| {
        let mut review = review(None, &ingress("shop.example"));
        review["request"].as_object_mut().unwrap().remove(field);
        review.to_string()
    };
    let cases = [
        ("".to_owned(), 400, "not an AdmissionReview"),
        ("hello".to_owned(), 400, "not an AdmissionReview"),
        (good.chars().take(good.len() / 2).collect(), 400, "not an AdmissionReview"),
        (deep, 400, "not an AdmissionReview"),
        (twice, 400, "not an AdmissionReview"),
        (without("uid"), 400, "missing field `uid`"),
        (without("operation"), 400, "missing field `operation`"),
        (large, 413, "more than 8388608 bytes"),
        (
            good.replacen("admission.k8s.io/v1", "admission.k8s.io/v1beta1", 1),
            400,
            "expected `admission.k8s.io/v1",
        ),
        (good.replacen("\"AdmissionReview\"", "\"Review\"", 1), 400, "expected `admission.k8s.io/v1"),
        (good.replacen("705ab4f5-6393-11e8-b7cc-42010a800002", "", 1), 400, "`request.uid` is empty"),
        (
            json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1"}).to_string(),
            400,
            "`request` is missing",
        ),
    ];
    for (body, status, told) in cases {
        let shown: String = body.chars().take(60).collect();
        for path in ["/mutate", "/validate", "/break-glass"] {
            let (is, text) = world.post(path, JSON, body.clone()).await;
            assert_eq!(is.as_u16(), status, "{shown}: {text}");
            assert!(text.contains(told), "{shown}: {text}");
        }
    }
    let (status, _) = world.post("/validate", "text/plain", good.clone()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, _) = world.post("/validate", "application/json; charset=utf-8", good.clone()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(world.post("/elsewhere", JSON, good).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_review_that_cannot_be_judged_is_denied() {
    let world = world();
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 8] = [
        (|request| request["object"] = Value::Null, "field `object` is missing"),
        (|request| request["operation"] = json!("UPDATE"), "field `oldObject` is missing"),
        (|request| request["operation"] = json!("CONNECT"), "operation `CONNECT` is not judged here"),
        (|request| request["namespace"] = Value::Null, "field `namespace` is missing"),
        (
            |request| request["kind"]["kind"] = json!("Pod"),
            "kind `networking.k8s.io/v1 Pod` is not judged here",
        ),
        (|request| request["kind"]["version"] = json!("v1beta1"), "is not judged here: expected Ingress"),
        (|request| request["kind"]["group"] = json!("evil\u{1b}[2J"), "is not judged here"),
        (
            |request| request["object"]["spec"]["rules"] = json!("none"),
            "field `object`: `front` cannot be read",
        ),
    ];
    for (change, told) in changes {
        let mut review = review(None, &ingress("shop.example"));
        change(&mut review["request"]);
        for path in ["/mutate", "/validate", "/break-glass"] {
            let response = world.ask(path, &review).await;
            assert_eq!(response["allowed"], false, "{told}");
            let status = &response["status"];
            assert_eq!((&status["code"], &status["reason"]), (&json!(400), &json!("BadRequest")));
            let message = status["message"].as_str().unwrap();
            assert!(message.contains(told) && !message.contains('\u{1b}'), "{message}");
        }
    }
}

#[tokio::test]
async fn hostile_names_and_a_thousand_rules_are_answered_in_bounds() {
    let world = world();
    let mut route = ingress("shop.example");
    let hostile = "\u{1b}[31m</script>{{.}}\r\nx: y\u{202e}";
    let rule = route["spec"]["rules"][0].clone();
    let rules: Vec<Value> = (0..1000)
        .map(|number| {
            let mut rule = rule.clone();
            rule["http"]["paths"][0]["backend"]["service"]["name"] = json!(format!("{hostile}{number}"));
            rule
        })
        .collect();
    route["spec"]["rules"] = json!(rules);
    route["metadata"]["name"] = json!(hostile);
    route["metadata"]["annotations"] = json!({"dast.security.banzaicloud.io/high": "1", hostile: hostile});
    let response = world.ask("/validate", &review(None, &route)).await;
    assert_eq!(response["allowed"], false);
    let message = response["status"]["message"].as_str().unwrap();
    assert!(message.len() <= 8 * 1024, "{}", message.len());
    let is_foul = |letter: char| letter == '\u{1b}' || letter == '\r' || letter == '\u{202e}';
    assert!(!message.contains(is_foul), "{message}");
    for note in response["auditAnnotations"].as_object().unwrap().values() {
        assert!(note.as_str().unwrap().len() <= 1024);
    }
}

#[tokio::test]
async fn one_that_knows_a_part_only_answers_nothing() {
    let world = World::waiting();
    let body = review(None, &ingress("shop.example")).to_string();
    let (status, text) = world.post("/validate", JSON, body).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.starts_with("not ready"), "{text}");
}

/// Whoever can reach the port may be slow on purpose.
#[tokio::test(start_paused = true)]
async fn so_many_may_be_slow_to_ask_and_keep_nobody_from_being_answered() {
    let world = world();
    let slow = || {
        let world = world.clone();
        tokio::spawn(async move {
            let begun = stream::iter([Ok::<_, std::io::Error>("{\"kind\": ")]);
            let body = Body::from_stream(stream::StreamExt::chain(begun, stream::pending()));
            world.post_of_length("/validate", 1_000, body).await
        })
    };
    let count = |all: &[JoinHandle<_>]| all.iter().filter(|it| it.is_finished()).count();
    let first: Vec<_> = (0..256).map(|_| slow()).collect();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(count(&first), 0);
    let more: Vec<_> = (0..44).map(|_| slow()).collect();
    sleep(Duration::from_secs(1)).await;
    assert_eq!((count(&first), count(&more)), (0, 44), "who comes besides is told so at once");
    for refused in more {
        let (status, head, text) = refused.await.unwrap();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
        assert_eq!(head[header::RETRY_AFTER], "1");
        assert!(text.starts_with("256 slow reviews are on their way already"), "{text}");
    }
    let response = world.ask("/validate", &review(None, &ingress("shop.example"))).await;
    assert_eq!(response["allowed"], true);
    for slow in first {
        let (status, _, text) = slow.await.unwrap();
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT, "{text}");
    }
    // They have had their turns.
    let late = slow();
    sleep(Duration::from_secs(1)).await;
    assert!(!late.is_finished());
}

/// Nobody has looked at its size before, and an API server sends up to 3 MiB.
#[tokio::test]
async fn a_route_with_too_much_in_it_is_refused() {
    let filter = json!({"type": "ExternalAuth", "externalAuth": {"backendRef": {"name": "web"}}});
    let special = json!({"name": "web", "port": 80, "filters": [{}]});
    let route = |change: &dyn Fn(&mut Value)| {
        let mut route = http_route("v1");
        change(&mut route["spec"]);
        route
    };
    let mut by_paths = ingress("shop.example");
    by_paths["spec"]["rules"][0]["host"] = json!("h".repeat(1 << 20));
    let path = by_paths["spec"]["rules"][0]["http"]["paths"][0].clone();
    by_paths["spec"]["rules"][0]["http"]["paths"] = json!(vec![path; 20_000]);
    for (route, told) in [
        (route(&|spec| spec["hostnames"] = json!(vec!["a.example"; 65])), "`spec.hostnames` has 65 entries"),
        (
            route(&|spec| spec["rules"] = json!(vec![spec["rules"][0].clone(); 33])),
            "`spec.rules` has 33 entries: expected 32 at most",
        ),
        (
            route(&|spec| spec["rules"][0]["filters"] = json!(vec![filter.clone(); 30_000])),
            "`spec.rules[].filters` has 30000 entries",
        ),
        (
            route(&|spec| spec["rules"][0]["backendRefs"] = json!(vec![special.clone(); 30_000])),
            "`spec.rules[].backendRefs` has 30000 entries",
        ),
        (
            route(&|spec| spec["rules"][0]["matches"] = json!(vec![json!({}); 257])),
            "`spec.rules[].matches` has 257 entries: expected 256 at most",
        ),
        (
            route(&|spec| {
                spec["rules"][0]["matches"] = json!([{"path": {"value": format!("/{}", "a".repeat(2048))}}]);
            }),
            "`spec.rules[].matches[]` has 2049 bytes: expected 2048 at most",
        ),
        (
            route(&|spec| {
                let long = json!({"type": "URLRewrite", "urlRewrite": {"hostname": "h".repeat(1 << 20)}});
                spec["rules"][0]["filters"] = json!([long]);
            }),
            "`spec.rules[].filters[].urlRewrite` has 1048576 bytes",
        ),
        (by_paths, "`spec.rules[].host` has 1048576 bytes: expected 253 at most"),
    ] {
        let response = world().ask("/mutate", &review(None, &route)).await;
        assert_eq!(response["allowed"], false, "{told}");
        let message = response["status"]["message"].as_str().unwrap();
        assert!(message.contains(told), "{message}");
        // Where there is no cluster, it is not judged either. Very large files are not even read.
        let error = Manifests::new("shop").read(&route.to_string()).unwrap_err();
        let why = error.source().map(ToString::to_string);
        assert!(why.map_or(matches!(error, ManifestError::Syntax(_)), |why| why.contains(told)), "{error:?}");
    }
}

/// A review of so many MiB of a route that would be kept out.
fn large(mebibytes: usize) -> Bytes {
    let mut route = ingress("shop.example");
    route["metadata"]["annotations"] = json!({"padding": "x".repeat(mebibytes << 20)});
    review(None, &route).to_string().into()
}

/// One that arrives halfway, and is whole when all are let go.
fn halfway(body: &Bytes, mut go: watch::Receiver<bool>) -> Body {
    let (first, second) = (body.slice(..body.len() / 2), body.slice(body.len() / 2..));
    let rest = async move {
        go.wait_for(|go| *go).await.unwrap();
        second
    };
    let first = stream::iter([Ok::<_, std::io::Error>(first)]);
    Body::from_stream(stream::StreamExt::chain(first, stream::once(async { Ok(rest.await) })))
}

#[tokio::test(start_paused = true)]
async fn large_reviews_at_once_are_each_answered_and_none_is_let_in() {
    let world = World::of(&[ceiling("enforce"), service(), target(1)]);
    for (mebibytes, expected) in [(7, StatusCode::OK), (10, StatusCode::PAYLOAD_TOO_LARGE)] {
        let (go, gone) = watch::channel(false);
        let body = large(mebibytes);
        let asking = (0..8).map(|_| world.post("/validate", JSON, halfway(&body, gone.clone())));
        let besides = async {
            // There is no room for one more, whatever it says of itself, but for any that is as usual.
            let more = body.slice(..body.len().min(7 << 20));
            for length in [more.len(), 1_000] {
                let (status, _, text) = world.post_of_length("/validate", length, more.clone().into()).await;
                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
            }
            let usual = review(None, &ingress("shop.example")).to_string();
            let (status, _, text) = world.post_of_length("/validate", usual.len(), usual.into()).await;
            assert_eq!(status, StatusCode::OK, "{text}");
            go.send_replace(true);
        };
        let (answers, ()) = tokio::join!(join_all(asking), besides);
        for (status, text) in answers {
            assert_eq!(status, expected, "{text}");
            let allowed =
                serde_json::from_str(&text).map(|review: Value| review["response"]["allowed"].clone());
            assert_eq!(allowed.ok(), (expected == StatusCode::OK).then_some(Value::Bool(false)));
        }
    }
    // What says at once that it is too large is not read.
    let (status, text) = world.post("/validate", JSON, large(10)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{text}");
}

/// Whoever has a turn of which there are few has little time.
#[tokio::test(start_paused = true)]
async fn what_has_become_large_has_to_go_on() {
    let world = world();
    let (_never, gone) = watch::channel(false);
    let stuck = || world.post("/validate", JSON, halfway(&large(1), gone.clone()));
    let began = Instant::now();
    let answers = join_all((0..8).map(|_| stuck())).await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    for (status, text) in answers {
        assert_eq!(
            (status, text.trim_end()),
            (StatusCode::REQUEST_TIMEOUT, "the review did not arrive within 2 s")
        );
    }
    let (status, text) = world.post("/validate", JSON, large(1)).await;
    assert_eq!(status, StatusCode::OK, "{text}");
}

/// A byte of a body may come by itself, and takes no more room for that.
#[tokio::test]
async fn it_does_not_matter_in_how_many_pieces_a_review_comes() {
    let review = review(None, &ingress("shop.example")).to_string();
    let pieces: Vec<_> = review.bytes().map(|byte| Ok::<_, std::io::Error>(vec![byte])).collect();
    let (status, text) = world().post("/validate", JSON, Body::from_stream(stream::iter(pieces))).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["response"]["allowed"], true);
}
