//! `ScanTarget`: what was discovered, and what is known of it.

use dast_policy::{Evidence, Profile, UnknownReason};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::conditions;
use super::{ScannerRef, SeverityCounts, VerdictName, Written, names, structural, verdict};

/// What was discovered: one for each port of a Service that is scanned, or for a URL outside the cluster.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "ScanTarget",
    plural = "scantargets",
    shortname = "stgt",
    namespaced,
    status = "ScanTargetStatus",
    derive = "PartialEq",
    category = "dast-all",
    doc = "One port of a Service, or one URL outside the cluster: what is known of it, and the verdict. The operator writes it; read it, and wait for it with kubectl wait --for=condition=Passed.",
    printcolumn(name = "Verdict", type_ = "string", json_path = ".status.verdict"),
    printcolumn(name = "High", type_ = "integer", json_path = ".status.counts.high"),
    printcolumn(name = "Medium", type_ = "integer", json_path = ".status.counts.medium"),
    printcolumn(name = "Low", type_ = "integer", json_path = ".status.counts.low"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(
        name = "Exposed",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Exposed')].reason"
    ),
    printcolumn(name = "Scanned", type_ = "date", json_path = ".status.lastScanTime"),
    printcolumn(name = "Origin", type_ = "string", json_path = ".spec.origin", priority = 1),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reasons[0]", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(
    validation = Rule::new("has(self.service) != has(self.url)")
        .message("a target is either a `service` or a `url`"),
    validation = Rule::new("has(self.service) == has(oldSelf.service) && (!has(self.service) || (self.service.name == oldSelf.service.name && self.service.port == oldSelf.service.port))")
        .message("a target does not become another one: make a new one"),
)]
pub struct ScanTargetSpec {
    /// The port of a Service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServicePort>,
    /// The URL outside the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub url: Option<String>,
    /// Where it is scanned: scheme, host and port.
    #[schemars(length(max = 300), regex(pattern = "^https?://[^/?#]+$"))]
    pub origin: String,
    /// The hosts and paths by which routes expose it. A scan visits them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub exposures: Vec<TargetExposure>,
    /// What scans it.
    pub scanner: ScannerRef,
}

impl ScanTarget {
    /// What evidence calls it: such as `shop/web:http`, with the port's number where it has no name; or its URL.
    pub fn called(&self) -> String {
        let namespace = self.metadata.namespace.as_deref().unwrap_or_default();
        match (&self.spec.service, &self.spec.url) {
            (Some(ServicePort { name, port_name: Some(port), .. }), _) => {
                format!("{namespace}/{name}:{port}")
            }
            (Some(ServicePort { name, port, .. }), _) => format!("{namespace}/{name}:{port}"),
            (None, url) => url.clone().unwrap_or_default(),
        }
    }
}

/// A port of a Service in the target's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServicePort {
    /// The Service.
    #[schemars(schema_with = "names::service")]
    pub name: String,
    /// The number of the port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// The name of the port, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub port_name: Option<String>,
    /// The Service's uid: another Service of the same name is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub uid: Option<String>,
}

/// A place by which a route exposes a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetExposure {
    /// The host, lower-case.
    #[schemars(length(min = 1, max = 255))]
    pub host: String,
    /// The path prefix.
    #[schemars(length(max = 1024), regex(pattern = "^/"))]
    pub path: String,
}

/// What is known of a target.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
pub struct ScanTargetStatus {
    /// The generation of the spec that this was said of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What can be said of it, one statement a type, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// What is being done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<TargetPhase>,
    /// How many scans are before its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u32>,
    /// What runs now: a hash over the workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub revision: Option<String>,
    /// Since when that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision_since: Option<Time>,
    /// Where the Service led when that was found out: a hash over its uid, its selector and the port's target. While the
    /// Service says something else, it is not known what runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub service_hash: Option<String>,
    /// The settings that it is to be scanned with now. Evidence of others is stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<TargetProfile>,
    /// Whether it is good enough, under the policies of its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictName>,
    /// Which kind of Unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "verdict::unknown_reason")]
    pub unknown: Option<UnknownReason>,
    /// Why the verdict is not Pass, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(max = 256)))]
    pub reasons: Vec<String>,
    /// How many findings there are, listed or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<SeverityCounts>,
    /// The ScanRun that is under way, or else the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub run: Option<String>,
    /// The ScanReport of the last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub report: Option<String>,
    /// The ScanRun that the evidence is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub last_scan_run: Option<String>,
    /// When the last scan ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_scan_time: Option<Time>,
    /// When the next scan is due, if nothing changes before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_scan_time: Option<Time>,
    /// What the last scan left behind: exact counts and the worst findings. This is what is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Written<Evidence>>,
}

/// The settings of a scan, by name and by a hash over all that changes what can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetProfile {
    /// The name that policies accept or refuse.
    #[schemars(length(max = 64))]
    pub name: String,
    /// The hash.
    #[schemars(length(max = 128))]
    pub hash: String,
}

impl From<Profile> for TargetProfile {
    fn from(Profile { name, hash }: Profile) -> Self {
        Self { name, hash }
    }
}

impl From<&TargetProfile> for Profile {
    fn from(TargetProfile { name, hash }: &TargetProfile) -> Self {
        Self { name: name.clone(), hash: hash.clone() }
    }
}

/// What is being done about a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TargetPhase {
    /// It is not scanned until its workload is ready and stable.
    Waiting,
    /// Its scan waits for its turn.
    Queued,
    /// It is being scanned.
    Scanning,
    /// There is nothing to do until something changes.
    Idle,
    /// It is not scanned until somebody takes the suspension back.
    Suspended,
    /// It must not be scanned; a condition says why.
    Refused,
}
