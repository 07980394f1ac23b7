//! Days in which a target is looked at whenever it says so.

use std::collections::BTreeSet;
use std::time::Duration;

use dast_core::scan::{Due, DueSettings, LastRun, Schedule, Trigger, Wanted, due, run_name};
use dast_policy::Revision;

use crate::target::{NAME, at, basis, ended, settings, wanted};

/// A target whose workload changes whenever somebody wants, scanned by whoever does what is due.
struct World {
    settings: DueSettings,
    wanted: Wanted,
    runs: Vec<(i64, Trigger, String)>,
    last: Option<LastRun>,
}

impl World {
    pub(crate) fn new(settings: DueSettings) -> Self {
        Self { settings, wanted: wanted(basis("0")), runs: Vec::new(), last: None }
    }

    fn deploy(&mut self, revision: &str, now: i64) {
        self.wanted.basis.revision = Some(Revision::new(revision));
        self.wanted.ready_since = Some(at(now));
    }

    /// A run that takes `seconds` begins if one is due. The world goes on when it is over.
    fn turn(&mut self, now: &mut i64, seconds: i64) {
        if let Due::Now(trigger) = due(&self.wanted, self.last.as_ref(), &self.settings, at(*now)) {
            let previous = self.last.as_ref().map(|run| run.name.as_str());
            let name = run_name(NAME, previous);
            self.runs.push((*now, trigger, name.clone()));
            let mut last = ended(self.wanted.basis.clone(), *now);
            last.name = name;
            self.last = Some(last);
            *now += seconds;
        }
    }
}

/// The attack: pods that become another revision every second.
#[test]
fn flapping_pods_get_one_scan_in_a_minimum_interval() {
    let mut world = World::new(DueSettings { stability: Duration::ZERO, ..settings() });
    let mut now = 0;
    while now < 3600 {
        world.deploy(&format!("{now}"), now);
        world.turn(&mut now, 7);
        now += 1;
    }
    let starts: Vec<i64> = world.runs.iter().map(|(start, ..)| *start).collect();
    assert_eq!(starts.len(), 12, "{starts:?}");
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 300), "{starts:?}");
    let names: BTreeSet<&str> = world.runs.iter().map(|(.., name)| name.as_str()).collect();
    assert_eq!(names.len(), starts.len());

    // With a stability time, never: there is nothing that a scan could be of.
    let mut world = World::new(settings());
    let mut now = 0;
    while now < 3600 {
        world.deploy(&format!("{now}"), now);
        world.turn(&mut now, 7);
        now += 1;
    }
    assert_eq!(world.runs, []);
}

/// The attack: a request each second.
#[test]
fn requests_are_apart_too() {
    let mut world = World::new(settings());
    let mut now = 0;
    while now < 3600 {
        world.wanted.basis.request = Some(format!("{now}"));
        world.turn(&mut now, 7);
        now += 1;
    }
    assert_eq!(world.runs.len(), 60);
}

/// Going back to an older revision is a run of its own, and it has a name of its own.
#[test]
fn a_rollback_is_scanned() {
    let mut world = World::new(settings());
    let mut now = 0;
    for revision in ["a", "b", "a", "b"] {
        now += 1000;
        world.deploy(revision, now);
        now += 30;
        world.turn(&mut now, 7);
    }
    let triggers: Vec<Trigger> = world.runs.iter().map(|(_, trigger, _)| *trigger).collect();
    assert_eq!(
        triggers,
        [Trigger::FirstScan, Trigger::NewRevision, Trigger::NewRevision, Trigger::NewRevision]
    );
    let names: BTreeSet<&str> = world.runs.iter().map(|(.., name)| name.as_str()).collect();
    assert_eq!(names.len(), 4);
}

#[test]
fn a_quiet_day_has_as_many_scans_as_it_should() {
    let schedule = Schedule::new("0 */6 * * *", None).unwrap();
    let jitter = Duration::from_secs(600);
    for (settings, count) in [
        (DueSettings { interval: Some("1h".parse().unwrap()), ..settings() }, 25),
        (DueSettings { schedule: Some(schedule.clone()), ..settings() }, 5),
        (DueSettings { schedule: Some(schedule), jitter, ..settings() }, 6),
        (settings(), 1),
    ] {
        let mut world = World::new(settings);
        let mut now = 1_800_000_000 - 1_800_000_000 % 86_400 + 1;
        let end = now + 86_400 + 700;
        while now < end {
            world.turn(&mut now, 7);
            // Nobody looks in between.
            now = match due(&world.wanted, world.last.as_ref(), &world.settings, at(now)) {
                Due::NotYet { look_again: Some(next), .. } => next.as_second(),
                Due::NotYet { look_again: None, .. } => end,
                Due::Now(_) => now,
            };
        }
        assert_eq!(world.runs.len(), count, "{:?}", world.runs);
    }
}
