//! What a ScanTarget is to say, whether a scan of it is due, and which of its runs may go: a pure function of what is known.

use std::sync::Arc;

use dast_core::rulebook::Rules;
use dast_core::scan::{
    Basis, Due, EndedRun, HistorySettings, LastRun, RunState, Trigger, Wait, due, run_name, sweep,
};
use dast_policy::{
    Action, Cause, Evaluation, Evidence, Expected, Exposure, Knowledge, Profile, Revision, UnderWay, evaluate,
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time};
use kube::{Resource, ResourceExt};

use super::exposing::Exposing;
use super::statement::Statement;
use super::wanted::Wanted;
use crate::crd::{
    RunBasis, RunPhase, ScanRun, ScanRunSpec, ScanTarget, ScanTargetStatus, ScannerRef, TargetExposure,
    TargetPhase, VerdictName,
};
use crate::facts;

/// Everything that a decision about a target rests on.
pub(super) struct Situation<'a> {
    pub(super) target: &'a ScanTarget,
    pub(super) wanted: &'a Wanted,
    /// In the order of their turns.
    pub(super) runs: &'a [Arc<ScanRun>],
    /// What the last report has, and the name of its run, if the target does not have it yet.
    pub(super) delivered: Option<(&'a str, &'a Evidence)>,
    pub(super) rules: &'a Rules,
    /// Why the evidence of its scanner does not count.
    pub(super) distrusted: Option<String>,
    /// The gated routes that expose it as it stands.
    pub(super) exposing: &'a (dyn Fn(&ScanTarget) -> Vec<Exposing> + Sync),
    pub(super) history: HistorySettings,
    pub(super) now: Timestamp,
}

/// What is to be done for a target.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) status: ScanTargetStatus,
    /// The run that is to be made.
    pub(super) run: Option<ScanRun>,
    /// The names of runs that may be deleted.
    pub(super) swept: Vec<String>,
    /// When to decide again, if nothing changes before.
    pub(super) look_again: Option<Timestamp>,
}

