//! What the gate makes of what it hears from an API server, and of hearing nothing.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::cluster::Cluster;
use super::world::{PARKED, World, ceiling, ingress, patched, review, service, target};

const SERVICES: &str = "/api/v1/services";
const TARGETS: &str = "/apis/security.banzaicloud.io/v1alpha1/scantargets";
const CEILINGS: &str = "/apis/security.banzaicloud.io/v1alpha1/clusterthresholdpolicies";
const POLICIES: &str = "/apis/security.banzaicloud.io/v1alpha1/thresholdpolicies";
const EXEMPTIONS: &str = "/apis/security.banzaicloud.io/v1alpha1/exemptions";
const KINDS: [&str; 5] = [SERVICES, TARGETS, CEILINGS, POLICIES, EXEMPTIONS];

/// The shop under a ceiling, with so many findings.
fn shop(ceiling: Value, found: usize) -> Cluster {
    let cluster = Cluster::of(&KINDS);
    cluster.list(SERVICES, [named(service())]);
    cluster.list(TARGETS, [named(target(found))]);
    cluster.list(CEILINGS, [named(ceiling)]);
    cluster
}

/// As an API server has it.
fn named(object: Value) -> Value {
    at(object, "7")
}

/// The same, written then.
fn at(mut object: Value, version: &str) -> Value {
    object["metadata"]["resourceVersion"] = json!(version);
    object
}

async fn heard(cluster: &Cluster) -> World {
    let world = World::hearing(cluster);
    pass(1).await;
    assert!(world.is_ready().await);
    world
}

/// So many seconds pass, once there is nothing more to do.
async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

/// Whether the shop's route is let in, and what is told of it.
async fn asked(world: &World) -> (bool, String) {
    let response = world.ask("/validate", &review(None, &ingress("shop.example"))).await;
    let told = [&response["status"]["message"], &response["warnings"][0]];
    let told = told.into_iter().filter_map(Value::as_str).collect();
    (response["allowed"].as_bool().unwrap(), told)
}

async fn is_let_in(world: &World) -> bool {
    asked(world).await.0
}

