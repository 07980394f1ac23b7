//! What policies and exemptions have in common: a status, and a schema. That is the one of `dast-policy`, with what an API
//! server needs besides: bounds, so that the cost of rules is bounded, and rules, because it prunes unknown fields instead
//! of refusing them.

use dast_policy::PolicyDocument;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::condition::conditions;
use super::structural;

/// What became of a policy or an exemption.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
pub struct DocumentStatus {
    /// The generation of the spec that this was said of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What can be said of it, one statement a type, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
}

/// For the spec of policies.
pub(super) const HAS_A_LIMIT: &str = "(has(self.thresholds) && ((has(self.thresholds.alerts) && \
     (has(self.thresholds.alerts.high) || has(self.thresholds.alerts.medium) || has(self.thresholds.alerts.low) || \
     has(self.thresholds.alerts.informational))) || (has(self.thresholds.instances) && \
     (has(self.thresholds.instances.high) || has(self.thresholds.instances.medium) || \
     has(self.thresholds.instances.low) || has(self.thresholds.instances.informational))))) || \
     (has(self.rules) && self.rules.exists(rule, rule.level in ['FAIL', 'WARN']))";

pub(super) const NO_LIMIT: &str =
    "at least one limit, such as `thresholds: {alerts: {high: {fail: 0}}}`: a policy without any accepts all";

/// For exemptions, alone and in policies.
pub(super) const NAMES_ONE_PLACE: &str =
    "[has(self.path), has(self.pathRegex), has(self.fingerprint)].filter(given, given).size() == 1";

pub(super) const NOT_ONE_PLACE: &str = "exactly one location: `path`, `pathRegex` or `fingerprint`";

/// The schema of a policy document.
pub(super) fn policy(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = PolicyDocument::json_schema(generator);
    structural::settle(&mut schema);
    let limits = ["alerts", "instances"].into_iter().flat_map(|unit| {
        let of = move |severity| format!("/properties/thresholds/properties/{unit}/properties/{severity}");
        ["high", "medium", "low", "informational"].map(of)
    });
    for limit in limits {
        add(&mut schema, &limit, limit_rules());
        for word in ["fail", "warn"] {
            add(&mut schema, &format!("{limit}/properties/{word}"), json!({"maximum": u32::MAX}));
        }
    }
    for (place, addition) in [
        ("/properties/rules", json!({"maxItems": 256})),
        (
            "/properties/rules/items",
            rule("!has(self.path) || !has(self.pathRegex)", "`path` or `pathRegex`, not both"),
        ),
        ("/properties/rules/items/properties/path", json!({"maxLength": 512})),
        ("/properties/rules/items/properties/pathRegex", json!({"maxLength": 512})),
        ("/properties/exemptions", json!({"maxItems": 128})),
        ("/properties/exemptions/items", rule(NAMES_ONE_PLACE, NOT_ONE_PLACE)),
        ("/properties/engines", names()),
        ("/properties/profiles", names()),
        ("/properties/maxAge", json!({"minLength": 2, "maxLength": 64})),
        ("/properties/grace", json!({"minLength": 2, "maxLength": 64})),
        ("/properties/enforcement/properties/holdFor", json!({"minLength": 2, "maxLength": 64})),
        (
            "/properties/coverage",
            rule("has(self.pages) || has(self.percent)", "at least one of `pages` and `percent`"),
        ),
        ("/properties/coverage/properties/pages", json!({"maximum": u32::MAX})),
    ] {
        add(&mut schema, place, addition);
    }
    bound_exemption(&mut schema, "/properties/exemptions/items");
    schema
}

/// The schema of an exemption.
pub(super) fn exemption(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = dast_policy::Exemption::json_schema(generator);
    structural::settle(&mut schema);
    bound_exemption(&mut schema, "");
    schema
}

fn limit_rules() -> Value {
    json!({"x-kubernetes-validations": [
        {"rule": "has(self.fail) || has(self.warn)", "message": "`fail`, `warn` or both"},
        {
            "rule": "!has(self.fail) || !has(self.warn) || self.warn < self.fail",
            "message": "a `warn` limit below the `fail` limit, or it could never warn",
        },
    ]})
}

fn rule(rule: &str, message: &str) -> Value {
    json!({"x-kubernetes-validations": [{"rule": rule, "message": message}]})
}

/// Names of engines or profiles. An empty list would accept none, which nobody means.
fn names() -> Value {
    json!({"minItems": 1, "maxItems": 16, "items": {"type": "string", "minLength": 1, "maxLength": 64}})
}

fn bound_exemption(schema: &mut Schema, place: &str) {
    for (field, most) in [
        ("path", 512),
        ("pathRegex", 512),
        ("fingerprint", 32),
        ("method", 64),
        ("param", 1024),
        ("reason", 1024),
        ("owner", 253),
    ] {
        add(schema, &format!("{place}/properties/{field}"), json!({"maxLength": most}));
    }
}

/// Adds words to a part of a schema. A test holds that every part is there.
fn add(schema: &mut Schema, place: &str, addition: Value) {
    let part = schema.as_object_mut().and_then(|root| at(root, place));
    if let (Some(part), Value::Object(addition)) = (part, addition) {
        part.extend(addition);
    }
}

/// The part that a JSON pointer leads to.
fn at<'s>(schema: &'s mut Map<String, Value>, place: &str) -> Option<&'s mut Map<String, Value>> {
    place.split('/').skip(1).try_fold(schema, |part, word| part.get_mut(word)?.as_object_mut())
}
