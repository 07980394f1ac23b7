//! Routes that are held back, and what people and programs do to them meanwhile.

use dast_core::discovery::RouteKind;
use dast_kubernetes::admission::release;
use serde_json::{Value, json};

use super::world::{
    PARKED, World, ceiling, grpc_route, http_route, ingress, patched, review, service, target,
};

fn unproven() -> World {
    World::of(&[ceiling("hold"), service()])
}

fn proven() -> World {
    World::of(&[ceiling("hold"), service(), target(0)])
}

#[tokio::test]
async fn a_new_route_is_parked_and_released_as_it_was_asked_for() {
    let routes = [
        (RouteKind::Ingress, ingress("shop.example")),
        (RouteKind::HttpRoute, http_route("v1")),
        (RouteKind::HttpRoute, http_route("v1beta1")),
        (RouteKind::GrpcRoute, grpc_route()),
    ];
    for (kind, asked) in routes {
        let parked = unproven().write(None, &asked).await.unwrap();
        assert!(parked["metadata"]["annotations"][PARKED].is_string(), "{parked}");
        assert_eq!(parked["spec"]["rules"], asked["spec"]["rules"], "what it asks for is to be seen");
        let released = release(kind, parked.clone()).unwrap();
        assert_eq!(released, asked);
        // The release is a write like any other.
        assert_eq!(proven().write(Some(&parked), &released).await.unwrap(), asked);
        assert_eq!(unproven().write(Some(&parked), &released).await.unwrap(), parked, "it was too early");
    }
}

