mod waiting;

use dast_core::discovery::{Namespaces, ObjectName, RouteKind, RouteRef};
use dast_core::rulebook::{Ceiling, Defaults, Rulebook};
use dast_policy::{
    AlertRef, Authentication, Collector, Completion, Confidence, Coverage, Engine, Finding, PolicyDocument,
    Scan as Scanned, Severity, Subject, UnknownReason,
};
use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::controllers::samples;
use crate::controllers::scanner::Remark;
use crate::crd::{RunCompletion, RunTrigger, ScanRunStatus};

/// A target and what happens to it, a minute at a time.
struct Story {
    target: ScanTarget,
    wanted: Wanted,
    runs: Vec<Arc<ScanRun>>,
    rules: Arc<Rules>,
    delivered: Option<Evidence>,
    distrusted: Option<String>,
    exposing: Vec<Exposing>,
    history: HistorySettings,
    now: Timestamp,
}

fn rules(document: Result<PolicyDocument, String>) -> Arc<Rules> {
    let ceiling = Ceiling::new("ceiling", Namespaces::all(), document);
    Rulebook::new(Defaults::new("dast-system"), [ceiling], [], []).over("shop")
}

impl Story {
    fn new() -> Self {
        let target: ScanTarget = serde_json::from_value(json!({
            "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanTarget",
            "metadata": {"name": "web-80", "namespace": "shop", "uid": "t1", "generation": 1,
                "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"service": {"name": "web", "port": 80, "uid": "s1"}, "origin": "http://web.shop.svc",
                "scanner": {"namespace": "dast-system", "name": "default"}},
        }))
        .unwrap();
        Self {
            target,
            wanted: samples::wanted(),
            runs: Vec::new(),
            rules: rules(Ok(PolicyDocument::standard())),
            delivered: None,
            distrusted: None,
            exposing: Vec::new(),
            history: HistorySettings::default(),
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    /// Decides, and takes over what was decided as the API server would.
    fn step(&mut self) -> Decision {
        let newest = self.runs.last().map(|run| run.name_any()).unwrap_or_default();
        let decision = Situation {
            target: &self.target,
            wanted: &self.wanted,
            runs: &self.runs,
            delivered: self.delivered.as_ref().map(|evidence| (newest.as_str(), evidence)),
            rules: &self.rules,
            distrusted: self.distrusted.clone(),
            exposing: &|_| self.exposing.clone(),
            history: self.history,
            now: self.now,
        }
        .decide();
        self.delivered = None;
        self.target.status = Some(decision.status.clone());
        if let Some(mut run) = decision.run.clone() {
            run.metadata.creation_timestamp = Some(Time(self.now));
            self.runs.push(Arc::new(run));
        }
        decision
    }

    fn after(&mut self, minutes: i64) -> Decision {
        self.now += SignedDuration::from_mins(minutes);
        self.step()
    }

    fn change_run(&mut self, change: impl FnOnce(&mut ScanRunStatus)) {
        let run = self.runs.last_mut().unwrap();
        change(Arc::make_mut(run).status.get_or_insert_default());
    }

    /// The run's turn comes: it begins with what is wanted now.
    fn begin(&mut self) {
        let (turn, revision) = (self.now, self.wanted.revision.clone());
        self.change_run(|status| {
            status.phase = Some(RunPhase::Running);
            status.turn = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime(turn));
            status.basis = Some(RunBasis {
                revision: revision.map(|revision| revision.as_str().to_owned()),
                profile: "passive".to_owned(),
                settings: "1".to_owned(),
                scanner: ScannerRef { namespace: "dast-system".to_owned(), name: "default".to_owned() },
                exposures: Vec::new(),
            });
        });
    }

    /// A report comes, with so many findings of high severity.
    fn deliver(&mut self, findings: usize) {
        let evidence = self.evidence(findings);
        self.change_run(|status| {
            status.record(&evidence).unwrap();
            status.phase = Some(RunPhase::Succeeded);
        });
        self.delivered = Some(evidence);
    }

    fn evidence(&self, findings: usize) -> Evidence {
        let mut collector = Collector::new();
        for page in 0..findings {
            let rule = AlertRef::of("40012").unwrap();
            let url = format!("http://web.shop.svc/{page}");
            collector.add(&Finding::new(rule, Severity::High, Confidence::High, "GET", &url).unwrap());
        }
        collector.finish(Scanned {
            subject: Subject {
                target: self.target.called(),
                origin: "http://web.shop.svc".parse().unwrap(),
                covered: Vec::new(),
            },
            revision: self.wanted.revision.clone(),
            profile: Profile { name: "passive".to_owned(), hash: "1".to_owned() },
            engine: Engine {
                name: "builtin".into(),
                version: "1".into(),
                rule_set: "1".into(),
                passive: true,
            },
            started: self.now,
            ended: self.now,
            completion: Completion::Complete,
            coverage: Coverage { pages: 3, failed: 0, skipped: 0 },
            authentication: Authentication::NotUsed,
        })
    }
}

fn condition(decision: &Decision, type_: &str) -> (String, String) {
    let found = decision.status.conditions.iter().find(|condition| condition.type_ == type_).unwrap();
    (found.status.clone(), found.reason.clone())
}

#[test]
fn a_new_target_waits_is_scanned_and_passes() {
    let mut story = Story::new();
    let decision = story.step();
    assert!(decision.run.is_none(), "it is not stable yet");
    assert_eq!(decision.look_again, Some(story.now + SignedDuration::from_secs(30)));
    assert_eq!(decision.status.phase, Some(TargetPhase::Waiting));
    assert_eq!(decision.status.unknown, Some(UnknownReason::NotScanned));
    assert_eq!(condition(&decision, "Passed"), ("Unknown".to_owned(), "NotScanned".to_owned()));

    let decision = story.after(1);
    let run = decision.run.unwrap();
    assert_eq!(run.spec.trigger, Some(RunTrigger::FirstScan));
    assert_eq!(run.metadata.owner_references.unwrap()[0].uid, "t1");
    assert_eq!(decision.status.phase, Some(TargetPhase::Queued));
    assert!(story.step().run.is_none(), "it has a run");

    story.begin();
    let decision = story.step();
    assert_eq!(decision.status.phase, Some(TargetPhase::Scanning));
    assert_eq!(decision.status.unknown, Some(UnknownReason::InProgress));

    story.deliver(0);
    let decision = story.after(1);
    assert_eq!(decision.status.verdict, Some(VerdictName::Pass));
    assert_eq!(condition(&decision, "Passed"), ("True".to_owned(), "Pass".to_owned()));
    assert_eq!(decision.status.phase, Some(TargetPhase::Idle));
    assert_eq!(decision.status.report.as_deref(), Some("web-80"));
    // Nothing changes any more until the evidence is too old.
    let settled = story.target.status.clone();
    let decision = story.after(10);
    assert_eq!(Some(decision.status), settled);
    assert_eq!(decision.look_again, Some("2026-01-08T00:01:00Z".parse().unwrap()));
    let decision = story.after(8 * 24 * 60);
    assert_eq!(decision.status.unknown, Some(UnknownReason::Stale));
    assert_eq!(condition(&decision, "Passed").0, "Unknown");
}

#[test]
fn another_revision_takes_the_verdict_away_and_is_scanned() {
    let mut story = Story::new();
    story.step();
    story.after(1);
    story.begin();
    story.deliver(1);
    let decision = story.after(1);
    assert_eq!(decision.status.verdict, Some(VerdictName::Fail));
    assert!(
        decision.status.reasons[0].contains("[cluster policy `ceiling`]"),
        "{:?}",
        decision.status.reasons
    );

    story.wanted.revision = Some(Revision::new("b"));
    let decision = story.after(1);
    assert_eq!(decision.status.unknown, Some(UnknownReason::Stale), "what failed was another revision");
    assert!(decision.run.is_none());
    let decision = story.after(10);
    let run = decision.run.unwrap();
    assert_eq!(run.spec.trigger, Some(RunTrigger::NewRevision));
    assert_ne!(run.metadata.name, story.runs[0].metadata.name);
    story.begin();
    story.deliver(0);
    assert_eq!(story.after(1).status.verdict, Some(VerdictName::Pass));
}

#[test]
fn a_target_that_has_gone_down_does_not_pass_by_what_runs_no_more() {
    let mut story = Story::new();
    story.step();
    story.after(1);
    story.begin();
    story.deliver(0);
    assert_eq!(story.after(1).status.verdict, Some(VerdictName::Pass));
    (story.wanted.revision, story.wanted.is_ready) = (None, false);
    let decision = story.after(1);
    assert_eq!(decision.status.verdict, Some(VerdictName::Pass), "the same is expected to come back");
    assert_eq!(condition(&decision, "Ready"), ("False".to_owned(), "NoReadyPods".to_owned()));
    (story.wanted.revision, story.wanted.is_ready) = (Some(Revision::new("b")), true);
    assert_eq!(story.after(1).status.unknown, Some(UnknownReason::Stale));
}

#[test]
fn no_evidence_that_cannot_be_relied_on_passes() {
    let mut story = Story::new();
    story.step();
    story.after(1);
    story.begin();
    story.deliver(0);
    story.distrusted = Some("nobody trusts it".to_owned());
    let decision = story.after(1);
    assert_eq!(decision.status.unknown, Some(UnknownReason::Inconclusive));
    story.distrusted = None;
    assert_eq!(story.step().status.verdict, Some(VerdictName::Pass));
    story.rules = rules(Err("a number".to_owned()));
    let decision = story.step();
    assert_eq!(
        (decision.status.verdict, decision.status.reasons.as_slice()),
        (
            Some(VerdictName::Unknown),
            ["cluster policy `ceiling` cannot be read: a number".to_owned()].as_slice()
        )
    );
}

#[test]
fn a_refused_target_says_why_and_is_not_scanned() {
    let mut story = Story::new();
    story.wanted.scan = Err(Remark::new("Metadata", "an endpoint leads to a cloud's metadata"));
    let decision = story.after(10);
    assert!(decision.run.is_none());
    assert_eq!(decision.status.phase, Some(TargetPhase::Refused));
    assert_eq!(condition(&decision, "Accepted"), ("False".to_owned(), "Metadata".to_owned()));
    assert_ne!(decision.status.verdict, Some(VerdictName::Pass));
}

/// API servers tell whole seconds of creations, and scans of small applications end within one.
#[test]
fn of_two_scans_in_one_second_the_later_counts() {
    let mut story = Story::new();
    story.step();
    story.after(5);
    story.begin();
    story.deliver(0);
    assert!(undelivered(&story.target, &story.runs).is_some());
    story.step();
    assert!(undelivered(&story.target, &story.runs).is_none(), "it was recorded");
    let mut later = ScanRun::clone(story.runs.last().unwrap());
    later.metadata.name = Some("asked-for".to_owned());
    story.runs.push(Arc::new(later));
    let newest = undelivered(&story.target, &story.runs);
    assert_eq!(newest.map(|run| run.name_any()).as_deref(), Some("asked-for"));
}

#[test]
fn a_route_that_would_not_be_let_in_any_more_is_told() {
    let mut story = Story::new();
    let exposed = |decision: &Decision| {
        let condition = decision.status.conditions.iter().find(|condition| condition.type_ == "Exposed");
        condition.map(|condition| (condition.reason.clone(), condition.message.clone()))
    };
    assert_eq!(exposed(&story.step()), None, "nothing exposes it");
    let front = |action| Exposing {
        route: RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front")),
        action,
        expires: None,
    };
    story.exposing = vec![front(Action::Warn)];
    assert_eq!(exposed(&story.step()).unwrap().0, "Proven");
    story.exposing.push(front(Action::Deny));
    let (reason, message) = exposed(&story.step()).unwrap();
    assert_eq!(reason, "Drift");
    assert!(message.ends_with("by Ingress shop/front"), "{message}");
    story.exposing.clear();
    assert_eq!(exposed(&story.step()), None);
}
