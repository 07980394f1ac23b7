//! How a program ends.

use std::io::{Write, stderr};
use std::process::ExitCode;

/// Says on standard error why a program failed, in one line, and gives its exit code: 0, or 1 for a failure.
pub fn conclude(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    // Nobody is left to be told if this fails.
    let _ = writeln!(stderr(), "error: {}", told(&error));
    ExitCode::FAILURE
}

/// An error with its causes. Some libraries tell the causes with the error, too: each is told once.
fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn each_cause_is_told_once() {
        let chatty = anyhow!("no such file").context("cannot read `a`: no such file").context("no cluster");
        assert_eq!(told(&chatty), "no cluster: cannot read `a`: no such file");
        assert_eq!(told(&anyhow!("b").context("a")), "a: b");
    }
}
