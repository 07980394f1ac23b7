//! The one place where it is decided.

use jiff::{SignedDuration, Timestamp};
use smallvec::SmallVec;

use crate::document::PolicyDocument;
use crate::evaluation::{Check, Evaluation, LayerEvaluation, Reason};
use crate::knowledge::{Knowledge, UnderWay};
use crate::layer::Layer;
use crate::names::Names;
use crate::packed_scan::PackedScan;
use crate::policy::Policy;
use crate::scan::{Authentication, Cause};
use crate::severity::Severity;
use crate::tally::{Tallies, Tally};
use crate::threshold::Unit;
use crate::verdict::{Action, UnknownReason, Verdict};

/// How far the clocks of a scanner and of whoever judges may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Judges what is known of a subject: a total function of its arguments, without clock or any other input.
///
/// Every layer is judged by itself. The worst verdict counts, and the strictest action.
///
/// ```
/// use dast_policy::{Knowledge, Layer, Policy, PolicyDocument, Scope, UnknownReason, Verdict, evaluate};
///
/// let policy = Policy::from(Layer::new(Scope::File, "policy.yaml", PolicyDocument::standard())?);
/// let evaluation = evaluate(&policy, &Knowledge::default(), "2026-01-01T00:00:00Z".parse()?);
/// assert_eq!(evaluation.verdict(), Verdict::Unknown(UnknownReason::NotScanned), "no evidence is never a pass");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate(policy: &Policy, knowledge: &Knowledge, now: Timestamp) -> Evaluation {
    let names = policy.layers().iter().flat_map(|layer| [layer.levels.rules(), layer.exemptions.rules()]);
    let names: SmallVec<[&Names; 4]> = names.filter(|names| !names.is_empty()).collect();
    let is_named = |alert: &str| Names::any_has(&names, alert);
    let opened = knowledge.evidence.as_deref().map(|evidence| evidence.open(is_named));
    let found = opened.as_ref().and_then(|(_, found)| Some(Tallies::new(found.as_ref()?)));
    let scan = opened.as_ref().map(|(scan, _)| scan);
    let judged =
        policy.layers().iter().map(|layer| judge(layer, policy, knowledge, scan, found.as_ref(), now));
    Evaluation::new(judged.collect())
}

/// One layer's judgement.
fn judge(
    layer: &Layer,
    policy: &Policy,
    knowledge: &Knowledge,
    scan: Option<&PackedScan<'_>>,
    found: Option<&Tallies<'_, '_>>,
    now: Timestamp,
) -> LayerEvaluation {
    let mut judgement = Judgement::default();
    match scan {
        None => judgement.not_scanned(knowledge),
        Some(scan) => match scan
            .is_of_something_else(&knowledge.expected, || has_grace(layer.document(), knowledge, now))
        {
            // What was found in another revision says nothing about this one, good or bad.
            Some(detail) => judgement.stale(detail, knowledge.under_way),
            None => {
                match found {
                    Some(found) => judgement.hold_against_limits(found, layer, policy, now),
                    None => judgement.unknown(UnknownReason::Inconclusive, "what was found cannot be read"),
                }
                judgement.ask_whether_it_may_be_relied_on(scan, layer.document(), knowledge, now);
            }
        },
    }
    judgement.finish(layer, knowledge.held_since.map(|since| now.duration_since(since)))
}

/// Whether what runs now may still lean on what ran before it.
fn has_grace(document: &PolicyDocument, knowledge: &Knowledge, now: Timestamp) -> bool {
    let (Some(grace), Some(since), true) =
        (document.grace, knowledge.expected.revision_since, knowledge.is_exposed)
    else {
        return false;
    };
    let age = now.duration_since(since);
    age >= -CLOCK_SKEW && age <= grace
}

#[derive(Default)]
struct Judgement {
    checks: Vec<Check>,
    reasons: Vec<Reason>,
    exempted: u64,
    ignored: u64,
}

