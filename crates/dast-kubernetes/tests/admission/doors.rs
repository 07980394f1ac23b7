//! What is let in, warned about, and kept out.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::{GLASS, World, ceiling, grpc_route, http_route, ingress, review, service, target};

fn routes() -> [Value; 4] {
    [ingress("shop.example"), http_route("v1"), http_route("v1beta1"), grpc_route()]
}

#[tokio::test]
async fn what_has_passed_is_let_in_as_it_is() {
    let world = World::of(&[ceiling("hold"), service(), target(0)]);
    for route in routes() {
        assert_eq!(world.write(None, &route).await.unwrap(), route);
    }
}

#[tokio::test]
async fn what_has_not_passed_is_kept_out_with_what_to_do() {
    let world = World::of(&[ceiling("enforce"), service(), target(2)]);
    for route in routes() {
        let message = world.write(None, &route).await.unwrap_err();
        assert!(
            message.contains("1 alert of severity High, 0 accepted [cluster policy `ceiling`]"),
            "{message}"
        );
        assert!(message.ends_with("next: kubectl describe scantarget -n shop web-80"), "{message}");
    }
    let response = world.ask("/validate", &review(None, &ingress("shop.example"))).await;
    assert_eq!(response["status"]["reason"], "Forbidden");
    let notes = &response["auditAnnotations"];
    assert_eq!((&notes["action"], &notes["verdict"]), (&json!("Deny"), &json!("Fail")));
    assert_eq!(notes["targets"], "shop/web-80: Fail");
}

#[tokio::test]
async fn a_warning_is_told_and_lets_in() {
    let world = World::of(&[ceiling("warn"), service(), target(1)]);
    let response = world.ask("/validate", &review(None, &ingress("shop.example"))).await;
    assert_eq!(response["allowed"], true);
    let warning = response["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("dast: Ingress shop/front is admitted, although: "), "{warning}");
}

#[tokio::test]
async fn what_takes_away_is_always_let_in() {
    let world = World::of(&[ceiling("enforce"), service(), target(1)]);
    let before = ingress("shop.example");
    let mut fewer = before.clone();
    fewer["spec"]["rules"] = json!([]);
    assert_eq!(world.write(Some(&before), &fewer).await.unwrap(), fewer);
    let mut labelled = before.clone();
    labelled["metadata"]["labels"] = json!({"team": "shop"});
    assert_eq!(world.write(Some(&before), &labelled).await.unwrap(), labelled);
    let mut more = before.clone();
    more["spec"]["rules"][0]["host"] = json!("other.example");
    let message = world.write(Some(&before), &more).await.unwrap_err();
    assert!(message.contains("the change is denied"), "{message}");

    let mut deleted = review(Some(&before), &before);
    deleted["request"]["operation"] = json!("DELETE");
    deleted["request"]["object"] = Value::Null;
    assert_eq!(world.ask("/validate", &deleted).await["allowed"], true);
}

/// A finalizer keeps it, and whoever serves routes may go on.
#[tokio::test]
async fn a_route_that_is_being_deleted_exposes_no_more_than_it_did() {
    let world = World::of(&[ceiling("enforce"), service(), target(1)]);
    let mut before = ingress("shop.example");
    before["metadata"]["deletionTimestamp"] = json!("2026-06-01T00:00:00Z");
    before["metadata"]["finalizers"] = json!(["example.com/keep"]);
    let mut going = before.clone();
    going["metadata"]["finalizers"] = json!([]);
    assert_eq!(world.write(Some(&before), &going).await.unwrap(), going);
    going["spec"]["rules"][0]["host"] = json!("other.example");
    assert!(world.write(Some(&before), &going).await.is_err());
}

#[tokio::test]
async fn a_name_that_is_made_later_is_no_way_around() {
    let world = World::of(&[ceiling("enforce"), service(), target(1)]);
    let mut route = ingress("shop.example");
    route["metadata"] = json!({"generateName": "front-"});
    let message = world.write(None, &route).await.unwrap_err();
    assert!(message.starts_with("Ingress shop/front-: denied"), "{message}");
    // Nor is another namespace than the one that the API server says.
    route["metadata"] = json!({"name": "front", "namespace": "kube-system"});
    assert!(world.write(None, &route).await.is_err());
}

#[tokio::test]
async fn whoever_may_breaks_the_glass_with_a_reason_and_an_end() {
    let world = World::of(&[ceiling("enforce"), service(), target(1)]);
    let end = Timestamp::now() + SignedDuration::from_hours(2);
    let mut route = ingress("shop.example");
    route["metadata"]["annotations"] = json!({GLASS: format!("{end} incident 4711")});
    let response = world.ask("/break-glass", &review(None, &route)).await;
    assert_eq!(response["allowed"], true);
    let note = response["auditAnnotations"]["break-glass"].as_str().unwrap();
    assert!(note.ends_with(": incident 4711"), "{note}");
    assert_eq!(response["auditAnnotations"]["verdict"], "Fail", "what would have been decided is told, too");
    assert!(response["warnings"][0].as_str().unwrap().contains("is let in until"));
    // Nobody else has it broken by writing the annotation.
    assert!(world.write(None, &route).await.is_err());

    route["metadata"]["annotations"] = json!({GLASS: "please"});
    let response = world.ask("/break-glass", &review(None, &route)).await;
    assert_eq!(response["allowed"], false);
    let message = response["status"]["message"].as_str().unwrap();
    assert!(
        message.contains("`please` is not accepted: expected a time in the next seven days"),
        "{message}"
    );
}
