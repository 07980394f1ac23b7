//! A naive evaluator that shares no code with the real one: it holds every finding against every rule, one by one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod model;

use std::collections::BTreeSet;

use dast_policy::*;
use jiff::{SignedDuration, Timestamp};
use model::*;
use proptest::prelude::*;

/// Judges raw findings, however many there are, without bounding them into evidence first.
fn naive(
    layers: &[(Scope, PolicyDocument)],
    scan: &Scan,
    findings: &[Finding],
    known: &Knowledge,
    now: Timestamp,
) -> Verdict {
    let mut worst = Verdict::Pass;
    for (index, (scope, document)) in layers.iter().enumerate() {
        let exemptions: Vec<&Exemption> = layers
            .iter()
            .enumerate()
            .filter(|(other, layer)| layer.0 < *scope || *other == index)
            .flat_map(|(_, layer)| &layer.1.exemptions)
            .collect();
        worst = worst.max(layer(document, &exemptions, scan, findings, known, now));
    }
    worst
}

fn layer(
    document: &PolicyDocument,
    exemptions: &[&Exemption],
    scan: &Scan,
    findings: &[Finding],
    known: &Knowledge,
    now: Timestamp,
) -> Verdict {
    let Knowledge { expected, under_way, distrusted, is_exposed, .. } = known;
    let progress =
        |otherwise| Verdict::Unknown(if under_way.is_some() { UnknownReason::InProgress } else { otherwise });
    if expected.origin.as_ref().is_some_and(|origin| *origin != scan.subject.origin) {
        return progress(UnknownReason::Stale);
    }
    let grace = match (document.grace, expected.revision_since) {
        (Some(grace), Some(since)) => *is_exposed && now <= since + grace,
        _ => false,
    };
    if expected.revision.is_some() && expected.revision != scan.revision && !grace {
        return progress(UnknownReason::Stale);
    }
    if expected.profile.is_some() && expected.profile.as_ref().map(|p| &p.hash) != Some(&scan.profile.hash) {
        return progress(UnknownReason::Stale);
    }
    let mut verdicts = vec![Verdict::Pass];
    let mut counted = Vec::new();
    for finding in findings {
        if finding.confidence() == Confidence::FalsePositive
            || finding.confidence() < document.minimum_confidence.unwrap_or(Confidence::Low)
            || exemptions.iter().any(|exemption| exempts(exemption, finding, now))
        {
            continue;
        }
        match level(document, finding) {
            None => counted.push(finding),
            Some(Level::Fail) => verdicts.push(Verdict::Fail),
            Some(Level::Warn) => verdicts.push(Verdict::Warn),
            Some(Level::Info | Level::Ignore) => {}
        }
    }
    for severity in Severity::ALL {
        let of_it: Vec<_> = counted.iter().filter(|finding| finding.severity() == severity).collect();
        let alerts: BTreeSet<_> = of_it.iter().map(|finding| finding.alert_ref().as_str()).collect();
        for (limits, found) in
            [(&document.thresholds.alerts, alerts.len()), (&document.thresholds.instances, of_it.len())]
        {
            let Some(threshold) = limits.get(severity) else { continue };
            if threshold.fail().is_some_and(|limit| found > limit as usize) {
                verdicts.push(Verdict::Fail);
            }
            if threshold.warn().is_some_and(|limit| found > limit as usize) {
                verdicts.push(Verdict::Warn);
            }
        }
    }
    let unknown = |reason| Verdict::Unknown(reason);
    if now.duration_since(scan.ended) > document.max_age.unwrap_or(SignedDuration::from_hours(168)) {
        verdicts.push(progress(UnknownReason::Stale));
    }
    let accepted = |names: &[String], name: &String| names.is_empty() || names.contains(name);
    let seen = scan.coverage.pages;
    let found = seen + scan.coverage.failed + scan.coverage.skipped;
    if distrusted.is_some()
        || scan.completion != Completion::Complete
        || seen == 0
        || scan.authentication == Authentication::Lost
        || (document.authentication_required && scan.authentication != Authentication::Held)
        || document.coverage.pages.is_some_and(|least| seen < least)
        || document
            .coverage
            .percent
            .is_some_and(|least| found == 0 && least > 0 || seen * 100 < u64::from(least) * found)
        || !accepted(&document.engines, &scan.engine.name)
        || !accepted(&document.profiles, &scan.profile.name)
    {
        verdicts.push(unknown(UnknownReason::Inconclusive));
    }
    for exposure in expected.exposures.iter() {
        let same = |visited: &Exposure| {
            let segments = |path: &str| {
                let parts = path.split('/').filter(|part| !part.is_empty());
                parts.map(str::to_owned).collect::<Vec<_>>()
            };
            visited.host == exposure.host && segments(&visited.path) == segments(&exposure.path)
        };
        if !scan.subject.covered.iter().any(same) {
            verdicts.push(unknown(UnknownReason::NotCovered));
        }
    }
    verdicts.into_iter().max().unwrap()
}

