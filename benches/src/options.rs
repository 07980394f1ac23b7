//! What is asked for on the command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use crate::table::Table;
use crate::zap::Part;

const STEADY: Duration = Duration::from_secs(600);
const STEADY_IF_QUICK: Duration = Duration::from_secs(60);

/// What dast costs, measured side by side with its peers in one run.
#[derive(Debug, clap::Parser)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Options {
    /// What to measure.
    #[arg(value_enum, default_values_t = [Group::Policy])]
    groups: Vec<Group>,
    /// Measure only as often as it takes to see that everything works.
    #[arg(long)]
    quick: bool,
    /// Fail with exit code 1 when a goal is missed.
    #[arg(long)]
    strict: bool,
    /// The program `dast-operator` as it is released, for the groups `gate` and `operator`, which build it otherwise.
    #[arg(long, value_name = "FILE")]
    operator: Option<PathBuf>,
    /// The program `dast-webhook` as it is released, for the group `gate`, which builds it otherwise.
    #[arg(long, value_name = "FILE")]
    webhook: Option<PathBuf>,
    /// For how many seconds the group `operator` watches for writes when nothing changes: 600, or 60 of a quick run.
    #[arg(long, value_name = "SECONDS")]
    steady: Option<u64>,
    #[command(subcommand)]
    part: Option<Part>,
}

/// Figures that are measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Group {
    /// Policies: counting, growth, exempting, memory, start.
    Policy,
    /// The index of what is to be scanned in a cluster.
    Discovery,
    /// The gate: its decision, and whole requests.
    Admission,
    /// The client of ZAP, with a fake one. Needs python3 with venv, and a package for it.
    Zap,
    /// Scans by a real ZAP. Needs a JDK and Maven, as the lab does.
    Scan,
    /// The webhook beside a real API server. Needs Go and a C compiler, as the lab does; ends any cluster that is up.
    Gate,
    /// The operator beside a real API server. Needs Go and a C compiler, as the lab does; ends any cluster that is up.
    Operator,
}

impl Options {
    /// What to measure, in that order.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The operator, if it is built already.
    pub(crate) fn operator(&self) -> Option<&Path> {
        self.operator.as_deref()
    }

    /// The webhook, if it is built already.
    pub(crate) fn webhook(&self) -> Option<&Path> {
        self.webhook.as_deref()
    }

    /// What this process is, if the program started itself.
    pub(crate) fn part(&self) -> Option<&Part> {
        self.part.as_ref()
    }

    /// `full` rounds, or the few of a quick run.
    pub(crate) fn rounds(&self, full: usize) -> usize {
        if self.quick { full.min(5) } else { full }
    }

    /// So many objects, or a tenth of them for a quick run.
    pub(crate) fn scaled(&self, full: u32) -> u32 {
        if self.quick { full / 10 } else { full }
    }

    /// How long to watch for what is not to happen.
    pub(crate) fn steady(&self) -> Duration {
        let usual = if self.quick { STEADY_IF_QUICK } else { STEADY };
        self.steady.map_or(usual, Duration::from_secs)
    }

    /// What the program ends with. It is a report, so a missed goal is no failure unless that is asked for.
    pub(crate) fn exit_code(&self, table: &Table) -> ExitCode {
        if self.strict && !table.all_met() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
