//! Whether a scan of a target is due, and why, or why not yet and when to look again.

use std::collections::BTreeSet;
use std::time::Duration;

use dast_policy::{Exposure, Profile, Revision};
use jiff::Timestamp;

use crate::scan::time::{after, before, is_plausible};
use crate::scan::{Interval, Schedule, jitter};

/// Whether a scan is due: a total function of what is wanted, what was done last, the settings and the time.
///
/// - A run for a reason takes the reason away: whatever came of it, the same scan is not due again for the same reason
///   unless the clock says so. Attempts within a run are another matter: [`RetrySettings`](crate::scan::RetrySettings).
/// - A target has one run at a time, and no two runs for anything but a request begin within
///   [`DueSettings::minimum_interval`]. So a workload that changes every second is scanned once in that time.
/// - A time to look again is exact: with nothing else changed, it is due then and not before.
///
/// ```
/// use dast_core::scan::{Basis, Due, DueSettings, LastRun, RunState, Trigger, Wait, Wanted, due};
/// use dast_policy::{Profile, Revision};
/// use jiff::{SignedDuration, Timestamp};
///
/// let minutes = |n| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(n);
/// let settings = DueSettings::default();
/// let basis = Basis {
///     revision: Some(Revision::new("a")),
///     ..Basis::new(Profile { name: "baseline".into(), hash: "1".into() }, "shop/zap")
/// };
/// let mut wanted = Wanted { ready_since: Some(minutes(0)), ..Wanted::new("shop/web:http", basis.clone()) };
/// assert_eq!(due(&wanted, None, &settings, minutes(1)), Due::Now(Trigger::FirstScan));
///
/// // It ran. The same again would be for nothing.
/// let state = RunState::Ended { started: minutes(1), complete: true };
/// let last = LastRun { name: "web-1".into(), basis, state };
/// let no = Due::NotYet { wait: Wait::UpToDate, look_again: None };
/// assert_eq!(due(&wanted, Some(&last), &settings, minutes(60)), no);
///
/// // Another revision is worth a scan, though not at once.
/// wanted.basis.revision = Some(Revision::new("b"));
/// let soon = Due::NotYet { wait: Wait::MinimumInterval, look_again: Some(minutes(6)) };
/// assert_eq!(due(&wanted, Some(&last), &settings, minutes(4)), soon);
/// assert_eq!(due(&wanted, Some(&last), &settings, minutes(6)), Due::Now(Trigger::NewRevision));
/// ```
pub fn due(wanted: &Wanted, last: Option<&LastRun>, settings: &DueSettings, now: Timestamp) -> Due {
    let never = |wait| Due::NotYet { wait, look_again: None };
    if wanted.refused {
        return never(Wait::Refused);
    }
    if wanted.suspended {
        return never(Wait::Suspended);
    }
    let past = match last.map(|run| (run, run.state)) {
        Some((_, RunState::Queued | RunState::Running)) => return never(Wait::UnderWay),
        Some((run, RunState::Ended { started, complete })) => {
            // One that lies years ahead must not keep a target from being scanned for years.
            let started = if is_plausible(started, now) { started } else { Timestamp::MIN };
            Some(Past { basis: &run.basis, started, complete })
        }
        None => None,
    };
    let Some(ready_since) = wanted.ready_since else {
        return never(Wait::NotReady);
    };
    let chances = Chances { wanted, settings, past, ready_since }.all();
    // The first in the order of triggers names a scan that is due for several reasons.
    if let Some(chance) = chances.iter().find(|chance| chance.at <= now) {
        return Due::Now(chance.trigger);
    }
    match chances.iter().min_by_key(|chance| chance.at) {
        Some(next) => Due::NotYet { wait: next.wait, look_again: Some(next.at) },
        None => never(Wait::UpToDate),
    }
}

/// Whether a scan is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It is, for this reason.
    Now(Trigger),
    /// It is not.
    NotYet {
        /// Why not.
        wait: Wait,
        /// When it will be if nothing else changes; `None` if time alone changes nothing.
        look_again: Option<Timestamp>,
    },
}

