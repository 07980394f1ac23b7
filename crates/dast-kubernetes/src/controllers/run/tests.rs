use dast_core::scan::GaveUp;
use dast_policy::Revision;
use serde_json::{Value, json};

use super::*;
use crate::controllers::samples::{object, wanted};
use crate::controllers::scanner::Remark;

fn now() -> Timestamp {
    "2026-01-01T01:00:00Z".parse().unwrap()
}

fn refused(is_transient: bool) -> Wanted {
    let remark = Remark { is_transient, ..Remark::new("NotAPod", "an endpoint is no pod") };
    Wanted { scan: Err(remark), ..wanted() }
}

/// A run whose turn came a minute ago, with what its status says besides.
fn run(phase: &str, more: Value) -> ScanRun {
    let mut status = json!({
        "phase": phase, "attempt": 1, "turn": "2026-01-01T00:59:00Z", "job": "job",
        "basis": {"revision": "a", "profile": "passive", "settings": "1",
            "scanner": {"namespace": "dast-system", "name": "default"}},
    });
    for (key, value) in more.as_object().unwrap() {
        status[key] = value.clone();
    }
    object(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
        "metadata": {"name": "run", "namespace": "shop", "uid": "r1"}, "spec": {"target": "web-80"}, "status": status,
    }))
}

fn job() -> Job {
    object(json!({"metadata": {"name": "job", "namespace": "dast-scans"}}))
}

/// A Job that was done so many seconds ago.
fn done(ago: i64) -> Job {
    let at = (now() - SignedDuration::from_secs(ago)).to_string();
    object(json!({
        "metadata": {"name": "job", "namespace": "dast-scans"},
        "status": {"completionTime": at, "conditions": [{"type": "Complete", "status": "True"}]},
    }))
}

fn pod(status: Value) -> Vec<Arc<Pod>> {
    vec![Arc::new(object(json!({"metadata": {"name": "job-x", "uid": "p1"}, "status": status})))]
}

fn scans() -> Vec<Arc<Pod>> {
    let state = json!({"running": {"startedAt": "2026-01-01T00:59:30Z"}});
    pod(json!({"phase": "Running", "containerStatuses": [
        {"name": "analyzer", "image": "i", "imageID": "", "ready": true, "restartCount": 0, "state": state}]}))
}

/// What follows from [`scans`].
fn scanning() -> Course {
    Course::Running { pod_uid: "p1".to_owned(), since: "2026-01-01T00:59:30Z".parse().unwrap() }
}

fn is_over(course: &Course, wanted: Cause, says: &str) -> bool {
    matches!(course, Course::Over { cause, detail } if *cause == wanted && detail.contains(says))
}

/// What follows for a run, its target, its Job and its pods.
fn after(run: &ScanRun, wanted: &Wanted, job: Option<&Job>, pods: &[Arc<Pod>]) -> Course {
    course(run, Some(wanted), job, pods, now(), RetrySettings::default())
}

#[test]
fn a_job_is_made_and_followed() {
    let starting = run("Starting", json!({}));
    assert_eq!(after(&starting, &wanted(), None, &[]), Course::Make);
    assert_eq!(
        after(&starting, &wanted(), Some(&job()), &[]),
        Course::Wait(Some(Duration::from_secs(121))),
        "it has no pod yet"
    );
    let runs = scanning();
    assert_eq!(after(&starting, &wanted(), Some(&job()), &scans()), runs);
    assert_eq!(after(&run("Running", json!({})), &wanted(), Some(&job()), &scans()), runs);
}

