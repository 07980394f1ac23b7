//! The command line as it is typed.

mod admit;
mod cluster;
mod original;
mod pod;
mod zap;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use admit::AdmitArgs;
use clap::builder::Styles;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
pub(crate) use cluster::ReportArgs;
pub(crate) use original::{ApiScanArgs, ScannerArgs};
pub(crate) use pod::{KeyArgs, RunArgs};
pub(crate) use zap::{
    BrowserChoice, LoginArgs, LoginChoice, MemoryChoice, ProfileChoice, ZapArgs, ZapScanArgs,
};

use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::console::ColorChoice;
use crate::report::ReportSpec;

const EXAMPLES: &str = "\
Examples:
  dast-analyzer demo
      See it work: scans a careless and a repaired shop on this machine.
  dast-analyzer scan http://localhost:8080/ --report json=evidence.json
      Scan an application, judge it by the default policy, and keep the evidence.
  dast-analyzer scan http://localhost:8080/ --engine zap --zap-api-key-file key
      Let a ZAP on this machine do the scan.
  dast-analyzer scan http://localhost:8080/ --engine zap --profile full --login form --login-url /login \
      --login-data 'user={%username%}&password={%password%}' --username demo --password-file password \
      --logged-in-url /account --logged-in 'Log out'
      Log in, make sure of it, and attack what that user can reach.
  dast-analyzer gate evidence.json --policy policy.yaml
      Judge the same evidence by another policy, without scanning again.
  dast-analyzer explain evidence.json --policy policy.yaml
      The same with every finding and every limit.
  dast-analyzer report --from-cluster shop/web-80
      Show what the operator found in a cluster, and its verdict.
  dast-analyzer admit -f manifests/ --current cluster.yaml
      Say what the gate would say of routes before they are applied.

Exit codes:
  0  every verdict is Pass or Warn
  1  a verdict is Fail
  2  wrong usage or configuration, or a report could not be written
  3  a verdict is Unknown: nothing that may be relied on, such as an interrupted scan";

/// Scan web applications, judge what was found under a policy, and say why.
///
/// Findings become evidence: exact counts and a bounded list. A policy says which evidence is good enough. The verdict
/// is Pass, Warn, Unknown or Fail, and the exit code says which.
#[derive(Debug, Parser)]
#[command(name = "dast-analyzer", version, after_help = EXAMPLES, after_long_help = EXAMPLES)]
#[command(styles = Styles::styled(), max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Say only the verdict and its reasons: no progress, no findings
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See it work: scan a careless and a repaired shop on this machine
    Demo(DemoArgs),
    /// Scan web applications and judge what was found
    ///
    /// The built-in engine follows links from the URL within its origin and looks at the answers. It is passive: it sends
    /// GET requests only, fills in no form, runs no scripts, and never sends an attack. `--engine zap` lets a ZAP that
    /// runs somewhere do the scan instead.
    Scan(Box<ScanArgs>),
    /// Make evidence of a report that ZAP wrote, and judge it
    ///
    /// Takes ZAP's traditional reports in JSON and XML. Such a report says neither whether the scan came to its end nor
    /// how much it saw, so that without your word for it the verdict is never Pass.
    Import(Box<ImportArgs>),
    /// Judge stored evidence under a policy
    Gate(GateArgs),
    /// Judge stored evidence and show every finding and every limit
    Explain(GateArgs),
    /// Say what the gate would say of routes in files
    ///
    /// Judges every Ingress, HTTPRoute and GRPCRoute by what the other files say: Services, ScanTargets with their evidence,
    /// policies and exemptions. It is the whole decision, and needs no cluster.
    Admit(AdmitArgs),
    /// Read the report of a target from a cluster
    ///
    /// Shows what the last scan found, and the verdict that stands there. The operator judges by the policies of the
    /// cluster; `--policy` judges the same report by another one. The verdict decides the exit code; a target without a
    /// report yet is Unknown.
    Report(ReportArgs),
    /// Look at a ZAP
    #[command(subcommand)]
    Zap(ZapCommand),
    /// Crawl and attack one target with ZAP, as the analyzer of Banzai Cloud's dast-operator did
    ///
    /// The same as `scan --engine zap --profile full`, with that analyzer's flags. Unlike there, the exit code tells the
    /// verdict.
    Scanner(ScannerArgs),
    /// Scan an API with ZAP by its OpenAPI document, as that analyzer did
    ///
    /// The same as `scan --engine zap --profile api --openapi-url URL`, with that analyzer's flags.
    Apiscan(ApiScanArgs),
    /// Check policies, and print their schema
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Carry out an order: scan, and deliver the report. For the operator's pods
    ///
    /// Scans the target under each of its names, one after the other, and posts one report to the operator until it is
    /// taken. What was found is the operator's to judge: the exit code says only whether the report was delivered (0) or
    /// not (2). SIGTERM ends the scan in good order; what was found until then is delivered.
    Run(RunArgs),
    /// Make the key of a pod's own ZAP. For the operator's pods
    ///
    /// Writes a random key to the file `key`, and to `zap.properties` as ZAP's `-configfile` reads it. A key that is
    /// there already stays.
    Key(KeyArgs),
    /// Print completions for a shell
    #[command(after_help = "For example, for bash:\n  dast-analyzer completions bash > \
                            ~/.local/share/bash-completion/completions/dast-analyzer")]
    Completions(CompletionsArgs),
    /// Print the reference of this command line as Markdown
    #[command(hide = true)]
    GenerateDocs,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the evidence of both shops; a new temporary one by default
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

