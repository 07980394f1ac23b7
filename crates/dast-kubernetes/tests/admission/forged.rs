//! Reviews that no API server sends, but whoever can reach the port.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{PARKED, World, ceiling, ingress, review, service, target};

const DOORS: [&str; 3] = ["/mutate", "/validate", "/break-glass"];
const LONG: usize = 1 << 20;

fn world() -> World {
    World::of(&[ceiling("hold"), service(), target(1)])
}

/// A few bytes may become some hundred, and a parked route is looked at as a whole.
#[tokio::test]
async fn more_values_than_any_object_has_are_refused_before_anything_is_made_of_them() {
    let mut parked = ingress("shop.example");
    parked["metadata"]["annotations"] = json!({PARKED: "{}"});
    parked["spec"]["ingressClassName"] = json!("dast-parked");
    let mut junk = parked.clone();
    junk["junk"] = json!(vec![json!([0]); 250_000]);
    for (before, after) in [(None, &junk), (Some(&junk), &parked), (Some(&parked), &junk)] {
        for door in DOORS {
            let response = world().ask(door, &review(before, after)).await;
            assert_eq!(response["allowed"], false);
            let message = response["status"]["message"].as_str().unwrap();
            assert!(message.contains("more than 400000 values"), "{message}");
            assert!(response.get("patch").is_none());
        }
    }
    // As many as fit into an object are looked at.
    junk["junk"] = json!(vec![json!([0]); 150_000]);
    let response = world().ask("/mutate", &review(None, &junk)).await;
    assert!(response["allowed"] == true && response["patch"].is_array(), "{response}");
}

/// What is answered repeats some of what was asked, and whoever does not read it makes it stay.
#[tokio::test]
async fn what_is_repeated_is_bounded() {
    let long = "l".repeat(LONG);
    type Change<'l> = (&'l str, fn(&mut Value, &str));
    let changes: [Change<'_>; 9] = [
        ("`uid` has", |request, long| request["uid"] = json!(long)),
        ("`name` has", |request, long| request["name"] = json!(long)),
        ("`namespace` has", |request, long| request["namespace"] = json!(long)),
        ("`kind.kind` has", |request, long| request["kind"]["kind"] = json!(long)),
        ("`userInfo.username` has", |request, long| request["userInfo"]["username"] = json!(long)),
        ("unknown variant", |request, long| request["operation"] = json!(long)),
        ("`metadata.name` has", |request, long| request["object"]["metadata"]["name"] = json!(long)),
        ("`metadata.name` has", |request, long| {
            request["object"]["metadata"] = json!({"generateName": long})
        }),
        ("`metadata.uid` has", |request, long| request["object"]["metadata"]["uid"] = json!(long)),
    ];
    for (told, change) in changes {
        let mut review = review(None, &ingress("shop.example"));
        change(&mut review["request"], &long);
        for door in DOORS {
            let (status, text) = world().post(door, "application/json", review.to_string()).await;
            assert!(text.contains(told) && text.len() < 2_048, "{told}: {} bytes: {text:.200}", text.len());
            let is_let_in = status == StatusCode::OK
                && serde_json::from_str::<Value>(&text).unwrap()["response"]["allowed"] == true;
            assert!(!is_let_in, "{told}");
        }
    }
}
