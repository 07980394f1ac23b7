//! A small world for property tests: few rules, few places, few limits, so that they meet often.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part of the world")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use dast_policy::*;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// The moment at which everything is judged unless a test says otherwise.
pub fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub const ALERTS: [(&str, &str); 5] = [("1", "1"), ("2", "2-1"), ("2", "2-2"), ("3", "3"), ("4", "4-7")];
const RULES: [&str; 6] = ["1", "2", "2-1", "2-2", "3", "4-7"];
const PATHS: [&str; 5] = ["/", "/a", "/a/b", "/c/d", "/c/e"];
const GLOBS: [&str; 5] = ["/a", "/a/**", "/c/*", "/c/d", "/*/b"];

pub fn severity() -> impl Strategy<Value = Severity> {
    select(Severity::ALL.to_vec())
}

pub fn confidence() -> impl Strategy<Value = Confidence> {
    select(Confidence::ALL.to_vec())
}

pub fn finding() -> impl Strategy<Value = Finding> {
    let place = (
        select(PATHS.to_vec()),
        select(vec!["", "?q=1"]),
        select(vec!["GET", "POST"]),
        select(vec!["", "p"]),
    );
    (select(ALERTS.to_vec()), severity(), confidence(), place).prop_map(
        |((plugin, reference), severity, confidence, (path, query, method, param))| {
            let alert = AlertRef::parse(plugin, reference).unwrap();
            let url = format!("http://shop.test{path}{query}");
            Finding::new(alert, severity, confidence, method, &url).unwrap().with_param(param).named("it")
        },
    )
}

pub fn findings() -> impl Strategy<Value = Vec<Finding>> {
    vec(finding(), 0..12)
}

/// More findings than evidence lists, of more rules than it names.
pub fn many_findings() -> impl Strategy<Value = Vec<Finding>> {
    let bulk = (0..220usize, severity(), confidence(), 0..200u32);
    (findings(), vec(bulk, 1..4)).prop_map(|(mut findings, bulks)| {
        for (rules, severity, confidence, pages) in bulks {
            for rule in 0..rules {
                let alert = AlertRef::of(&format!("9{rule}")).unwrap();
                findings
                    .push(Finding::new(alert, severity, confidence, "GET", "http://shop.test/bulk").unwrap());
            }
            for page in 0..pages {
                let alert = AlertRef::parse("2", "2-1").unwrap();
                let url = format!("http://shop.test/c/{page}");
                findings.push(Finding::new(alert, severity, confidence, "GET", &url).unwrap());
            }
        }
        findings
    })
}

pub fn threshold() -> impl Strategy<Value = Threshold> {
    (option::of(0..4u32), option::of(0..4u32))
        .prop_filter_map("a threshold says something", |(fail, warn)| Threshold::new(fail, warn).ok())
}

pub fn limits() -> impl Strategy<Value = Limits> {
    (option::of(threshold()), option::of(threshold()), option::of(threshold()), option::of(threshold()))
        .prop_map(|(high, medium, low, informational)| Limits { high, medium, low, informational })
}

pub fn rule_level() -> impl Strategy<Value = RuleLevel> {
    (select(RULES.to_vec()), select(Level::ALL.to_vec()), option::of(select(GLOBS.to_vec()))).prop_map(
        |(rule, level, path)| RuleLevel {
            rule: rule.parse().unwrap(),
            level,
            path: path.map(|path| PathPattern::glob(path).unwrap()),
        },
    )
}

pub fn exemption() -> impl Strategy<Value = Exemption> {
    let narrowed = (option::of(select(vec!["GET", "POST"])), option::of(select(vec!["", "p"])));
    let hours = -3i64..4;
    (select(RULES.to_vec()), select(GLOBS.to_vec()), option::of(finding()), hours, narrowed).prop_map(
        |(rule, glob, same, hours, (method, param))| {
            let location = match same {
                Some(finding) => Location::Fingerprint(finding.fingerprint()),
                None => Location::Path(PathPattern::glob(glob).unwrap()),
            };
            let expires = now() + SignedDuration::from_hours(hours);
            let mut exemption =
                Exemption::new(rule.parse().unwrap(), location, "known", "team", expires).unwrap();
            if let Some(method) = method {
                exemption = exemption.with_method(method);
            }
            if let Some(param) = param {
                exemption = exemption.with_param(param);
            }
            exemption
        },
    )
}

