//! Policies are written by people and by tenants. One that is accepted means the same in either format, never passes
//! what was not scanned, and cannot loosen what stands above it.

#![no_main]

use dast_policy::{
    Enforcement, Evidence, Knowledge, Layer, Policy, PolicyDocument, PolicyError, Scope, UnknownReason,
    Verdict, evaluate,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let json = PolicyDocument::from_json(text);
    let yaml = PolicyDocument::from_yaml(text);
    if let Ok(json) = &json {
        assert_eq!(yaml.as_ref(), Ok(json), "JSON is a part of YAML");
    }
    for read in [json, yaml] {
        match read {
            Ok(document) => accepted(&document),
            Err(error) => refused(&error),
        }
    }
});

fn accepted(document: &PolicyDocument) {
    assert_eq!(PolicyDocument::from_json(&document.to_json()).as_ref(), Ok(document));
    assert_eq!(PolicyDocument::from_yaml(&document.to_yaml()).as_ref(), Ok(document));

    // Patterns may be too large together, which is only noticed here.
    let Ok(layer) = Layer::new(Scope::Namespace, "fuzzed", document.clone()) else { return };
    let nothing = Knowledge::default();
    let not_scanned = Verdict::Unknown(UnknownReason::NotScanned);
    let alone = Policy::from(layer.clone());
    assert_eq!(verdict(&alone, &nothing), not_scanned, "no evidence, but another verdict");

    let ceiling =
        Layer::new(Scope::Cluster, "ceiling", PolicyDocument::standard()).expect("the standard is sound");
    let both = Policy::new([layer, ceiling.clone()]).expect("two layers");
    let evidence =
        Evidence::from_json(include_str!("../seeds/evidence/complete.json")).expect("the seed is evidence");
    let known = Knowledge::of(evidence);
    let together = verdict(&both, &known);
    assert!(together >= verdict(&ceiling.into(), &known), "a layer below loosened the ceiling");
    assert!(together >= verdict(&alone, &known), "the ceiling loosened a layer below");

    // What is done about a verdict does not change the verdict.
    let document = PolicyDocument { enforcement: Enforcement::default(), ..document.clone() };
    let enforced = Layer::new(Scope::Namespace, "fuzzed", document).expect("only its enforcement differs");
    assert_eq!(verdict(&enforced.into(), &known), verdict(&alone, &known));
}

/// The verdict an hour or so after the scan that the seed tells of.
fn verdict(policy: &Policy, knowledge: &Knowledge) -> Verdict {
    let now = "2026-01-02T04:00:00Z".parse().expect("a time");
    let evaluation = evaluate(policy, knowledge, now);
    assert_eq!(evaluation, evaluate(policy, knowledge, now), "one question, two answers");
    evaluation.verdict()
}

fn refused(error: &PolicyError) {
    assert!(!error.to_string().is_empty());
    match error.category() {
        "syntax" => assert!(error.problems().is_empty()),
        "invalid" => assert!(!error.problems().is_empty(), "refused for no reason"),
        other => panic!("a category that nobody knows: {other}"),
    }
    assert!(
        error.problems().iter().all(|problem| !problem.accepted().is_empty()),
        "does not say what is accepted"
    );
}
