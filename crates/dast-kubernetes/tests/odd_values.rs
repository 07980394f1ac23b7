//! Every field that people write, with odd values: an API server refuses them by name, or what it takes is read, or said to be
//! wrong by whoever reads it.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "only what is good in them")]
mod cases;
mod schema;

use std::fmt::Write as _;

use dast_kubernetes::crd::{ClusterThresholdPolicy, Dast, Exemption, ThresholdPolicy};
use kube::core::cel::{Validator, compile_schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use self::cases::cases;

/// The kinds that people write; the operator writes the others.
const WRITTEN: [&str; 4] = ["Dast", "Exemption", "ThresholdPolicy", "ClusterThresholdPolicy"];

/// Values that mean nothing in almost any field.
fn odd() -> [(&'static str, Value); 11] {
    [
        ("empty", json!("")),
        ("blank", json!(" ")),
        ("unknown", json!("no-such-thing")),
        ("control", json!("a\u{1b}[2J\n\u{202e}")),
        ("long", json!("x".repeat(100_000))),
        ("zero", json!(0)),
        ("negative", json!(-1)),
        ("huge", json!(i64::MAX)),
        ("fraction", json!(1.5)),
        ("list", json!([])),
        ("object", json!({})),
    ]
}

/// What is taken of each field is here to be looked at. `told` is what its reader says is wrong.
#[test]
fn every_field_is_refused_read_or_told() {
    let mut taken = String::new();
    for kind in WRITTEN {
        let schema = schema::of(kind);
        let rules = compile_schema(&schema);
        let spec = &schema["properties"]["spec"];
        let mut fields = Vec::new();
        schema::walk(spec, "", &mut |path, _| fields.push(path.replace("[]", ".[]")));
        for field in fields.iter().filter(|field| !field.is_empty()) {
            let path: Vec<&str> = field.split('.').skip(1).collect();
            let good = base(kind, &path);
            let mut words = Vec::new();
            for (word, value) in odd() {
                let object = schema::object(kind, with(spec, Some(&good), &path, &value));
                let problems = schema::problems(&schema, &object);
                let place = format!(".spec{}", field.replace(".[]", "[0]"));
                assert!(problems.iter().all(|problem| problem.starts_with(&place)), "{place}: {problems:?}");
                if !problems.is_empty() || Validator::new().validate_compiled(&rules, &object, None).is_err()
                {
                    continue;
                }
                match read(kind, object) {
                    Ok(()) => words.push(word.to_owned()),
                    Err(told) => {
                        let name = path.iter().rfind(|part| **part != "[]").unwrap();
                        assert!(told.contains(name), "{place}, {word}: {told}");
                        assert!(told.len() < 2_000 && !told.contains('\u{1b}'), "{place}, {word}: {told}");
                        words.push(format!("{word} (told)"));
                    }
                }
            }
            if !words.is_empty() {
                writeln!(taken, "{kind}{field}: {}", words.join(", ")).unwrap();
            }
        }
    }
    insta::assert_snapshot!(taken);
}

/// A good spec of the kind that has as much of the path as any.
fn base(kind: &str, path: &[&str]) -> Value {
    let known = |good: &Value| {
        let mut part = Some(good);
        let steps = path.iter().take_while(|step| {
            part = part.and_then(|part| if **step == "[]" { part.get(0) } else { part.get(step) });
            part.is_some()
        });
        steps.count()
    };
    let good = cases().into_iter().filter(|case| case.kinds.contains(&kind)).map(|case| case.good);
    good.max_by_key(known).unwrap()
}

/// The value with another at the path. What is asked for on the way there is put in.
fn with(schema: &Value, value: Option<&Value>, path: &[&str], other: &Value) -> Value {
    match path {
        [] => other.clone(),
        ["[]", rest @ ..] => {
            let first = value.and_then(|value| value.get(0));
            json!([with(&schema["items"], first, rest, other)])
        }
        [name, rest @ ..] => {
            let mut fields = value.and_then(Value::as_object).cloned().unwrap_or_else(|| required(schema));
            let field = with(&schema["properties"][name], fields.get(*name), rest, other);
            fields.insert((*name).to_owned(), field);
            Value::Object(fields)
        }
    }
}

fn required(schema: &Value) -> Map<String, Value> {
    let names = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
    names.map(|name| (name.to_owned(), least(&schema["properties"][name]))).collect()
}

/// Some value that a schema takes.
fn least(schema: &Value) -> Value {
    match (schema["type"].as_str(), schema["enum"].get(0)) {
        (_, Some(word)) => word.clone(),
        (Some("object"), _) => Value::Object(required(schema)),
        (Some("array"), _) => json!([least(&schema["items"])]),
        (Some("integer"), _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        (Some("boolean"), _) => json!(true),
        _ => json!("a"),
    }
}

/// What reads it, as the operator does. Whatever an API server took is an object of its kind.
fn read(kind: &str, object: Value) -> Result<(), String> {
    fn of<K: DeserializeOwned>(object: Value) -> K {
        serde_json::from_value(object).unwrap()
    }
    match kind {
        "Dast" => {
            of::<Dast>(object);
            Ok(())
        }
        "Exemption" => {
            of::<Exemption>(object).spec.exemption.read().map(drop).map_err(|error| error.to_string())
        }
        "ThresholdPolicy" => {
            of::<ThresholdPolicy>(object).spec.policy.read().map(drop).map_err(|error| error.to_string())
        }
        _ => of::<ClusterThresholdPolicy>(object)
            .spec
            .policy
            .read()
            .map(drop)
            .map_err(|error| error.to_string()),
    }
}
