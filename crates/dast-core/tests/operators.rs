//! Several operators at once, each killed after everything it does, some with an old view of the cluster: nothing is
//! lost, and no scan is doubled.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dast_core::scan::{
    Basis, Due, DueSettings, Entry, LastRun, Queue, QueueLimits, RunState, TargetKey, Wanted, due, job_name,
    run_name,
};
use dast_policy::{Profile, Revision};
use jiff::Timestamp;
use proptest::prelude::*;

const LIMITS: QueueLimits = QueueLimits { total: Some(3), per_namespace: Some(2) };
/// How long a run takes.
const LENGTH: i64 = 20;

/// What is stored, as an API server stores it.
#[derive(Clone)]
struct Cluster {
    now: i64,
    wanted: BTreeMap<TargetKey, Wanted>,
    runs: BTreeMap<String, Run>,
    jobs: BTreeSet<String>,
}

#[derive(Clone)]
struct Run {
    target: TargetKey,
    created: i64,
    entry: Entry,
    last: LastRun,
    started: Timestamp,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn settings() -> DueSettings {
    DueSettings {
        stability: Duration::ZERO,
        minimum_interval: Duration::from_secs(50),
        incomplete_interval: None,
        ..DueSettings::default()
    }
}

impl Cluster {
    fn new() -> Self {
        let names = [("a", "1"), ("a", "2"), ("a", "3"), ("b", "1"), ("c", "1")];
        let profile = Profile { name: "baseline".to_owned(), hash: "1".to_owned() };
        let wanted = names.map(|(namespace, name)| {
            let basis = Basis::new(profile.clone(), "zap");
            let key = TargetKey::new(namespace, name);
            (key.clone(), Wanted { ready_since: Some(at(0)), ..Wanted::new(key.to_string(), basis) })
        });
        Self { now: 0, wanted: wanted.into(), runs: BTreeMap::new(), jobs: BTreeSet::new() }
    }

    fn deploy(&mut self, target: usize, revision: u8) {
        let now = at(self.now);
        let wanted = self.wanted.values_mut().nth(target).unwrap();
        wanted.basis.revision = Some(Revision::new(revision.to_string()));
        wanted.ready_since = Some(now);
    }

    fn pass(&mut self, seconds: i64) {
        self.now += seconds;
        for run in self.runs.values_mut() {
            if run.last.state == RunState::Running && run.started.as_second() + LENGTH <= self.now {
                run.last.state = RunState::Ended { started: run.started, complete: true };
            }
        }
    }

    fn newest(&self, target: &TargetKey) -> Option<&Run> {
        self.runs.values().filter(|run| run.target == *target).max_by_key(|run| run.created)
    }

    fn running(&self) -> impl Iterator<Item = &Run> {
        self.runs.values().filter(|run| run.last.state == RunState::Running)
    }

    /// What an operator does that was started just now and sees `view`. It is killed after `writes` writes.
    fn operate(&mut self, view: &Self, mut writes: usize) {
        let now = at(self.now);
        for (target, wanted) in &view.wanted {
            let newest = view.newest(target).map(|run| &run.last);
            let Due::Now(trigger) = due(wanted, newest, &settings(), now) else { continue };
            let name = run_name(&wanted.target, newest.map(|last| last.name.as_str()));
            let Some(left) = writes.checked_sub(1) else { return };
            writes = left;
            // The API server takes the first of a name.
            self.runs.entry(name.clone()).or_insert_with(|| Run {
                target: target.clone(),
                created: self.now,
                entry: Entry { target: target.clone(), since: now, priority: trigger.into() },
                last: LastRun { name, basis: wanted.basis.clone(), state: RunState::Queued },
                started: Timestamp::MIN,
            });
        }
        let mut queue = Queue::new(LIMITS);
        for run in view.runs.values() {
            match run.last.state {
                RunState::Queued => drop(queue.push(run.entry.clone())),
                RunState::Running => queue.adopt(&run.target, run.started),
                RunState::Ended { started, .. } => queue.served(&run.target.namespace, started),
            }
        }
        while let Some(turn) = queue.start_next(now) {
            let Some(left) = writes.checked_sub(1) else { return };
            writes = left;
            let name = view.newest(&turn.target).unwrap().last.name.clone();
            let run = self.runs.get_mut(&name).unwrap();
            // The API server refuses a write to what has changed meanwhile.
            if run.last.state == RunState::Queued {
                run.last.state = RunState::Running;
                run.started = turn.started;
                assert!(
                    self.jobs.insert(job_name(&turn.target.to_string(), &name, 1)),
                    "a Job was made twice"
                );
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Event {
    Pass(i64),
    Deploy(usize, u8),
    /// An operator with a view of so many events ago, killed after so many writes.
    Operate(usize, usize),
}

fn event() -> impl Strategy<Value = Event> {
    let age = prop_oneof![3 => Just(0), 1 => 1_usize..12];
    prop_oneof![
        3 => (1_i64..30).prop_map(Event::Pass),
        1 => (0_usize..5, 0_u8..4).prop_map(|(target, revision)| Event::Deploy(target, revision)),
        3 => (age, 0_usize..8).prop_map(|(age, writes)| Event::Operate(age, writes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_doubled(events in prop::collection::vec(event(), 0..80)) {
        let mut cluster = Cluster::new();
        let mut views = vec![cluster.clone()];
        let mut only_fresh = true;
        let mut changes: BTreeMap<TargetKey, usize> = BTreeMap::new();
        for event in events {
            match event {
                Event::Pass(seconds) => cluster.pass(seconds),
                Event::Deploy(target, revision) => {
                    *changes.entry(cluster.wanted.keys().nth(target).unwrap().clone()).or_default() += 1;
                    cluster.deploy(target, revision);
                }
                Event::Operate(age, writes) => {
                    only_fresh &= age == 0;
                    let view = views[views.len().saturating_sub(age + 1)].clone();
                    cluster.operate(&view, writes);
                }
            }
            views.push(cluster.clone());
            for target in cluster.wanted.keys() {
                let runs: Vec<&Run> = cluster.runs.values().filter(|run| run.target == *target).collect();
                let open = runs.iter().filter(|run| !matches!(run.last.state, RunState::Ended { .. })).count();
                prop_assert!(open <= 1, "two runs of {target} at once");
                let most = 1 + changes.get(target).copied().unwrap_or_default();
                prop_assert!(runs.len() <= most, "{} runs of {target} for {most} reasons", runs.len());
            }
            // Who sees the cluster as it is keeps to the limits.
            if only_fresh {
                prop_assert!(cluster.running().count() <= 3);
                prop_assert!(cluster.running().filter(|run| run.target.namespace == "a").count() <= 2);
            }
        }
        // Somebody who lives long enough, and all is scanned as it is wanted.
        for _ in 0..100 {
            cluster.pass(5);
            let view = cluster.clone();
            cluster.operate(&view, usize::MAX);
        }
        for (target, wanted) in &cluster.wanted {
            let last = &cluster.newest(target).unwrap().last;
            prop_assert_eq!(&last.basis, &wanted.basis);
            let over = matches!(last.state, RunState::Ended { complete: true, .. });
            prop_assert!(over, "{target} is not done");
        }
    }
}
