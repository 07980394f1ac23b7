//! Reviews in which something is written twice, of which readers in Go make something else than others.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{World, ceiling, http_route, ingress, review, service, target};

const DOORS: [&str; 3] = ["/mutate", "/validate", "/break-glass"];

/// One whose routes would be let in.
fn world() -> World {
    World::of(&[ceiling("enforce"), service(), target(0)])
}

/// A review as text, with `text` put before the first occurrence of `place`.
fn with(review: &Value, text: &str, place: &str) -> String {
    let whole = review.to_string();
    assert!(whole.contains(place), "{place}: {whole}");
    whole.replacen(place, &format!("{text}{place}"), 1)
}

/// Whether it is refused at all doors with such words: not taken for a review, or denied.
async fn is_refused(world: &World, body: &str, told: &str) {
    for path in DOORS {
        let (status, text) = world.post(path, "application/json", body.to_owned()).await;
        assert!(text.contains(told), "{path}: {text}");
        if status == StatusCode::BAD_REQUEST {
            continue;
        }
        assert_eq!(status, StatusCode::OK, "{text}");
        let review: Value = serde_json::from_str(&text).unwrap();
        let response = &review["response"];
        assert_eq!(
            (&response["allowed"], &response["status"]["code"]),
            (&json!(false), &json!(400)),
            "{path}"
        );
        assert_eq!(response["uid"], "705ab4f5-6393-11e8-b7cc-42010a800002");
    }
}

#[tokio::test]
async fn a_request_in_which_a_field_is_written_twice_is_no_review() {
    let world = world();
    let good = review(None, &ingress("shop.example"));
    for (text, field) in [
        (r#""uid": "other", "#, "uid"),
        (r#""operation": "DELETE", "#, "operation"),
        (r#""object": null, "#, "object"),
        (r#""dryRun": true, "#, "dryRun"),
        (r#""namespace": "kube-system", "#, "namespace"),
        (r#""userInfo": {}, "#, "userInfo"),
    ] {
        let body = with(&good, text, &format!("\"{field}\":"));
        is_refused(&world, &body, &format!("duplicate field `{field}`")).await;
    }
}

#[tokio::test]
async fn an_object_in_which_a_field_is_written_twice_is_denied() {
    let world = world();
    for route in [ingress("shop.example"), http_route("v1")] {
        let (backends, class) = if route["kind"] == "Ingress" {
            ("\"paths\":", "\"ingressClassName\":")
        } else {
            ("\"backendRefs\":", "\"parentRefs\":")
        };
        for review in [review(None, &route), review(Some(&route), &route)] {
            for place in ["\"spec\":", "\"metadata\":", "\"rules\":", backends, class] {
                let field = place.trim_matches(['"', ':']);
                let body = with(&review, &format!("{place} null, "), place);
                is_refused(&world, &body, &format!("`{field}` is written twice")).await;
            }
        }
    }
    // Also where annotations are, and where an object is as it was.
    let mut route = ingress("shop.example");
    route["metadata"]["annotations"] = json!({"b": "1"});
    let body = with(&review(None, &route), r#""b": "2", "#, "\"b\":");
    is_refused(&world, &body, "field `object`: `b` is written twice").await;
    let body = with(&review(Some(&route), &ingress("shop.example")), r#""b": "2", "#, "\"b\":");
    is_refused(&world, &body, "field `oldObject`: `b` is written twice").await;
    // A status is written without a spec, which is put back.
    let mut status = review(Some(&route), &route);
    status["request"]["subResource"] = json!("status");
    let body = with(&status, r#""spec": {}, "#, "\"spec\":");
    is_refused(&world, &body, "`spec` is written twice").await;
}

/// API servers know fields by their exact names, and drop all others of an object.
#[tokio::test]
async fn a_field_in_other_letters_is_another_field() {
    let world = world();
    let mut route = ingress("other.example");
    route["Spec"] = json!({});
    route["spec"]["Rules"] = json!([]);
    let response = world.ask("/validate", &review(None, &route)).await;
    let message = response["status"]["message"].as_str().unwrap();
    assert!(message.contains("Unknown (NotCovered)"), "{message}");
}