impl Judgement {
    fn not_scanned(&mut self, knowledge: &Knowledge) {
        let why = knowledge.absent.as_deref();
        match knowledge.under_way {
            Some(under_way) => self.in_progress(under_way, why.unwrap_or("there is no evidence from before")),
            None => self.unknown(UnknownReason::NotScanned, why.unwrap_or("it was never scanned")),
        }
    }

    fn stale(&mut self, detail: String, under_way: Option<UnderWay>) {
        match under_way {
            Some(under_way) => self.in_progress(under_way, &detail),
            None => self.unknown(UnknownReason::Stale, detail),
        }
    }

    fn in_progress(&mut self, under_way: UnderWay, before: &str) {
        let state = match under_way {
            UnderWay::Queued => "queued",
            UnderWay::Running => "running",
        };
        self.unknown(UnknownReason::InProgress, format!("a scan is {state}; {before}"));
    }

    fn unknown(&mut self, reason: UnknownReason, detail: impl Into<String>) {
        self.reasons.push(Reason::Unknown { reason, detail: detail.into() });
    }

    fn hold_against_limits(
        &mut self,
        found: &Tallies<'_, '_>,
        layer: &Layer,
        policy: &Policy,
        now: Timestamp,
    ) {
        // Exemptions of this layer and of those that stand above it; not those of its neighbours.
        let reaching: SmallVec<[&Layer; 4]> = policy
            .layers()
            .iter()
            .map(AsRef::as_ref)
            .filter(|other: &&Layer| other.scope() < layer.scope() || std::ptr::eq(*other, layer))
            .collect();
        let tally = found.under(layer, &reaching, now);
        self.checks.reserve_exact(Severity::ALL.len() * Unit::ALL.len());
        self.exempted = tally.exempted();
        self.ignored = tally.ignored();
        for severity in Severity::ALL {
            for unit in Unit::ALL {
                self.hold_against_limit(&tally, layer.document(), severity, unit);
            }
        }
        for levelled in tally.into_levelled() {
            self.reasons.push(Reason::RuleFound {
                alert_ref: levelled.alert.as_ref().map(ToString::to_string),
                level: levelled.level,
                found: levelled.found,
                unlisted: levelled.presumed,
                findings: levelled.examples,
            });
        }
    }

    fn hold_against_limit(
        &mut self,
        tally: &Tally<'_, '_>,
        document: &PolicyDocument,
        severity: Severity,
        unit: Unit,
    ) {
        let (Some(threshold), Some(counted)) =
            (document.thresholds.of(unit).get(severity), tally.severity(severity))
        else {
            return;
        };
        let found = counted.of(unit);
        let over = |limit: Option<u32>| limit.filter(|limit| found > u64::from(*limit));
        let broken = match (over(threshold.fail()), over(threshold.warn())) {
            (Some(limit), _) => Some((Verdict::Fail, limit)),
            (None, Some(limit)) => Some((Verdict::Warn, limit)),
            (None, None) => None,
        };
        let verdict = broken.map_or(Verdict::Pass, |(verdict, _)| verdict);
        let (fail, warn) = (threshold.fail(), threshold.warn());
        self.checks.push(Check { severity, unit, fail, warn, found, verdict });
        if let Some((verdict, limit)) = broken {
            let findings = tally.examples(severity);
            self.reasons.push(Reason::OverLimit { severity, unit, limit, found, verdict, findings });
        }
    }

