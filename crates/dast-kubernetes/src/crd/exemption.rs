//! `Exemption`: findings that are accepted for a while.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::{DocumentStatus, Written, document, names, structural};

/// Findings that are accepted for a while: an exemption as policy documents have it, and the namespaces that it is for.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "Exemption",
    plural = "exemptions",
    shortname = "exm",
    namespaced,
    status = "DocumentStatus",
    derive = "PartialEq",
    category = "dast-all",
    doc = "Findings that are accepted for a while: which rule, where, why, by whom, until when. Under a cluster policy only those in the namespaces that it names count.",
    printcolumn(name = "Rule", type_ = "string", json_path = ".spec.rule"),
    printcolumn(name = "Path", type_ = "string", json_path = ".spec.path"),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner"),
    printcolumn(name = "Expires", type_ = "string", json_path = ".spec.expires"),
    printcolumn(
        name = "Accepted",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Accepted\")].status"
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
