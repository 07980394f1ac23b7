//! The laws of the queue, over any order of events, and beside a naive queue that looks at everything each time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use dast_core::scan::{Entry, Position, Priority, Pushed, Queue, QueueLimits, TargetKey, Trigger, Turn};
use jiff::Timestamp;
use proptest::prelude::*;

const UNLIMITED: QueueLimits = QueueLimits { total: None, per_namespace: None };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn key(namespace: &str, name: &str) -> TargetKey {
    TargetKey::new(namespace, name)
}

fn entry(namespace: &str, name: &str, since: i64) -> Entry {
    Entry { target: key(namespace, name), since: at(since), priority: Priority::Routine }
}

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

/// Looks at everything, each time.
#[derive(Clone)]
struct Naive {
    limits: QueueLimits,
    waiting: Vec<Entry>,
    running: Vec<(TargetKey, Timestamp)>,
    served: BTreeMap<String, Timestamp>,
}

impl Naive {
    fn push(&mut self, entry: Entry) {
        if self.running.iter().any(|(target, _)| *target == entry.target) {
            return;
        }
        match self.waiting.iter_mut().find(|waiting| waiting.target == entry.target) {
            Some(waiting) => waiting.priority = waiting.priority.min(entry.priority),
            None => self.waiting.push(entry),
        }
    }

    fn runs_of(&self, namespace: &str) -> usize {
        self.running.iter().filter(|(target, _)| target.namespace == namespace).count()
    }

    fn may_run(&self, namespace: &str) -> bool {
        self.limits.per_namespace.is_none_or(|most| self.runs_of(namespace) < most)
    }

    fn next(&self) -> Option<TargetKey> {
        if self.limits.total.is_some_and(|most| self.running.len() >= most) {
            return None;
        }
        let allowed = self.waiting.iter().filter(|entry| self.may_run(&entry.target.namespace));
        let served =
            |entry: &Entry| self.served.get(&entry.target.namespace).copied().unwrap_or(Timestamp::MIN);
        let first = allowed.min_by_key(|entry| {
            let TargetKey { namespace, name } = entry.target.clone();
            (served(entry), namespace, entry.priority, entry.since, name)
        });
        first.map(|entry| entry.target.clone())
    }

    fn start(&mut self, turn: &Turn) {
        self.waiting.retain(|entry| entry.target != turn.target);
        self.running.push((turn.target.clone(), turn.started));
        self.served.insert(turn.target.namespace.clone(), turn.started);
    }

    fn remove(&mut self, target: &TargetKey) {
        self.waiting.retain(|entry| entry.target != *target);
        self.running.retain(|(running, _)| running != target);
    }

    /// The queue of a program that was started anew, from what exists.
    fn rebuilt(&self) -> Queue {
        let mut queue = Queue::new(self.limits);
        // Not in the order in which it came to be.
        for entry in self.waiting.iter().rev() {
            queue.push(entry.clone());
        }
        for (namespace, started) in &self.served {
            queue.served(namespace, *started);
        }
        for (target, started) in self.running.iter().rev() {
            queue.adopt(target, *started);
        }
        queue
    }
}

#[derive(Debug, Clone)]
enum Event {
    Push(Entry),
    Start,
    /// What runs for the n-th longest ends.
    End(usize),
    /// Somebody deletes a target.
    Remove(TargetKey),
    Limits(QueueLimits),
}

fn target() -> impl Strategy<Value = TargetKey> {
    // Some namespaces have many more targets than others.
    (prop::sample::select(&["a", "b", "c", "crowd", "crowd", "crowd"][..]), 0_u8..8)
        .prop_map(|(namespace, number)| key(namespace, &number.to_string()))
}

fn limits() -> impl Strategy<Value = QueueLimits> {
    (prop::option::of(0_usize..6), prop::option::of(0_usize..4))
        .prop_map(|(total, per_namespace)| QueueLimits { total, per_namespace })
}

