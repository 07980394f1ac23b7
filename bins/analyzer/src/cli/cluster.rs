//! The command that reads from a cluster.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use dast_core::discovery::ObjectName;

use crate::report::ReportSpec;

/// Whose report, and what to do with it.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The ScanTarget, such as `shop/web-80`. `kubectl get scantargets -A` lists them
    #[arg(long, value_name = "NAMESPACE/TARGET", value_parser = target)]
    pub(crate) from_cluster: ObjectName,
    /// Context of the kubeconfig; its current one by default, and in a pod the cluster of that pod
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Policy to judge by instead of those in the cluster, in YAML or (*.json) JSON
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// Write a report: `json=PATH` is the evidence that `gate` reads; `-` is standard output. May be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = clap::value_parser!(ReportSpec))]
    pub(crate) report: Vec<ReportSpec>,
    /// Write everything that is in the report as JSON: the evidence, every finding, and what their rules mean
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) full: Option<PathBuf>,
}

fn target(text: &str) -> Result<ObjectName, String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok(ObjectName::new(namespace, name))
        }
        _ => Err("expected NAMESPACE/TARGET, such as `shop/web-80`".to_owned()),
    }
}