#[test]
fn what_cannot_be_scanned_any_more_is_over() {
    let running = run("Running", json!({}));
    let gone = course(&running, None, Some(&job()), &scans(), now(), RetrySettings::default());
    assert!(is_over(&gone, Cause::Interrupted, "no more"), "{gone:?}");
    let other = Wanted { revision: Some(Revision::new("b")), ..wanted() };
    for (job, pods) in [(None, vec![]), (Some(job()), vec![]), (Some(job()), scans())] {
        let changed = after(&running, &other, job.as_ref(), &pods);
        assert!(is_over(&changed, Cause::TargetChanged, "revision `a`"), "{changed:?}");
        let refused = after(&running, &refused(false), job.as_ref(), &pods);
        assert!(is_over(&refused, Cause::TargetChanged, "an endpoint is no pod"), "{refused:?}");
    }
    let unready = Wanted { revision: None, is_ready: false, ..wanted() };
    let goes_on = after(&running, &unready, Some(&job()), &scans());
    assert_eq!(goes_on, scanning(), "the same may come back");
}

#[test]
fn a_run_that_rests_on_nothing_known_is_over() {
    let nothing = after(&run("Starting", json!({"basis": null})), &wanted(), None, &[]);
    assert!(is_over(&nothing, Cause::EngineError, "was not written down"), "{nothing:?}");
    let mut unheard = run("Starting", json!({}));
    unheard.status = None;
    assert_eq!(after(&unheard, &wanted(), None, &[]), Course::Wait(None));
}

#[test]
fn a_refusal_that_may_pass_is_waited_for() {
    let starting = run("Starting", json!({}));
    assert_eq!(after(&starting, &refused(true), None, &[]), Course::Wait(Some(PENDING)));
    let runs = after(&run("Running", json!({})), &refused(true), Some(&job()), &scans());
    assert_eq!(runs, scanning());
}

#[test]
fn other_settings_end_what_has_no_job_and_leave_alone_what_scans() {
    let mut other = wanted();
    other.scan.as_mut().unwrap().profile.hash = "2".to_owned();
    let starting = run("Starting", json!({}));
    let over = after(&starting, &other, None, &[]);
    assert!(is_over(&over, Cause::TargetChanged, "settings changed"), "{over:?}");
    let runs = after(&starting, &other, Some(&job()), &scans());
    assert_eq!(runs, scanning(), "its evidence says what it was made with");
}

#[test]
fn a_job_that_was_made_and_not_more_is_to_go_on() {
    let made: Job = object(json!({"metadata": {"name": "job"}, "spec": {"suspend": true, "template": {}}}));
    assert_eq!(after(&run("Starting", json!({})), &wanted(), Some(&made), &[]), Course::Make);
    let mut other = wanted();
    other.scan.as_mut().unwrap().profile.hash = "2".to_owned();
    let over = after(&run("Starting", json!({})), &other, Some(&made), &[]);
    assert!(is_over(&over, Cause::TargetChanged, "settings changed"), "{over:?}");
}

#[test]
fn who_deletes_the_job_of_a_scan_stops_it() {
    let suspended: Job =
        object(json!({"metadata": {"name": "job"}, "spec": {"suspend": true, "template": {}}}));
    let deleting: Job =
        object(json!({"metadata": {"name": "job", "deletionTimestamp": "2026-01-01T01:00:00Z"}}));
    for job in [None, Some(deleting), Some(suspended)] {
        let course = after(&run("Running", json!({})), &wanted(), job.as_ref(), &[]);
        let Course::Failed { failure, next } = &course else { panic!("{course:?}") };
        assert_eq!(failure.cause, Cause::Interrupted);
        assert_eq!(*next, NextAttempt::Never(GaveUp::NotRetryable), "whoever did it meant it");
    }
}

/// That its pod runs is not always written down before its Job is deleted, and two of one attempt must not scan.
#[test]
fn no_job_is_made_where_there_is_a_pod() {
    let course = after(&run("Starting", json!({})), &wanted(), None, &scans());
    let Course::Failed { failure, next } = &course else { panic!("{course:?}") };
    assert_eq!(failure.cause, Cause::Interrupted);
    assert_eq!(*next, NextAttempt::Never(GaveUp::NotRetryable));
}

