//! What a target waits for, and what it does not.

use super::*;

#[test]
fn a_run_that_failed_is_told_and_tried_later() {
    let mut story = Story::new();
    story.step();
    story.after(1);
    story.begin();
    let ended = story.now;
    story.change_run(|status| {
        status.phase = Some(RunPhase::Failed);
        status.ended = Some(Time(ended));
        status.completion = Some(RunCompletion {
            complete: false,
            cause: Some(dast_policy::Cause::EngineError),
            detail: "ImageMissing".to_owned(),
        });
    });
    let decision = story.after(1);
    assert!(decision.run.is_none());
    assert_eq!(condition(&decision, "Scanned"), ("False".to_owned(), "EngineError".to_owned()));
    assert_eq!(decision.status.unknown, Some(UnknownReason::NotScanned));
    assert_eq!(story.after(70).run.unwrap().spec.trigger, Some(RunTrigger::Incomplete));
}

/// A rollout in mid-scan that is taken back leaves nothing that was scanned.
#[test]
fn what_changed_and_is_the_same_again_is_scanned_as_soon_as_may_be() {
    for changes in [true, false] {
        let mut story = Story::new();
        story.step();
        story.after(1);
        story.begin();
        if changes {
            let revision = story.wanted.revision.replace(Revision::new("b"));
            story.after(1);
            story.wanted.revision = revision;
        }
        let ended = story.now;
        story.change_run(|status| {
            status.phase = Some(RunPhase::Failed);
            status.ended = Some(Time(ended));
            let cause = Some(Cause::TargetChanged);
            status.completion = Some(RunCompletion { complete: false, cause, detail: String::new() });
        });
        assert!(story.after(1).run.is_none(), "it is not scanned all the time");
        let trigger = story.after(20).run.and_then(|run| run.spec.trigger);
        // What was not ready for a while, perhaps because of the scan, is the same.
        assert_eq!(trigger, changes.then_some(RunTrigger::NewRevision));
    }
}

#[test]
fn a_run_that_never_began_is_no_reason_to_wait() {
    let mut story = Story::new();
    story.step();
    story.after(1);
    let ended = story.now;
    story.change_run(|status| {
        status.phase = Some(RunPhase::Failed);
        status.ended = Some(Time(ended));
    });
    let decision = story.after(1);
    assert_eq!(decision.run.unwrap().spec.trigger, Some(RunTrigger::FirstScan));
}

#[test]
fn what_is_suspended_is_not_scanned_before_it_goes_on() {
    let mut story = Story::new();
    story.wanted.scan.as_mut().unwrap().suspended = true;
    story.step();
    let decision = story.after(10);
    assert!(decision.run.is_none());
    assert_eq!(decision.status.phase, Some(TargetPhase::Suspended));
    story.wanted.scan.as_mut().unwrap().suspended = false;
    assert_eq!(story.step().run.unwrap().spec.trigger, Some(RunTrigger::FirstScan));
}

#[test]
fn it_is_scanned_again_when_the_schedule_says_so() {
    let mut story = Story::new();
    let due = &mut story.wanted.scan.as_mut().unwrap().due;
    // Four in the morning in Budapest, which is an hour ahead in winter.
    due.schedule = Some(dast_core::scan::Schedule::new("0 4 * * *", Some("Europe/Budapest")).unwrap());
    due.jitter = std::time::Duration::ZERO;
    story.step();
    story.after(1);
    story.begin();
    story.deliver(0);
    let at = "2026-01-01T03:00:00Z".parse().unwrap();
    let decision = story.after(1);
    assert_eq!((decision.look_again, decision.status.next_scan_time), (Some(at), Some(Time(at))));
    story.now = at - SignedDuration::from_secs(1);
    assert!(story.step().run.is_none());
    story.now = at;
    assert_eq!(story.step().run.unwrap().spec.trigger, Some(RunTrigger::Schedule));
}

#[test]
fn runs_that_are_over_go_when_their_time_has_come() {
    let mut story = Story::new();
    story.history.time_to_live = Some(std::time::Duration::from_secs(60 * 60));
    story.step();
    story.after(1);
    story.begin();
    story.deliver(0);
    story.after(1);
    let first = story.runs[0].name_any();
    let ended = story.runs[0].status.as_ref().unwrap().ended.as_ref().unwrap().0;
    story.wanted.revision = Some(Revision::new("b"));
    story.after(1);
    story.after(10);
    story.begin();
    story.deliver(0);
    let decision = story.after(1);
    let expires = ended + SignedDuration::from_hours(1);
    assert!(decision.swept.is_empty());
    assert_eq!(decision.look_again, Some(expires));
    story.now = expires;
    assert_eq!(story.step().swept, [first], "the newest stays");
}

#[test]
fn it_is_looked_at_again_when_a_grace_ends() {
    let mut story = Story::new();
    story.step();
    story.after(1);
    story.begin();
    story.deliver(0);
    story.after(1);
    let grace = SignedDuration::from_hours(2);
    story.rules = rules(Ok(PolicyDocument { grace: Some(grace), ..PolicyDocument::standard() }));
    story.wanted.revision = Some(Revision::new("b"));
    // It cannot be scanned yet, so that nothing but the grace is waited for.
    story.wanted.is_ready = false;
    let rolled_out = story.now + SignedDuration::from_mins(1);
    assert_eq!(story.after(1).look_again, Some(rolled_out + grace));
    // The policies over a route of another namespace have a grace of their own.
    let earlier = rolled_out + grace / 2;
    story.exposing = vec![Exposing {
        route: RouteRef::new(RouteKind::Ingress, ObjectName::new("front", "front")),
        action: Action::Warn,
        expires: Some(earlier),
    }];
    assert_eq!(story.after(1).look_again, Some(earlier));
}