fn exempts(exemption: &Exemption, finding: &Finding, now: Timestamp) -> bool {
    let place = match exemption.location() {
        Location::Path(pattern) => pattern.matches(finding.path()),
        Location::Fingerprint(fingerprint) => *fingerprint == finding.fingerprint(),
    };
    exemption.expires() > now
        && finding.alert_ref().is_named_by(exemption.rule())
        && place
        && exemption.method().is_none_or(|method| method == finding.method())
        && exemption.param().is_none_or(|param| param == finding.param())
}

fn level(document: &PolicyDocument, finding: &Finding) -> Option<Level> {
    for name in [finding.alert_ref().as_str(), finding.alert_ref().plugin_id()] {
        let of_name = || document.rules.iter().filter(|rule| rule.rule.as_str() == name);
        let here =
            of_name().filter(|rule| rule.path.as_ref().is_some_and(|path| path.matches(finding.path())));
        let strictest = here.map(|rule| rule.level).max();
        let everywhere = of_name().find(|rule| rule.path.is_none()).map(|rule| rule.level);
        if let Some(level) = strictest.or(everywhere) {
            return Some(level);
        }
    }
    None
}

fn real(layers: &[(Scope, PolicyDocument)], scan: &Scan, findings: &[Finding], known: &Knowledge) -> Verdict {
    let knowledge = Knowledge { evidence: Some(evidence(scan, findings).into()), ..known.clone() };
    evaluate(&policy(layers), &knowledge, now()).verdict()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn both_agree(
        layers in layers(),
        scan in scan(),
        findings in findings(),
        known in known(),
    ) {
        let naive = naive(&layers, &scan, &findings, &known, now());
        prop_assert_eq!(real(&layers, &scan, &findings, &known), naive);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn bounding_evidence_is_never_better(layers in layers(), scan in scan(), findings in many_findings()) {
        let known = Knowledge::default();
        let naive = naive(&layers, &scan, &findings, &known, now());
        prop_assert!(rank(real(&layers, &scan, &findings, &known)) >= rank(naive));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// An exemption that has expired changes nothing, but has each finding looked at by itself.
    #[test]
    fn what_nobody_names_is_counted_as_if_somebody_did(
        document in document(),
        scan in scan(),
        findings in prop_oneof![findings(), many_findings()],
    ) {
        let silent = PolicyDocument { rules: Vec::new(), exemptions: Vec::new(), ..document };
        let expired = |finding: &Finding| {
            let rule = finding.alert_ref().as_str().parse().unwrap();
            let place = Location::Fingerprint(finding.fingerprint());
            Exemption::new(rule, place, "long ago", "team", now() - SignedDuration::from_hours(1)).unwrap()
        };
        let named = PolicyDocument { exemptions: findings.iter().map(expired).collect(), ..silent.clone() };
        let evidence = std::sync::Arc::new(evidence(&scan, &findings));
        let judged = |document: PolicyDocument| {
            let known = Knowledge { evidence: Some(evidence.clone()), ..Knowledge::default() };
            evaluate(&policy(&[(Scope::Namespace, document)]), &known, now())
        };
        let (quick, slow) = (judged(silent), judged(named));
        prop_assert_eq!(quick.layers(), slow.layers());
    }
}

#[test]
fn the_world_of_these_tests_reaches_every_verdict() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2000 {
        let world = (layers(), scan(), findings(), known()).new_tree(&mut runner).unwrap();
        let (layers, scan, findings, known) = world.current();
        seen.insert(real(&layers, &scan, &findings, &known).to_string());
    }
    let all = [
        "Fail",
        "Pass",
        "Unknown (InProgress)",
        "Unknown (Inconclusive)",
        "Unknown (NotCovered)",
        "Unknown (Stale)",
        "Warn",
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
}
