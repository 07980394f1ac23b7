//! Laws of judging: what may never make a verdict better, what may never make it worse, and what may not matter.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod model;

use dast_policy::*;
use jiff::SignedDuration;
use model::*;
use proptest::prelude::*;
use proptest::sample::Index;

/// A whole situation: the layers, the scan with its findings, and what is known besides.
#[derive(Debug, Clone)]
struct Situation {
    layers: Vec<(Scope, PolicyDocument)>,
    scan: Scan,
    findings: Vec<Finding>,
    known: Knowledge,
}

fn situation() -> impl Strategy<Value = Situation> {
    (layers(), scan(), findings(), known()).prop_map(|(layers, scan, findings, known)| Situation {
        layers,
        scan,
        findings,
        known,
    })
}

impl Situation {
    fn verdict(&self) -> Verdict {
        self.verdict_after(SignedDuration::ZERO)
    }

    fn verdict_after(&self, time: SignedDuration) -> Verdict {
        let evidence = evidence(&self.scan, &self.findings);
        let knowledge = Knowledge { evidence: Some(evidence.into()), ..self.known.clone() };
        evaluate(&policy(&self.layers), &knowledge, now() + time).verdict()
    }
}

#[track_caller]
fn not_better(before: Verdict, after: Verdict) {
    assert!(rank(after) >= rank(before), "{before} became {after}");
}