/// What makes a scan due. The first that applies, in this order, is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// Somebody asked for it.
    Requested,
    /// The target was never scanned.
    FirstScan,
    /// The workload changed.
    NewRevision,
    /// The settings of the scan changed.
    NewSettings,
    /// Another scanner is to be used.
    NewScanner,
    /// A route exposes a place that no scan was asked to visit.
    NewExposure,
    /// The schedule says so.
    Schedule,
    /// The interval is over.
    Interval,
    /// The last run did not go through to its end, and that was a while ago.
    Incomplete,
}

impl Trigger {
    /// The word, such as `NewRevision`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "Requested",
            Self::FirstScan => "FirstScan",
            Self::NewRevision => "NewRevision",
            Self::NewSettings => "NewSettings",
            Self::NewScanner => "NewScanner",
            Self::NewExposure => "NewExposure",
            Self::Schedule => "Schedule",
            Self::Interval => "Interval",
            Self::Incomplete => "Incomplete",
        }
    }
}

/// Why no scan is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wait {
    /// The target must not be scanned.
    Refused,
    /// Somebody suspended it. A request is kept until that is over.
    Suspended,
    /// A run is queued or running.
    UnderWay,
    /// The workload is not ready.
    NotReady,
    /// The workload has not been ready, in this revision, for the stability time.
    NotStable,
    /// The last run began too recently.
    MinimumInterval,
    /// What is there was scanned.
    UpToDate,
}

impl Wait {
    /// The word, such as `NotStable`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "Refused",
            Self::Suspended => "Suspended",
            Self::UnderWay => "UnderWay",
            Self::NotReady => "NotReady",
            Self::NotStable => "NotStable",
            Self::MinimumInterval => "MinimumInterval",
            Self::UpToDate => "UpToDate",
        }
    }
}

/// What a scan rests on. Two scans with the same basis are the same scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// What runs; `None` where nothing has revisions.
    pub revision: Option<Revision>,
    /// The settings of the scan.
    pub profile: Profile,
    /// What identifies the scanner, such as its namespace and name.
    pub scanner: String,
    /// The places that the scan is asked to visit.
    pub exposures: BTreeSet<Exposure>,
    /// The request by hand that stood at the time, in any words. A run answers it, whatever else made the run due.
    pub request: Option<String>,
}

impl Basis {
    /// No revision, nothing exposed, nothing requested.
    pub fn new(profile: Profile, scanner: impl Into<String>) -> Self {
        Self { revision: None, profile, scanner: scanner.into(), exposures: BTreeSet::new(), request: None }
    }
}

/// What is wanted of a target now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What the target is called, such as `shop/web:http`. It decides the jitter.
    pub target: String,
    /// What a scan would rest on.
    pub basis: Basis,
    /// Since when the workload has been ready in this revision; `None` if it is not. What has no workload is ready
    /// since it is known.
    pub ready_since: Option<Timestamp>,
    /// Whether somebody suspended it.
    pub suspended: bool,
    /// Whether it must not be scanned.
    pub refused: bool,
}

impl Wanted {
    /// A target that is neither ready nor suspended nor refused.
    pub fn new(target: impl Into<String>, basis: Basis) -> Self {
        Self { target: target.into(), basis, ready_since: None, suspended: false, refused: false }
    }
}

/// The newest run of a target, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    /// What it is called.
    pub name: String,
    /// What it rested on.
    pub basis: Basis,
    /// Where it is.
    pub state: RunState,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It waits for its turn.
    Queued,
    /// It runs, or waits for its next attempt.
    Running,
    /// It is over.
    Ended {
        /// When it began; for one that never did, when it was given up.
        started: Timestamp,
        /// Whether it went through to its end.
        complete: bool,
    },
}

/// How often targets are scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSettings {
    /// How long a workload has to be ready and the same before it is scanned. A request does not wait for it.
    pub stability: Duration,
    /// From the start of a run to the start of the next.
    pub minimum_interval: Duration,
    /// The same for a request.
    pub request_interval: Duration,
    /// How long after the start of a run that did not go through to its end the same is tried again; `None` for never.
    pub incomplete_interval: Option<Duration>,
    /// How long it is from one scan to the next at most.
    pub interval: Option<Interval>,
    /// At what times it is scanned.
    pub schedule: Option<Schedule>,
    /// How far a target may be moved: scheduled scans to later, those of an interval to earlier and by a tenth of it at
    /// most.
    pub jitter: Duration,
}

