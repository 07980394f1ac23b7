//! `ThresholdPolicy`: what a namespace accepts.

use dast_policy::PolicyDocument;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::{DocumentStatus, Written, document, structural};

/// What a namespace accepts: a policy document, as files have it.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "ThresholdPolicy",
    plural = "thresholdpolicies",
    shortname = "thp",
    namespaced,
    status = "DocumentStatus",
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
