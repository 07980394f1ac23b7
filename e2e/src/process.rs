//! Programs that are run to their end.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Runs a program, and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let said = command.stdin(Stdio::null()).output();
    let said = said.with_context(|| format!("could not start `{}`", command.get_program().display()))?;
    let errors = String::from_utf8_lossy(&said.stderr);
    let asked: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    ensure!(said.status.success(), "`{}` ended with {}: {}", asked.join(" "), said.status, errors.trim());
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}
