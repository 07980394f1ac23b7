use k8s_openapi::api::networking::v1 as networking;
use serde_json::{Value, json};

use dast_core::discovery::RouteKind;

use super::super::api;
use super::super::samples::{context, known, object, serve, told};
use super::*;
use crate::admission::park;
use crate::known::Known;

mod agreement;
#[path = "../../../tests/admission/generated.rs"]
mod generated;

const PATH: &str = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/front";

fn front() -> RouteRef {
    RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front"))
}

fn asked() -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "front", "namespace": "shop", "uid": "i1"},
        "spec": {"ingressClassName": "public",
            "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}})
}

fn write(known: &Known, api: &api::Api, route: &Value) {
    api.put(PATH, route.clone());
    let route: networking::Ingress = object(route.clone());
    let _ = known.shared_index().write().unwrap().apply(facts::ingress(&route).unwrap());
}

/// A cluster with the route in this form, and with a policy over it that is enforced like this, or none.
fn cluster(route: &Value, enforcement: Option<Value>) -> (api::Api, Context) {
    let (api, known) = (api::Api::default(), known());
    write(&known, &api, route);
    if let Some(enforcement) = enforcement {
        known.ceilings.apply(object(json!({
            "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ClusterThresholdPolicy",
            "metadata": {"name": "ceiling"},
            "spec": {"thresholds": {"alerts": {"high": {"fail": 0}}}, "enforcement": enforcement},
        })));
    }
    let (context, _) = context(&api, known, "");
    (api, context)
}

#[tokio::test]
async fn what_may_be_served_is_released_as_it_was_asked_for() {
    let (api, context) = cluster(&park(RouteKind::Ingress, asked(), Timestamp::UNIX_EPOCH), None);
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
    assert_eq!(
        api.calls()[..2],
        [format!("GET {PATH}"), format!("PATCH {PATH}?&fieldManager=dast-operator")]
    );
    let released = api.get(PATH);
    assert_eq!(released["spec"], asked()["spec"]);
    assert!(released["metadata"]["annotations"].get(PARKED_ANNOTATION).is_none());
    assert_eq!(told(&context, &api).await[0]["reason"], "RouteReleased");
}

#[tokio::test]
async fn what_is_not_good_enough_stays_parked() {
    let (api, context) =
        cluster(&park(RouteKind::Ingress, asked(), Timestamp::UNIX_EPOCH), Some(json!({"mode": "hold"})));
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::After(LOOK_AGAIN));
    assert!(api.calls().is_empty());
}

/// The Service that the route leads to, of which no scan has said anything for long.
fn serve_unscanned(known: &Known) {
    serve(known, &[]);
    let index = known.index();
    let service = index.service(&ObjectName::new("shop", "web")).unwrap();
    known.targets.apply(object(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanTarget",
        "metadata": {"name": "web-80", "namespace": "shop"},
        "spec": {"service": {"name": "web", "port": 80, "uid": "s1"}, "origin": "http://web.shop.svc",
            "scanner": {"namespace": "dast-system", "name": "default"}},
        "status": {"revision": "a", "revisionSince": "1970-01-01T00:00:00Z", "profile": {"name": "full", "hash": "1"},
            "serviceHash": service.hash_of(&service.ports[0])},
    })));
}

#[tokio::test]
async fn a_policy_may_give_up() {
    let enforcement = Some(json!({"mode": "hold", "holdFor": "1h"}));
    let cluster = |since: Timestamp| {
        let (api, context) = cluster(&park(RouteKind::Ingress, asked(), since), enforcement.clone());
        serve_unscanned(context.known());
        (api, context)
    };
    let (api, context) = cluster(Timestamp::now());
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::After(LOOK_AGAIN));
    assert!(api.calls().is_empty());
    let (api, context) = cluster(Timestamp::UNIX_EPOCH);
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
    assert_eq!(api.get(PATH)["spec"], asked()["spec"]);
    let event = &told(&context, &api).await[0];
    assert_eq!((&event["reason"], &event["type"]), (&json!("RouteReleased"), &json!("Warning")));
    assert!(event["note"].as_str().unwrap().contains("admitted, although"), "{event}");
}

