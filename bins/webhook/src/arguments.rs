//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueHint};
use dast_runtime::logs::LogArgs;

const EXAMPLES: &str = "\
In a cluster, the chart runs it: helm install dast deploy/chart --namespace dast-system --create-namespace --set webhook.enabled=true

The same decisions without a cluster: dast-analyzer admit --help";

/// Let a route expose a service only while policy says that what was found in it is good enough.
///
/// It answers the API server about Ingresses, HTTPRoutes and GRPCRoutes: POST /mutate parks what is to be held back, /validate
/// lets in, warns or denies, /break-glass lets in whoever may. Answers come from what it has heard of the cluster; nobody is
/// asked on the way.
#[derive(Debug, Parser)]
#[command(name = "dast-webhook", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Arguments {
    /// The installation's file, in YAML, the same as the operator's; it is read again when it changes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) configuration: PathBuf,
    /// Folder with `tls.crt`, `tls.key` and `ca.crt`, as the operator or cert-manager keeps it; read again when they change
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) certificates: PathBuf,
    /// The operator's own namespace
    #[arg(long, value_name = "NAME", env = "POD_NAMESPACE", default_value = "dast-system")]
    pub(crate) namespace: String,
    /// Where API servers ask, by TLS
    #[arg(long, value_name = "ADDRESS", default_value = "[::]:8443")]
    pub(crate) listen: SocketAddr,
    /// Where `/livez`, `/readyz` and `/metrics` are
    #[arg(long, value_name = "ADDRESS", default_value = "[::]:8080")]
    pub(crate) metrics_addr: SocketAddr,
    #[command(flatten)]
    pub(crate) logs: LogArgs,
}
