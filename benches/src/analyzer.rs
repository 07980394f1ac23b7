//! The analyzer, built as it is released.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Builds the analyzer as it is released, and asks cargo where it lies.
pub(crate) fn build() -> Result<PathBuf> {
    eprintln!("building dast-analyzer");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let output = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--package",
            "dast-analyzer",
            "--message-format",
            "json-render-diagnostics",
        ])
        .arg("--manifest-path")
        .arg(manifest)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        bail!("dast-analyzer does not build");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let artifacts = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut programs = artifacts.filter_map(|artifact| {
        let name = artifact.get("target")?.get("name")?.as_str()?;
        let path = artifact.get("executable")?.as_str()?;
        (name == "dast-analyzer").then(|| PathBuf::from(path))
    });
    programs.next().context("there is no program dast-analyzer")
}