/// Half a minute of stability, since a rollout replaces one pod after the other; 5 minutes between scans and one
/// between requests; an hour before what was incomplete is tried again; no interval and no schedule, 10 minutes of
/// jitter.
impl Default for DueSettings {
    fn default() -> Self {
        Self {
            stability: Duration::from_secs(30),
            minimum_interval: Duration::from_secs(5 * 60),
            request_interval: Duration::from_secs(60),
            incomplete_interval: Some(Duration::from_secs(60 * 60)),
            interval: None,
            schedule: None,
            jitter: Duration::from_secs(10 * 60),
        }
    }
}

/// A run that is over.
#[derive(Clone, Copy)]
struct Past<'a> {
    basis: &'a Basis,
    started: Timestamp,
    complete: bool,
}

/// A reason to scan, from when on it holds, and what keeps it until then.
struct Chance {
    trigger: Trigger,
    at: Timestamp,
    wait: Wait,
}

struct Chances<'a> {
    wanted: &'a Wanted,
    settings: &'a DueSettings,
    past: Option<Past<'a>>,
    ready_since: Timestamp,
}

impl Chances<'_> {
    /// In the order of triggers.
    fn all(&self) -> Vec<Chance> {
        let request = self.wanted.basis.request.as_ref();
        let answered = self.past.and_then(|past| past.basis.request.as_ref());
        let mut all = Vec::new();
        if request.is_some() && request != answered {
            let floor = self.past.map(|past| after(past.started, self.settings.request_interval));
            let (at, wait) =
                latest([(floor, Wait::MinimumInterval), (Some(self.ready_since), Wait::NotReady)]);
            all.push(Chance { trigger: Trigger::Requested, at, wait });
        }
        let Some(past) = self.past else {
            all.push(self.chance(Trigger::FirstScan, None));
            return all;
        };
        let (now, then) = (&self.wanted.basis, past.basis);
        let changes = [
            (Trigger::NewRevision, now.revision != then.revision),
            (Trigger::NewSettings, now.profile != then.profile),
            (Trigger::NewScanner, now.scanner != then.scanner),
            (Trigger::NewExposure, !now.exposures.is_subset(&then.exposures)),
        ];
        all.extend(
            changes.into_iter().filter(|(_, changed)| *changed).map(|(why, _)| self.chance(why, None)),
        );
        let routine = [
            (Trigger::Schedule, self.next_scheduled(past)),
            (Trigger::Interval, self.next_in_interval(past)),
            (Trigger::Incomplete, self.next_after_incomplete(past)),
        ];
        all.extend(routine.into_iter().filter_map(|(why, at)| Some(self.chance(why, Some(at?)))));
        all
    }

    fn chance(&self, trigger: Trigger, natural: Option<Timestamp>) -> Chance {
        let floor = self.past.map(|past| after(past.started, self.settings.minimum_interval));
        let stable = after(self.ready_since, self.settings.stability);
        let (at, wait) = latest([
            (natural, Wait::UpToDate),
            (floor, Wait::MinimumInterval),
            (Some(stable), Wait::NotStable),
        ]);
        Chance { trigger, at, wait }
    }

    /// Times that went by since the last start count as one, which is now.
    fn next_scheduled(&self, past: Past<'_>) -> Option<Timestamp> {
        let moved = jitter(&self.wanted.target, self.settings.jitter);
        self.settings.schedule.as_ref()?.next_after_moved(past.started, moved)
    }

    fn next_in_interval(&self, past: Past<'_>) -> Option<Timestamp> {
        let interval = self.settings.interval?.get();
        let moved = jitter(&self.wanted.target, self.settings.jitter.min(interval / 10));
        Some(before(after(past.started, interval), moved))
    }

    fn next_after_incomplete(&self, past: Past<'_>) -> Option<Timestamp> {
        let pause = self.settings.incomplete_interval?;
        (!past.complete).then(|| after(past.started, pause))
    }
}

/// The latest of the times that are given, and what it stands for.
fn latest<const N: usize>(times: [(Option<Timestamp>, Wait); N]) -> (Timestamp, Wait) {
    let given = times.into_iter().filter_map(|(at, wait)| Some((at?, wait)));
    given.max_by_key(|(at, _)| *at).unwrap_or((Timestamp::MIN, Wait::UpToDate))
}
