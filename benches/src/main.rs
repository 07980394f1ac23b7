//! Prints what dast costs as ratios to its peers and to itself, everything measured side by side in one run.

mod counting;
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

use clap::Parser;

fn main() -> anyhow::Result<std::process::ExitCode> {
    let options = options::Options::parse();
    let figures = [counting::measure, growth::measure, exempting::measure, memory::measure, startup::measure];
    let mut table = table::Table::default();
    for measure in figures {
        measure(&options, &mut table)?;
    }
    println!("{table}");
    Ok(options.exit_code(&table))
}
