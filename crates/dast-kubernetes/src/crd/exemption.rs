//! `Exemption`: findings that are accepted for a while.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::conditions;
use super::{Written, document, names, structural};

/// Findings that are accepted for a while: an exemption as policy documents have it, and the namespaces that it is for.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "Exemption",
    plural = "exemptions",
    shortname = "exm",
    namespaced,
    status = "ExemptionStatus",
    derive = "PartialEq",
    category = "dast-all",
    doc = "Findings that are accepted for a while: which rule, where, why, by whom, until when. Under a cluster policy only those in the namespaces that it names count.",
    printcolumn(name = "Rule", type_ = "string", json_path = ".spec.rule"),
    printcolumn(name = "Path", type_ = "string", json_path = ".spec.path"),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner"),
    printcolumn(name = "Expires", type_ = "string", json_path = ".spec.expires"),
    printcolumn(
        name = "Active",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Active\")].status"
    ),
    printcolumn(name = "Reason", type_ = "string", json_path = ".spec.reason", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(validation = Rule::new(document::NAMES_ONE_PLACE).message(document::NOT_ONE_PLACE))]
pub struct ExemptionSpec {
    /// The namespaces that it is for; * stands for any letters. Only its own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "names::namespaces")]
    pub namespaces: Option<Vec<String>>,
    /// The exemption.
    #[serde(flatten)]
    pub exemption: Written<dast_policy::Exemption>,
}

/// What became of an exemption.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
pub struct ExemptionStatus {
    /// The generation of the spec that this was said of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    #[allow(missing_docs, reason = "the schema has the description")]
    pub conditions: Vec<Condition>,
}
