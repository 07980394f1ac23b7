//! `ThresholdPolicy`: what a namespace accepts.

use dast_policy::PolicyDocument;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::conditions;
use super::{Written, document, structural};

/// What a namespace accepts: a policy document, as files have it.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "ThresholdPolicy",
    plural = "thresholdpolicies",
    shortname = "thp",
    namespaced,
    status = "ThresholdPolicyStatus",
    derive = "PartialEq",
    category = "dast-all",
    doc = "What findings are accepted of the Services in this namespace. The spec is a policy as dast-analyzer reads it from a file. Where a cluster policy stands above, it can only be stricter than that.",
    printcolumn(name = "High", type_ = "integer", json_path = ".spec.thresholds.alerts.high.fail"),
    printcolumn(name = "Medium", type_ = "integer", json_path = ".spec.thresholds.alerts.medium.fail"),
    printcolumn(name = "Low", type_ = "integer", json_path = ".spec.thresholds.alerts.low.fail"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.enforcement.mode"),
    printcolumn(
        name = "Accepted",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Accepted\")].status"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[schemars(transform = structural::settle)]
#[x_kube(validation = Rule::new(document::HAS_A_LIMIT).message(document::NO_LIMIT))]
pub struct ThresholdPolicySpec {
    /// The policy.
    #[serde(flatten)]
    pub policy: Written<PolicyDocument>,
}

/// What became of a policy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
pub struct ThresholdPolicyStatus {
    /// The generation of the spec that this was said of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    #[allow(missing_docs, reason = "the schema has the description")]
    pub conditions: Vec<Condition>,
}
