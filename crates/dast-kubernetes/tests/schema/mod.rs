//! The schemas of the definitions, and a small judge of values that follows the same rules as an API server.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use dast_kubernetes::crd;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use regex::Regex;
use serde_json::{Value, json};

/// The schema of every kind, as it stands in its definition.
static SCHEMAS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let schema = |definition: CustomResourceDefinition| {
        let schema = definition.spec.versions[0].schema.as_ref().unwrap().open_api_v3_schema.as_ref();
        (definition.spec.names.kind, serde_json::to_value(schema.unwrap()).unwrap())
    };
    crd::definitions().into_iter().map(schema).collect()
});

/// The schema of a kind.
pub(crate) fn of(kind: &str) -> Value {
    SCHEMAS[kind].clone()
}

/// Every kind.
pub(crate) fn kinds() -> Vec<String> {
    SCHEMAS.keys().cloned().collect()
}

/// An object of a kind.
pub(crate) fn object(kind: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": "sample"},
        "spec": spec,
    })
}

/// What is wrong with the spec and the status of an object, with the paths. Unknown fields are wrong too: an API server would prune them.
pub(crate) fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, part) in value.as_object().unwrap() {
        // The rest is the API server's own.
        if ["spec", "status"].contains(&name.as_str()) {
            judge(&schema["properties"][name], part, &format!(".{name}"), &mut found);
        }
    }
    found
}

/// Calls `visit` for a schema and everything in it, with its path.
pub(crate) fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, schema);
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        walk(part, &format!("{path}.{name}"), visit);
    }
    if schema["items"].is_object() {
        walk(&schema["items"], &format!("{path}[]"), visit);
    }
}

fn judge(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let mut wrong = |what: String| found.push(format!("{path}: {what}"));
    let int_or_string = schema["x-kubernetes-int-or-string"] == true;
    match (schema["type"].as_str(), value) {
        (None, Value::String(_)) if int_or_string => {}
        (None, Value::Number(_)) if int_or_string => return,
        (Some("object"), Value::Object(_)) | (Some("array"), Value::Array(_)) => {}
        (Some("string"), Value::String(_)) | (Some("boolean"), Value::Bool(_)) => {}
        (Some("integer"), Value::Number(number)) if number.is_i64() => {}
        (expected, _) => return wrong(format!("{value} is no {expected:?}")),
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        wrong(format!("{value} is none of {words:?}"));
    }
    match value {
        Value::String(text) => {
            if schema["maxLength"].as_u64().is_some_and(|most| text.chars().count() as u64 > most) {
                wrong(format!("longer than {}", schema["maxLength"]));
            }
            if schema["minLength"].as_u64().is_some_and(|least| (text.chars().count() as u64) < least) {
                wrong("too short".to_owned());
            }
            if let Some(pattern) = schema["pattern"].as_str()
                && !Regex::new(pattern).unwrap().is_match(text)
            {
                wrong(format!("{text:?} does not match {pattern}"));
            }
        }
        Value::Number(number) => {
            let number = number.as_i64().unwrap();
            if schema["minimum"].as_f64().is_some_and(|least| (number as f64) < least)
                || schema["maximum"].as_f64().is_some_and(|most| number as f64 > most)
            {
                wrong(format!("{number} is out of range"));
            }
        }
        Value::Array(items) => {
            let length = items.len() as u64;
            if schema["maxItems"].as_u64().is_some_and(|most| length > most)
                || schema["minItems"].as_u64().is_some_and(|least| length < least)
            {
                wrong(format!("{length} items"));
            }
            for (index, item) in items.iter().enumerate() {
                judge(&schema["items"], item, &format!("{path}[{index}]"), found);
            }
        }
        Value::Object(fields) => {
            for name in schema["required"].as_array().into_iter().flatten() {
                if !fields.contains_key(name.as_str().unwrap()) {
                    wrong(format!("{name} is missing"));
                }
            }
            if schema["x-kubernetes-preserve-unknown-fields"] == true {
                return;
            }
            for (name, field) in fields {
                let path = format!("{path}.{name}");
                match &schema["properties"][name] {
                    Value::Null => found.push(format!("{path}: unknown")),
                    part => judge(part, field, &path, found),
                }
            }
        }
        _ => {}
    }
}
