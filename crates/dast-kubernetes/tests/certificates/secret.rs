//! Certificates in a Secret of the operator's own.

use std::pin::pin;
use std::time::Duration;

use dast_kubernetes::certificates::{Certificates, Source, service_names};
use futures_util::StreamExt;
use futures_util::future::join_all;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::api::Api;
use crate::handshake::{NAME, shake};

const SECRETS: &str = "/api/v1/namespaces/dast-system/secrets";
const SECRET: &str = "/api/v1/namespaces/dast-system/secrets/dast-operator-tls";

fn source(api: &Api) -> Source {
    Source::Own {
        client: api.client(),
        namespace: "dast-system".to_owned(),
        name: "dast-operator-tls".to_owned(),
        names: service_names("dast-system", "dast-operator", "cluster.local"),
    }
}

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

#[track_caller]
fn serves(certificates: &Certificates, now: Timestamp) {
    let (authorities, chain, key) = (certificates.authorities(), certificates.chain(), certificates.key());
    shake(authorities, chain, key, NAME, now).unwrap();
}

fn parts(certificates: &Certificates) -> [&str; 3] {
    [certificates.authorities(), certificates.chain(), certificates.key()]
}

#[tokio::test]
async fn they_are_made_once_and_kept() {
    let api = Api::default();
    let made = source(&api).read(now()).await.unwrap();
    serves(&made, now());
    let get = format!("GET {SECRET}");
    assert_eq!(api.calls(), [get.clone(), format!("POST {SECRETS}?&fieldManager=dast-operator")]);
    let stored = api.get(SECRET);
    assert_eq!(stored["type"], "kubernetes.io/tls");
    assert_eq!(stored["metadata"]["labels"], json!({"app.kubernetes.io/managed-by": "dast-operator"}));
    let names: Vec<_> = stored["data"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["ca.crt", "ca.key", "tls.crt", "tls.key"]);

    let later = now() + SignedDuration::from_hours(24);
    let kept = source(&api).read(later).await.unwrap();
    assert_eq!(parts(&kept), parts(&made));
    assert_eq!(kept.until(), later + SignedDuration::from_mins(10));
    assert_eq!(api.calls().join(", "), get);
    assert_eq!(api.get(SECRET), stored);

    let much_later = now() + SignedDuration::from_hours(61 * 24);
    let renewed = source(&api).read(much_later).await.unwrap();
    serves(&renewed, much_later);
    assert_eq!(renewed.authorities(), made.authorities());
    assert_ne!(renewed.chain(), made.chain());
    assert_eq!(api.calls(), [get, format!("PATCH {SECRET}?&force=true&fieldManager=dast-operator")]);
    assert!(!format!("{renewed:?}").contains("PRIVATE"), "{renewed:?}");
}

#[tokio::test]
async fn operators_that_begin_at_once_come_to_the_same() {
    let api = Api::default();
    let read = join_all((0..8).map(async |_| source(&api).read(now()).await.unwrap())).await;
    assert!(read.iter().all(|one| parts(one) == parts(&read[0])));
    let writes = api.calls().into_iter().filter(|call| call.starts_with("POST")).count();
    assert!(writes > 1, "they were at it at once");

    let later = now() + SignedDuration::from_hours(61 * 24);
    let read = join_all((0..8).map(async |_| source(&api).read(later).await.unwrap())).await;
    assert!(read.iter().all(|one| parts(one) == parts(&read[0])));
    serves(&read[0], later);
}

#[tokio::test]
async fn who_never_gets_a_turn_says_so() {
    let api = Api::default();
    source(&api).read(now()).await.unwrap();
    let mut version = 100;
    api.meddle(move |call, objects| {
        version += 1;
        if call.starts_with("PATCH") {
            objects.get_mut(SECRET).unwrap()["metadata"]["resourceVersion"] = json!(version.to_string());
        }
        None
    });
    let error = source(&api).read(now() + SignedDuration::from_hours(61 * 24)).await.unwrap_err();
    assert_eq!(error.category(), "contended");
    api.meddle(|_, _| Some(StatusCode::FORBIDDEN));
    assert_eq!(source(&api).read(now()).await.unwrap_err().category(), "api");
}

#[tokio::test]
async fn what_is_somebody_elses_stays_so() {
    let foreign = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "dast-operator-tls",
        "namespace": "dast-system", "resourceVersion": "1", "labels": {"app.kubernetes.io/managed-by": "Helm"}},
        "data": {"ca.crt": "eA=="}});
    let api = Api::default();
    api.put(SECRET, foreign.clone());
    let error = source(&api).read(now()).await.unwrap_err();
    assert_eq!(error.category(), "foreign");
    assert!(error.to_string().contains("`dast-operator-tls`"), "{error}");
    assert_eq!(api.get(SECRET), foreign);

    // One that was made for the operator is filled, whatever its type.
    let mut empty = foreign;
    empty["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "dast-operator"});
    empty["type"] = json!("Opaque");
    empty["data"] = Value::Null;
    api.put(SECRET, empty);
    serves(&source(&api).read(now()).await.unwrap(), now());
    assert_eq!(api.get(SECRET)["type"], "Opaque");
}

#[tokio::test(start_paused = true)]
async fn others_are_told_when_there_are_others() {
    let api = Api::default();
    let mut watch = pin!(source(&api).watch());
    let first = watch.next().await.unwrap().unwrap();
    assert!(timeout(Duration::from_secs(60 * 60), watch.next()).await.is_err(), "nothing is new");
    let looks = api.calls().into_iter().filter(|call| call.starts_with("GET")).count();
    assert!((6..=8).contains(&looks), "{looks}");
    assert!(!api.calls().iter().any(|call| call.starts_with("PATCH")));

    // Another operator renewed them.
    let other = Api::default();
    source(&other).read(Timestamp::now()).await.unwrap();
    api.put(SECRET, other.get(SECRET));
    let second = watch.next().await.unwrap().unwrap();
    assert_ne!(parts(&first), parts(&second));
    serves(&second, Timestamp::now());

    api.meddle(|_, _| Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(watch.next().await.unwrap().unwrap_err().category(), "api");
    api.meddle(|_, _| None);
    assert!(timeout(Duration::from_secs(60 * 60), watch.next()).await.is_err(), "it is as before");
}