#[tokio::test]
async fn what_is_not_parked_is_nobodys_business() {
    let mut claimed = asked();
    claimed["metadata"]["annotations"] = json!({PARKED_ANNOTATION: r#"{"ingressClassName":"other"}"#});
    for route in [asked(), claimed] {
        let (api, context) = cluster(&route, None);
        assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
        assert!(api.calls().is_empty());
    }
}

/// It may be another route by now: nothing that was not judged is served.
#[tokio::test]
async fn a_route_that_is_changed_meanwhile_is_looked_at_again() {
    let (api, context) = cluster(&park(RouteKind::Ingress, asked(), Timestamp::UNIX_EPOCH), None);
    api.meddle(|call, objects| {
        if call.starts_with("PATCH") {
            objects.get_mut(PATH).unwrap()["metadata"]["resourceVersion"] = json!("1000");
        }
        None
    });
    let error = reconcile(front(), &context).await.unwrap_err();
    assert!(crate::refused::is_conflict(&error), "{error}");
    assert!(told(&context, &api).await.is_empty(), "it is nobody's fault");
    assert_eq!(api.get(PATH)["spec"]["ingressClassName"], "dast-parked");
}

#[tokio::test]
async fn whoever_waits_is_told_that_somebody_else_refuses_it() {
    let (api, context) = cluster(&park(RouteKind::Ingress, asked(), Timestamp::UNIX_EPOCH), None);
    api.meddle(|call, _| call.starts_with("PATCH").then_some(http::StatusCode::FORBIDDEN));
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Retry);
    let event = &told(&context, &api).await[0];
    assert_eq!((&event["reason"], &event["type"]), (&json!("RouteNotReleased"), &json!("Warning")));
    assert_eq!((&event["regarding"]["name"], &event["regarding"]["uid"]), (&json!("front"), &json!("i1")));
    assert!(event["note"].as_str().unwrap().contains("whatever refuses it"), "{event}");
}

/// The gate has not heard yet of what the operator knows.
#[tokio::test]
async fn nobody_is_told_of_a_refusal_that_is_over_in_a_moment() {
    let (api, context) = cluster(&park(RouteKind::Ingress, asked(), Timestamp::UNIX_EPOCH), None);
    let mut refused = 0;
    api.meddle(move |call, _| {
        refused += usize::from(call.starts_with("PATCH"));
        (call.starts_with("PATCH") && refused == 1).then_some(http::StatusCode::FORBIDDEN)
    });
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
    let events = told(&context, &api).await;
    assert_eq!(events.iter().map(|event| &event["reason"]).collect::<Vec<_>>(), ["RouteReleased"]);
}

#[tokio::test]
async fn one_that_does_not_say_what_serves_it_stays_as_it_is() {
    let mut parked = park(RouteKind::Ingress, asked(), Timestamp::UNIX_EPOCH);
    parked["metadata"]["annotations"][PARKED_ANNOTATION] = json!("public");
    let (api, context) = cluster(&parked, None);
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
    assert_eq!(api.calls(), [format!("GET {PATH}")]);
}

/// What is exposed stays so, and somebody has to know: of what no target tells, too.
#[tokio::test]
async fn what_is_served_and_would_not_be_let_in_is_told_once() {
    let elsewhere = |name: &str| {
        let mut route = asked();
        route["spec"]["defaultBackend"]["service"]["name"] = json!(name);
        route
    };
    let mut unreadable = asked();
    unreadable["metadata"]["annotations"] = json!({"dast.security.banzaicloud.io/medium": "two"});
    let mut raw = asked();
    raw["metadata"]["annotations"] = json!({"nginx.ingress.kubernetes.io/server-snippet": "location / {}"});
    for (route, why) in [
        (elsewhere("gone"), "there is no Service `shop/gone`"),
        (elsewhere("alias"), "alias"),
        (unreadable, "two"),
        (raw, "snippet"),
    ] {
        let (api, context) = cluster(&route, Some(json!({"mode": "hold"})));
        let alias: k8s_openapi::api::core::v1::Service = object(json!({
            "metadata": {"name": "alias", "namespace": "shop", "uid": "s2"},
            "spec": {"type": "ExternalName", "externalName": "shop.example", "ports": [{"port": 80}]},
        }));
        let _ = context.known().shared_index().write().unwrap().apply(facts::service(&alias).unwrap());
        for _ in 0..2 {
            assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
        }
        assert_eq!(context.drifts.len(), 1, "{why}");
        let [event] = told(&context, &api).await.try_into().unwrap();
        assert_eq!((&event["reason"], &event["type"]), (&json!("RouteDrifted"), &json!("Warning")));
        assert_eq!(event["regarding"]["uid"], "i1");
        let note = event["note"].as_str().unwrap();
        assert!(note.contains("would not be let in now") && note.contains(why), "{why}: {note}");
        assert!(
            api.calls().iter().all(|call| call.contains("/events")),
            "it stays as it is: {:?}",
            api.calls()
        );

        // It is gone.
        let _ = context.known().shared_index().write().unwrap().delete::<Route>(&front());
        assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
        assert_eq!(context.drifts.len(), 0);
    }
    let (api, context) = cluster(&elsewhere("gone"), None);
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
    assert!(told(&context, &api).await.is_empty(), "nobody gates it");
}

/// Another verdict is news; what would be let in again is forgotten.
#[tokio::test]
async fn a_drift_is_told_again_when_the_verdict_is_another() {
    let (api, context) = cluster(&asked(), Some(json!({"mode": "enforce"})));
    let mut unreadable = asked();
    unreadable["metadata"]["annotations"] = json!({"dast.security.banzaicloud.io/medium": "two"});
    for route in [asked(), asked(), unreadable] {
        write(context.known(), &api, &route);
        assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
        assert!(context.drifts.contains(&front()));
    }
    let told = told(&context, &api).await;
    assert_eq!(told.iter().map(|event| &event["action"]).collect::<Vec<_>>(), ["AuditUnknown", "Audit"]);

    write(context.known(), &api, &asked());
    context.known().ceilings.delete(&ObjectName::new("", "ceiling"));
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
    assert_eq!(context.drifts.len(), 0, "it would be let in");
}

/// What there is no room for is told later, and is one of them nevertheless.
#[tokio::test]
async fn a_drift_is_counted_before_there_is_room_to_tell_it() {
    let (api, context) = cluster(&asked(), Some(json!({"mode": "enforce"})));
    while context.outbox.has_room() {
        assert!(context.outbox.put(event(EventType::Normal, "Other", "Tell", "more"), Default::default()));
    }
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::After(LATER));
    assert_eq!(context.drifts.len(), 1);
    let told = told(&context, &api).await;
    assert!(told.iter().all(|event| event["reason"] == "Other"));
    assert_eq!(reconcile(front(), &context).await.unwrap(), Next::Rest);
}
