//! Every rule of every kind, with something that it lets through and something that it does not.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod cases;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use kube::core::cel::{CompiledSchema, Validator, compile_schema};
use serde_json::{Value, json};

use self::cases::{Case, POLICIES, cases};

/// The rules of every kind, ready to be evaluated.
struct Rules(BTreeMap<String, CompiledSchema>);

impl Rules {
    fn compile() -> Self {
        let compile = |kind: String| {
            let compiled = compile_schema(&schema::of(&kind));
            assert!(!compiled.has_errors(), "{kind}: {:?}", compiled.compilation_errors());
            (kind, compiled)
        };
        Self(schema::kinds().into_iter().map(compile).collect())
    }

    /// What the rules say of a spec that may take the place of an old one.
    fn refusals(&self, kind: &str, spec: &Value, old: Option<&Value>) -> Vec<String> {
        let object = schema::object(kind, spec.clone());
        let old = old.map(|spec| schema::object(kind, spec.clone()));
        assert_eq!(schema::problems(&schema::of(kind), &object), [""; 0], "more is wrong than the rule says");
        match Validator::new().validate_compiled(&self.0[kind], &object, old.as_ref()) {
            Ok(()) => Vec::new(),
            Err(errors) => errors.iter().map(|error| error.message.to_string()).collect(),
        }
    }
}

#[test]
fn each_rule_lets_good_through_and_nothing_bad() {
    let rules = Rules::compile();
    for case in cases() {
        let bad = case.bad();
        let Case { kinds, message, good, transition, .. } = case;
        for kind in kinds {
            assert_eq!(rules.refusals(kind, &good, None), [""; 0], "{kind}: {message}");
            let refused = match transition {
                true => {
                    assert_eq!(rules.refusals(kind, &good, Some(&good)), [""; 0], "{kind}: {message}");
                    assert_eq!(rules.refusals(kind, &bad, None), [""; 0], "{kind}: {message}");
                    rules.refusals(kind, &bad, Some(&good))
                }
                false => rules.refusals(kind, &bad, None),
            };
            assert_eq!(refused, [message], "{kind}");
        }
    }
}

#[test]
fn every_rule_has_a_case() {
    let mut there = BTreeSet::new();
    for kind in schema::kinds() {
        schema::walk(&schema::of(&kind), "", &mut |path, part| {
            for rule in part["x-kubernetes-validations"].as_array().into_iter().flatten() {
                let message =
                    rule["message"].as_str().unwrap_or_else(|| panic!("{kind}{path}: {rule} has no message"));
                there.insert((kind.clone(), message.to_owned()));
            }
        });
    }
    let tested: BTreeSet<(String, String)> = cases()
        .iter()
        .flat_map(|case| case.kinds.iter().map(|kind| ((*kind).to_owned(), case.message.to_owned())))
        .collect();
    assert_eq!(there, tested);
}

/// The rule about limits is written out for each of them.
#[test]
fn each_limit_alone_is_a_policy() {
    let rules = Rules::compile();
    for kind in POLICIES {
        for unit in ["alerts", "instances"] {
            for severity in ["high", "medium", "low", "informational"] {
                for limit in ["fail", "warn"] {
                    let spec = json!({"thresholds": {unit: {severity: {limit: 0}}}});
                    assert_eq!(rules.refusals(kind, &spec, None), [""; 0], "{kind} {unit} {severity}");
                    let spec = json!({"thresholds": {unit: {severity: {"fail": 1, "warn": 1}}}});
                    assert_eq!(rules.refusals(kind, &spec, None).len(), 1, "{kind} {unit} {severity}");
                }
            }
        }
        for spec in [json!({}), json!({"thresholds": {}}), json!({"rules": [{"rule": 1, "level": "IGNORE"}]})]
        {
            assert_eq!(rules.refusals(kind, &spec, None).len(), 1, "{spec}");
        }
    }
}