impl Situation<'_> {
    pub(super) fn decide(&self) -> Decision {
        let mut status = self.target.status.clone().unwrap_or_default();
        status.observed_generation = self.target.metadata.generation;
        let ready_since = self.ready_since(&status);
        if let Some(revision) = &self.wanted.revision {
            if status.revision.as_deref() != Some(revision.as_str()) {
                status.revision_since = Some(Time(self.now));
            }
            status.revision = Some(revision.as_str().to_owned());
            status.service_hash.clone_from(&self.wanted.service_hash);
        }
        status.profile = self.wanted.scan.as_ref().ok().map(|scan| scan.profile.clone().into());
        let due = self.due(ready_since);
        let last = self.runs.last();
        let run = match due {
            Due::Now(trigger) => Some(self.run(trigger)),
            Due::NotYet { .. } => None,
        };
        if let Some((run, evidence)) = self.delivered {
            // What cannot be recorded is as if it had not been delivered; results are refused before that.
            let _ = status.record(evidence);
            status.last_scan_run = Some(run.to_owned());
            status.report = Some(self.target.name_any());
        }
        let evaluation = self.judge(&status);
        match &evaluation {
            Ok(evaluation) => status.judge(evaluation),
            Err(reason) => {
                status.verdict = Some(VerdictName::Unknown);
                status.unknown = Some(dast_policy::UnknownReason::Inconclusive);
                status.reasons = vec![reason.clone()];
            }
        }
        status.phase = Some(self.phase(due));
        status.queue_position = last.and_then(|run| run.status.as_ref()?.queue_position);
        let newest = run.as_ref().or(last.map(AsRef::as_ref));
        status.run = newest.map(ResourceExt::name_any);
        status.next_scan_time = match due {
            Due::NotYet { wait: Wait::UpToDate | Wait::MinimumInterval, look_again: Some(at) } => {
                Some(Time(at))
            }
            _ => None,
        };
        let exposing = self.exposing(&status);
        self.say(&mut status, &exposing);

        let ended: Vec<EndedRun> = self.runs.iter().filter_map(ended).collect();
        let sweep = sweep(&ended, None, &self.history, self.now);
        let since = status.revision_since.as_ref().map(|since| since.0);
        let judged_again =
            status.last_scan_time.as_ref().and_then(|ended| self.rules.expires(ended.0, since, self.now));
        let routes_judged_again = exposing.iter().filter_map(|one| one.expires).min();
        let look_again = match due {
            Due::NotYet { look_again, .. } => look_again,
            Due::Now(_) => None,
        };
        Decision {
            run,
            swept: sweep.delete.into_iter().map(str::to_owned).collect(),
            look_again: [look_again, sweep.look_again, judged_again, routes_judged_again]
                .into_iter()
                .flatten()
                .min(),
            status,
        }
    }

    /// Since when what runs now is ready, which outlives this program as a condition of the target.
    fn ready_since(&self, status: &ScanTargetStatus) -> Option<Timestamp> {
        if !self.wanted.has_workload {
            return Some(self.target.creation_timestamp().map_or(self.now, |time| time.0));
        }
        let revision = self.wanted.revision.as_ref().filter(|_| self.wanted.is_ready)?;
        let condition = status.conditions.iter().find(|condition| condition.type_ == "Ready");
        let same = status.revision.as_deref() == Some(revision.as_str());
        let since = condition.filter(|condition| same && condition.status == "True");
        Some(since.map_or(self.now, |condition| condition.last_transition_time.0))
    }

    fn due(&self, ready_since: Option<Timestamp>) -> Due {
        let Ok(scan) = &self.wanted.scan else {
            return Due::NotYet { wait: Wait::Refused, look_again: None };
        };
        let basis = self.basis(scan.profile.clone());
        let wanted = dast_core::scan::Wanted {
            ready_since,
            suspended: scan.suspended,
            ..dast_core::scan::Wanted::new(self.target.called(), basis)
        };
        due(&wanted, self.last_run().as_ref(), &scan.due, self.now)
    }

    fn basis(&self, profile: Profile) -> Basis {
        Basis {
            revision: self.wanted.revision.clone(),
            exposures: self.wanted.spec.exposures.iter().map(exposure).collect(),
            ..Basis::new(profile, shown(&self.wanted.spec.scanner))
        }
    }

    /// The newest run that counts: one that is under way, or the last one whose turn came.
    fn last_run(&self) -> Option<LastRun> {
        let under_way = self.runs.iter().find(|run| !is_ended(run));
        if let Some(run) = under_way {
            let nothing = Basis::new(Profile { name: String::new(), hash: String::new() }, "");
            let state = match phase(run) {
                None | Some(RunPhase::Queued) => RunState::Queued,
                _ => RunState::Running,
            };
            return Some(LastRun { name: run.name_any(), basis: nothing, state });
        }
        self.runs.iter().rev().find_map(|run| {
            let status = run.status.as_ref()?;
            let basis = status.basis.as_ref()?;
            let started =
                status.turn.as_ref().map(|turn| turn.0).or(status.ended.as_ref().map(|time| time.0))?;
            let complete = phase(run) == Some(RunPhase::Succeeded);
            let mut basis = read_basis(basis);
            // What was another in the meantime was not scanned, even if it is the same again.
            let cause = status.completion.as_ref().and_then(|completion| completion.cause);
            if cause == Some(Cause::TargetChanged) && self.is_another_since(started) {
                basis.revision = None;
            }
            Some(LastRun { name: run.name_any(), basis, state: RunState::Ended { started, complete } })
        })
    }

    /// Whether another revision runs, or ran, since then, to the second: a target that was not ready for a while is the same.
    fn is_another_since(&self, time: Timestamp) -> bool {
        let since = self.target.status.as_ref().and_then(|status| status.revision_since.as_ref());
        since.is_some_and(|since| since.0.as_second() >= time.as_second())
    }

    fn run(&self, trigger: Trigger) -> ScanRun {
        let target = self.target;
        let namespace = target.namespace().unwrap_or_default();
        // Another ScanTarget of this name has other runs.
        let identity = format!("{namespace}/{}@{}", target.name_any(), target.uid().unwrap_or_default());
        let previous = self.runs.last().map(|run| run.name_any());
        ScanRun {
            metadata: ObjectMeta {
                name: Some(run_name(&identity, previous.as_deref())),
                namespace: Some(namespace),
                owner_references: Some(
                    target.controller_owner_ref(&()).into_iter().collect::<Vec<OwnerReference>>(),
                ),
                ..ObjectMeta::default()
            },
            spec: ScanRunSpec {
                target: target.name_any(),
                trigger: Some(trigger.into()),
                ttl_seconds_after_finished: None,
            },
            status: None,
        }
    }

    fn judge(&self, status: &ScanTargetStatus) -> Result<Evaluation, String> {
        let policy = self.rules.policy().map_err(|error| error.to_string())?;
        let evidence = match status.evidence.as_ref().map(|evidence| evidence.read()).transpose() {
            Ok(evidence) => evidence,
            Err(error) => return Err(format!("the evidence cannot be read: {error}")),
        };
        let under_way = self.runs.iter().find(|run| !is_ended(run)).map(|run| match phase(run) {
            None | Some(RunPhase::Queued) => UnderWay::Queued,
            _ => UnderWay::Running,
        });
        let spec = &self.wanted.spec;
        let expected = Expected {
            origin: spec.origin.parse().ok(),
            // While nothing is ready, what was ready last is expected to come back.
            revision: status.revision.as_deref().map(Revision::new),
            revision_since: status.revision_since.as_ref().map(|since| since.0),
            profile: self.wanted.scan.as_ref().ok().map(|scan| scan.profile.clone()),
            exposures: spec.exposures.iter().map(exposure).collect(),
        };
        let knowledge = Knowledge {
            expected,
            evidence: evidence.map(Arc::new),
            under_way,
            distrusted: self.distrusted.clone(),
            ..Knowledge::default()
        };
        Ok(evaluate(policy, &knowledge, self.now))
    }

    fn phase(&self, due: Due) -> TargetPhase {
        let running = self.runs.iter().find(|run| !is_ended(run)).and_then(|run| phase(run));
        match (due, running) {
            (Due::NotYet { wait: Wait::Refused, .. }, _) => TargetPhase::Refused,
            (Due::NotYet { .. }, Some(RunPhase::Starting | RunPhase::Running | RunPhase::Retrying)) => {
                TargetPhase::Scanning
            }
            (Due::Now(_) | Due::NotYet { wait: Wait::UnderWay, .. }, _) => TargetPhase::Queued,
            (Due::NotYet { wait: Wait::Suspended, .. }, _) => TargetPhase::Suspended,
            (Due::NotYet { wait: Wait::NotReady | Wait::NotStable, .. }, _) => TargetPhase::Waiting,
            (Due::NotYet { .. }, _) => TargetPhase::Idle,
        }
    }

    /// The conditions: what people and `kubectl wait` ask for.
    fn say(&self, status: &mut ScanTargetStatus, exposing: &[Exposing]) {
        let accepted = match &self.wanted.scan {
            Ok(_) => Statement::new("True", "Accepted", ""),
            Err(remark) => Statement::new("False", &remark.reason, remark.message.as_str()),
        };
        self.condition(status, "Accepted", accepted);
        let ready = match (self.wanted.has_workload, self.wanted.is_ready, &self.wanted.revision) {
            (false, ..) => Statement::new("True", "External", ""),
            (true, false, _) => Statement::new("False", "NoReadyPods", "no pod behind it is ready"),
            (true, true, None) => Statement::new("False", "NoRevision", "it is not known what its pods run"),
            (true, true, Some(_)) => Statement::new("True", "Ready", ""),
        };
        // Another revision is ready since another time.
        if let (Some(revision), Some(before)) = (&self.wanted.revision, self.target.status.as_ref())
            && before.revision.as_deref() != Some(revision.as_str())
        {
            status.conditions.retain(|condition| condition.type_ != "Ready");
        }
        self.condition(status, "Ready", ready);
        let message = status.reasons.first().cloned().unwrap_or_default();
        let unknown = status.unknown.map(|unknown| format!("{unknown:?}"));
        let (passed, reason) = match (status.verdict, &unknown) {
            (Some(VerdictName::Pass), _) => ("True", "Pass"),
            (Some(VerdictName::Warn), _) => ("True", "Warn"),
            (Some(VerdictName::Fail), _) => ("False", "Fail"),
            (Some(VerdictName::Unknown) | None, reason) => {
                ("Unknown", reason.as_deref().unwrap_or("NotJudged"))
            }
        };
        self.condition(status, "Passed", Statement::new(passed, reason, message));
        let attempted = self.runs.iter().rev().find(|run| is_ended(run));
        if let Some((run, completion)) =
            attempted.and_then(|run| Some((run, run.status.as_ref()?.completion.as_ref()?)))
        {
            let (state, reason) = match completion.cause {
                _ if completion.complete => ("True", "Complete".to_owned()),
                Some(cause) => ("False", cause.word().to_owned()),
                None => ("False", "Incomplete".to_owned()),
            };
            let message = if completion.complete {
                String::new()
            } else {
                format!("{}: {}", run.name_any(), completion.detail)
            };
            self.condition(status, "Scanned", Statement::new(state, &reason, message));
        }
        self.say_exposed(status, exposing);
        match self.wanted.remarks.first() {
            Some(first) => {
                let all: Vec<&str> =
                    self.wanted.remarks.iter().map(|remark| remark.message.as_str()).collect();
                self.condition(status, "AsAsked", Statement::new("False", &first.reason, all.join("; ")));
            }
            None => status.conditions.retain(|condition| condition.type_ != "AsAsked"),
        }
    }

    /// What exposes it as it stands now.
    fn exposing(&self, status: &ScanTargetStatus) -> Vec<Exposing> {
        (self.exposing)(&ScanTarget { status: Some(status.clone()), ..self.target.clone() })
    }

    /// Whether all that exposes it would still be let in. What is exposed stays so, but somebody has to know.
    fn say_exposed(&self, status: &mut ScanTargetStatus, exposing: &[Exposing]) {
        let drifted = exposing.iter().filter(|one| matches!(one.action, Action::Hold | Action::Deny));
        let routes: Vec<String> = drifted.map(|one| one.route.to_string()).collect();
        let statement = match (exposing.is_empty(), routes.first()) {
            (true, _) => return status.conditions.retain(|condition| condition.type_ != "Exposed"),
            (false, None) => Statement::new("True", "Proven", ""),
            (false, Some(_)) => {
                let message = format!("it is exposed, and would not be let in now, by {}", routes.join(", "));
                return self.condition(status, "Exposed", Statement::new("True", "Drift", message));
            }
        };
        self.condition(status, "Exposed", statement);
    }

    fn condition(&self, status: &mut ScanTargetStatus, type_: &str, statement: Statement<'_>) {
        statement.put(&mut status.conditions, type_, self.target.metadata.generation, self.now);
    }
}

