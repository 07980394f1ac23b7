use serde_json::{Value, json};

use self::api::Api as Server;
use super::super::park;
use super::*;

#[allow(clippy::duplicate_mod, reason = "that of the controllers' tests is seen by them alone")]
#[path = "../../../tests/api/mod.rs"]
mod api;

const INGRESSES: &str = "/apis/networking.k8s.io/v1/ingresses";
const FRONT: &str = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/front";

fn ingress(name: &str) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": "shop"}, "spec": {"ingressClassName": "public"}})
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressList", "metadata": {}, "items": items})
}

#[tokio::test]
async fn those_that_are_held_back_are_found_and_no_others() {
    let server = Server::default();
    let parked_one = park(RouteKind::Ingress, ingress("front"), Timestamp::UNIX_EPOCH);
    // Whoever claims it and is served is not held back.
    let mut claims = ingress("claims");
    claims["metadata"]["annotations"] = parked_one["metadata"]["annotations"].clone();
    server.put(INGRESSES, list(&[ingress("served"), claims, parked_one]));
    let found = parked(&server.client()).await.unwrap();
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["Ingress shop/front, held back since 1970-01-01T00:00:00Z"]);
}

#[tokio::test]
async fn an_api_server_that_says_nothing_is_no_empty_cluster() {
    let server = Server::default();
    server.meddle(|_, _| Some(http::StatusCode::FORBIDDEN));
    assert!(parked(&server.client()).await.is_err());
}

#[tokio::test]
async fn what_is_restored_is_as_it_was_asked_for() {
    let server = Server::default();
    server.put(FRONT, park(RouteKind::Ingress, ingress("front"), Timestamp::UNIX_EPOCH));
    let name = RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front"));
    let restored = restore(&server.client(), &name).await.unwrap().unwrap();
    assert!(!is_parked(&restored));
    assert_eq!(server.get(FRONT)["spec"], ingress("front")["spec"]);
    assert!(restore(&server.client(), &name).await.unwrap().is_none(), "it is not parked any more");
}

/// Or a GitOps controller that applies it again is told of a conflict.
#[tokio::test]
async fn what_is_restored_belongs_to_whoever_asked_for_it() {
    let managed = |manager: &str, operation: &str| {
        json!({"manager": manager, "operation": operation, "apiVersion": "networking.k8s.io/v1",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:ingressClassName": {}}}})
    };
    let gitops = managed("gitops", "Apply");
    let name = RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front"));
    for (managers, left) in [
        (vec![gitops.clone(), managed(FIELD_MANAGER, "Update")], json!([gitops])),
        (vec![managed(FIELD_MANAGER, "Update")], json!([{}])),
    ] {
        let server = Server::default();
        let mut parked = park(RouteKind::Ingress, ingress("front"), Timestamp::UNIX_EPOCH);
        parked["metadata"]["managedFields"] = json!(managers);
        server.put(FRONT, parked);
        // Whoever serves it writes its status between the two.
        let mut writes = 0;
        server.meddle(move |call, _| {
            writes += usize::from(call.starts_with("PATCH"));
            (call.starts_with("PATCH") && writes == 2).then_some(http::StatusCode::CONFLICT)
        });
        restore(&server.client(), &name).await.unwrap().unwrap();
        assert_eq!(server.get(FRONT)["metadata"]["managedFields"], left);
        assert_eq!(server.get(FRONT)["spec"], ingress("front")["spec"]);
    }
}
