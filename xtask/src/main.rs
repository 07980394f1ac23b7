//! Chores of this repository, run as `cargo xtask COMMAND`. `cargo xtask --help` lists them.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program whose output is for people at a terminal"
)]

mod ci;
mod cli;
mod cluster;
mod fences;
mod figures;
mod fuzz;
mod generated;
mod images;
mod mutants;
mod process;
mod publish_check;
mod stories;
mod tool;
mod tools;
mod workers;
mod workspace;
mod zap;
mod zap_endpoints;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
