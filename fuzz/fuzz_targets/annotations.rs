//! Annotations are written by whoever owns a route, among many that mean something else.
//!
//! Each line of an input is `KEY=VALUE`; a key that begins with `~` has our prefix in its place.

#![no_main]

use std::collections::BTreeMap;

use dast_policy::{
    ANNOTATION_PREFIX, Knowledge, Layer, Policy, PolicyError, Severity, UnknownReason, Verdict, evaluate,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let written: BTreeMap<String, &str> =
        text.lines().filter_map(|line| line.split_once('=')).map(annotation).collect();
    let ours: BTreeMap<String, &str> = Severity::ALL
        .into_iter()
        .filter_map(|severity| {
            written.get_key_value(&key(severity)).map(|(key, value)| (key.clone(), *value))
        })
        .collect();

    let layer = Layer::from_annotations("shop/web", pairs(&written));
    same(&layer, &Layer::from_annotations("shop/web", pairs(&written).rev()));
    same(&layer, &Layer::from_annotations("shop/web", pairs(&ours)));

    match layer {
        Ok(None) => assert!(ours.is_empty(), "an annotation of ours says nothing"),
        Ok(Some(layer)) => accepted(layer, &ours),
        Err(error) => {
            let bad: Vec<_> = ours.iter().filter(|(_, value)| number(value).is_none()).collect();
            assert_eq!(error.problems().len(), bad.len(), "not every bad value is told: {error}");
            for problem in error.problems() {
                assert!(
                    bad.iter().any(|(key, _)| *key == problem.path()),
                    "a good value is refused: {error}"
                );
            }
        }
    }
});

fn annotation<'t>((key, value): (&str, &'t str)) -> (String, &'t str) {
    let key =
        key.strip_prefix('~').map_or_else(|| key.to_owned(), |rest| format!("{ANNOTATION_PREFIX}{rest}"));
    (key, value)
}

fn key(severity: Severity) -> String {
    format!("{ANNOTATION_PREFIX}{}", severity.key())
}

fn pairs<'a>(map: &'a BTreeMap<String, &'a str>) -> impl DoubleEndedIterator<Item = (&'a str, &'a str)> {
    map.iter().map(|(key, value)| (key.as_str(), *value))
}

fn same(a: &Result<Option<Layer>, PolicyError>, b: &Result<Option<Layer>, PolicyError>) {
    let document = |layer: &Option<Layer>| layer.as_ref().map(|layer| layer.document().clone());
    assert_eq!(a.as_ref().map(document), b.as_ref().map(document), "order or strangers matter");
}

/// An accepted layer says what was written, and as the whole policy it accepts nothing else.
fn accepted(layer: Layer, ours: &BTreeMap<String, &str>) {
    let limits = |layer: &Layer, severity| {
        layer.document().thresholds.instances.get(severity).and_then(|limit| limit.fail())
    };
    for severity in Severity::ALL {
        let meant = ours.get(&key(severity)).map(|value| number(value).expect("a bad value was accepted"));
        assert_eq!(limits(&layer, severity), meant);
    }
    let policy = Policy::from(layer.clone());
    for severity in Severity::ALL {
        let [alone] = policy.layers() else { panic!("one layer became several") };
        assert_eq!(limits(alone, severity), limits(&layer, severity).or(Some(0)), "an absent severity is 0");
    }
    let evaluation =
        evaluate(&policy, &Knowledge::default(), "2026-01-02T04:00:00Z".parse().expect("a time"));
    assert_eq!(evaluation.verdict(), Verdict::Unknown(UnknownReason::NotScanned));
}

/// Decimal digits that fit, read one by one, as an oracle for whatever the library does.
fn number(text: &str) -> Option<u32> {
    let digit = |sum: u32, c: char| sum.checked_mul(10)?.checked_add(c.to_digit(10)?);
    (!text.is_empty()).then(|| text.chars().try_fold(0, digit)).flatten()
}
