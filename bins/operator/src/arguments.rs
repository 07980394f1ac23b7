//! The command line.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueHint};
use dast_runtime::logs::LogArgs;

const EXAMPLES: &str = "\
In a cluster, the chart runs it: helm install dast deploy/chart --namespace dast-system --create-namespace

Elsewhere it uses the current context of kubectl, whose user must be the operator's service account, or results are refused:
  dast-operator --namespace dast-system --configuration configuration.yaml";

/// Find the web services in a cluster, have them scanned, and keep what was found as evidence.
///
/// It watches Services and routes, makes a ScanTarget of every port that is to be scanned, runs the scans that are due as
/// Jobs, and takes their results. One of several replicas acts at a time.
#[derive(Debug, Parser)]
#[command(name = "dast-operator", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Arguments {
    /// The installation's file, in YAML; it is read again when it changes. Without it, everything has its default
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) configuration: Option<PathBuf>,
    /// The operator's own namespace
    #[arg(long, value_name = "NAME", env = "POD_NAMESPACE", value_parser = name, default_value = "dast-system")]
    pub(crate) namespace: String,
    /// What tells this replica from others, such as the name of its pod
    #[arg(long, value_name = "NAME", env = "POD_NAME", value_parser = name, default_value = "dast-operator")]
    pub(crate) identity: String,
    /// Where analyzers deliver results, by TLS
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "[::]:8443")]
    pub(crate) results_addr: SocketAddr,
    /// The URL by which analyzers reach that address; by default that of the Service `dast-operator` in its namespace
    #[arg(long, value_name = "URL", value_parser = url, value_hint = ValueHint::Url)]
    pub(crate) results_url: Option<String>,
    /// Folder with `tls.crt`, `tls.key` and `ca.crt` for that address, such as cert-manager keeps it; without it, the
    /// operator makes its own
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) certificates: Option<PathBuf>,
    /// The file, in YAML, that says what of the webhook is to be registered; it is read again when it changes. Without it,
    /// nothing is
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) registrations: Option<PathBuf>,
    /// Where `/livez`, `/readyz` and `/metrics` are
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "[::]:8080")]
    pub(crate) metrics_addr: SocketAddr,
    /// Accepted for the sake of old command lines: one replica acts at a time in any case
    #[arg(long, hide = true)]
    pub(crate) enable_leader_election: bool,
    #[command(flatten)]
    pub(crate) logs: LogArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What else it can do, for the chart.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring the definitions of the custom resources into the cluster, or up to date there, and end
    ApplyCrds,
    /// Say which routes are held back, and end with 1 if there are any: without the gate, nobody would release them
    Parked {
        /// Have them served as they were asked for, whatever was found: take this registration of the webhook away first
        #[arg(long, value_name = "REGISTRATION")]
        release: Option<String>,
    },
    /// Ask a running operator whether it is ready, and end
    CheckReady {
        /// Its `/readyz`
        #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
        url: String,
    },
}

impl Arguments {
    /// The URL by which analyzers reach the port for results.
    pub(crate) fn results_url(&self) -> String {
        let service = || format!("https://dast-operator.{}.svc:8443", self.namespace);
        self.results_url.clone().unwrap_or_else(service)
    }
}

/// A name as pods and namespaces have it (RFC 1123).
fn name(text: &str) -> Result<String, String> {
    let is_part = |part: &str| {
        let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&part.len())
            && part.bytes().all(is_inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let is_name = text.len() <= 253 && text.split('.').all(is_part);
    is_name.then(|| text.to_owned()).ok_or_else(|| "expected a name such as `dast-system`".to_owned())
}

/// The URL of a server by TLS.
fn url(text: &str) -> Result<String, String> {
    let url = text.parse::<hyper::Uri>().ok();
    let is_server = url.is_some_and(|url| {
        url.scheme_str() == Some("https")
            && url.host().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
    });
    let expected = "expected a URL such as `https://dast-operator.dast-system.svc:8443`";
    is_server.then(|| text.to_owned()).ok_or_else(|| expected.to_owned())
}

/// An address, of which old command lines have the port alone.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix(':').and_then(|port| port.parse::<u16>().ok());
    let anywhere = port.map(|port| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    let expected = "expected an address such as `[::]:8443`, `10.0.0.7:8443` or `:8443`";
    anywhere.or_else(|| text.parse().ok()).ok_or_else(|| expected.to_owned())
}
