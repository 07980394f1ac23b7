//! Prints what dast costs as ratios to its peers and to itself, everything measured side by side in one run.

mod analyzer;
mod counting;
mod discovery;
mod exempting;
mod growth;
mod heap;
mod memory;
mod options;
mod peers;
mod sample;
mod startup;
mod table;
mod timing;
mod zap;

use std::process::ExitCode;

use clap::Parser;

fn main() -> anyhow::Result<ExitCode> {
    let options = options::Options::parse();
    if let Some(part) = options.part() {
        return part.play().map(|()| ExitCode::SUCCESS);
    }
    let mut table = table::Table::default();
    for measure in options.figures() {
        measure(&options, &mut table)?;
    }
    println!("{table}");
    Ok(options.exit_code(&table))
}
