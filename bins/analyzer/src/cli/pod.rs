//! The commands of the operator's pods.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// What is to be done.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// File with the order in JSON; `-` is standard input. By default the environment variable DAST_ORDER holds it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) order: Option<PathBuf>,
}

/// Where the key goes.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Folder that only this pod sees, best in memory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
}
