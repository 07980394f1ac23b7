//! What is got or built from Go modules that a `go.mod` of the lab pins, and `go.sum` by their hashes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process::output;

/// What `go` says of a module that it has.
#[derive(Deserialize)]
struct Module {
    #[serde(rename = "Dir")]
    folder: PathBuf,
}

/// `go` in a folder with a `go.mod`, which nothing but that file leads to modules.
pub(crate) fn go(folder: &Path) -> Command {
    let mut go = Command::new("go");
    go.env("GOWORK", "off").env_remove("GOFLAGS").current_dir(folder);
    go
}

/// The folder where `go` keeps a module, which is got if it is not there. It cannot be written to.
pub(crate) fn module(folder: &Path, module: &str) -> Result<PathBuf> {
    let said = output(go(folder).args(["mod", "download", "-json", module]))?;
    let module: Module = serde_json::from_str(&said).context("`go` printed something other than JSON")?;
    Ok(module.folder)
}
