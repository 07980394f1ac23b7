use axum::body::Body;
use http::{Request, StatusCode};
use prometheus_client::encoding::text::encode;
use tower::ServiceExt;

use super::super::api::Api;
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