fn event() -> impl Strategy<Value = Event> {
    let priority = prop_oneof![4 => Just(Priority::Routine), 1 => Just(Priority::Requested)];
    let push = (target(), 0_i64..20, priority)
        .prop_map(|(target, since, priority)| Event::Push(Entry { target, since: at(since), priority }));
    prop_oneof![
        8 => push,
        6 => Just(Event::Start),
        4 => (0_usize..6).prop_map(Event::End),
        1 => target().prop_map(Event::Remove),
        1 => limits().prop_map(Event::Limits),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// The same turns as a queue that looks at everything; within the limits; in the same order after a restart.
    #[test]
    fn it_does_what_a_naive_queue_does(limits in limits(), events in prop::collection::vec(event(), 0..80)) {
        let mut queue = Queue::new(limits);
        let mut naive = Naive { limits, waiting: Vec::new(), running: Vec::new(), served: BTreeMap::new() };
        let mut latest = Timestamp::MIN;
        for (step, event) in events.into_iter().enumerate() {
            // Several events in the same second, as API servers write times.
            let now = at(100 + i64::try_from(step / 4).unwrap());
            match event {
                Event::Push(entry) => {
                    queue.push(entry.clone());
                    naive.push(entry);
                }
                Event::Start => {
                    let expected = naive.next();
                    let turn = queue.start_next(now);
                    prop_assert_eq!(turn.as_ref().map(|turn| &turn.target), expected.as_ref());
                    if let Some(turn) = turn {
                        prop_assert!(turn.started > latest && turn.started >= now);
                        latest = turn.started;
                        naive.start(&turn);
                        // Limits hold for what is started. What ran before they were lowered goes on.
                        prop_assert!(naive.limits.total.is_none_or(|most| naive.running.len() <= most));
                        let of_its = naive.runs_of(&turn.target.namespace);
                        prop_assert!(naive.limits.per_namespace.is_none_or(|most| of_its <= most));
                    }
                }
                Event::End(number) => {
                    if let Some((target, _)) = naive.running.get(number).cloned() {
                        prop_assert!(queue.remove(&target));
                        naive.remove(&target);
                    }
                }
                Event::Remove(target) => {
                    queue.remove(&target);
                    naive.remove(&target);
                }
                Event::Limits(limits) => {
                    queue.set_limits(limits);
                    naive.limits = limits;
                }
            }
            prop_assert_eq!((queue.waiting(), queue.running()), (naive.waiting.len(), naive.running.len()));
            let running: BTreeSet<&TargetKey> = naive.running.iter().map(|(target, _)| target).collect();
            prop_assert_eq!(running.len(), naive.running.len(), "a target ran twice");
        }
        let (mut rebuilt, now) = (naive.rebuilt(), at(1000));
        prop_assert_eq!((rebuilt.waiting(), rebuilt.running()), (queue.waiting(), queue.running()));
        for entry in &naive.waiting {
            prop_assert_eq!(rebuilt.position(&entry.target), queue.position(&entry.target));
        }
        loop {
            let turn = queue.start_next(now);
            prop_assert_eq!(&rebuilt.start_next(now), &turn);
            let Some(Turn { target, .. }) = turn else { break };
            prop_assert!(queue.remove(&target) && rebuilt.remove(&target));
        }
    }

    /// A position is what it says: with no limit for a namespace, the number of the turn.
    #[test]
    fn positions_are_the_order_of_turns(
        before in prop::collection::vec(event(), 0..30),
        entries in prop::collection::vec((target(), 0_i64..20, any::<bool>()), 0..30),
    ) {
        let mut queue = Queue::new(UNLIMITED);
        for event in before {
            match event {
                Event::Push(entry) => drop(queue.push(entry)),
                Event::Remove(target) => drop(queue.remove(&target)),
                _ => drop(queue.start_next(at(50))),
            }
        }
        for (target, since, urgent) in entries {
            let priority = if urgent { Priority::Requested } else { Priority::Routine };
            queue.push(Entry { target, since: at(since), priority });
        }
        let mut ends = queue.clone();
        let order: Vec<TargetKey> = std::iter::from_fn(|| ends.start_next(at(60))).map(|turn| turn.target).collect();
        let mut in_namespace: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, target) in order.iter().enumerate() {
            let own = in_namespace.entry(&target.namespace).or_default();
            *own += 1;
            prop_assert_eq!(queue.position(target), Some(Position { in_namespace: *own, overall: number + 1 }));
            prop_assert_eq!(ends.position(target), None);
        }
    }

    /// Fairness: while a target waits and its namespace may run, no other namespace has more turns than there are
    /// targets before it in its own, itself included. So it waits for a bounded number of turns, whatever others push.
    #[test]
    fn every_target_has_its_turn(
        total in 1_usize..4,
        others in prop::collection::vec((target(), any::<bool>()), 0..60),
        ahead in 0_i64..4,
    ) {
        let mut queue = Queue::new(QueueLimits { total: Some(total), per_namespace: None });
        for number in 0..=ahead {
            queue.push(entry("mine", &number.to_string(), number));
        }
        let mine = key("mine", &ahead.to_string());
        let mut others = others.into_iter().cycle().take(500);
        let mut running = Vec::new();
        let mut turns: BTreeMap<String, i64> = BTreeMap::new();
        loop {
            // Others push all the time, urgent ones too, and old ones.
            for (target, urgent) in others.by_ref().take(3) {
                let priority = if urgent { Priority::Requested } else { Priority::Routine };
                queue.push(Entry { target, since: at(0), priority });
            }
            let Some(Turn { target, .. }) = queue.start_next(at(100)) else {
                queue.remove(&running.remove(0));
                continue;
            };
            if target == mine {
                break;
            }
            *turns.entry(target.namespace.clone()).or_default() += 1;
            running.push(target);
        }
        prop_assert!(turns.values().all(|turns| *turns <= ahead + 1), "{turns:?}");
    }
}
