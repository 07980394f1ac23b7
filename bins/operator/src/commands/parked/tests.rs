use std::sync::{Arc, Mutex};

use dast_core::discovery::RouteKind;
use dast_kubernetes::admission::{PARKED_ANNOTATION, park};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::api::Api;
use super::*;

#[path = "../../../../../crates/dast-kubernetes/tests/api/mod.rs"]
mod api;

const LIST: &str = "/apis/networking.k8s.io/v1/ingresses";
const SHOP: &str = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses";

fn path(name: &str) -> String {
    format!("{SHOP}/{name}")
}

fn ingress(name: &str) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": "shop"}, "spec": {"ingressClassName": "public"}})
}

fn held_back(name: &str) -> Value {
    park(RouteKind::Ingress, ingress(name), Timestamp::UNIX_EPOCH)
}

/// A cluster with these parked Ingresses, and one that was never parked; `write` answers to whoever writes one, after the name
/// of the route and how often somebody has written.
fn cluster(names: &[&str], write: impl Fn(&str, usize) -> Answer + Send + 'static) -> Api {
    let server = Api::default();
    names.iter().for_each(|name| server.put(&path(name), held_back(name)));
    server.put(&path("served"), ingress("served"));
    let writes = Mutex::new(0);
    let back = Mutex::new(None::<String>);
    server.meddle(move |call, objects| {
        if let Some(name) = back.lock().unwrap().take() {
            // What is parked by an API server that has not heard yet.
            let object = objects.get_mut(&path(&name)).unwrap();
            let version = object["metadata"]["resourceVersion"].clone();
            *object = held_back(&name);
            object["metadata"]["resourceVersion"] = version;
        }
        if let Some(name) = call.strip_prefix(&format!("PATCH {SHOP}/")) {
            let mut writes = writes.lock().unwrap();
            *writes += 1;
            let name = name.split('?').next().unwrap();
            match write(name, *writes) {
                Answer::Taken => {}
                Answer::ParkedAgain => *back.lock().unwrap() = Some(name.to_owned()),
                Answer::Refused => return Some(StatusCode::FORBIDDEN),
            }
        }
        let routes = objects.iter().filter(|(path, _)| path.starts_with(SHOP));
        let items: Vec<Value> = routes.map(|(_, route)| route.clone()).collect();
        let list = json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressList", "metadata": {}, "items": items});
        objects.insert(LIST.to_owned(), list);
        None
    });
    server
}

enum Answer {
    Taken,
    ParkedAgain,
    Refused,
}

#[tokio::test(start_paused = true)]
async fn all_are_served_once_every_api_server_has_heard() {
    let server = cluster(&["front", "late"], |_, writes| match writes {
        1..=3 => Answer::ParkedAgain,
        _ => Answer::Taken,
    });
    let began = Instant::now();
    give_back(&server.client()).await.unwrap();
    for name in ["front", "late"] {
        let route = server.get(&path(name));
        assert_eq!(route["spec"], ingress(name)["spec"]);
        assert!(route["metadata"]["annotations"].get(PARKED_ANNOTATION).is_none(), "{route}");
    }
    assert!((HEARD..HOPELESS).contains(&began.elapsed()), "it took {:?}", began.elapsed());
    // What was served all the time is nobody's business.
    assert!(server.calls().iter().all(|call| !call.contains("/served")));
}

/// Somebody may still write one that is parked while API servers have not heard.
#[tokio::test(start_paused = true)]
async fn an_empty_cluster_is_looked_at_for_as_long_as_routes_may_be_parked() {
    let server = cluster(&[], |_, _| Answer::Taken);
    let late = server.clone();
    tokio::spawn(async move {
        sleep(HEARD / 2).await;
        late.put(&path("late"), held_back("late"));
    });
    give_back(&server.client()).await.unwrap();
    assert_eq!(server.get(&path("late"))["spec"], ingress("late")["spec"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_told_and_keeps_nothing_else_back() {
    let refused = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&refused);
    let server = cluster(&["front", "strange"], move |name, _| match name {
        "strange" => {
            *counted.lock().unwrap() += 1;
            Answer::Refused
        }
        _ => Answer::Taken,
    });
    let began = Instant::now();
    let error = give_back(&server.client()).await.unwrap_err().to_string();
    assert_eq!(error, "1 routes cannot be given back what they asked for: write them again");
    assert_eq!(server.get(&path("front"))["spec"], ingress("front")["spec"]);
    assert!((HOPELESS..HOPELESS * 2).contains(&began.elapsed()), "it took {:?}", began.elapsed());
    assert!(*refused.lock().unwrap() > 10, "it was hardly tried");
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_says_nothing_ends_it() {
    let server = Api::default();
    server.meddle(|_, _| Some(StatusCode::SERVICE_UNAVAILABLE));
    let error = give_back(&server.client()).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot list routes");
}

#[tokio::test]
async fn what_is_held_back_is_a_reason_to_refuse() {
    let server = cluster(&["front", "late"], |_, _| Answer::Taken);
    let held = all(&server.client()).await.unwrap();
    let error = refuse(&held).unwrap_err().to_string();
    assert!(error.starts_with("2 routes are held back") && error.contains("`webhook.uninstall`"), "{error}");
    refuse(&[]).unwrap();
    // It only looks.
    assert!(server.calls().iter().all(|call| call.starts_with("GET ")));
}