#[tokio::test]
async fn it_is_told_that_a_route_is_parked() {
    let response = unproven().ask("/mutate", &review(None, &ingress("shop.example"))).await;
    let warning = response["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("dast: Ingress shop/front is held back until it passes: "), "{warning}");
    assert_eq!(response["auditAnnotations"]["action"], "Hold");
}

/// `kubectl apply`, Helm and GitOps controllers write what they were given again and again.
#[tokio::test]
async fn whoever_writes_it_again_finds_it_parked_again() {
    let world = unproven();
    let asked = ingress("shop.example");
    let parked = world.write(None, &asked).await.unwrap();
    // All of it, as `kubectl replace` and Argo CD do, without our annotation.
    assert_eq!(world.write(Some(&parked), &asked).await.unwrap(), parked);
    // The class alone, as a three-way merge does, with our annotation.
    let mut merged = parked.clone();
    merged["spec"]["ingressClassName"] = json!("public");
    assert_eq!(world.write(Some(&parked), &merged).await.unwrap(), parked);
    // Another class: that is what it is released to.
    merged["spec"]["ingressClassName"] = json!("internal");
    let elsewhere = world.write(Some(&parked), &merged).await.unwrap();
    assert_eq!(release(RouteKind::Ingress, elsewhere).unwrap()["spec"]["ingressClassName"], "internal");
}

#[tokio::test]
async fn a_parked_route_may_be_edited() {
    let world = unproven();
    let parked = world.write(None, &ingress("shop.example")).await.unwrap();
    let mut edited = parked.clone();
    edited["spec"]["rules"][0]["host"] = json!("other.example");
    assert_eq!(world.write(Some(&parked), &edited).await.unwrap(), edited);
    let released = release(RouteKind::Ingress, edited.clone()).unwrap();
    assert_eq!(released, ingress("other.example"));
    // What was scanned is the other host.
    assert_eq!(proven().write(Some(&parked), &released).await.unwrap(), edited);
}

#[tokio::test]
async fn memory_that_is_forged_or_taken_away_is_overwritten() {
    let world = unproven();
    let forged = json!({PARKED: r#"{"ingressClassName":"public"}"#});
    let parked = world.write(None, &ingress("shop.example")).await.unwrap();
    for annotations in [forged.clone(), Value::Null, json!({})] {
        let mut written = parked.clone();
        written["metadata"]["annotations"] = annotations;
        assert_eq!(world.write(Some(&parked), &written).await.unwrap(), parked);
    }
    // On a route that nobody parked it says nothing.
    let mut own = ingress("shop.example");
    own["spec"]["ingressClassName"] = json!("dast-parked");
    let mut claimed = own.clone();
    claimed["metadata"]["annotations"] = forged;
    assert_eq!(world.write(None, &claimed).await.unwrap(), own);
}

#[tokio::test]
async fn what_is_exposed_is_never_parked() {
    let world = unproven();
    let before = ingress("shop.example");
    let mut more = before.clone();
    more["spec"]["rules"][0]["host"] = json!("other.example");
    let response = world.ask("/mutate", &review(Some(&before), &more)).await;
    assert_eq!(patched(&more, &response), more);
    assert!(world.write(Some(&before), &more).await.unwrap_err().contains("the change is denied"));
}

/// Another webhook may change a route after ours, and a registration may be missing.
#[tokio::test]
async fn what_was_to_be_parked_and_is_not_is_kept_out() {
    let response = unproven().ask("/validate", &review(None, &ingress("shop.example"))).await;
    assert_eq!(response["allowed"], false);
    let message = response["status"]["message"].as_str().unwrap();
    assert!(message.contains("It is not parked"), "{message}");
    // The old spelling of the class is a way to be served, too.
    let parked = unproven().write(None, &ingress("shop.example")).await.unwrap();
    let mut both = parked.clone();
    both["metadata"]["annotations"]["kubernetes.io/ingress.class"] = json!("public");
    let response = unproven().ask("/validate", &review(Some(&parked), &both)).await;
    assert_eq!(response["allowed"], false);
}

/// A policy may give up; it gives up what was held back for that long, and nothing that was put in its place.
#[tokio::test]
async fn whoever_asks_for_more_waits_anew() {
    let mut policy = ceiling("hold");
    policy["spec"]["enforcement"]["holdFor"] = json!("1h");
    let mut unscanned = target(0);
    unscanned["status"].as_object_mut().unwrap().remove("evidence");
    unscanned["status"]["revisionSince"] = json!("2025-01-01T00:00:00Z");
    let world = World::of(&[policy, service(), unscanned]);
    for (kind, asked) in [
        (RouteKind::Ingress, ingress("shop.example")),
        (RouteKind::HttpRoute, http_route("v1")),
        (RouteKind::GrpcRoute, grpc_route()),
    ] {
        let parked = world.write(None, &asked).await.unwrap();
        assert_eq!(world.write(Some(&parked), &asked).await.unwrap(), parked, "it is too early");
        let old = held_since(&parked, "2026-01-01T00:00:00Z");
        // The operator's release, and whoever writes the same again.
        assert_eq!(world.write(Some(&old), &release(kind, old.clone()).unwrap()).await.unwrap(), asked);
        let response = world.ask("/validate", &review(Some(&old), &asked)).await;
        assert!(response["warnings"][0].as_str().unwrap().contains("admitted, although"), "{response}");

        let backend = if kind == RouteKind::Ingress {
            "/spec/rules/0/http/paths/0/backend/service/name"
        } else {
            "/spec/rules/0/backendRefs/0/name"
        };
        // Another backend, be it asked for or put into what is parked; and something else that serves it.
        let mut other = asked.clone();
        *other.pointer_mut(backend).unwrap() = json!("other");
        let mut inside = old.clone();
        *inside.pointer_mut(backend).unwrap() = json!("other");
        let mut served = asked.clone();
        match kind {
            RouteKind::Ingress => served["spec"]["ingressClassName"] = json!("internet"),
            _ => served["spec"]["parentRefs"][0]["name"] = json!("internet"),
        }
        for more in [other, inside, served] {
            let again = world.write(Some(&old), &more).await.unwrap();
            assert!(since(&again) > since(&old), "{again}");
            let released = release(kind, again.clone()).unwrap();
            assert_eq!(world.write(Some(&again), &released).await.unwrap(), again, "it waits anew");
        }
        // Less is not more.
        let mut less = asked.clone();
        less["metadata"]["labels"] = json!({"a": "b"});
        assert!(world.write(Some(&old), &less).await.unwrap()["metadata"]["annotations"].is_null());
    }
}

/// The API server drops a spec that comes with a status.
#[tokio::test]
async fn a_spec_that_comes_with_a_status_is_not_what_will_be() {
    let asked = ingress("shop.example");
    let parked = unproven().write(None, &asked).await.unwrap();
    for world in [proven(), unproven()] {
        let mut status = parked.clone();
        status["spec"]["ingressClassName"] = json!("public");
        status["metadata"]["annotations"] = json!({});
        let mut review = review(Some(&parked), &status);
        review["request"]["subResource"] = json!("status");
        let response = world.ask("/mutate", &review).await;
        assert_eq!(response["allowed"], true);
        let mut written = patched(&status, &response);
        written["spec"] = parked["spec"].clone();
        assert_eq!(written, parked, "it is still known what is to serve it");
    }
}

/// The same as if it had been parked then.
fn held_since(parked: &Value, time: &str) -> Value {
    let mut parked = parked.clone();
    let memory = &mut parked["metadata"]["annotations"][PARKED];
    let mut served: Value = serde_json::from_str(memory.as_str().unwrap()).unwrap();
    served["since"] = json!(time);
    *memory = json!(served.to_string());
    parked
}

fn since(parked: &Value) -> String {
    let memory = parked["metadata"]["annotations"][PARKED].as_str().unwrap();
    let served: Value = serde_json::from_str(memory).unwrap();
    served["since"].as_str().unwrap().to_owned()
}
