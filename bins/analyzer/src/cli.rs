//! The command line as it is typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::Styles;
use clap::{Args, Parser, Subcommand, ValueHint};
use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::console::ColorChoice;
use crate::report::ReportSpec;

const EXAMPLES: &str = "\
Examples:
  dast-analyzer demo
      See it work: scans a careless and a repaired shop on this machine.
  dast-analyzer scan http://localhost:8080/ --report json=evidence.json
      Scan an application, judge it by the default policy, and keep the evidence.
  dast-analyzer gate evidence.json --policy policy.yaml
      Judge the same evidence by another policy, without scanning again.
  dast-analyzer explain evidence.json --policy policy.yaml
      The same with every finding and every limit.

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
    /// GET requests only, fills in no form, runs no scripts, and never sends an attack.
    Scan(Box<ScanArgs>),
    /// Judge stored evidence under a policy
    Gate(GateArgs),
    /// Judge stored evidence and show every finding and every limit
    Explain(GateArgs),
    /// Check policies, and print their schema
    #[command(subcommand)]
    Policy(PolicyCommand),
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
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) http: HttpArgs,
}

/// How far a scan goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Pages to look at, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) max_pages: u64,
    /// Links to follow from the first page, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub(crate) max_depth: u32,
    /// Time for a scan; one that takes longer is incomplete
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Time for one request
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) request_timeout: Duration,
    /// Requests at the same time, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=64))]
    pub(crate) concurrency: u64,
    /// Requests in a second, at most; unlimited by default
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    /// Attempts, if the target does not answer at first
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) attempts: u32,
}

/// How requests are made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests")]
pub(crate) struct HttpArgs {
    /// Header to send with every request, such as `Authorization: Bearer …`. May be repeated. Other users of this
    /// machine can see arguments: for secrets use --header-file
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// File with such headers, one a line; lines that begin with # are left out
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) header_file: Option<PathBuf>,
    /// Certificates (PEM) to trust besides those of the system
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Trust any certificate. What is scanned may then not be what was meant
    #[arg(long)]
    pub(crate) insecure: bool,
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
