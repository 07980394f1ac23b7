//! Whose turn it is: limits, one run a target, and fairness between namespaces.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::scan::Trigger;
use crate::scan::time::{after, is_plausible};

/// Which target is scanned next.
///
/// - No more runs than [`QueueLimits`] allow, in all and in a namespace; never two of the same target.
/// - Namespaces take turns: the one whose last turn is the longest ago is next, and one that never had a turn is before
///   all others. So between two turns of a namespace that waits and may run, every other has at most one, however many
///   targets it has.
/// - Within a namespace, requests by hand go first, then what has waited longest.
///
/// What it decides follows from what exists: the runs that run, those that wait, and when each namespace had its last
/// turn. After a restart, [`adopt`](Self::adopt) the first, [`push`](Self::push) the second, tell the third by
/// [`served`](Self::served), in any order, and it goes on as it would have.
///
/// Adding, starting and removing cost O(log n) for n targets; see [`position`](Self::position) for its own.
///
/// ```
/// use dast_core::scan::{Entry, Priority, Pushed, Queue, QueueLimits, TargetKey};
/// use jiff::Timestamp;
///
/// let now = Timestamp::UNIX_EPOCH;
/// let mut queue = Queue::new(QueueLimits { total: Some(3), per_namespace: Some(2) });
/// for number in 0..1000 {
///     let target = TargetKey::new("crowd", format!("web-{number:03}"));
///     queue.push(Entry { target, since: now, priority: Priority::Routine });
/// }
/// let single = TargetKey::new("single", "web");
/// queue.push(Entry { target: single.clone(), since: now, priority: Priority::Routine });
/// assert_eq!(queue.position(&single).map(|position| position.overall), Some(2));
///
/// let started: Vec<String> = std::iter::from_fn(|| queue.start_next(now)).map(|turn| turn.target.to_string()).collect();
/// assert_eq!(started, ["crowd/web-000", "single/web", "crowd/web-001"]);
///
/// queue.remove(&single);
/// // The third place is free, but `crowd` has its two.
/// assert_eq!(queue.start_next(now), None);
/// ```
#[derive(Debug, Clone)]
pub struct Queue {
    limits: QueueLimits,
    places: BTreeMap<TargetKey, Place>,
    lanes: BTreeMap<String, Lane>,
    /// The namespaces that wait and may run, by their last turn.
    ready: BTreeSet<(Timestamp, String)>,
    running: usize,
    /// The latest turn of all.
    latest: Timestamp,
}

/// How many runs there may be at once; `None` for any number, 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// In all.
    pub total: Option<usize>,
    /// In each namespace.
    pub per_namespace: Option<usize>,
}

/// 5 in all, since each may bring a ZAP with a gigabyte of its own; 2 in a namespace, so that nobody has them all.
impl Default for QueueLimits {
    fn default() -> Self {
        Self { total: Some(5), per_namespace: Some(2) }
    }
}

/// A target of a queue: the namespace that it counts for, and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetKey {
    /// The namespace of the target, not of its scan.
    pub namespace: String,
    /// Its name in the namespace.
    pub name: String,
}

impl TargetKey {
    /// Names a target.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for TargetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A target that waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The target.
    pub target: TargetKey,
    /// Since when it waits: when its run was made, so that it is the same after a restart.
    pub since: Timestamp,
    /// How urgent it is among those of its namespace.
    pub priority: Priority,
}

/// How urgent a run is among those of its namespace. The first is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody asked for it and waits.
    Requested,
    /// Everything else.
    Routine,
}

impl From<Trigger> for Priority {
    fn from(trigger: Trigger) -> Self {
        if trigger == Trigger::Requested { Self::Requested } else { Self::Routine }
    }
}

/// What became of a target that was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// It waits now.
    Added,
    /// It waited already, and is more urgent now.
    Raised,
    /// It waits already, and nothing changed.
    Waiting,
    /// It runs, so it was not added.
    Running,
}

/// A target whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The target. It counts as running from now on.
    pub target: TargetKey,
    /// When it begins: later than every turn before it. Kept with the run to the nanosecond, it tells a queue that is
    /// made anew in what order the turns were.
    pub started: Timestamp,
}

/// Where a target is that waits, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Among those of its namespace.
    pub in_namespace: usize,
    /// Among all: what it will be if nothing is added, and no namespace has to pause because of its limit.
    pub overall: usize,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Waiting(Rank),
    Running,
}

/// What orders the targets of a namespace, before their names.
type Rank = (Priority, Timestamp);

/// The targets of a namespace.
#[derive(Debug, Clone)]
struct Lane {
    waiting: BTreeSet<(Rank, String)>,
    running: usize,
    /// Its last turn. It outlives the targets, or else whoever has one target at a time would always be new.
    served: Timestamp,
}

impl Default for Lane {
    fn default() -> Self {
        Self { waiting: BTreeSet::new(), running: 0, served: Timestamp::MIN }
    }
}

