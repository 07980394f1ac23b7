//! The custom resources, one file a kind. `deploy/crds` holds the definitions that are made from them.

mod cluster_threshold_policy;
mod condition;
mod counts;
mod dast;
mod document;
mod evidence;
mod exemption;
mod login;
mod names;
mod profile;
mod scan_report;
mod scan_run;
mod scan_target;
mod structural;
mod threshold_policy;
mod time_span;
mod verdict;
mod written;

pub use cluster_threshold_policy::{ClusterThresholdPolicy, ClusterThresholdPolicySpec, NamespaceSelection};
pub use condition::set_condition;
pub use counts::SeverityCounts;
pub use dast::{Analyzer, ApiKeySecret, Dast, DastSpec, DastStatus, PlainKey, Rescan, ZapMode, Zaproxy};
pub use document::DocumentStatus;
pub use exemption::{Exemption, ExemptionSpec};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
pub use login::{Login, LoginKind};
pub use profile::{AlertThreshold, AttackStrength, Browser, ProfileName, ScanProfile};
pub use scan_report::{ReportEncoding, ScanReport, ScanReportSpec};
pub use scan_run::{
    RunBasis, RunCompletion, RunFinding, RunPhase, RunProgress, RunTrigger, ScanRun, ScanRunSpec,
    ScanRunStatus, ScannerRef,
};
pub use scan_target::{
    ScanTarget, ScanTargetSpec, ScanTargetStatus, ServicePort, TargetExposure, TargetPhase, TargetProfile,
};
pub use threshold_policy::{ThresholdPolicy, ThresholdPolicySpec};
pub use time_span::TimeSpan;
pub use verdict::VerdictName;
pub use written::Written;

/// The group of every kind.
pub const GROUP: &str = "security.banzaicloud.io";

/// The only version so far, which the original had too.
pub const VERSION: &str = "v1alpha1";

/// The category: `kubectl get dast-all` lists the objects of every kind.
pub const CATEGORY: &str = "dast-all";

/// The definitions of all kinds, in the order of their names.
///
/// ```
/// let kinds: Vec<String> = dast_kubernetes::crd::definitions().into_iter().map(|crd| crd.spec.names.kind).collect();
/// assert_eq!(kinds.first().map(String::as_str), Some("ClusterThresholdPolicy"));
/// assert_eq!(kinds.len(), 7);
/// ```
pub fn definitions() -> Vec<CustomResourceDefinition> {
    vec![
        ClusterThresholdPolicy::crd(),
        Dast::crd(),
        Exemption::crd(),
        ScanReport::crd(),
        ScanRun::crd(),
        ScanTarget::crd(),
        ThresholdPolicy::crd(),
    ]
}
