use axum::body::Body;
use http::{Request, StatusCode};
use prometheus_client::encoding::text::encode;
use serde_json::json;
use tower::ServiceExt;

use super::super::api::Api;
use super::super::samples::{context_of, known, object};
use super::*;
use crate::configuration::Configuration;

#[tokio::test]
async fn what_is_refused_is_counted() {
    let installation = Installation::new("dast-system", Configuration::default(), "");
    let operator = Operator::new(Api::default().client(), installation);
    let mut registry = Registry::default();
    operator.register(&mut registry);
    // One router for each replica of a port, perhaps: they count together.
    for router in [operator.results(), operator.results()] {
        let post =
            Request::post("/v1/runs/shop/web-1/run-uid/attempts/1/report").body(Body::empty()).unwrap();
        let answer = router.oneshot(post).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    assert!(text.contains("dast_results_refused_total{category=\"stands_by\"} 2\n"), "{text}");
}

#[tokio::test]
async fn what_the_file_says_anew_is_acted_on() {
    let says = |text: &str| Arc::new(Configuration::from_yaml(text).unwrap());
    let (file, configuration) = watch::channel(says("queue: {total: 1}"));
    let installation = Installation::new("dast-system", Configuration::default(), "");
    let installation = Installation { configuration, ..installation };
    let (context, mut turns) = context_of(&Api::default(), known(), installation);
    for target in ["web-80", "web-81"] {
        let _ = context.turns.tell(&object(json!({
            "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
            "metadata": {"name": target, "namespace": "shop"}, "spec": {"target": target},
        })));
    }
    context.turns.open();
    runs::give_turns(&context);
    assert!(turns.try_recv().is_ok() && turns.try_recv().is_err(), "there is one turn");

    let api_server = Store::new(|_| None);
    let another = async {
        file.send(says("queue: {total: 2}")).unwrap();
        turns.recv().await
    };
    let turn = tokio::select! {
        biased;
        () = context.follow(&api_server) => None,
        turn = another => turn,
    };
    assert_eq!(turn.map(|turn| turn.message), Some(ObjectName::new("shop", "web-81")));
}

#[tokio::test]
async fn reports_have_a_share_of_what_all_of_them_may_take() {
    let text = "report: {maxBytes: 1000000, maxTotalBytes: 1000000}";
    let installation = Installation::new("dast-system", Configuration::from_yaml(text).unwrap(), "");
    let operator = Operator::new(Api::default().client(), installation);
    let settings = operator.results_settings();
    let mut bounds = Vec::new();
    for target in 0..20 {
        bounds.push(settings().most_report_bytes);
        operator.context.known().targets.apply(object(json!({
            "metadata": {"name": format!("web-{target}"), "namespace": "shop"},
            "spec": {"origin": "http://web", "scanner": {"namespace": "dast-system", "name": "default"}},
        })));
    }
    assert_eq!(bounds[..5], [1_000_000, 1_000_000, 500_000, 333_333, 250_000]);
    assert_eq!(bounds[19], 65_536);
}