pub fn document() -> impl Strategy<Value = PolicyDocument> {
    let counts = (limits(), limits(), option::of(select(Confidence::ALL[..4].to_vec())));
    let rules = vec(rule_level(), 0..4);
    let exemptions = vec(exemption(), 0..4);
    let age = option::of((1..40i64).prop_map(SignedDuration::from_hours));
    let engines = vec(select(vec!["builtin".to_owned(), "zap".to_owned()]), 0..2);
    let profiles = vec(select(vec!["passive".to_owned(), "full".to_owned()]), 0..2);
    let coverage = (option::of(0..4u64), option::of(0..=100u8))
        .prop_map(|(pages, percent)| CoverageMinimum { pages, percent });
    let ages = (age, option::weighted(0.3, (1..40i64).prop_map(SignedDuration::from_hours)));
    let asked = (ages, engines, profiles, coverage, prop::bool::weighted(0.2), enforcement());
    (counts, rules, exemptions, asked).prop_map(
        |((alerts, instances, minimum_confidence), mut rules, exemptions, asked)| {
            let ((max_age, grace), engines, profiles, coverage, authentication_required, enforcement) = asked;
            rules.sort_by_key(|rule| (rule.rule.clone(), rule.path.as_ref().map(ToString::to_string)));
            rules.dedup_by(|a, b| a.rule == b.rule && a.path == b.path);
            let mut document = PolicyDocument::new(Thresholds { alerts, instances });
            document.minimum_confidence = minimum_confidence;
            document.rules = rules;
            document.exemptions = exemptions;
            document.max_age = max_age;
            document.grace = grace;
            document.engines = engines;
            document.profiles = profiles;
            document.coverage = coverage;
            document.authentication_required = authentication_required;
            document.enforcement = enforcement;
            if document.thresholds.is_empty() {
                document.thresholds.alerts.high = Some(Threshold::fail_over(0));
            }
            document
        },
    )
}

pub fn enforcement() -> impl Strategy<Value = Enforcement> {
    let mode = || select(vec![Mode::Audit, Mode::Warn, Mode::Enforce, Mode::Hold]);
    let unknown = select(vec![UnknownActs::Fail, UnknownActs::Warn]);
    let own = vec((select(UnknownReason::ALL.to_vec()), mode()), 0..3);
    let hold_for = option::weighted(0.3, (1..40i64).prop_map(SignedDuration::from_hours));
    (mode(), unknown, own, hold_for).prop_map(|(mode, unknown, own, hold_for)| {
        let mut unknown_reasons = UnknownModes::default();
        own.into_iter().for_each(|(reason, mode)| *unknown_reasons.get_mut(reason) = Some(mode));
        Enforcement { mode, unknown, unknown_reasons, hold_for }
    })
}

/// Layers by scope and document; at least one.
pub fn layers() -> impl Strategy<Value = Vec<(Scope, PolicyDocument)>> {
    vec((select(vec![Scope::Cluster, Scope::Namespace, Scope::File]), document()), 1..4)
}

pub fn policy(layers: &[(Scope, PolicyDocument)]) -> Policy {
    let layer = |(index, (scope, document)): (usize, &(Scope, PolicyDocument))| {
        Layer::new(*scope, format!("layer-{index}"), document.clone()).unwrap()
    };
    Policy::new(layers.iter().enumerate().map(layer)).unwrap()
}

pub fn completion() -> impl Strategy<Value = Completion> {
    let incomplete = |cause| Completion::Incomplete { cause, detail: String::new() };
    prop_oneof![
        4 => Just(Completion::Complete),
        1 => select(vec![Cause::Unreachable, Cause::Interrupted, Cause::DeadlineExceeded]).prop_map(incomplete),
    ]
}

