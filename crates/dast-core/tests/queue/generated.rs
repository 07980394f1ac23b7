//! The queue against a naive one, whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use dast_core::scan::{Entry, Position, Priority, Queue, QueueLimits, TargetKey, Turn};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::entries::{UNLIMITED, at, entry, key};

/// Looks at everything, each time.
#[derive(Clone)]
struct Naive {
    limits: QueueLimits,
    waiting: Vec<Entry>,
    running: Vec<(TargetKey, Timestamp)>,
    served: BTreeMap<String, Timestamp>,
}

impl Naive {
    pub(crate) fn push(&mut self, entry: Entry) {
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

    pub(crate) fn remove(&mut self, target: &TargetKey) {
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
