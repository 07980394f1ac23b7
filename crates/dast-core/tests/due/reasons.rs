//! Each reason for a scan, and each reason to wait.

use std::collections::BTreeSet;
use std::time::Duration;

use dast_core::scan::{
    Basis, Due, DueSettings, LastRun, RunState, Schedule, Trigger, Wait, Wanted, due, jitter,
};
use dast_policy::{Exposure, Profile, Revision};
use jiff::Timestamp;

use crate::target::{NAME, at, basis, ended, not_yet, settings, wanted};

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