/// The run whose report the target does not have yet, if there is one: the last that delivered.
pub(super) fn undelivered<'a>(target: &ScanTarget, runs: &'a [Arc<ScanRun>]) -> Option<&'a ScanRun> {
    let delivered = |run: &&Arc<ScanRun>| {
        is_ended(run) && run.status.as_ref().is_some_and(|status| status.engine.is_some())
    };
    let run = runs.iter().rev().find(delivered)?;
    // Two scans may end in one second, and a run may come again under its name.
    let is_recorded = target.status.as_ref().is_some_and(|recorded| {
        recorded.last_scan_run == run.metadata.name
            && recorded.last_scan_time == run.status.as_ref().and_then(|status| status.ended.clone())
    });
    (!is_recorded).then_some(run)
}

/// Where a run is in its life; `None` for one that was just made.
pub(super) fn phase(run: &ScanRun) -> Option<RunPhase> {
    run.status.as_ref()?.phase
}

/// Whether a run is over.
pub(super) fn is_ended(run: &ScanRun) -> bool {
    matches!(phase(run), Some(RunPhase::Succeeded | RunPhase::Failed))
}

fn ended(run: &Arc<ScanRun>) -> Option<EndedRun> {
    let status = run.status.as_ref().filter(|_| is_ended(run))?;
    let ended = status.ended.as_ref()?.0;
    Some(EndedRun { name: run.name_any(), ended, complete: phase(run) == Some(RunPhase::Succeeded) })
}

fn read_basis(basis: &RunBasis) -> Basis {
    let profile = Profile { name: basis.profile.clone(), hash: basis.settings.clone() };
    Basis {
        revision: basis.revision.as_deref().map(Revision::new),
        exposures: basis.exposures.iter().map(exposure).collect(),
        ..Basis::new(profile, shown(&basis.scanner))
    }
}

fn shown(scanner: &ScannerRef) -> String {
    facts::scanner_name(scanner).to_string()
}

fn exposure(place: &TargetExposure) -> Exposure {
    Exposure::new(place.host.as_str(), place.path.as_str())
}

#[cfg(test)]
mod tests;
