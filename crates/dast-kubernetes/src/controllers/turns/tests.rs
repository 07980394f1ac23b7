use dast_core::scan::QueueLimits;
use serde_json::{Value, json};

use super::*;
use crate::controllers::samples::object;

const UNLIMITED: QueueLimits = QueueLimits { total: None, per_namespace: None };
const ONE: QueueLimits = QueueLimits { total: Some(1), per_namespace: None };

/// A run `namespace/name` on a target, made `age` seconds after the first.
fn run(name: &str, target: &str, age: i64, status: Value) -> ScanRun {
    let (namespace, name) = name.split_once('/').unwrap();
    let made = (start() + jiff::SignedDuration::from_secs(age)).to_string();
    object(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
        "metadata": {"name": name, "namespace": namespace, "uid": name, "creationTimestamp": made},
        "spec": {"target": target, "trigger": "FirstScan"}, "status": status,
    }))
}

fn queued() -> Value {
    json!({"phase": "Queued"})
}

fn under_way(phase: &str, turn: &str) -> Value {
    json!({"phase": phase, "turn": turn})
}

fn requested(mut run: ScanRun) -> ScanRun {
    run.spec.trigger = Some(RunTrigger::Requested);
    run
}

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn now() -> Timestamp {
    "2026-01-01T01:00:00Z".parse().unwrap()
}

/// The turns of an operator that has just begun and was told of these.
fn turns<'r>(limits: QueueLimits, runs: impl IntoIterator<Item = &'r ScanRun>) -> Turns {
    let turns = Turns::new(limits);
    for run in runs {
        turns.tell(run);
    }
    turns.open();
    turns
}

fn given(turns: &Turns) -> Vec<String> {
    turns.give(now()).iter().map(ToString::to_string).collect()
}

#[test]
fn no_turn_is_given_before_all_runs_are_known() {
    let turns = Turns::new(ONE);
    turns.tell(&run("shop/a", "a-80", 1, queued()));
    assert!(given(&turns).is_empty());
    turns.tell(&run("shop/b", "b-80", 0, queued()));
    turns.open();
    assert_eq!(given(&turns), ["shop/b"], "what was heard of first need not be the first");
    assert_eq!(turns.of(&ObjectName::new("shop", "b")), Some(now()));
    assert_eq!(turns.of(&ObjectName::new("shop", "a")), None);
    assert!(given(&turns).is_empty(), "nobody gets a turn twice");
    assert_eq!(turns.depth(), (1, 1));
}

#[test]
fn an_operator_that_begins_again_goes_on_with_what_runs() {
    for phase in ["Starting", "Running", "Retrying"] {
        let running = run("shop/a", "a-80", 0, under_way(phase, "2026-01-01T00:10:00Z"));
        let waiting = run("shop/b", "b-80", 1, queued());
        for order in [[&running, &waiting], [&waiting, &running]] {
            let turns = turns(ONE, order);
            assert_eq!(turns.depth(), (1, 1), "{phase}");
            assert!(given(&turns).is_empty(), "{phase}: there is room for one, which runs");
            assert_eq!(turns.ahead_of(&waiting), Some(0));
            let ended = run("shop/a", "a-80", 0, under_way("Succeeded", "2026-01-01T00:10:00Z"));
            assert!(turns.tell(&ended), "{phase}: it was under way");
            assert!(!turns.tell(&ended), "it ends once");
            assert_eq!(given(&turns), ["shop/b"]);
        }
    }
}

#[test]
fn who_had_a_turn_before_the_restart_is_not_before_who_had_none() {
    let ended = run("crowd/done", "x-80", 0, under_way("Succeeded", "2026-01-01T00:10:00Z"));
    let crowd = run("crowd/a", "a-80", 1, queued());
    let single = run("single/b", "b-80", 2, queued());
    for order in [[&ended, &crowd, &single], [&single, &crowd, &ended]] {
        let turns = turns(ONE, order);
        assert_eq!(given(&turns), ["single/b"]);
        assert_eq!(turns.ahead_of(&crowd), Some(0));
    }
    assert_eq!(given(&turns(ONE, [&crowd, &single])), ["crowd/a"], "without a memory, the older one");
}

