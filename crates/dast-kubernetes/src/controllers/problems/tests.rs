use dast_core::discovery::{Object, ObjectName, RouteKind, RouteRef};
use k8s_openapi::api::networking::v1::Ingress;
use serde_json::{Value, json};

use super::super::api::Api;
use super::super::samples::{context, known, object, serve, told};
use super::*;
use crate::facts;
use crate::known::Known;

#[tokio::test(start_paused = true)]
async fn what_no_target_tells_is_told_of_the_service() {
    let (api, known) = (Api::default(), known());
    serve(&known, &[("zaproxi", "dast-test")]);
    let (context, _) = context(&api, known, "");
    let web = Object::Service(ObjectName::new("shop", "web"));
    reconcile(web.clone(), &context).await.unwrap();
    let events = told(&context, &api).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["reason"], "NoEffect");
    assert_eq!(
        (&events[0]["regarding"]["kind"], &events[0]["regarding"]["uid"]),
        (&json!("Service"), &json!("s1"))
    );
    let note = events[0]["note"].as_str().unwrap();
    assert!(note.contains("`zaproxi`") && note.contains("`zaproxy`"), "{note}");

    serve(context.known(), &[("zaproxy", "dast-test")]);
    reconcile(web, &context).await.unwrap();
    assert_eq!(told(&context, &api).await.len(), 1, "nothing is wrong any more");
}

fn front(annotations: Value) -> Ingress {
    let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}});
    let rule = |host: &str| json!({"host": host, "http": {"paths": [path]}});
    object(json!({
        "metadata": {"name": "front", "namespace": "shop", "uid": "i1", "annotations": annotations},
        "spec": {"rules": [rule("169.254.169.254"), rule("10.0.0.1")]},
    }))
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_route_is_told_of_it_if_it_is_gated() {
    let (api, known) = (Api::default(), known());
    let put = |annotations: Value, known: &Known| {
        let front = facts::ingress(&front(annotations)).unwrap();
        known.shared_index().write().unwrap().apply(front)
    };
    let name = Object::Route(RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front")));
    let changes = put(json!({}), &known);
    assert!(changes.objects.contains(&name), "nobody is told to look");
    let (context, _) = context(&api, known, "");
    reconcile(name.clone(), &context).await.unwrap();
    assert_eq!(told(&context, &api).await.len(), 0, "nobody asked");

    let _ = put(json!({"dast.security.banzaicloud.io/high": "0"}), context.known());
    reconcile(name.clone(), &context).await.unwrap();
    let events = told(&context, &api).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        (&events[0]["reason"], &events[0]["regarding"]["uid"]),
        (&json!("HostNotScanned"), &json!("i1"))
    );
    let note = events[0]["note"].as_str().unwrap();
    assert!(note.contains("169.254.169.254") && note.contains("10.0.0.1"), "{note}");

    let _ = context.known().shared_index().write().unwrap().delete::<dast_core::discovery::Route>(
        &RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front")),
    );
    reconcile(name, &context).await.unwrap();
    assert_eq!(told(&context, &api).await.len(), 1, "it is gone");
}
