//! What is asked for on the command line.

use std::process::ExitCode;

use crate::table::Table;

/// What dast costs, measured side by side with its peers in one run.
#[derive(Debug, clap::Parser)]
pub(crate) struct Options {
    /// Measure only as often as it takes to see that everything works.
    #[arg(long)]
    quick: bool,
    /// Fail with exit code 1 when a goal is missed.
    #[arg(long)]
    strict: bool,
}

impl Options {
    /// `full` rounds, or the few of a quick run.
    pub(crate) fn rounds(&self, full: usize) -> usize {
        if self.quick { full.min(5) } else { full }
    }

    /// What the program ends with. It is a report, so a missed goal is no failure unless that is asked for.
    pub(crate) fn exit_code(&self, table: &Table) -> ExitCode {
        if self.strict && !table.all_met() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