#[test]
fn another_run_of_the_same_target_waits_for_the_first() {
    let first = run("shop/first", "a-80", 0, queued());
    let second = run("shop/second", "a-80", 1, queued());
    let turns = turns(UNLIMITED, [&first, &second]);
    assert_eq!(given(&turns), ["shop/first"]);
    assert_eq!(turns.of(&ObjectName::new("shop", "second")), None);
    let first = run("shop/first", "a-80", 0, under_way("Running", "2026-01-01T01:00:00Z"));
    assert!(!turns.tell(&first) && !turns.tell(&second));
    assert!(given(&turns).is_empty(), "one run a target");
    let first = run("shop/first", "a-80", 0, under_way("Failed", "2026-01-01T01:00:00Z"));
    assert!(turns.tell(&first));
    turns.tell(&second);
    assert_eq!(given(&turns), ["shop/second"]);
}

#[test]
fn after_a_restart_the_run_that_is_under_way_is_the_one_of_its_target() {
    let running = run("shop/first", "a-80", 0, under_way("Running", "2026-01-01T00:10:00Z"));
    let second = run("shop/second", "a-80", 1, queued());
    for order in [[&running, &second], [&second, &running]] {
        let turns = turns(UNLIMITED, order);
        assert!(given(&turns).is_empty());
        let first = run("shop/first", "a-80", 0, under_way("Succeeded", "2026-01-01T00:10:00Z"));
        assert!(turns.tell(&first));
        turns.tell(&second);
        assert_eq!(given(&turns), ["shop/second"]);
    }
}

#[test]
fn who_asks_by_hand_goes_first() {
    let old = run("shop/old", "a-80", 0, queued());
    let young = requested(run("shop/young", "b-80", 9, queued()));
    let turns = turns(ONE, [&old, &young]);
    assert_eq!((turns.ahead_of(&young), turns.ahead_of(&old)), (Some(0), Some(1)));
    assert_eq!(given(&turns), ["shop/young"]);
}

#[test]
fn a_request_makes_the_run_that_waits_urgent() {
    let old = run("shop/old", "a-80", 0, queued());
    let young = run("shop/young", "b-80", 1, queued());
    let asked = requested(run("shop/asked", "b-80", 2, queued()));
    let turns = turns(ONE, [&old, &young, &asked]);
    assert_eq!(given(&turns), ["shop/young"], "the target of the request, by the run that it has");
}

#[test]
fn limits_hold_and_may_change() {
    let runs = ["shop/a", "shop/b", "shop/c", "store/d"];
    let runs: Vec<ScanRun> = (0..).zip(runs).map(|(age, name)| run(name, name, age, queued())).collect();
    let turns = turns(QueueLimits { total: Some(3), per_namespace: Some(1) }, &runs);
    assert_eq!(given(&turns), ["shop/a", "store/d"], "a namespace has one at a time");
    turns.set_limits(QueueLimits { total: Some(3), per_namespace: None });
    assert_eq!(given(&turns), ["shop/b"]);
    turns.set_limits(UNLIMITED);
    assert_eq!(given(&turns), ["shop/c"]);
}

#[test]
fn a_run_that_is_deleted_gives_its_place_away() {
    let first = run("shop/a", "a-80", 0, queued());
    let second = run("shop/b", "b-80", 1, queued());
    let turns = turns(ONE, [&first, &second]);
    assert_eq!(given(&turns), ["shop/a"]);
    turns.forget(&ObjectName::new("shop", "a"));
    assert_eq!(turns.of(&ObjectName::new("shop", "a")), None);
    assert_eq!(given(&turns), ["shop/b"]);
    turns.forget(&ObjectName::new("shop", "none"));
    assert_eq!(turns.depth(), (0, 1));
}