pub fn exposures() -> impl Strategy<Value = Vec<Exposure>> {
    vec(select(vec!["/", "/a", "/a/b", "/ab"]).prop_map(|path| Exposure::new("shop.test", path)), 0..3)
}

pub fn scan() -> impl Strategy<Value = Scan> {
    let coverage =
        (0..4u64, 0..3u64, 0..3u64).prop_map(|(pages, failed, skipped)| Coverage { pages, failed, skipped });
    let revision = option::of(select(vec!["r1", "r2"]));
    let authentication = select(vec![
        Authentication::NotUsed,
        Authentication::NotUsed,
        Authentication::Held,
        Authentication::Lost,
    ]);
    let names = (select(vec!["builtin", "zap"]), select(vec!["passive", "full"]));
    (coverage, completion(), revision, authentication, names, exposures(), 0..30i64).prop_map(
        |(coverage, completion, revision, authentication, (engine, profile), covered, age)| {
            let ended = now() - SignedDuration::from_hours(age);
            let lost = authentication == Authentication::Lost && completion == Completion::Complete;
            let failed = Completion::Incomplete { cause: Cause::AuthenticationFailed, detail: String::new() };
            Scan {
                subject: Subject {
                    target: "shop/web".to_owned(),
                    origin: "http://shop.test".parse().unwrap(),
                    covered,
                },
                revision: revision.map(Revision::new),
                profile: Profile { name: profile.to_owned(), hash: format!("hash-of-{profile}") },
                engine: Engine {
                    name: engine.to_owned(),
                    version: "1".to_owned(),
                    rule_set: "rules-1".to_owned(),
                    passive: engine == "builtin",
                },
                started: ended - SignedDuration::from_mins(5),
                ended,
                completion: if lost { failed } else { completion },
                coverage,
                authentication,
            }
        },
    )
}

pub fn expected() -> impl Strategy<Value = Expected> {
    let origin =
        option::weighted(0.3, select(vec!["http://shop.test", "http://shop.test", "http://shop.test:8080"]));
    let origin = origin.prop_map(|origin| origin.map(|origin| origin.parse().unwrap()));
    let revision = option::weighted(0.3, Just(Revision::new("r1")));
    let profile = Profile { name: "full".to_owned(), hash: "hash-of-full".to_owned() };
    let profile = option::weighted(0.3, Just(profile));
    let since = option::of((0..40i64).prop_map(|hours| now() - SignedDuration::from_hours(hours)));
    (origin, (revision, since), profile, exposures()).prop_map(
        |(origin, (revision, revision_since), profile, exposures)| Expected {
            origin,
            revision,
            revision_since,
            profile,
            exposures: exposures.into(),
        },
    )
}

pub fn under_way() -> impl Strategy<Value = Option<UnderWay>> {
    option::weighted(0.3, select(vec![UnderWay::Queued, UnderWay::Running]))
}

/// What is known besides evidence.
pub fn known() -> impl Strategy<Value = Knowledge> {
    let distrusted = option::weighted(0.1, Just("nobody trusts this scanner".to_owned()));
    let absent = option::weighted(0.3, Just("there is no such Service".to_owned()));
    (expected(), under_way(), distrusted, absent, any::<bool>()).prop_map(
        |(expected, under_way, distrusted, absent, is_exposed)| Knowledge {
            expected,
            evidence: None,
            absent,
            under_way,
            distrusted,
            is_exposed,
            held_since: None,
        },
    )
}

pub fn evidence(scan: &Scan, findings: &[Finding]) -> Evidence {
    let mut collector = Collector::new();
    findings.iter().for_each(|finding| collector.add(finding));
    collector.finish(scan.clone())
}

/// The four verdicts without the reason of `Unknown`: what "better" and "worse" are about.
pub fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Warn => 1,
        Verdict::Unknown(_) => 2,
        Verdict::Fail => 3,
    }
}
