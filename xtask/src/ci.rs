//! `cargo xtask ci`.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The steps to run, such as `clippy`; all of them if none is named
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    process::run(process::command(workspace.root(), "bash", &[".ci/run"]).args(&args.steps))
}
