//! What is let in without a look, as cluster policies and the configuration say it.

use serde_json::{Value, json};

use super::world::{World, ceiling, http_route, ingress, review, service};

const SOLVER: &str = "system:serviceaccount:cert-manager:cert-manager";

/// A cluster policy that enforces, with a field besides.
fn saying(field: &str, value: Value) -> Value {
    let mut policy = ceiling("enforce");
    policy["spec"][field] = value;
    policy
}

/// What is done about a route that somebody makes, and on what grounds.
async fn made(world: &World, by: &str, route: &Value) -> (bool, String) {
    let mut review = review(None, route);
    review["request"]["userInfo"]["username"] = json!(by);
    let response = world.ask("/validate", &review).await;
    let grounds = &response["auditAnnotations"]["verdict"];
    (response["allowed"].as_bool().unwrap(), grounds.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn whoever_is_exempt_makes_routes_and_nobody_else() {
    let world = World::of(&[saying("exemptCreators", json!([SOLVER])), service()]);
    let route = ingress("shop.example");
    assert!(made(&world, SOLVER, &route).await.0);
    for other in ["jane", "", "system:serviceaccount:cert-manager:cert-manager2"] {
        assert_eq!(made(&world, other, &route).await, (false, "Unknown (NotScanned)".to_owned()), "{other}");
    }
    // Whoever writes the route says nothing of who that is.
    let mut claimed = route.clone();
    claimed["metadata"]["managedFields"] = json!([{"manager": SOLVER, "operation": "Update"}]);
    assert!(!made(&world, "jane", &claimed).await.0);
}

#[tokio::test]
async fn a_kind_that_is_accepted_is_let_in_and_no_other() {
    let world = World::of(&[saying("acceptedBackends", json!(["StorageBucket.storage.example.com"]))]);
    let to = |group: &str, kind: &str| {
        let mut route = ingress("shop.example");
        route["spec"]["rules"][0]["http"]["paths"][0]["backend"] =
            json!({"resource": {"apiGroup": group, "kind": kind, "name": "assets"}});
        route
    };
    assert!(made(&world, "jane", &to("storage.example.com", "StorageBucket")).await.0);
    for (group, kind) in
        [("other.example.com", "StorageBucket"), ("storage.example.com", "Bucket"), ("", "StorageBucket")]
    {
        assert!(!made(&world, "jane", &to(group, kind)).await.0, "{group}/{kind}");
    }
}

#[tokio::test]
async fn every_ingress_is_gated_where_the_configuration_says_so() {
    let (route, limited) = (ingress("shop.example"), {
        let mut route = ingress("shop.example");
        route["metadata"]["annotations"] = json!({"dast.security.banzaicloud.io/high": "0"});
        route
    });
    let audited = r#"{"discovery": {"gateEveryIngress": true},
        "policy": {"thresholds": {"alerts": {"high": {"fail": 0}}}, "enforcement": {"mode": "audit"}}}"#;
    // What it is judged by is the policy of the configuration.
    for (yaml, is_gated) in [("{}", false), ("discovery: {gateEveryIngress: true}", true), (audited, false)] {
        let world = World::configured(yaml, &[service()]);
        assert_eq!(made(&world, "jane", &route).await.0, !is_gated, "{yaml}");
        assert!(!made(&world, "jane", &limited).await.0, "limits of its own are enforced: {yaml}");
        assert!(made(&world, "jane", &http_route("v1")).await.0, "it is no Ingress: {yaml}");
    }
}
