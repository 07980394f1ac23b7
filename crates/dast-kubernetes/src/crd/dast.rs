//! `Dast`: a scanner and how it is used. What the original had is accepted as it was.

use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::conditions;
use super::{Login, ScanProfile, TimeSpan, names, structural};

/// A scanner and how it is used.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "Dast",
    plural = "dasts",
    namespaced,
    status = "DastStatus",
    derive = "PartialEq",
    category = "dast-all",
    doc = "A scanner, what it scans besides annotated Services, and how often.",
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.zaproxy.mode"),
    printcolumn(name = "Profile", type_ = "string", json_path = ".spec.profile.name"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(name = "Targets", type_ = "integer", json_path = ".status.targets"),
    printcolumn(name = "External", type_ = "string", json_path = ".spec.analyzer.target", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
pub struct DastSpec {
    /// The ZAP that scans.
    pub zaproxy: Zaproxy,
    /// A target outside the cluster. Only what has a name is scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analyzer: Option<Analyzer>,
    /// What a scan does. If absent, what the installation's configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ScanProfile>,
    /// When a target is scanned again although nothing has changed. A new revision, changed settings and requests are
    /// always a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescan: Option<Rescan>,
    /// How scans log in. If absent, they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
    /// Namespaces whose Services may use this scanner besides its own; * stands for any letters. All if absent, none if
    /// empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "names::namespaces")]
    pub allowed_namespaces: Option<Vec<String>>,
    /// Whether no new scans are begun.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspend: bool,
}

/// A ZAP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(
    validation = Rule::new("!has(self.apikey) || self.apikey == '' || !has(self.apiKeySecret)")
        .message("either `apikey` or `apiKeySecret`, not both"),
    validation = Rule::new("self.name == oldSelf.name")
        .message("`name` stays as it is, since what it names would be left behind: make another Dast"),
)]
pub struct Zaproxy {
    /// Its name: what Services are annotated with and, if it is shared, what its Deployment, Service and Secret are called.
    #[schemars(schema_with = "names::service")]
    pub name: String,
    /// Whose ZAP it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "Shared"))]
    pub mode: Option<ZapMode>,
    /// The image. If absent, the one of the installation's configuration; others must be on its list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub image: Option<String>,
    /// Accepted for the sake of old manifests, and ignored: a ZAP is always in the namespace of its Dast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub namespace: Option<String>,
    /// The key of a shared ZAP's API in plain text. Better leave it out, and one is made, or use apiKeySecret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apikey: Option<PlainKey>,
    /// Where the key of a shared ZAP's API is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_secret: Option<ApiKeySecret>,
    /// Settings of ZAP, each passed with -config. Only those on the configuration's list are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(max = 4096)))]
    pub config: Vec<String>,
}

/// Whose ZAP it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum ZapMode {
    /// One ZAP that runs beside the Dast, for all scans but those of what is outside of the cluster.
    #[default]
    Shared,
    /// A new ZAP for every scan, in the scan's own pod.
    PerScan,
}

/// The key of an API in plain text. Debugging output does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PlainKey(#[schemars(length(max = 512))] String);

/// A key in a Secret of the Dast's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeySecret {
    /// The Secret.
    #[schemars(schema_with = "names::object")]
    pub name: String,
    /// The entry in it.
    #[serde(default = "ApiKeySecret::usual_key")]
    #[schemars(length(min = 1, max = 253), regex(pattern = "^[-._a-zA-Z0-9]+$"))]
    pub key: String,
}

/// The scan of a target outside the cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Analyzer {
    /// The image of the analyzer. The original's, which writes no evidence, stands for ours; others must be on the
    /// configuration's list.
    #[schemars(length(max = 512))]
    pub image: String,
    /// The name of the target. If it is empty, nothing is scanned.
    #[schemars(length(max = 63))]
    pub name: String,
    /// The URL to scan. Its host must be on the configuration's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub target: Option<String>,
    /// Accepted for the sake of old manifests, and ignored: Services are annotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub service: Option<serde_json::Value>,
}

/// When a target is scanned again although nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(
    validation = Rule::new("!has(self.timeZone) || has(self.schedule)")
        .message("`timeZone` belongs to `schedule`"),
    validation = Rule::new("!has(self.interval) || (duration(self.interval) >= duration('1m') && duration(self.interval) <= duration('8784h'))")
        .message("`interval` must be from 1m to 8784h, which is a year"),
)]
pub struct Rescan {
    /// So long after the last scan, such as 168h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<TimeSpan>,
    /// At these times, in the five fields of cron, such as 0 3 * * 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128), regex(pattern = r"^\s*\S+(\s+\S+){4}\s*$"))]
    pub schedule: Option<String>,
    /// The time zone of the schedule, such as Europe/Budapest. UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: Option<String>,
}

/// What became of a scanner.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
pub struct DastStatus {
    /// The generation of the spec that this was said of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What can be said of it, one statement a type, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// The image of ZAP that is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub image: Option<String>,
    /// How many targets are scanned by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<u32>,
}

impl Zaproxy {
    /// Whose ZAP it is: shared where nobody said, as in the original.
    pub fn mode(&self) -> ZapMode {
        self.mode.unwrap_or_default()
    }
}

impl PlainKey {
    /// Keeps a key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainKey(…)")
    }
}

impl ApiKeySecret {
    fn usual_key() -> String {
        "zap_api_key".to_owned()
    }
}

fn anything(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}
