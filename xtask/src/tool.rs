//! The cargo tools, each in one version.

use std::env;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;

/// A cargo subcommand from crates.io in the version that is known to work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

pub(crate) const DENY: Tool = Tool { name: "deny", version: "0.20.2" };
pub(crate) const FUZZ: Tool = Tool { name: "fuzz", version: "0.13.2" };
pub(crate) const MUTANTS: Tool = Tool { name: "mutants", version: "27.1.0" };

impl Tool {
    pub(crate) const ALL: [Self; 3] = [DENY, FUZZ, MUTANTS];

    /// What comes after `cargo`.
    pub(crate) fn name(self) -> &'static str {
        self.name
    }

    /// Installs the tool unless it is there in exactly this version.
    pub(crate) fn ensure(self) -> Result<()> {
        // Outside the repository, so that its toolchain file and lints have no say in how a tool is built.
        let elsewhere = env::temp_dir();
        if self.is_installed(&elsewhere)? {
            return Ok(());
        }
        let package = format!("cargo-{}@{}", self.name, self.version);
        let mut install =
            process::command(&elsewhere, "cargo", &["install", "--quiet", "--locked", &package]);
        install.env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
        process::run(&mut install).with_context(|| format!("could not install {package}"))
    }

    fn is_installed(self, elsewhere: &Path) -> Result<bool> {
        let output = process::finish(&mut process::command(elsewhere, "cargo", &[self.name, "--version"]))?;
        Ok(output.status.success() && self.is_named_by(&String::from_utf8_lossy(&output.stdout)))
    }

    fn is_named_by(self, version_line: &str) -> bool {
        version_line.split_whitespace().nth(1) == Some(self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_version_will_do() {
        assert!(FUZZ.is_named_by("cargo-fuzz 0.13.2\n"));
        assert!(!FUZZ.is_named_by("cargo-fuzz 0.13.20\n"));
        assert!(!FUZZ.is_named_by(""));
    }
}