    fn ask_whether_it_may_be_relied_on(
        &mut self,
        scan: &PackedScan<'_>,
        document: &PolicyDocument,
        knowledge: &Knowledge,
        now: Timestamp,
    ) {
        let age = now.duration_since(scan.ended);
        let most = document.max_age.unwrap_or(PolicyDocument::DEFAULT_MAX_AGE);
        if age > most {
            let detail = format!("the evidence is {} old, {} accepted", whole(age), whole(most));
            self.stale(detail, knowledge.under_way);
        }
        if age < -CLOCK_SKEW {
            let detail = format!("the scan ended {} from now: the clocks differ", whole(-age));
            self.unknown(UnknownReason::Inconclusive, detail);
        }
        if let Some(detail) = &knowledge.distrusted {
            self.unknown(UnknownReason::Inconclusive, detail);
        }
        if let Some((cause, detail)) = scan.incomplete {
            let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
            self.unknown(
                UnknownReason::Inconclusive,
                format!("the scan did not come to its end: {cause}{detail}"),
            );
        }
        let told = matches!(scan.incomplete, Some((Cause::AuthenticationFailed, _)));
        match scan.authentication {
            Authentication::Held => {}
            // Told already, where that is why the scan is incomplete.
            Authentication::Lost if told => {}
            Authentication::Lost => self.unknown(UnknownReason::Inconclusive, "the login did not hold"),
            Authentication::NotUsed if document.authentication_required => {
                self.unknown(
                    UnknownReason::Inconclusive,
                    "the policy asks for a scan that is logged in; this was not",
                );
            }
            Authentication::NotUsed => {}
        }
        let coverage = &scan.coverage;
        if let Some(least) = document.coverage.pages.filter(|least| coverage.pages < *least) {
            let detail = format!("the scan saw {} pages, at least {least} are asked for", coverage.pages);
            self.unknown(UnknownReason::Inconclusive, detail);
        }
        if let Some(least) = document.coverage.percent.filter(|least| coverage.percent() < *least) {
            let seen = coverage.percent();
            let detail = format!("the scan saw {seen}% of what it found, at least {least}% is asked for");
            self.unknown(UnknownReason::Inconclusive, detail);
        }
        self.ask_whether_accepted("engine", scan.engine, &document.engines);
        self.ask_whether_accepted("profile", scan.profile, &document.profiles);
        for exposure in knowledge.expected.exposures.iter() {
            if !scan.covered.iter().any(|(host, path)| exposure.is(host, path)) {
                let detail = format!("the scan did not visit `{}{}`", exposure.host, exposure.path);
                self.unknown(UnknownReason::NotCovered, detail);
            }
        }
    }

    fn ask_whether_accepted(&mut self, what: &str, name: &str, accepted: &[String]) {
        if !accepted.is_empty() && !accepted.iter().any(|one| one == name) {
            let detail = format!("{what} `{name}` does not suffice; accepted: {}", accepted.join(", "));
            self.unknown(UnknownReason::Inconclusive, detail);
        }
    }

    /// The strictest that any reason asks for: the one that is told may have a milder mode than one behind it.
    fn action(&self, layer: &Layer, held: Option<SignedDuration>) -> Action {
        let enforcement = layer.document().enforcement;
        let asked = self.reasons.iter().map(|reason| match held {
            Some(held) => enforcement.action_after(reason.verdict(), held),
            None => enforcement.action(reason.verdict()),
        });
        asked.max().unwrap_or(Action::Admit)
    }

    fn finish(mut self, layer: &Layer, held: Option<SignedDuration>) -> LayerEvaluation {
        // Stable, so that reasons of one kind stay in the order in which they were found.
        self.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict()));
        let verdict = self.reasons.first().map_or(Verdict::Pass, Reason::verdict);
        LayerEvaluation {
            scope: layer.scope(),
            name: layer.shared_name(),
            verdict,
            action: self.action(layer, held),
            checks: self.checks,
            reasons: self.reasons,
            exempted: self.exempted,
            ignored: self.ignored,
        }
    }
}

/// A span as people say it: days from two days on, else hours, else minutes, rounded down.
fn whole(span: SignedDuration) -> String {
    match (span.as_hours(), span.as_mins()) {
        (hours, _) if hours >= 48 => format!("{} days", hours / 24),
        (hours, _) if hours >= 1 => format!("{hours} h"),
        (_, minutes) => format!("{minutes} min"),
    }
}
