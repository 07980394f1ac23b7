//! Who has the next turn.

use dast_core::scan::{Entry, Position, Priority, Pushed, Queue, QueueLimits, TargetKey, Trigger, Turn};

use crate::entries::{UNLIMITED, at, entry, key};

/// Starts all that may be started, and gives their names.
fn start_all(queue: &mut Queue, now: i64) -> Vec<String> {
    std::iter::from_fn(|| queue.start_next(at(now))).map(|turn| turn.target.to_string()).collect()
}

#[test]
fn a_target_is_never_there_twice() {
    let mut queue = Queue::new(UNLIMITED);
    assert_eq!(queue.push(entry("a", "web", 5)), Pushed::Added);
    assert_eq!(queue.push(entry("a", "web", 1)), Pushed::Waiting);
    assert_eq!(queue.push(Entry { priority: Priority::Requested, ..entry("a", "web", 9) }), Pushed::Raised);
    assert_eq!(queue.push(entry("a", "web", 9)), Pushed::Waiting);
    assert_eq!((queue.waiting(), queue.running()), (1, 0));
    let turn = queue.start_next(at(10)).unwrap();
    assert_eq!(turn, Turn { target: key("a", "web"), started: at(10) });
    assert_eq!(queue.push(entry("a", "web", 11)), Pushed::Running);
    assert_eq!((queue.waiting(), queue.running(), queue.start_next(at(11))), (0, 1, None));
    assert!(queue.remove(&key("a", "web")) && !queue.remove(&key("a", "web")));
    assert_eq!(queue.push(entry("a", "web", 12)), Pushed::Added);
}

#[test]
fn requests_go_first_in_their_namespace_only() {
    let mut queue = Queue::new(UNLIMITED);
    for entry in [entry("a", "1", 1), entry("a", "2", 2), entry("b", "1", 3), entry("b", "2", 3)] {
        queue.push(entry);
    }
    queue.push(Entry { priority: Trigger::Requested.into(), ..entry("b", "3", 9) });
    queue.push(Entry { priority: Trigger::NewRevision.into(), ..entry("b", "0", 9) });
    assert_eq!(queue.position(&key("b", "3")), Some(Position { in_namespace: 1, overall: 2 }));
    assert_eq!(start_all(&mut queue, 10), ["a/1", "b/3", "a/2", "b/1", "b/2", "b/0"]);
}

#[test]
fn limits_may_change_while_runs_run() {
    let mut queue = Queue::new(QueueLimits { total: Some(3), per_namespace: Some(1) });
    for name in ["1", "2", "3"] {
        queue.push(entry("a", name, 1));
        queue.push(entry("b", name, 1));
    }
    assert_eq!(start_all(&mut queue, 1), ["a/1", "b/1"]);
    queue.set_limits(QueueLimits { total: Some(3), per_namespace: Some(2) });
    assert_eq!(start_all(&mut queue, 2), ["a/2"]);
    queue.set_limits(QueueLimits { total: Some(1), per_namespace: Some(1) });
    queue.remove(&key("a", "1"));
    queue.remove(&key("a", "2"));
    assert_eq!((start_all(&mut queue, 3), queue.running()), (Vec::new(), 1));
    queue.remove(&key("b", "1"));
    assert_eq!(start_all(&mut queue, 4), ["b/2"]);
    queue.set_limits(QueueLimits { total: Some(0), per_namespace: None });
    queue.remove(&key("b", "2"));
    assert_eq!(start_all(&mut queue, 5), [""; 0]);
}

/// The attack: one run at a time, and a tenant who makes a target whenever one of theirs is done.
#[test]
fn who_is_always_new_is_not_always_first() {
    let mut queue = Queue::new(QueueLimits { total: Some(1), per_namespace: None });
    queue.push(entry("single", "web", 1));
    queue.push(entry("single", "api", 1));
    let mut order = Vec::new();
    for round in 0..4 {
        queue.push(entry("crowd", &format!("web-{round}"), round));
        let turn = queue.start_next(at(round)).unwrap();
        queue.remove(&turn.target);
        queue.forget("nobody");
        order.push(turn.target.namespace);
    }
    assert_eq!(order, ["crowd", "single", "crowd", "single"]);
}

/// The attack: 1,000 Services of a tenant, waiting long before anybody else.
#[test]
fn a_crowd_does_not_delay_the_others() {
    let mut queue = Queue::new(QueueLimits { total: Some(4), per_namespace: Some(2) });
    for number in 0..1000 {
        queue.push(Entry { priority: Priority::Requested, ..entry("crowd", &format!("web-{number}"), 0) });
    }
    let mut running: Vec<TargetKey> = Vec::new();
    let mut turns = Vec::new();
    for second in 0..1100 {
        if second == 300 {
            for namespace in ["x", "y", "z"] {
                queue.push(entry(namespace, "web", 300));
                queue.push(entry(namespace, "api", 300));
            }
        }
        while let Some(turn) = queue.start_next(at(second)) {
            running.push(turn.target.clone());
            turns.push((second, turn.target));
        }
        if !running.is_empty() {
            queue.remove(&running.remove(0));
        }
    }
    assert_eq!(turns.len(), 1006, "everybody had a turn");
    for namespace in ["x", "y", "z"] {
        let seconds: Vec<i64> = turns
            .iter()
            .filter(|(_, target)| target.namespace == namespace)
            .map(|(second, _)| *second)
            .collect();
        // One place becomes free each second, and there are four namespaces.
        assert!(seconds[0] <= 304 && seconds[1] <= 308, "{namespace}: {seconds:?}");
    }
}

#[test]
fn a_namespace_is_forgotten_only_when_nothing_of_it_is_left() {
    let mut queue = Queue::new(QueueLimits { total: Some(1), per_namespace: None });
    queue.push(entry("a", "1", 1));
    queue.forget("a");
    assert_eq!(start_all(&mut queue, 1), ["a/1"]);
    queue.forget("a");
    assert!(queue.remove(&key("a", "1")));
    let next = |mut queue: Queue| {
        queue.push(entry("a", "2", 2));
        queue.push(entry("b", "2", 2));
        start_all(&mut queue, 2)
    };
    // It had a turn, so it is after the others; once forgotten, it is new again.
    assert_eq!(next(queue.clone()), ["b/2"]);
    queue.forget("a");
    assert_eq!(next(queue), ["a/2"]);
}

#[test]
fn a_clock_that_was_wrong_by_years_starves_nobody() {
    let mut queue = Queue::new(QueueLimits { total: Some(1), per_namespace: None });
    queue.adopt(&key("a", "1"), "2099-01-01T00:00:00Z".parse().unwrap());
    for name in ["2", "3", "4"] {
        queue.push(entry("a", name, 1));
        queue.push(entry("b", name, 1));
    }
    let mut order = Vec::new();
    let mut last = key("a", "1");
    for second in 10..16 {
        queue.remove(&last);
        let turn = queue.start_next(at(second)).unwrap();
        assert_eq!(turn.started.as_second(), second);
        order.push(turn.target.namespace.clone());
        last = turn.target;
    }
    assert_eq!(order, ["b", "a", "b", "a", "b", "a"]);
}
