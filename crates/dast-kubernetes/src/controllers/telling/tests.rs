use http::StatusCode;
use serde_json::json;

use super::super::api::Api;
use super::super::samples::{self, context, known, object};
use super::*;

fn target() -> ScanTarget {
    object(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanTarget",
        "metadata": {"name": "web-80", "namespace": "shop", "uid": "t1"},
        "spec": {"service": {"name": "web", "port": 80, "uid": "s1"}, "origin": "http://web.shop.svc",
            "scanner": {"namespace": "dast-system", "name": "default"}},
    }))
}

fn run() -> ScanRun {
    object(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
        "metadata": {"name": "run", "namespace": "shop", "uid": "r1"}, "spec": {"target": "web-80"},
    }))
}

/// Reasons, and the kinds of what they are told of.
async fn told(context: &Context, api: &Api) -> Vec<(String, String)> {
    let text =
        |event: &serde_json::Value, path: &str| event.pointer(path).unwrap().as_str().unwrap().to_owned();
    let events = samples::told(context, api).await;
    events.iter().map(|event| (text(event, "/reason"), text(event, "/regarding/kind"))).collect()
}

fn both(reason: &str) -> [(String, String); 2] {
    ["ScanTarget", "Service"].map(|kind| (reason.to_owned(), kind.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn nothing_waits_for_what_is_told() {
    let (api, known) = (Api::default(), known());
    known.targets.apply(target());
    let (context, _) = context(&api, known, "");
    started(&run(), &context);
    assert!(api.calls().is_empty(), "it is told in the background");
    assert_eq!(told(&context, &api).await, both("ScanStarted"));
    let status = ScanTargetStatus { verdict: Some(VerdictName::Fail), ..ScanTargetStatus::default() };
    verdict_changed(&target(), &status, &context);
    assert_eq!(told(&context, &api).await, [both("ScanStarted"), both("ScanFailed")].concat());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_keeps_nothing_back() {
    let (api, known) = (Api::default(), known());
    known.targets.apply(target());
    let (context, _) = context(&api, known, "");
    let mut refused = 0;
    api.meddle(move |_, _| {
        refused += 1;
        (refused == 1).then_some(StatusCode::FORBIDDEN)
    });
    started(&run(), &context);
    assert_eq!(told(&context, &api).await, both("ScanStarted")[1..]);
}

#[tokio::test(start_paused = true)]
async fn a_route_that_would_not_be_let_in_any_more_is_told_once() {
    let (api, known) = (Api::default(), known());
    known.targets.apply(target());
    let (context, _) = context(&api, known, "");
    let exposed = |reason: &str| -> ScanTargetStatus {
        let time = "2026-01-01T00:00:00Z";
        let condition = json!({"type": "Exposed", "status": "True", "reason": reason, "message": "Ingress `shop/front`",
            "lastTransitionTime": time});
        object(json!({"conditions": [condition]}))
    };
    let before = |reason| ScanTarget { status: Some(exposed(reason)), ..target() };
    verdict_changed(&before("Proven"), &exposed("Drift"), &context);
    assert_eq!(told(&context, &api).await, both("RouteDrifted"));
    verdict_changed(&before("Drift"), &exposed("Drift"), &context);
    verdict_changed(&before("Drift"), &exposed("Proven"), &context);
    assert_eq!(told(&context, &api).await, both("RouteDrifted"), "it is no news any more");
}
