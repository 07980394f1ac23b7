//! Watches of a cluster that answers as an API server does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod cluster;

use std::pin::pin;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use dast_core::discovery::{Index, Object, ObjectName, Reason, RouteKind, RouteRef};
use dast_kubernetes::watch::{News, watch};
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;

use self::cluster::Cluster;

const PODS: &str = "/api/v1/pods";
const SERVICES: &str = "/api/v1/services";
const SLICES: &str = "/apis/discovery.k8s.io/v1/endpointslices";
const INGRESSES: &str = "/apis/networking.k8s.io/v1/ingresses";
const HTTP_ROUTES: &str = "/apis/gateway.networking.k8s.io/v1/httproutes";

fn cluster() -> Cluster {
    Cluster::of(&[PODS, SERVICES, SLICES, INGRESSES, "/api/v1/namespaces"])
}

fn service(name: &str, annotated: bool) -> Value {
    let annotations =
        if annotated { json!({"dast.security.banzaicloud.io/zaproxy": "zap"}) } else { json!({}) };
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": "2", "annotations": annotations},
        "spec": {"clusterIP": "10.96.0.7", "ports": [{"name": "http", "port": 80}]},
    })
}

fn slice(spec: Value) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "web-1", "namespace": "shop", "resourceVersion": "3",
            "labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": spec, "ports": [{"name": "http", "port": 8080}],
    })
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-1", "namespace": "shop", "resourceVersion": "4"},
        "spec": {"nodeName": "n", "containers": [{"name": "web", "image": "web"}]},
        "status": {"phase": "Running", "podIP": "10.0.0.7", "containerStatuses": [{
            "name": "web", "image": "web", "ready": true, "restartCount": 0,
            "imageID": "sha256:6784fb0834aa7dbbe12e3d7471e69c290df3e6ba810dc38b34ae33d3c1c05f7d",
        }]},
    })
}

fn route() -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "front", "namespace": "shop", "resourceVersion": "5"},
        "spec": {"rules": [{"backendRefs": [{"name": "web", "port": 80}]}]},
    })
}

fn web() -> ObjectName {
    ObjectName::new("shop", "web")
}

fn endpoints() -> Value {
    json!([{"addresses": ["10.0.0.7"], "conditions": {"ready": true}}])
}

/// Waits until there is nothing more to tell, and all watches have begun.
async fn rest(news: &mut (impl Stream<Item = News> + Unpin)) {
    while timeout(Duration::from_secs(1), news.next()).await.is_ok() {}
}

