//! `cargo xtask figures`.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Passed on to the benchmark program
    #[arg(last = true)]
    rest: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let manifest = ["run", "--quiet", "--release", "--locked", "--manifest-path", "benches/Cargo.toml", "--"];
    process::run(process::command(workspace.root(), "cargo", &manifest).args(&args.rest))
}
