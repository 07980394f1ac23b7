//! `ScanReport`: the full report of the last run of a target.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SeverityCounts, names, structural};

/// The full report of the last run of a target. Nothing reconciles it, so that it has no status.
#[derive(CustomResource, Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "ScanReport",
    plural = "scanreports",
    shortname = "srep",
    namespaced,
    derive = "PartialEq",
    category = "dast-all",
    doc = "The full report of the last run of a target, compressed. dast-analyzer report --from-cluster NAMESPACE/TARGET reads it. The operator writes it.",
    printcolumn(name = "Target", type_ = "string", json_path = ".spec.target"),
    printcolumn(name = "Run", type_ = "string", json_path = ".spec.run"),
    printcolumn(name = "Findings", type_ = "integer", json_path = ".spec.findings"),
    printcolumn(name = "Omitted", type_ = "integer", json_path = ".spec.omitted"),
    printcolumn(name = "Bytes", type_ = "integer", json_path = ".spec.bytes", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(
    validation = Rule::new("self.omitted <= self.findings")
        .message("`omitted` findings are some of the `findings`"),
)]
pub struct ScanReportSpec {
    /// The ScanTarget.
    #[schemars(schema_with = "names::object")]
    pub target: String,
    /// The ScanRun.
    #[schemars(schema_with = "names::object")]
    pub run: String,
    /// How the report is packed.
    pub encoding: ReportEncoding,
    /// The report: evidence, findings and what their rules mean, in JSON, packed.
    #[schemars(length(max = 1_048_576))]
    pub data: String,
    /// The length of the report before it was packed, in bytes.
    pub bytes: u64,
    /// How many findings there are of each severity.
    pub counts: SeverityCounts,
    /// How many findings the report was made with.
    pub findings: u64,
    /// How many of them are left out for want of room, the mildest first.
    pub omitted: u64,
    /// Whether what the rules mean is left out for want of room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rules_omitted: bool,
}

/// How a report is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum ReportEncoding {
    /// gzip, and then base64.
    #[default]
    #[serde(rename = "gzip+base64")]
    GzipBase64,
}
