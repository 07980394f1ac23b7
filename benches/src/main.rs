//! Prints what dast costs as ratios to its peers and to itself, everything measured side by side in one run.

mod admission;
mod analyzer;
mod counting;
mod discovery;
mod exempting;
mod gate;
mod growth;
mod heap;
mod memory;
mod operator;
mod options;
mod peers;
mod program;
mod sample;
mod startup;
mod table;
mod timing;
mod webhook;
mod zap;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Group, Options};
use crate::table::Table;

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    if let Some(part) = options.part() {
        return part.play().map(|()| ExitCode::SUCCESS);
    }
    let mut table = Table::default();
    for measure in options.groups().iter().flat_map(|group| figures(*group)) {
        measure(&options, &mut table)?;
    }
    println!("{table}");
    Ok(options.exit_code(&table))
}

/// Measures some figures.
type Measure = fn(&Options, &mut Table) -> anyhow::Result<()>;

fn figures(group: Group) -> &'static [Measure] {
    match group {
        Group::Policy => {
            &[counting::measure, growth::measure, exempting::measure, memory::measure, startup::measure]
        }
        Group::Discovery => &[discovery::building, discovery::updating],
        Group::Admission => &[admission::deciding, webhook::answering],
        Group::Zap => &[zap::listing, zap::holding, zap::polling],
        Group::Scan => &[zap::scanning],
        Group::Gate => &[gate::writing, gate::holding],
        Group::Operator => &[operator::size, operator::holding, operator::calls],
    }
}