/// What to scan, and how.
#[derive(Debug, Args)]
#[command(
    after_help = "Ctrl-C ends a scan in good order: what was found until then is judged, and the evidence says \
                        that it was interrupted. A second Ctrl-C ends the program at once."
)]
pub(crate) struct ScanArgs {
    /// Where to begin, such as `http://localhost:8080/` or `https://shop.example/start`
    #[arg(required = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) urls: Vec<String>,
    /// Policy to judge by, in YAML or (*.json) JSON; by default no alert of high or medium severity
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// Write a report: `json=PATH` is the evidence that `gate` reads; `-` is standard output. May be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = clap::value_parser!(ReportSpec))]
    pub(crate) report: Vec<ReportSpec>,
    #[command(flatten)]
    pub(crate) with: ScanWith,
}

/// How it is scanned.
#[derive(Debug, Args)]
pub(crate) struct ScanWith {
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    #[command(flatten)]
    pub(crate) zap: ZapScanArgs,
    #[command(flatten)]
    pub(crate) login: LoginArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) http: HttpArgs,
}

/// What scans.
#[derive(Debug, Args)]
#[command(next_help_heading = "Engine")]
pub(crate) struct EngineArgs {
    /// What scans: the built-in engine, or a ZAP that runs somewhere
    #[arg(long, value_name = "ENGINE", value_enum, default_value_t = EngineChoice::Builtin)]
    pub(crate) engine: EngineChoice,
    #[command(flatten)]
    pub(crate) zap: ZapArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineChoice {
    /// The built-in engine: passive, nothing to install
    Builtin,
    /// OWASP ZAP
    Zap,
}

/// How far a scan goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Pages to look at, at most; 500 by default. Not for ZAP
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) max_pages: Option<u64>,
    /// Links to follow from the first page, at most; 10 by default. Not for ZAP
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_depth: Option<u32>,
    /// Time for a scan; one that takes longer is incomplete. 10m by default, 1h with ZAP
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// Time for one request; 10s by default. Not for ZAP
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) request_timeout: Option<Duration>,
    /// Requests at the same time, at most; 8 by default, and as many as ZAP is set to with ZAP. There it is a setting of the
    /// whole ZAP, which one scan at a time may change, and which is put back at the end
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=64))]
    pub(crate) concurrency: Option<u64>,
    /// Requests in a second, at most; unlimited by default
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    /// Attempts, if the target does not answer at first
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) attempts: u32,
}

/// How requests are made.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Requests")]
pub(crate) struct HttpArgs {
    /// Header to send with every request, such as `Authorization: Bearer …`. May be repeated. Other users of this
    /// machine can see arguments: for secrets use --header-file. ZAP needs its add-on Replacer for it
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// File with such headers, one a line; lines that begin with # are left out
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) header_file: Option<PathBuf>,
    /// Certificates (PEM) to trust besides those of the system. Not for what ZAP scans: it trusts any
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Trust any certificate. What is scanned may then not be what was meant. Not for ZAP, which always does
    #[arg(long)]
    pub(crate) insecure: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Reports of ZAP in JSON or XML
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// You know that the scans came to their end and did all that they were meant to do
    #[arg(long)]
    pub(crate) complete: bool,
    /// Alerts that ZAP calls systemic may count as often as they are listed: ZAP lists only a few of them
    #[arg(long)]
    pub(crate) systemic_as_listed: bool,
    /// Pages that the scan saw; by default as many as there are different URLs among the alerts
    #[arg(long, value_name = "NUMBER")]
    pub(crate) pages: Option<u64>,
    /// Policy to judge by, in YAML or (*.json) JSON; by default no alert of high or medium severity
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// Write a report: `json=PATH` is the evidence that `gate` reads; `-` is standard output. May be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = clap::value_parser!(ReportSpec))]
    pub(crate) report: Vec<ReportSpec>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ZapCommand {
    /// Say whether a ZAP is there that can scan, and what it is
    Status(ZapArgs),
}

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Evidence as `scan --report json=PATH` wrote it; `-` is standard input
    #[arg(required = true, value_name = "EVIDENCE", value_hint = ValueHint::FilePath)]
    pub(crate) evidence: Vec<PathBuf>,
    /// Policy to judge by, in YAML or (*.json) JSON; by default no alert of high or medium severity
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Read policies and tell everything that is wrong with them
    Check(PolicyCheckArgs),
    /// Print the JSON Schema of policies, for editors
    #[command(after_help = "For editors that understand yaml-language-server:\n  \
                            dast-analyzer policy schema > policy.schema.json\nand as the first line of a policy:\n  \
                            # yaml-language-server: $schema=policy.schema.json")]
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyCheckArgs {
    /// Policies in YAML or (*.json) JSON; `-` is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policies: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

fn duration(text: &str) -> Result<Duration, String> {
    let span = text.parse::<Span>().ok();
    let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let finite = duration.filter(|duration| *duration <= SignedDuration::from_hours(24 * 7));
    finite
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "expected a time span such as `90s` or `10m`, at most seven days".to_owned())
}
