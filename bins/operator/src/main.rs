//! `dast-operator`: finds the web services in a cluster, has them scanned, and keeps what was found as evidence.

mod arguments;
mod certificates;
mod commands;
mod leadership;
mod readiness;
mod results;

use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    dast_runtime::choose_cryptography();
    commands::run(arguments::Arguments::parse()).await
}
