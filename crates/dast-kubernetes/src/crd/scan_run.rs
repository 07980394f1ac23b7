//! `ScanRun`: one run of a scan.

use dast_core::scan::Trigger;
use dast_policy::{Cause, Severity};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, MicroTime, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::conditions;
use super::{SeverityCounts, TargetExposure, names, structural, verdict};

/// One run of a scan. Creating one by hand is how to ask for a scan.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "security.banzaicloud.io",
    version = "v1alpha1",
    kind = "ScanRun",
    plural = "scanruns",
    shortname = "srun",
    namespaced,
    status = "ScanRunStatus",
    derive = "PartialEq",
    category = "dast-all",
    doc = "One run of a scan. Create one with nothing but the target to ask for a scan; delete it to stop it.",
    printcolumn(name = "Target", type_ = "string", json_path = ".spec.target"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Progress", type_ = "integer", json_path = ".status.progress.percent"),
    printcolumn(name = "High", type_ = "integer", json_path = ".status.counts.high"),
    printcolumn(name = "Medium", type_ = "integer", json_path = ".status.counts.medium"),
    printcolumn(name = "Low", type_ = "integer", json_path = ".status.counts.low"),
    printcolumn(name = "Trigger", type_ = "string", json_path = ".spec.trigger", priority = 1),
    printcolumn(name = "Incomplete", type_ = "string", json_path = ".status.completion.cause", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(
    validation = Rule::new("self == oldSelf").message("a run does not change: create another one"),
)]
pub struct ScanRunSpec {
    /// The ScanTarget, in the same namespace.
    #[schemars(schema_with = "names::object")]
    pub target: String,
    /// Why it is scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "Requested"))]
    pub trigger: Option<RunTrigger>,
    /// Seconds after its end until the run is deleted. If absent, the history limits of the configuration decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 31_622_400))]
    pub ttl_seconds_after_finished: Option<u32>,
}

/// A scanner: a `Dast`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScannerRef {
    /// The namespace of the Dast.
    #[schemars(schema_with = "names::namespace")]
    pub namespace: String,
    /// The name of the Dast.
    #[schemars(schema_with = "names::object")]
    pub name: String,
}

/// Why something is scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum RunTrigger {
    /// Somebody asked for it.
    #[default]
    Requested,
    /// It was never scanned.
    FirstScan,
    /// Another revision runs.
    NewRevision,
    /// The settings of the scan changed.
    NewSettings,
    /// Another scanner is to be used.
    NewScanner,
    /// A route exposes a place that no scan was asked to visit.
    NewExposure,
    /// The schedule says so.
    Schedule,
    /// The interval has passed.
    Interval,
    /// The last run did not go through to its end.
    Incomplete,
}

impl From<Trigger> for RunTrigger {
    fn from(trigger: Trigger) -> Self {
        match trigger {
            Trigger::Requested => Self::Requested,
            Trigger::FirstScan => Self::FirstScan,
            Trigger::NewRevision => Self::NewRevision,
            Trigger::NewSettings => Self::NewSettings,
            Trigger::NewScanner => Self::NewScanner,
            Trigger::NewExposure => Self::NewExposure,
            Trigger::Schedule => Self::Schedule,
            Trigger::Interval => Self::Interval,
            Trigger::Incomplete => Self::Incomplete,
        }
    }
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
pub struct ScanRunStatus {
    /// The generation of the spec that this was said of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What can be said of it, one statement a type, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// Where it is in its life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<RunPhase>,
    /// How many scans are before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u32>,
    /// When its turn came. It orders turns, so it is finer than a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<MicroTime>,
    /// What the scan rests on, settled when its turn came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<RunBasis>,
    /// The number of the attempt, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// When the next attempt may begin, after one that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<Time>,
    /// The Job of this attempt, in the scan namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub job: Option<String>,
    /// The pod whose result counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub pod_uid: Option<String>,
    /// When the scan began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Time>,
    /// When the run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
    /// How far the scan has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<RunProgress>,
    /// Whether the scan went through to its end and, if not, why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<RunCompletion>,
    /// What scanned, with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub engine: Option<String>,
    /// How many findings there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<SeverityCounts>,
    /// The worst findings. The ScanReport of the target has all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub findings: Vec<RunFinding>,
}

/// What a scan rests on. Two scans with the same basis are the same scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunBasis {
    /// What runs; absent where nothing has revisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub revision: Option<String>,
    /// The name of the profile, by which policies accept it.
    #[schemars(length(max = 64))]
    pub profile: String,
    /// A hash over all settings of the scan.
    #[schemars(length(max = 64))]
    pub settings: String,
    /// What scans.
    pub scanner: ScannerRef,
    /// The places that the scan is asked to visit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub exposures: Vec<TargetExposure>,
}

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RunPhase {
    /// It waits for its turn.
    Queued,
    /// Its Job was made.
    Starting,
    /// The scan is under way.
    Running,
    /// An attempt failed; the next one starts after a pause.
    Retrying,
    /// The scan went through to its end.
    Succeeded,
    /// The scan did not go through to its end; completion says why.
    Failed,
}

/// How far a scan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunProgress {
    /// In percent of what is known to be done.
    #[schemars(range(max = 100))]
    pub percent: u8,
    /// Pages that were looked at.
    #[serde(default)]
    pub pages: u64,
}

/// Whether a scan went through to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunCompletion {
    /// Whether everything that the profile asks for was done.
    pub complete: bool,
    /// What kept it from its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "verdict::cause")]
    pub cause: Option<Cause>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 256))]
    pub detail: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunFinding {
    /// The rule and its variant, such as 10038-1.
    #[schemars(length(max = 40))]
    pub alert_ref: String,
    /// How bad it would be.
    #[schemars(schema_with = "verdict::severity")]
    pub severity: Severity,
    /// What it is called.
    #[schemars(length(max = 200))]
    pub name: String,
    /// The method of the request.
    #[schemars(length(max = 64))]
    pub method: String,
    /// Where.
    #[schemars(length(max = 1024))]
    pub url: String,
    /// The parameter, header or cookie concerned.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 200))]
    pub param: String,
    /// What an exemption names this one instance by.
    #[schemars(length(max = 32))]
    pub fingerprint: String,
}
