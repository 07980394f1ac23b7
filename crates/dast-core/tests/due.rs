//! The laws of what is due, over any target, and over days of one whose clock is simulated.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use dast_core::scan::{
    Basis, Due, DueSettings, LastRun, RunState, Schedule, Trigger, Wait, Wanted, due, jitter, run_name,
};
use dast_policy::{Exposure, Profile, Revision};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const NAME: &str = "shop/web:http";

/// No jitter and no automatic second try, so that times are easy to follow.
fn settings() -> DueSettings {
    DueSettings {
        stability: Duration::from_secs(30),
        minimum_interval: Duration::from_secs(300),
        request_interval: Duration::from_secs(60),
        incomplete_interval: None,
        interval: None,
        schedule: None,
        jitter: Duration::ZERO,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn basis(revision: &str) -> Basis {
    let profile = Profile { name: "baseline".to_owned(), hash: "1".to_owned() };
    Basis { revision: Some(Revision::new(revision)), ..Basis::new(profile, "shop/zap") }
}

fn wanted(basis: Basis) -> Wanted {
    Wanted { ready_since: Some(at(0)), ..Wanted::new(NAME, basis) }
}

fn ended(basis: Basis, started: i64) -> LastRun {
    let state = RunState::Ended { started: at(started), complete: true };
    LastRun { name: "run".to_owned(), basis, state }
}

fn not_yet(wait: Wait, look_again: Option<i64>) -> Due {
    Due::NotYet { wait, look_again: look_again.map(at) }
}

#[test]
fn every_trigger_and_every_wait_has_its_word() {
    let triggers = [
        Trigger::Requested,
        Trigger::FirstScan,
        Trigger::NewRevision,
        Trigger::NewSettings,
        Trigger::NewScanner,
        Trigger::NewExposure,
        Trigger::Schedule,
        Trigger::Interval,
        Trigger::Incomplete,
    ];
    assert!(triggers.is_sorted());
    assert!(triggers.iter().all(|trigger| trigger.as_str() == format!("{trigger:?}")));
    let waits = [
        Wait::Refused,
        Wait::Suspended,
        Wait::UnderWay,
        Wait::NotReady,
        Wait::NotStable,
        Wait::MinimumInterval,
        Wait::UpToDate,
    ];
    assert!(waits.iter().all(|wait| wait.as_str() == format!("{wait:?}")));
}

#[test]
fn what_must_not_or_cannot_be_scanned_is_not_due() {
    let open = wanted(Basis { request: Some("now".to_owned()), ..basis("a") });
    let last = ended(basis("b"), 0);
    let of = |wanted: &Wanted, last: &LastRun| due(wanted, Some(last), &settings(), at(10_000));
    assert_eq!(of(&open, &last), Due::Now(Trigger::Requested));
    let not_ready = Wanted { ready_since: None, ..open.clone() };
    assert_eq!(of(&not_ready, &last), not_yet(Wait::NotReady, None));
    for state in [RunState::Queued, RunState::Running] {
        let under_way = LastRun { state, ..last.clone() };
        assert_eq!(of(&not_ready, &under_way), not_yet(Wait::UnderWay, None));
        let suspended = Wanted { suspended: true, ..not_ready.clone() };
        assert_eq!(of(&suspended, &under_way), not_yet(Wait::Suspended, None));
        let refused = Wanted { refused: true, ..suspended };
        assert_eq!(of(&refused, &under_way), not_yet(Wait::Refused, None));
    }
}

#[test]
fn whatever_a_scan_rests_on_makes_it_due() {
    let last = ended(Basis { exposures: BTreeSet::from([Exposure::new("shop.test", "/")]), ..basis("a") }, 0);
    let same = last.basis.clone();
    let profile = |name: &str, hash: &str| Profile { name: name.to_owned(), hash: hash.to_owned() };
    let exposed =
        |places: &[(&str, &str)]| places.iter().map(|(host, path)| Exposure::new(*host, *path)).collect();
    for (basis, trigger) in [
        (Basis { revision: Some(Revision::new("b")), ..same.clone() }, Trigger::NewRevision),
        (Basis { revision: None, ..same.clone() }, Trigger::NewRevision),
        (Basis { profile: profile("baseline", "2"), ..same.clone() }, Trigger::NewSettings),
        (Basis { profile: profile("full", "1"), ..same.clone() }, Trigger::NewSettings),
        (Basis { scanner: "shop/other".to_owned(), ..same.clone() }, Trigger::NewScanner),
        (
            Basis { exposures: exposed(&[("shop.test", "/"), ("shop.test", "/a")]), ..same.clone() },
            Trigger::NewExposure,
        ),
        (Basis { exposures: exposed(&[("www.shop.test", "/")]), ..same.clone() }, Trigger::NewExposure),
        (Basis { request: Some("again".to_owned()), ..same.clone() }, Trigger::Requested),
    ] {
        assert_eq!(due(&wanted(basis.clone()), Some(&last), &settings(), at(300)), Due::Now(trigger));
        // Once is enough.
        let again = ended(basis.clone(), 300);
        assert_eq!(due(&wanted(basis), Some(&again), &settings(), at(9999)), not_yet(Wait::UpToDate, None));
    }
    // A place that is exposed no more is no reason.
    let less = Basis { exposures: BTreeSet::new(), ..same };
    assert_eq!(due(&wanted(less), Some(&last), &settings(), at(9999)), not_yet(Wait::UpToDate, None));
}

#[test]
fn a_workload_has_to_be_stable_but_for_a_request() {
    let mut target = Wanted { ready_since: Some(at(100)), ..wanted(basis("a")) };
    assert_eq!(due(&target, None, &settings(), at(100)), not_yet(Wait::NotStable, Some(130)));
    assert_eq!(due(&target, None, &settings(), at(130)), Due::Now(Trigger::FirstScan));
    target.basis.request = Some("now".to_owned());
    assert_eq!(due(&target, None, &settings(), at(99)), not_yet(Wait::NotReady, Some(100)));
    assert_eq!(due(&target, None, &settings(), at(100)), Due::Now(Trigger::Requested));
}

#[test]
fn runs_are_apart() {
    let last = ended(basis("a"), 1000);
    let mut target = Wanted { ready_since: Some(at(1200)), ..wanted(basis("b")) };
    let of = |target: &Wanted, now| due(target, Some(&last), &settings(), at(now));
    assert_eq!(of(&target, 1291), not_yet(Wait::MinimumInterval, Some(1300)));
    assert_eq!(of(&target, 1300), Due::Now(Trigger::NewRevision));
    target.ready_since = Some(at(1280));
    assert_eq!(of(&target, 1291), not_yet(Wait::NotStable, Some(1310)));
    target.basis.request = Some("now".to_owned());
    assert_eq!(of(&target, 1291), Due::Now(Trigger::Requested));
    let short = ended(basis("a"), 1280);
    assert_eq!(due(&target, Some(&short), &settings(), at(1291)), not_yet(Wait::MinimumInterval, Some(1340)));
}

#[test]
fn an_answered_request_is_answered_by_any_run() {
    let asked = Basis { request: Some("monday".to_owned()), ..basis("a") };
    let last = ended(Basis { revision: Some(Revision::new("before")), ..asked.clone() }, 0);
    assert_eq!(
        due(&wanted(asked.clone()), Some(&last), &settings(), at(9999)),
        Due::Now(Trigger::NewRevision)
    );
    let withdrawn = Basis { request: None, ..asked.clone() };
    let last = ended(asked, 0);
    assert_eq!(due(&wanted(withdrawn), Some(&last), &settings(), at(9999)), not_yet(Wait::UpToDate, None));
}

#[test]
fn what_did_not_go_through_is_tried_again_later() {
    let settings = DueSettings { incomplete_interval: Some(Duration::from_secs(3600)), ..settings() };
    let mut last = ended(basis("a"), 1000);
    last.state = RunState::Ended { started: at(1000), complete: false };
    let of = |now| due(&wanted(basis("a")), Some(&last), &settings, at(now));
    assert_eq!(of(2000), not_yet(Wait::UpToDate, Some(4600)));
    assert_eq!(of(4600), Due::Now(Trigger::Incomplete));
}

#[test]
fn missed_times_are_made_up_for_once() {
    let schedule = Schedule::new("0 3 * * *", Some("Europe/Berlin")).unwrap();
    let settings = DueSettings { schedule: Some(schedule), ..settings() };
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let target = wanted(basis("a"));
    let run = |started: &str| ended(basis("a"), time(started).as_second());
    // The operator was down for ten nights.
    let last = run("2026-05-01T03:00:00+02:00");
    let back = time("2026-05-11T12:00:00+02:00");
    assert_eq!(due(&target, Some(&last), &settings, back), Due::Now(Trigger::Schedule));
    let last = run("2026-05-11T12:00:00+02:00");
    let tonight = Some(time("2026-05-12T03:00:00+02:00").as_second());
    assert_eq!(
        due(&target, Some(&last), &settings, back + Duration::from_secs(60)),
        not_yet(Wait::UpToDate, tonight)
    );
}

#[test]
fn routine_is_moved_by_the_jitter() {
    let most = Duration::from_secs(600);
    let moved = i64::try_from(jitter(NAME, most).as_secs()).unwrap();
    assert!(moved > 0);
    const HOUR: i64 = 3_600_000;
    let last = ended(basis("a"), HOUR);
    let of = |settings: &DueSettings| due(&wanted(basis("a")), Some(&last), settings, at(HOUR + 200));
    let hourly = Schedule::new("@hourly", None).unwrap();
    let scheduled = DueSettings { schedule: Some(hourly), jitter: most, ..settings() };
    // It began on the hour, but the moved hour was still to come.
    assert_eq!(of(&scheduled), not_yet(Wait::UpToDate, Some(HOUR + 300.max(moved))));
    let interval =
        |text: &str| DueSettings { interval: Some(text.parse().unwrap()), jitter: most, ..settings() };
    assert_eq!(of(&interval("1d")), not_yet(Wait::UpToDate, Some(HOUR + 86_400 - moved)));
    // By a tenth of the interval at most.
    let tenth = i64::try_from(jitter(NAME, Duration::from_secs(360)).as_secs()).unwrap();
    assert_eq!(of(&interval("1h")), not_yet(Wait::UpToDate, Some(HOUR + 3600 - tenth)));
}

#[test]
fn a_clock_that_was_wrong_by_years_stops_nothing() {
    let settings = DueSettings { interval: Some("1h".parse().unwrap()), ..settings() };
    let far = ended(basis("a"), 4_000_000_000);
    let now = at(1_800_000_000);
    assert_eq!(due(&wanted(basis("b")), Some(&far), &settings, now), Due::Now(Trigger::NewRevision));
    assert_eq!(due(&wanted(basis("a")), Some(&far), &settings, now), Due::Now(Trigger::Interval));
    // One that is a second ahead was written by another machine.
    let near = ended(basis("a"), 1_800_000_001);
    let next = not_yet(Wait::UpToDate, Some(1_800_003_601));
    assert_eq!(due(&wanted(basis("a")), Some(&near), &settings, now), next);
}

/// A target whose workload changes whenever somebody wants, scanned by whoever does what is due.
struct World {
    settings: DueSettings,
    wanted: Wanted,
    runs: Vec<(i64, Trigger, String)>,
    last: Option<LastRun>,
}

impl World {
    fn new(settings: DueSettings) -> Self {
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

fn some_basis() -> impl Strategy<Value = Basis> {
    let exposures = prop::collection::btree_set(prop::sample::select(&["a.test", "b.test"][..]), 0..3);
    let request = prop::option::of(prop::sample::select(&["x", "y"][..]));
    let revision = prop::option::of(prop::sample::select(&["1", "2"][..]));
    (revision, 0_u8..2, 0_u8..2, exposures, request).prop_map(
        |(revision, hash, scanner, exposures, request)| {
            let profile = Profile { name: "baseline".to_owned(), hash: hash.to_string() };
            Basis {
                revision: revision.map(Revision::new),
                profile,
                scanner: scanner.to_string(),
                exposures: exposures.into_iter().map(|host| Exposure::new(host, "/")).collect(),
                request: request.map(str::to_owned),
            }
        },
    )
}

fn some_settings() -> impl Strategy<Value = DueSettings> {
    const SCHEDULES: [&str; 3] = ["*/5 * * * *", "0 * * * *", "30 2 * * *"];
    let seconds = |most: u64| (0..most).prop_map(Duration::from_secs);
    (
        (seconds(100), seconds(1000), seconds(200), seconds(1200)),
        prop::option::of(seconds(1000)),
        prop::option::of(1_u64..4000),
        prop::option::of(prop::sample::select(&SCHEDULES[..])),
    )
        .prop_map(
            |(
                (stability, minimum_interval, request_interval, jitter),
                incomplete_interval,
                interval,
                schedule,
            )| {
                DueSettings {
                    stability,
                    minimum_interval,
                    request_interval,
                    incomplete_interval,
                    interval: interval.map(|seconds| format!("{seconds}s").parse().unwrap()),
                    schedule: schedule.map(|text| Schedule::new(text, Some("Europe/Berlin")).unwrap()),
                    jitter,
                }
            },
        )
}

fn some_state() -> impl Strategy<Value = RunState> {
    // Runs, some of which were written by a clock that is ahead.
    let ended = (0_i64..5000, any::<bool>())
        .prop_map(|(started, complete)| RunState::Ended { started: at(started), complete });
    prop_oneof![1 => Just(RunState::Queued), 1 => Just(RunState::Running), 8 => ended]
}

prop_compose! {
    fn some_wanted()(
        basis in some_basis(),
        ready in prop::option::weighted(0.9, 0_i64..5000),
        suspended in prop::bool::weighted(0.1),
        refused in prop::bool::weighted(0.1),
    ) -> Wanted {
        Wanted { target: NAME.to_owned(), basis, ready_since: ready.map(at), suspended, refused }
    }
}

prop_compose! {
    fn some_last()(last in prop::option::weighted(0.9, (some_basis(), some_state()))) -> Option<LastRun> {
        last.map(|(basis, state)| LastRun { name: "run".to_owned(), basis, state })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// When to look again is exact: due then, and at no moment before.
    #[test]
    fn a_time_to_look_again_is_exact(
        wanted in some_wanted(),
        last in some_last(),
        settings in some_settings(),
        now in 2000_i64..6000,
        shares in prop::collection::vec(0.0..1.0, 10),
    ) {
        let of = |now| due(&wanted, last.as_ref(), &settings, now);
        match of(at(now)) {
            Due::Now(_) => {
                let still = matches!(of(at(now + 1)), Due::Now(_));
                prop_assert!(still, "it stays due");
            },
            Due::NotYet { wait, look_again: None } => {
                prop_assert_eq!(of(at(1_000_000_000)), Due::NotYet { wait, look_again: None });
            }
            Due::NotYet { look_again: Some(next), .. } => {
                prop_assert!(next > at(now));
                let length = next.duration_since(at(now)).as_secs_f64();
                for share in shares {
                    let between = at(now) + SignedDuration::from_secs_f64(length * share * 0.999_999);
                    let again = of(between);
                    let same = matches!(again, Due::NotYet { look_again: Some(then), .. } if then == next);
                    prop_assert!(same, "{again:?}");
                }
                let then = matches!(of(next), Due::Now(_));
                prop_assert!(then);
            }
        }
    }

    /// A run takes its reason away, whatever came of it: what is due afterwards, and not before the minimum interval is
    /// over, is what the clock says and nothing else.
    #[test]
    fn a_run_takes_its_reason_away(
        wanted in some_wanted(),
        last in some_last(),
        settings in some_settings(),
        now in 0_i64..10_000,
        length in 0_i64..1000,
        complete in any::<bool>(),
    ) {
        let now = at(now);
        let Due::Now(trigger) = due(&wanted, last.as_ref(), &settings, now) else { return Ok(()) };
        for state in [RunState::Queued, RunState::Running] {
            let run = LastRun { name: "next".to_owned(), basis: wanted.basis.clone(), state };
            let expected = Due::NotYet { wait: Wait::UnderWay, look_again: None };
            prop_assert_eq!(due(&wanted, Some(&run), &settings, now), expected, "never two at a time");
        }
        let ended = now + SignedDuration::from_secs(length);
        let state = RunState::Ended { started: now, complete };
        let run = LastRun { name: "next".to_owned(), basis: wanted.basis.clone(), state };
        let by_the_clock = [Trigger::Schedule, Trigger::Interval, Trigger::Incomplete];
        match due(&wanted, Some(&run), &settings, ended) {
            Due::Now(again) => {
                prop_assert!(by_the_clock.contains(&again), "{trigger:?}, then {again:?}");
                prop_assert!(ended >= now + settings.minimum_interval);
            }
            Due::NotYet { look_again: Some(next), .. } => {
                prop_assert!(next >= now + settings.minimum_interval);
                let Due::Now(again) = due(&wanted, Some(&run), &settings, next) else { panic!("not exact") };
                prop_assert!(by_the_clock.contains(&again), "{trigger:?}, then {again:?}");
            }
            Due::NotYet { wait, look_again: None } => prop_assert_eq!(wait, Wait::UpToDate),
        }
        let quiet = DueSettings { interval: None, schedule: None, incomplete_interval: None, ..settings };
        let expected = Due::NotYet { wait: Wait::UpToDate, look_again: None };
        prop_assert_eq!(due(&wanted, Some(&run), &quiet, at(1_000_000_000)), expected);
    }
}