impl Queue {
    /// A queue in which nothing waits and nothing runs.
    pub fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            places: BTreeMap::new(),
            lanes: BTreeMap::new(),
            ready: BTreeSet::new(),
            running: 0,
            latest: Timestamp::MIN,
        }
    }

    /// Sets other limits. What runs goes on, even if it is more than they allow. O(namespaces).
    pub fn set_limits(&mut self, limits: QueueLimits) {
        self.limits = limits;
        let namespaces: Vec<String> = self.lanes.keys().cloned().collect();
        for namespace in namespaces {
            self.change(&namespace, |_| ());
        }
    }

    /// Adds a target, or makes it more urgent; it keeps the place in time that it has. It is never in the queue twice,
    /// and not at all while it runs.
    pub fn push(&mut self, entry: Entry) -> Pushed {
        let Entry { target, since, priority } = entry;
        let (outcome, rank) = match self.places.get(&target) {
            Some(Place::Running) => return Pushed::Running,
            Some(Place::Waiting((current, since))) if priority < *current => {
                (Pushed::Raised, (priority, *since))
            }
            Some(Place::Waiting(_)) => return Pushed::Waiting,
            None => (Pushed::Added, (priority, since)),
        };
        self.remove(&target);
        self.change(&target.namespace, |lane| {
            lane.waiting.insert((rank, target.name.clone()));
        });
        self.places.insert(target, Place::Waiting(rank));
        outcome
    }

    /// Takes over a run that exists and began at `started`, whatever the limits say.
    pub fn adopt(&mut self, target: &TargetKey, started: Timestamp) {
        if !matches!(self.places.get(target), Some(Place::Running)) {
            self.remove(target);
            self.places.insert(target.clone(), Place::Running);
            self.running += 1;
            self.change(&target.namespace, |lane| lane.running += 1);
        }
        self.served(&target.namespace, started);
    }

    /// Takes note that a namespace had a turn: of a run that is over already. Earlier ones than are known change
    /// nothing.
    pub fn served(&mut self, namespace: &str, started: Timestamp) {
        self.latest = self.latest.max(started);
        self.change(namespace, |lane| lane.served = lane.served.max(started));
    }

    /// The next target, if one may run. It counts as running until it is [removed](Self::remove).
    pub fn start_next(&mut self, now: Timestamp) -> Option<Turn> {
        if !below(self.running, self.limits.total) {
            return None;
        }
        self.mend(now);
        let (_, namespace) = self.ready.first()?.clone();
        let (_, name) = self.lanes.get(&namespace)?.waiting.first()?.clone();
        let target = TargetKey { namespace, name };
        // Two turns at the same time would leave it open whose was the last.
        let started = now.max(after(self.latest, Duration::from_nanos(1)));
        self.adopt(&target, started);
        Some(Turn { target, started })
    }

    /// Forgets a target, whether it waits or runs: its run is over, or given up. Says whether it was there.
    pub fn remove(&mut self, target: &TargetKey) -> bool {
        match self.places.remove(target) {
            None => return false,
            Some(Place::Running) => {
                self.running = self.running.saturating_sub(1);
                self.change(&target.namespace, |lane| lane.running = lane.running.saturating_sub(1));
            }
            Some(Place::Waiting(rank)) => self.change(&target.namespace, |lane| {
                lane.waiting.remove(&(rank, target.name.clone()));
            }),
        }
        true
    }

    /// Forgets a namespace that is no more, if nothing of it waits or runs.
    pub fn forget(&mut self, namespace: &str) {
        if self.lanes.get(namespace).is_some_and(|lane| lane.waiting.is_empty() && lane.running == 0) {
            self.lanes.remove(namespace);
        }
    }

    /// Where a target is that waits; `None` if it does not. O(log n), its position in its namespace, and the number of
    /// namespaces together.
    pub fn position(&self, target: &TargetKey) -> Option<Position> {
        let Some(Place::Waiting(rank)) = self.places.get(target) else {
            return None;
        };
        let own = self.lanes.get(&target.namespace)?;
        let ahead = own.waiting.range(..(*rank, target.name.clone())).count();
        let turn = (own.served, &target.namespace);
        // Before it, each other namespace has as many turns as its own, and one more if it is before its own.
        let others = self.lanes.iter().filter(|(namespace, _)| **namespace != target.namespace);
        let elsewhere: usize = others
            .map(|(namespace, lane)| {
                lane.waiting.len().min(ahead + usize::from((lane.served, namespace) < turn))
            })
            .sum();
        Some(Position { in_namespace: ahead + 1, overall: ahead + elsewhere + 1 })
    }

    /// How many targets run.
    pub fn running(&self) -> usize {
        self.running
    }

    /// How many targets wait.
    pub fn waiting(&self) -> usize {
        self.places.len().saturating_sub(self.running)
    }

    /// Turns of a future that no clock can have seen are of now, or else their namespaces would be the last for years.
    fn mend(&mut self, now: Timestamp) {
        if is_plausible(self.latest, now) {
            return;
        }
        self.latest = now;
        let namespaces: Vec<String> = self.lanes.keys().cloned().collect();
        for namespace in namespaces {
            self.change(&namespace, |lane| lane.served = lane.served.min(now));
        }
    }

    /// Changes a lane, and puts it where it belongs then.
    fn change(&mut self, namespace: &str, change: impl FnOnce(&mut Lane)) {
        let lane = self.lanes.entry(namespace.to_owned()).or_default();
        self.ready.remove(&(lane.served, namespace.to_owned()));
        change(lane);
        if !lane.waiting.is_empty() && below(lane.running, self.limits.per_namespace) {
            self.ready.insert((lane.served, namespace.to_owned()));
        }
    }
}

fn below(count: usize, limit: Option<usize>) -> bool {
    limit.is_none_or(|limit| count < limit)
}
