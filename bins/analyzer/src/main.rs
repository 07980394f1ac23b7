//! `dast-analyzer`: scan, judge, explain.

mod cli;
mod cluster;
mod commands;
mod console;
mod courier;
mod exit;
mod headway;
mod judge;
mod plan;
mod progress;
mod report;
mod source;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let cli = cli::Cli::parse();
    commands::run(cli).into()
}
