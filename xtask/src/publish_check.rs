//! `cargo xtask publish-check`.

use anyhow::{Result, ensure};

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let packages = workspace.packages();
    let published =
        packages.iter().filter(|package| package.is_published()).map(|package| ["--package", package.name()]);
    let published: Vec<&str> = published.flatten().collect();
    ensure!(!published.is_empty(), "no crate is to be published");
    // Named together, cargo builds each from its package against the packages of the others, so that it does not
    // matter that none of them is on crates.io yet. Files that are not committed are packaged too: nothing is sent.
    let dry_run = ["publish", "--dry-run", "--locked", "--allow-dirty"];
    process::run(process::command(workspace.root(), "cargo", &dry_run).args(published))
}