#[tokio::test(start_paused = true)]
async fn an_index_is_what_the_cluster_is() {
    let cluster = cluster();
    cluster.list(SERVICES, [service("web", true), service("other", false)]);
    cluster.list(PODS, [pod()]);
    cluster.list(SLICES, [slice(endpoints())]);
    let index = Arc::new(RwLock::new(Index::default()));
    let mut news = pin!(watch(&cluster.client(), index.clone()));
    while !matches!(news.next().await.unwrap(), News::Complete) {}
    {
        let index = index.read().unwrap();
        let [target] = &index.targets()[..] else { panic!("{:?}", index.targets()) };
        assert!(target.is_ready() && target.refusal().is_none() && target.revision().is_some());
        assert_eq!(target.id().to_string(), "shop/web:80");
    }

    rest(&mut news).await;
    cluster.send(SERVICES, "MODIFIED", &service("other", true));
    let News::Changed(changes) = news.next().await.unwrap() else { panic!() };
    assert_eq!(changes.targets.iter().map(ToString::to_string).collect::<Vec<_>>(), ["shop/other:80"]);

    cluster.send(PODS, "DELETED", &pod());
    let News::Changed(_) = news.next().await.unwrap() else { panic!() };
    assert!(!index.read().unwrap().targets_of(&web())[0].is_ready());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_read_stops_nothing_and_is_refused() {
    let cluster = cluster();
    let mut odd = service("odd", true);
    odd["spec"]["ports"] = "none".into();
    cluster.list(SERVICES, [odd, service("web", true)]);
    cluster.list(PODS, [pod()]);
    cluster.list(SLICES, [slice("none".into())]);
    let index = Arc::new(RwLock::new(Index::default()));
    let mut news = pin!(watch(&cluster.client(), index.clone()));
    let mut unreadable = Vec::new();
    loop {
        match news.next().await.unwrap() {
            News::Complete => break,
            News::Unreadable { kind, object, reason } => {
                assert!(reason.contains("none"), "{reason}");
                unreadable.push(format!("{kind} {object}"));
            }
            _ => {}
        }
    }
    unreadable.sort();
    assert_eq!(unreadable, ["EndpointSlice shop/web-1", "Service shop/odd"]);
    let refusal = |index: &Index| index.targets_of(&web())[0].refusal().map(|problem| problem.reason());
    assert_eq!(refusal(&index.read().unwrap()), Some(Reason::NotAPod));

    rest(&mut news).await;
    cluster.send(SLICES, "MODIFIED", &slice(endpoints()));
    while refusal(&index.read().unwrap()).is_some() {
        news.next().await.unwrap();
    }
    // What was a Service and cannot be read any more is no target any more.
    let mut broken = service("web", true);
    broken["spec"] = 7.into();
    cluster.send(SERVICES, "MODIFIED", &broken);
    while !index.read().unwrap().targets().is_empty() {
        news.next().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn kinds_that_come_later_are_picked_up_and_do_not_push_out_others() {
    let cluster = cluster();
    cluster.list(SERVICES, [service("web", false)]);
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "front", "namespace": "shop"},
        "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
    });
    cluster.list(INGRESSES, [ingress]);
    let index = Arc::new(RwLock::new(Index::default()));
    let mut news = pin!(watch(&cluster.client(), index.clone()));
    while !matches!(news.next().await.unwrap(), News::Complete) {}
    let routes = |index: &Index| index.routes_of(&web()).map(|route| route.kind).collect::<Vec<_>>();
    assert_eq!(routes(&index.read().unwrap()), [RouteKind::Ingress]);

    // Most clusters never get them, and are not to be asked all the time.
    let hour = timeout(Duration::from_secs(3600), async { while news.next().await.is_some() {} });
    assert!(hour.await.is_err());
    let asked = cluster.asked(HTTP_ROUTES);
    assert!((60..=121).contains(&asked), "{asked} times");

    cluster.list(HTTP_ROUTES, [route()]);
    while routes(&index.read().unwrap()) != [RouteKind::Ingress, RouteKind::HttpRoute] {
        // It tells nothing of a route that nothing gates; time passes all the same.
        let _ = timeout(Duration::from_secs(60), news.next()).await;
    }
    let route = RouteRef::new(RouteKind::HttpRoute, ObjectName::new("shop", "front"));
    assert!(index.read().unwrap().problems(&Object::Route(route)).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_expired_lists_again() {
    let cluster = cluster();
    cluster.list(SERVICES, [service("web", true), service("gone", true)]);
    let index = Arc::new(RwLock::new(Index::default()));
    let mut news = pin!(watch(&cluster.client(), index.clone()));
    while !matches!(news.next().await.unwrap(), News::Complete) {}
    assert_eq!(index.read().unwrap().targets().len(), 2);
    rest(&mut news).await;

    cluster.list(SERVICES, [service("web", true)]);
    cluster.expire(SERVICES);
    while index.read().unwrap().targets().len() != 1 {
        news.next().await.unwrap();
    }
    assert_eq!(cluster.listed(SERVICES).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_told_in_parts_and_replaces_what_was_there() {
    let cluster = cluster();
    let all = |but: usize| {
        (0..1_234).filter(move |number| *number != but).map(|number| service(&format!("s-{number}"), true))
    };
    cluster.list(SERVICES, all(7));
    let index = Arc::new(RwLock::new(Index::default()));
    let mut news = pin!(watch(&cluster.client(), index.clone()));
    let mut parts = 0;
    loop {
        match news.next().await.unwrap() {
            News::Complete => break,
            News::Changed(changes) => {
                assert!(changes.targets.len() <= 500);
                parts += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    let (seventh, eighth) = (ObjectName::new("shop", "s-7"), ObjectName::new("shop", "s-8"));
    let has = |name: &ObjectName| !index.read().unwrap().targets_of(name).is_empty();
    assert_eq!((parts, index.read().unwrap().targets().len(), has(&seventh)), (3, 1_233, false));
    rest(&mut news).await;

    cluster.list(SERVICES, all(8));
    cluster.expire(SERVICES);
    while has(&eighth) {
        news.next().await.unwrap();
    }
    assert!(has(&seventh) && index.read().unwrap().targets().len() == 1_233);
}
