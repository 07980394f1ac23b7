//! Any state at any time.

use std::time::Duration;

use dast_core::scan::{Basis, Due, DueSettings, LastRun, RunState, Schedule, Trigger, Wait, Wanted, due};
use dast_policy::{Exposure, Profile, Revision};
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::target::{NAME, at};

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