/// Two watches have no order.
#[test]
fn a_job_of_which_it_is_not_known_yet_that_it_goes_on_is_waited_for() {
    let suspended: Job =
        object(json!({"metadata": {"name": "job"}, "spec": {"suspend": true, "template": {}}}));
    let course = |phase: &str| after(&run(phase, json!({})), &wanted(), Some(&suspended), &scans());
    assert_eq!(course("Starting"), Course::Wait(Some(SECOND)));
    assert!(matches!(course("Running"), Course::Failed { .. }), "somebody stopped it");
}

#[test]
fn another_attempt_begins_when_its_time_has_come() {
    let ahead = run("Retrying", json!({"nextAttempt": "2026-01-01T01:00:07Z"}));
    assert_eq!(after(&ahead, &wanted(), None, &[]), Course::Wait(Some(Duration::from_secs(7))));
    assert_eq!(after(&ahead, &wanted(), Some(&job()), &scans()), Course::Wait(Some(Duration::from_secs(7))));
    for past in [
        json!({"nextAttempt": "2026-01-01T01:00:00Z"}),
        json!({"nextAttempt": "2026-01-01T00:59:00Z"}),
        json!({}),
    ] {
        assert_eq!(after(&run("Retrying", past), &wanted(), None, &[]), Course::Again);
    }
    let changed = after(&ahead, &Wanted { revision: Some(Revision::new("b")), ..wanted() }, None, &[]);
    assert!(is_over(&changed, Cause::TargetChanged, ""), "{changed:?}");
}

#[test]
fn a_job_that_is_done_has_a_moment_for_its_report() {
    let running = run("Running", json!({}));
    for (job, expected) in [(done(0), true), (done(9), true), (done(10), false), (done(3600), false)] {
        match after(&running, &wanted(), Some(&job), &[]) {
            Course::Wait(Some(SECOND)) => assert!(expected, "{job:?}"),
            Course::Failed { failure, next } => {
                assert!(!expected && failure.detail.contains("no report came"), "{failure:?}");
                let again = NextAttempt::At { number: 2, not_before: now() + SignedDuration::from_secs(10) };
                assert_eq!(next, again);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_failed_is_tried_as_often_and_as_long_as_it_may() {
    let evicted = pod(json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}));
    let next = |run: &ScanRun| {
        let course = after(run, &wanted(), Some(&job()), &evicted);
        let Course::Failed { failure, next } = course else { panic!("{course:?}") };
        assert!(failure.detail.contains("low on memory"), "{failure:?}");
        next
    };
    let pause = |seconds| now() + SignedDuration::from_secs(seconds);
    assert_eq!(next(&run("Running", json!({}))), NextAttempt::At { number: 2, not_before: pause(10) });
    assert_eq!(
        next(&run("Running", json!({"attempt": 2}))),
        NextAttempt::At { number: 3, not_before: pause(20) }
    );
    assert_eq!(next(&run("Running", json!({"attempt": 3}))), NextAttempt::Never(GaveUp::NoAttemptsLeft));
    // Twice the time of a scan, and ten minutes more.
    let late = |turn: &str| next(&run("Running", json!({"turn": turn})));
    assert_eq!(late("2026-01-01T00:30:11Z"), NextAttempt::At { number: 2, not_before: pause(10) });
    assert_eq!(late("2026-01-01T00:30:10Z"), NextAttempt::Never(GaveUp::NoTimeLeft));
}

#[test]
fn what_may_still_come_is_looked_at_again() {
    let waiting = json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    let status = |began: &str| {
        pod(json!({"phase": "Pending", "startTime": began, "containerStatuses": [
            {"name": "analyzer", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": waiting}]}))
    };
    let starting = run("Starting", json!({}));
    let soon = after(&starting, &wanted(), Some(&job()), &status("2026-01-01T00:59:00Z"));
    assert_eq!(soon, Course::Wait(Some(Duration::from_secs(61))), "two minutes, of which one has passed");
    let late = after(&starting, &wanted(), Some(&job()), &status("2026-01-01T00:57:00Z"));
    assert!(
        matches!(&late, Course::Failed { failure, .. } if failure.detail.contains("ImageMissing")),
        "{late:?}"
    );
}