proptest! {
    #[test]
    fn another_finding_is_never_better(mut it in situation(), finding in finding()) {
        let before = it.verdict();
        it.findings.push(finding);
        not_better(before, it.verdict());
    }

    /// Whoever has seen once what evidence is of need not have it asked again.
    #[test]
    fn what_evidence_is_of_may_go_without_asking(mut it in situation()) {
        it.known.is_exposed = false;
        let asked = it.verdict();
        let exposures = it.known.expected.exposures.clone();
        let expected = std::mem::replace(&mut it.known.expected, Expected { exposures, ..Expected::default() });
        if evidence(&it.scan, &it.findings).is_of(&expected) {
            prop_assert_eq!(asked, it.verdict());
        } else {
            let is_of_another =
                matches!(asked, Verdict::Unknown(UnknownReason::Stale | UnknownReason::InProgress));
            prop_assert!(is_of_another, "it is {}", asked);
        }
    }

    #[test]
    fn age_is_never_better(mut it in situation(), hours in 0..100i64, more in 0..100i64) {
        // What failed before a rollout fails in its grace, and is unknown after it.
        it.known.is_exposed = false;
        let younger = it.verdict_after(SignedDuration::from_hours(hours));
        not_better(younger, it.verdict_after(SignedDuration::from_hours(hours + more)));
    }

    #[test]
    fn having_seen_less_is_never_better(it in situation(), what in 0..5u8) {
        let mut less = it.clone();
        match what {
            0 => less.scan.coverage.pages = less.scan.coverage.pages.saturating_sub(1),
            1 => less.scan.coverage.skipped += 5,
            2 => less.scan.coverage.failed += 5,
            3 => drop(less.scan.subject.covered.pop()),
            _ => {
                let detail = String::new();
                less.scan.completion = Completion::Incomplete { cause: Cause::Interrupted, detail };
            }
        }
        not_better(it.verdict(), less.verdict());
    }

    #[test]
    fn distrust_leaves_nothing_but_unknown_and_fail(mut it in situation()) {
        it.known.distrusted = None;
        let trusted = it.verdict();
        it.known.distrusted = Some("nobody trusts this scanner".to_owned());
        let verdict = it.verdict();
        prop_assert!(rank(verdict) >= 2);
        prop_assert_eq!(verdict == Verdict::Fail, trusted == Verdict::Fail);
        not_better(trusted, verdict);
    }

    #[test]
    fn losing_the_login_is_never_better(mut it in situation()) {
        it.scan.authentication = Authentication::Held;
        let held = it.verdict();
        it.scan.authentication = Authentication::NotUsed;
        not_better(held, it.verdict());
        it.scan.authentication = Authentication::Lost;
        not_better(held, it.verdict());
    }

    #[test]
    fn an_exemption_less_is_never_better(it in situation(), layer in any::<Index>(), which in any::<Index>()) {
        let mut less = it.clone();
        let layer = layer.get_mut(&mut less.layers);
        if !layer.1.exemptions.is_empty() {
            let index = which.index(layer.1.exemptions.len());
            layer.1.exemptions.remove(index);
        }
        not_better(it.verdict(), less.verdict());
    }

    #[test]
    fn an_exemption_that_expires_is_never_better(it in situation(), hours in 0..6i64) {
        // Evidence does not age in this one, and no grace ends, by which the verdict on what ran before counts no more.
        let mut it = it;
        for (_, document) in &mut it.layers {
            document.max_age = Some(SignedDuration::from_hours(1000));
            document.grace = None;
        }
        not_better(it.verdict(), it.verdict_after(SignedDuration::from_hours(hours)));
    }

    #[test]
    fn a_tighter_layer_is_never_better(
        it in situation(),
        layer in any::<Index>(),
        what in 0..9u8,
        severity in severity(),
        rule in rule_level(),
    ) {
        let mut tighter = it.clone();
        let document = &mut layer.get_mut(&mut tighter.layers).1;
        match what {
            0 => *document.thresholds.alerts.get_mut(severity) = Some(Threshold::fail_over(0)),
            1 => *document.thresholds.instances.get_mut(severity) = Some(Threshold::fail_over(0)),
            2 => document.minimum_confidence = Some(Confidence::Low),
            3 => document.max_age = Some(SignedDuration::from_hours(1)),
            // Another engine than the one asked for would be another demand, not a stricter one.
            4 if document.engines.is_empty() => document.engines = vec!["zap".to_owned()],
            4 => {}
            5 => document.coverage = CoverageMinimum { pages: Some(3), percent: Some(100) },
            6 => document.authentication_required = true,
            7 => document.rules.iter_mut().for_each(|rule| rule.level = Level::Fail),
            _ => {
                document.rules.retain(|old| (&old.rule, &old.path) != (&rule.rule, &rule.path));
                let before = tighter.verdict();
                let document = &mut layer.get_mut(&mut tighter.layers).1;
                document.rules.push(RuleLevel { level: Level::Fail, ..rule });
                not_better(before, tighter.verdict());
                return Ok(());
            }
        }
        not_better(it.verdict(), tighter.verdict());
    }

    #[test]
    fn one_layer_more_is_never_better(it in situation(), scope in 0..3u8, document in document()) {
        let mut more = it.clone();
        let mut document = document;
        let scope = match scope {
            0 => Scope::Cluster,
            1 => Scope::Namespace,
            _ => Scope::File,
        };
        // What a layer exempts is exempted below it too: that is what a higher layer is for. So only one at the
        // bottom brings exemptions here.
        if it.layers.iter().any(|layer| layer.0 > scope) {
            document.exemptions.clear();
        }
        more.layers.push((scope, document));
        not_better(it.verdict(), more.verdict());
    }

    #[test]
    fn a_looser_limit_is_never_worse(it in situation(), layer in any::<Index>(), by in 1..5u32) {
        let mut looser = it.clone();
        let document = &mut layer.get_mut(&mut looser.layers).1;
        for unit in [&mut document.thresholds.alerts, &mut document.thresholds.instances] {
            for severity in Severity::ALL {
                let place = unit.get_mut(severity);
                let raised = |limit: Option<u32>| limit.map(|limit| limit + by);
                *place = place.map(|old| Threshold::new(raised(old.fail()), raised(old.warn())).unwrap());
            }
        }
        not_better(looser.verdict(), it.verdict());
    }

    #[test]
    fn order_does_not_matter(it in situation(), seed in any::<u64>()) {
        let mut other = it.clone();
        other.findings.rotate_left(seed as usize % it.findings.len().max(1));
        other.findings.reverse();
        other.layers.reverse();
        for layer in &mut other.layers {
            layer.1.rules.reverse();
            layer.1.exemptions.reverse();
            layer.1.engines.reverse();
        }
        prop_assert_eq!(evidence(&it.scan, &it.findings), evidence(&other.scan, &other.findings));
        prop_assert_eq!(it.verdict(), other.verdict());
    }

    #[test]
    fn only_complete_and_current_evidence_passes(it in situation()) {
        if rank(it.verdict()) <= 1 {
            prop_assert!(it.known.distrusted.is_none());
            let scan = evidence(&it.scan, &it.findings).scan();
            prop_assert_eq!(&scan.completion, &Completion::Complete);
            prop_assert!(scan.coverage.pages > 0);
            prop_assert_ne!(scan.authentication, Authentication::Lost);
            let expected = &it.known.expected;
            if expected.revision.is_some() && expected.revision != scan.revision {
                let since = expected.revision_since;
                let graces = it.layers.iter().map(|(_, document)| Some(since? + document.grace?));
                prop_assert!(it.known.is_exposed && graces.flatten().filter(|end| *end >= now()).count() == it.layers.len());
            }
            prop_assert!(it.known.expected.profile.as_ref().is_none_or(|profile| profile.hash == scan.profile.hash));
            for (_, document) in &it.layers {
                let most = document.max_age.unwrap_or(PolicyDocument::DEFAULT_MAX_AGE);
                prop_assert!(now().duration_since(scan.ended) <= most);
                prop_assert!(document.engines.is_empty() || document.engines.contains(&scan.engine.name));
            }
        }
    }

    #[test]
    fn grace_is_for_what_is_exposed_and_ends(it in situation(), hours in 0..100i64) {
        let after = SignedDuration::from_hours(hours);
        let verdict = it.verdict_after(after);
        let without = |change: fn(&mut Situation)| {
            let mut other = it.clone();
            change(&mut other);
            other.verdict_after(after)
        };
        let new = without(|it| it.known.is_exposed = false);
        let none = without(|it| it.layers.iter_mut().for_each(|(_, document)| document.grace = None));
        prop_assert_eq!(new, none);
        let over = it.layers.iter().all(|(_, document)| {
            let since = it.known.expected.revision_since.unwrap_or(now());
            document.grace.is_none_or(|grace| now() + after > since + grace)
        });
        if over || !it.known.is_exposed {
            prop_assert_eq!(verdict, new);
        }
        // It only ever replaces what is expected by what was there before.
        let any = without(|it| it.known.expected.revision = None);
        prop_assert!(rank(verdict) == rank(new) || rank(verdict) == rank(any) || it.layers.len() > 1);
    }

    #[test]
    fn giving_up_lets_in_what_is_unknown_and_nothing_else(it in situation(), hours in 0..60i64) {
        let evidence: std::sync::Arc<Evidence> = evidence(&it.scan, &it.findings).into();
        let knowledge = Knowledge { evidence: Some(evidence), ..it.known.clone() };
        let since = now() - SignedDuration::from_hours(hours);
        let held = Knowledge { held_since: Some(since), ..knowledge.clone() };
        let (new, old) = (evaluate(&policy(&it.layers), &knowledge, now()), evaluate(&policy(&it.layers), &held, now()));
        prop_assert_eq!(new.verdict(), old.verdict());
        for (new, old) in new.layers().iter().zip(old.layers()) {
            let index: usize = new.name.trim_start_matches("layer-").parse().unwrap();
            let enforcement = it.layers[index].1.enforcement;
            let over = enforcement.hold_for.is_some_and(|most| SignedDuration::from_hours(hours) >= most);
            // A policy may hold back what is unknown, and no more than record what fails.
            let holds_failures = enforcement.action(Verdict::Fail) == Action::Hold;
            let is_held = |reason: &Reason| holds_failures && reason.verdict() == Verdict::Fail;
            if new.action != old.action {
                prop_assert!(over && new.action == Action::Hold && old.action == Action::Warn);
                prop_assert!(!new.reasons.iter().any(is_held));
            } else if over && new.action == Action::Hold {
                prop_assert!(new.reasons.iter().any(is_held));
            }
        }
        // Clocks that run backwards do not hurry.
        let early = Knowledge { held_since: Some(now() + SignedDuration::from_hours(hours)), ..knowledge };
        if hours > 0 {
            prop_assert_eq!(evaluate(&policy(&it.layers), &early, now()).action(), new.action());
        }
    }

    #[test]
    fn no_reason_hides_what_another_asks_for(it in situation()) {
        let knowledge = Knowledge { evidence: Some(evidence(&it.scan, &it.findings).into()), ..it.known.clone() };
        let evaluation = evaluate(&policy(&it.layers), &knowledge, now());
        for layer in evaluation.layers() {
            let index: usize = layer.name.trim_start_matches("layer-").parse().unwrap();
            let enforcement = it.layers[index].1.enforcement;
            let asked = layer.reasons.iter().map(|reason| enforcement.action(reason.verdict()));
            prop_assert_eq!(layer.action, asked.max().unwrap_or(Action::Admit));
            prop_assert!(layer.action >= enforcement.action(layer.verdict));
        }
    }

    #[test]
    fn without_evidence_nothing_passes(layers in layers(), known in known()) {
        let under_way = known.under_way;
        let knowledge = Knowledge { evidence: None, ..known };
        let reason = if under_way.is_some() { UnknownReason::InProgress } else { UnknownReason::NotScanned };
        prop_assert_eq!(evaluate(&policy(&layers), &knowledge, now()).verdict(), Verdict::Unknown(reason));
    }

    #[test]
    fn the_verdict_is_that_of_the_worst_layer_and_has_reasons(it in situation()) {
        let knowledge = Knowledge::of(evidence(&it.scan, &it.findings));
        let evaluation = evaluate(&policy(&it.layers), &knowledge, now());
        prop_assert_eq!(evaluation.layers().iter().map(|layer| layer.verdict).max(), Some(evaluation.verdict()));
        prop_assert_eq!(evaluation.layers().iter().map(|layer| layer.action).max(), Some(evaluation.action()));
        prop_assert!(evaluation.deciding().next().is_some());
        for layer in evaluation.layers() {
            prop_assert_eq!(layer.reasons.is_empty(), layer.verdict == Verdict::Pass);
            let worst = layer.reasons.iter().map(Reason::verdict).max();
            prop_assert_eq!(worst.unwrap_or(Verdict::Pass), layer.verdict);
        }
    }

    #[test]
    fn a_document_printed_and_parsed_is_itself(document in document()) {
        prop_assert_eq!(&PolicyDocument::from_json(&document.to_json()).unwrap(), &document);
    }

    #[test]
    #[cfg(feature = "yaml")]
    fn a_document_printed_as_yaml_and_parsed_is_itself(document in document()) {
        prop_assert_eq!(&PolicyDocument::from_yaml(&document.to_yaml()).unwrap(), &document);
        prop_assert_eq!(&PolicyDocument::from_yaml(&document.to_json()).unwrap(), &document);
    }

    #[test]
    fn evidence_printed_and_parsed_is_itself(scan in scan(), findings in many_findings()) {
        let evidence = evidence(&scan, &findings);
        prop_assert_eq!(&Evidence::from_json(&evidence.to_json()).unwrap(), &evidence);
    }
}
