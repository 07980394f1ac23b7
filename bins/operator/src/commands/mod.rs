//! What the program does: one file a command.

mod apply_crds;
mod check_ready;
mod operate;
mod parked;

use anyhow::Result;

use crate::arguments::{Arguments, Command};

/// Runs a command; without one, the operator.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    dast_runtime::logs::begin(&arguments.logs)?;
    match &arguments.command {
        None => operate::run(&arguments).await,
        Some(Command::ApplyCrds) => apply_crds::run().await,
        Some(Command::Parked { release }) => parked::run(release.as_deref()).await,
        Some(Command::CheckReady { url }) => check_ready::run(url).await,
    }
}
