//! The commands of the original's analyzer, under its names and flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::duration;
use crate::report::ReportSpec;

/// What both of them take.
#[derive(Debug, Args)]
pub(crate) struct ScannerArgs {
    /// Where to begin
    #[arg(long, short, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) target: String,
    /// Where ZAP's API is
    #[arg(long, short = 'p', value_name = "URL", default_value = "http://127.0.0.1:8080", value_hint = ValueHint::Url)]
    pub(crate) zap_proxy: String,
    /// Key of ZAP's API. Other users of this machine can see arguments: the environment is better
    #[arg(long, short, value_name = "KEY", env = "ZAPAPIKEY", hide_env_values = true, default_value = "")]
    pub(crate) apikey: String,
    /// Serve the evidence as JSON on port 3000 of all addresses once the scan is over, until Ctrl-C
    #[arg(long, short)]
    pub(crate) serve: bool,
    /// Time for the scan; one that takes longer is incomplete. 1h by default
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// Policy to judge by, in YAML or (*.json) JSON; by default no alert of high or medium severity
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// Write a report: `json=PATH` is the evidence that `gate` reads; `-` is standard output. May be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = clap::value_parser!(ReportSpec))]
    pub(crate) report: Vec<ReportSpec>,
}

/// What the scan of an API takes.
#[derive(Debug, Args)]
pub(crate) struct ApiScanArgs {
    #[command(flatten)]
    pub(crate) scanner: ScannerArgs,
    /// OpenAPI document: a URL or a path of the target
    #[arg(long, short, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) openapi: String,
}
