//! What the gate counts.

use std::collections::BTreeSet;

use axum::body::Body;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::{GLASS, World, ceiling, grpc_route, http_route, ingress, review, service, target};

/// All that was counted of these metrics, by labels.
fn counted(world: &World, metric: &str) -> BTreeSet<(String, u64)> {
    let start = format!("dast_admission_{metric}_total{{");
    let text = world.metrics();
    let lines = text.lines().filter_map(|line| line.strip_prefix(start.as_str())?.rsplit_once("} "));
    lines.map(|(labels, number)| (labels.replace('"', ""), number.parse().unwrap())).collect()
}

/// What is expected of the decisions: at which door, what was done, on what grounds, how often.
fn decisions(expected: &[(&str, &str, &str, &str, u64)]) -> BTreeSet<(String, u64)> {
    let line = |&(door, kind, action, grounds, times): &(&str, &str, &str, &str, u64)| {
        (format!("door={door},kind={kind},action={action},grounds={grounds}"), times)
    };
    expected.iter().map(line).collect()
}

#[tokio::test]
async fn each_decision_is_counted_with_what_was_done_and_why() {
    let route = review(None, &ingress("shop.example"));
    let cases = [
        ("enforce", 0, "/validate", "Judge", "Admit", "Pass"),
        ("audit", 1, "/validate", "Judge", "Audit", "Fail"),
        ("warn", 1, "/validate", "Judge", "Warn", "Fail"),
        ("enforce", 1, "/validate", "Judge", "Deny", "Fail"),
        ("hold", 1, "/validate", "Judge", "Hold", "Fail"),
        ("hold", 1, "/mutate", "Park", "Hold", "Fail"),
        ("enforce", 1, "/break-glass", "BreakGlass", "Deny", "Fail"),
    ];
    for (mode, found, path, door, action, grounds) in cases {
        let world = World::of(&[ceiling(mode), service(), target(found)]);
        assert_eq!(counted(&world, "decisions"), BTreeSet::new());
        for times in 1..=2 {
            world.ask(path, &route).await;
            let expected = decisions(&[(door, "Ingress", action, grounds, times)]);
            assert_eq!(counted(&world, "decisions"), expected, "{mode} {found} {path}");
        }
        assert!(world.metrics().contains("\ndast_admission_decision_seconds_count 2\n"));
    }
}

#[tokio::test]
async fn what_was_not_judged_by_what_was_found_is_counted_too() {
    let world = World::of(&[ceiling("enforce"), service(), target(1)]);
    let before = ingress("shop.example");
    let mut glass = before.clone();
    let end = Timestamp::now() + SignedDuration::from_hours(2);
    glass["metadata"]["annotations"] = json!({GLASS: format!("{end} incident 4711")});
    world.ask("/break-glass", &review(None, &glass)).await;
    world.ask("/validate", &review(Some(&before), &before)).await;
    let mut deleted = review(Some(&before), &before);
    deleted["request"]["operation"] = json!("DELETE");
    world.ask("/validate", &deleted).await;
    let mut nonsense = review(None, &before);
    nonsense["request"]["object"] = Value::Null;
    world.ask("/validate", &nonsense).await;
    let mut unknown = before.clone();
    unknown["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = json!("other");
    world.ask("/validate", &review(None, &unknown)).await;
    assert_eq!(
        counted(&world, "decisions"),
        decisions(&[
            ("BreakGlass", "Ingress", "Admit", "BrokenGlass", 1),
            ("Judge", "Ingress", "Admit", "NothingNew", 1),
            ("Judge", "", "Admit", "TakesAway", 1),
            ("Judge", "", "Deny", "Nonsense", 1),
            ("Judge", "Ingress", "Deny", "NotScanned", 1),
        ])
    );
    assert_eq!(counted(&world, "unanswered"), BTreeSet::new());
}

#[tokio::test]
async fn what_is_not_answered_is_counted_by_reason() {
    let world = World::of(&[ceiling("enforce")]);
    world.post("/validate", "text/plain", "{}").await;
    world.post("/validate", "application/json", "{}").await;
    world.post("/mutate", "application/json", Body::from(vec![b' '; 9 * 1024 * 1024])).await;
    let expected = ["NoReview", "NotJson", "TooLarge"].map(|reason| (format!("reason={reason}"), 1));
    assert_eq!(counted(&world, "unanswered"), BTreeSet::from(expected));
    assert_eq!(counted(&world, "decisions"), BTreeSet::new());

    let waiting = World::waiting();
    waiting.post("/validate", "application/json", "{}").await;
    assert_eq!(counted(&waiting, "unanswered"), BTreeSet::from([("reason=NotReady".to_owned(), 1)]));
}

/// Whoever chooses names must not choose how much is kept of them.
#[tokio::test]
async fn no_label_is_a_name_that_somebody_chose() {
    let world = World::of(&[ceiling("enforce"), service(), target(1)]);
    let ask = async |name: &str| {
        for route in [ingress(name), http_route("v1"), grpc_route()] {
            let mut route = route;
            route["metadata"]["name"] = json!(name);
            route["metadata"]["annotations"] = json!({name: name});
            let mut review = review(None, &route);
            review["request"]["namespace"] = json!(name);
            review["request"]["name"] = json!(name);
            review["request"]["userInfo"]["username"] = json!(name);
            world.ask("/validate", &review).await;
            review["request"]["kind"]["kind"] = json!(name);
            world.ask("/validate", &review).await;
        }
    };
    let series = || {
        let text = world.metrics();
        assert!(!text.contains("chosen"), "{text}");
        text.lines().count()
    };
    ask("chosen-0").await;
    let before = series();
    for number in 1..50 {
        ask(&format!("chosen-{number}")).await;
    }
    assert_eq!(series(), before);
}
