//! `ClusterThresholdPolicy`: the ceiling.

use dast_policy::PolicyDocument;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::{DocumentStatus, ScannerRef, Written, document, names, structural};

/// The ceiling: a policy document, the namespaces that it is for, and whose word counts under it.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "ClusterThresholdPolicy",
    plural = "clusterthresholdpolicies",
    shortname = "cthp",
    status = "DocumentStatus",
    derive = "PartialEq",
    category = "dast-all",
    doc = "What findings are accepted in the namespaces that it names: the ceiling, which nobody there can loosen. The spec is a policy as dast-analyzer reads it from a file, and whose word counts.",
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
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(validation = Rule::new(document::HAS_A_LIMIT).message(document::NO_LIMIT))]
pub struct ClusterThresholdPolicySpec {
    /// The namespaces that it is for. All but those of the system if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<NamespaceSelection>,
    /// The namespaces whose Exemptions count here; * stands for any letters. Only the operator's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "names::namespaces")]
    pub exemption_namespaces: Option<Vec<String>>,
    /// The scanners whose evidence counts. If absent, those in the namespaces that the configuration lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub trusted_scanners: Option<Vec<ScannerRef>>,
    /// Users whose routes are not judged, as audit logs have their names, such as that of a solver of ACME challenges:
    /// system:serviceaccount:cert-manager:cert-manager. Every cluster policy that stands over a route has to name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 512)))]
    pub exempt_creators: Option<Vec<String>>,
    /// Kinds of backends that are let in though only Services are scanned, each with its group behind a dot, such as
    /// StorageBucket.storage.example.com. Every cluster policy that stands over a route has to name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 64),
        inner(
            length(min = 1, max = 317),
            regex(pattern = "^[A-Z][A-Za-z0-9]*(\\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$")
        )
    )]
    pub accepted_backends: Option<Vec<String>>,
    /// The policy.
    #[serde(flatten)]
    pub policy: Written<PolicyDocument>,
}

/// Namespaces by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(
    validation = Rule::new("has(self.include) || has(self.exclude)")
        .message("at least one of `include` and `exclude`: leave `namespaces` out to mean all"),
)]
pub struct NamespaceSelection {
    /// Names, in which * stands for any letters. All if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "names::namespaces")]
    pub include: Option<Vec<String>>,
    /// Names of those that are left out; * stands for any letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "names::namespaces")]
    pub exclude: Option<Vec<String>>,
}