fn silence(world: &World) -> f64 {
    let text = world.metrics();
    let line = text.lines().find_map(|line| line.strip_prefix("dast_admission_silence_seconds "));
    line.unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn nobody_is_answered_before_every_kind_was_listed() {
    for late in KINDS {
        let cluster = shop(ceiling("enforce"), 0);
        cluster.forget(late);
        let world = World::hearing(&cluster);
        pass(60).await;
        assert!(cluster.asked(late) > 1, "{late} is asked for again");
        assert!(!world.is_ready().await, "{late}");
        let body = review(None, &ingress("shop.example")).to_string();
        let (status, _) = world.post("/validate", "application/json", body).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{late}");

        cluster.list(late, []);
        pass(10).await;
        assert!(world.is_ready().await, "{late}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_heard_is_known_within_half_a_second() {
    let cluster = shop(ceiling("enforce"), 0);
    cluster.list(TARGETS, []);
    let world = heard(&cluster).await;
    assert!(!is_let_in(&world).await, "it was never scanned");
    for (kind, found, lets_in) in
        [("ADDED", 0, true), ("MODIFIED", 1, false), ("MODIFIED", 0, true), ("DELETED", 0, false)]
    {
        cluster.send(TARGETS, kind, &named(target(found)));
        sleep(Duration::from_millis(500)).await;
        assert_eq!(is_let_in(&world).await, lets_in, "{kind} {found}");
    }
    // Nobody had to ask for it.
    assert_eq!(cluster.listed(TARGETS).len(), 1);
}

/// A ceiling by what it does about what is not known.
fn ceilings() -> [Value; 4] {
    let mut lenient = ceiling("enforce");
    lenient["spec"]["enforcement"]["unknown"] = json!("warn");
    [ceiling("enforce"), ceiling("warn"), lenient, ceiling("hold")]
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_away_for_long_makes_what_is_known_no_evidence() {
    for (ceiling, lets_in) in ceilings().into_iter().zip([false, true, true, false]) {
        let mode = ceiling["spec"]["enforcement"].clone();
        let cluster = shop(ceiling, 0);
        let world = heard(&cluster).await;
        assert_eq!((asked(&world).await, silence(&world)), ((true, String::new()), 0.0));

        cluster.go_down();
        pass(110).await;
        assert_eq!(asked(&world).await, (true, String::new()), "{mode}: an API server that restarts");
        assert!(silence(&world) > 100.0);

        for longer in [20, 170] {
            pass(longer).await;
            let (is_let_in, told) = asked(&world).await;
            assert!(told.contains("the gate has not heard from the API server for "), "{mode}: {told}");
            assert_eq!(is_let_in, lets_in, "{mode}: {told}");
            assert!(silence(&world) > 120.0);
            assert!(world.is_ready().await, "it answers by its policies");
        }

        cluster.come_back();
        pass(6).await;
        assert_eq!((asked(&world).await, silence(&world)), ((true, String::new()), 0.0), "{mode}");
    }
}

/// What was written while nobody heard it counts once it is heard.
#[tokio::test(start_paused = true)]
async fn what_happened_meanwhile_is_known_when_the_api_server_is_back() {
    let cluster = shop(ceiling("enforce"), 0);
    let world = heard(&cluster).await;
    cluster.go_down();
    cluster.list(TARGETS, [named(target(2))]);
    pass(300).await;
    cluster.come_back();
    pass(6).await;
    let (is_let_in, told) = asked(&world).await;
    assert!(!is_let_in && told.contains("1 alert of severity High, 0 accepted"), "{told}");
}

/// A route that is to be held back is parked, whatever was known of it before.
#[tokio::test(start_paused = true)]
async fn a_route_is_parked_as_long_as_nothing_is_heard() {
    let cluster = shop(ceiling("hold"), 0);
    let world = heard(&cluster).await;
    cluster.go_down();
    pass(300).await;
    let route = ingress("shop.example");
    let response = world.ask("/mutate", &review(None, &route)).await;
    assert!(patched(&route, &response)["metadata"]["annotations"][PARKED].is_string());
}

/// One kind of which nothing is heard is as bad as all of them.
#[tokio::test(start_paused = true)]
async fn a_kind_that_is_no_more_makes_what_is_known_no_evidence() {
    for gone in KINDS {
        let cluster = shop(ceiling("enforce"), 0);
        let world = heard(&cluster).await;
        cluster.forget(gone);
        pass(150).await;
        let (is_let_in, told) = asked(&world).await;
        assert!(!is_let_in && told.contains("has not heard from the API server for "), "{gone}: {told}");
    }
}

/// API servers tell the events of an object in their order, and a list that names no version is of what is stored. So what is
/// told last is how it is, and versions are not compared: restoring a backup of etcd makes them smaller.
#[tokio::test(start_paused = true)]
async fn what_was_told_last_counts_whatever_its_version() {
    let cluster = shop(ceiling("enforce"), 0);
    let world = heard(&cluster).await;
    for (version, found) in [("9", 1), ("8", 0), ("10", 1)] {
        cluster.send(TARGETS, "MODIFIED", &at(target(found), version));
        pass(1).await;
        assert_eq!(is_let_in(&world).await, found == 0, "version {version}");
    }
    cluster.list(TARGETS, [at(target(0), "3")]);
    cluster.expire(TARGETS);
    pass(6).await;
    assert!(is_let_in(&world).await);
    let lists = cluster.listed(TARGETS);
    assert_eq!(lists.len(), 2);
    // With a version, an API server that lags behind may answer from its cache.
    assert!(!lists.iter().any(|query| query.contains("resourceVersion")), "{lists:?}");
}

fn exemption() -> Value {
    json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "Exemption",
        "metadata": {"name": "known", "namespace": "shop", "uid": "known"},
        "spec": {"rule": "40012", "path": "/0", "reason": "r", "owner": "o", "expires": "2099-01-01T00:00:00Z"}})
}

/// A ceiling under which the shop may exempt.
fn exempting() -> Value {
    let mut ceiling = ceiling("enforce");
    ceiling["spec"]["exemptionNamespaces"] = json!(["shop"]);
    ceiling
}

/// The policy of the namespace, which accepts none.
fn policy() -> Value {
    let mut policy = ceiling("enforce");
    policy["kind"] = json!("ThresholdPolicy");
    policy["metadata"] = json!({"name": "default", "namespace": "shop", "uid": "default"});
    policy["spec"] = json!({"thresholds": {"alerts": {"high": {"fail": 0}}}});
    policy
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_lets_nothing_in_and_stops_nothing() {
    // Only the exemption lets it in.
    let whole = [service(), target(1), exempting(), policy(), exemption()];
    for (path, object) in KINDS.into_iter().zip(&whole) {
        let mut broken = object.clone();
        broken["spec"] = json!(7);
        let mut odd = broken.clone();
        odd["metadata"]["labels"] = json!("none");
        for broken in [broken, odd] {
            let cluster = Cluster::of(&KINDS);
            for (path, object) in KINDS.into_iter().zip(&whole) {
                cluster.list(path, [named(object.clone())]);
            }
            let world = heard(&cluster).await;
            assert_eq!(asked(&world).await, (true, String::new()), "{path}");

            cluster.send(path, "MODIFIED", &named(broken.clone()));
            pass(1).await;
            assert!(!is_let_in(&world).await, "{path}: {broken}");
            cluster.send(path, "MODIFIED", &named(object.clone()));
            pass(1).await;
            assert!(is_let_in(&world).await, "{path}: it can be read again");

            cluster.list(path, [named(broken.clone())]);
            cluster.expire(path);
            pass(6).await;
            assert!(!is_let_in(&world).await, "{path}: {broken} in a list");
            assert_eq!(silence(&world), 0.0, "{path}: the watch goes on");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_fails_once_begins_anew_even_if_nothing_happens() {
    let cluster = shop(ceiling("enforce"), 0);
    let world = heard(&cluster).await;
    let failed = r#"{"type": "ERROR", "object": {"kind": "Status", "status": "Failure", "message": "m", "reason": "r", "code": 500}}"#;
    for line in
        [failed, "nonsense", r#"{"type": "MODIFIED", "object": 7}"#, r#"{"type": "PERHAPS", "object": {}}"#]
    {
        let before = cluster.listed(TARGETS).len();
        // Nothing else happens that could wake it.
        cluster.write(TARGETS, line);
        pass(6).await;
        assert_eq!((cluster.listed(TARGETS).len(), silence(&world)), (before + 1, 0.0), "{line}");
        assert!(is_let_in(&world).await, "{line}");
    }
}
