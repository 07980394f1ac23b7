//! `dast-operator`: finds the web services in a cluster, has them scanned, and keeps what was found as evidence.

mod arguments;
mod certificates;
mod commands;
mod leadership;
mod readiness;
mod registration;

use clap::Parser;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    dast_runtime::choose_cryptography();
    dast_runtime::conclude(commands::run(arguments::Arguments::parse()).await)
}
