//! `cargo xtask mutants`: does a test notice when the policy engine is broken on purpose?

use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail, ensure};

use crate::process;
use crate::tool;
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many mutants to build and test at the same time [default: the number of processors]
    #[arg(long)]
    jobs: Option<usize>,
    /// A file to mutate, relative to the root [default: the files that judge, and that make and read evidence]
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<String>,
}

/// What decides, and what it decides on.
const FILES: [&str; 13] = [
    "crates/dast-policy/src/bound.rs",
    "crates/dast-policy/src/collector.rs",
    "crates/dast-policy/src/pattern.rs",
    "crates/dast-policy/src/shape.rs",
    "crates/dast-policy/src/evaluate.rs",
    "crates/dast-policy/src/tally.rs",
    "crates/dast-policy/src/level.rs",
    "crates/dast-policy/src/policy.rs",
    "crates/dast-policy/src/count.rs",
    "crates/dast-policy/src/evaluation.rs",
    "crates/dast-policy/src/evidence.rs",
    "crates/dast-policy/src/exemption.rs",
    "crates/dast-policy/src/layer.rs",
];

/// Exit statuses of cargo-mutants (<https://mutants.rs/exit-codes.html>) after which its lists are complete: nothing
/// special, survivors, and tests that took too long. The last hides the one before it, so the lists have to be read.
const FINISHED: [i32; 3] = [0, 2, 3];

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let named: Vec<&str> = args.files.iter().map(String::as_str).collect();
    let files = if named.is_empty() { FILES.as_slice() } else { named.as_slice() };
    for file in files {
        ensure!(
            workspace.root().join(file).is_file(),
            "{file} does not exist: FILES in xtask/src/mutants.rs names it"
        );
    }
    tool::MUTANTS.ensure()?;
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let mut mutants = process::command(workspace.root(), "cargo", &["mutants", "--package", "dast-policy"]);
    mutants.args(["--all-features", "--no-times", "--jobs", &jobs.to_string()]);
    files.iter().for_each(|file| {
        mutants.args(["--file", file]);
    });
    let status = process::status(&mut mutants)?;
    if !status.code().is_some_and(|code| FINISHED.contains(&code)) {
        bail!("cargo-mutants did not come to its end: {status}");
    }
    judge(&workspace.root().join("mutants.out"))
}

/// Reads what is left in `folder`. A mutant whose tests never end has been noticed.
fn judge(folder: &Path) -> Result<()> {
    let list = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).with_context(|| format!("could not read {name}"))?;
        Ok::<_, anyhow::Error>(text.lines().map(str::to_owned).collect::<Vec<_>>())
    };
    let (caught, endless, survivors) = (list("caught.txt")?, list("timeout.txt")?, list("missed.txt")?);
    println!(
        "{} caught, {} caught by never ending, {} survived",
        caught.len(),
        endless.len(),
        survivors.len()
    );
    ensure!(!caught.is_empty(), "no mutant was caught: no mutant was made");
    if survivors.is_empty() {
        return Ok(());
    }
    let survivors = survivors.iter().fold(String::new(), |all, survivor| format!("{all}\n  {survivor}"));
    bail!(
        "mutants survived; write a test that notices, or list them with a reason in .cargo/mutants.toml:{survivors}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lists: [&str; 3]) -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in ["caught.txt", "timeout.txt", "missed.txt"].into_iter().zip(lists) {
            fs::write(folder.path().join(name), text).unwrap();
        }
        judge(folder.path())
    }

    #[test]
    fn a_survivor_fails_and_is_named() {
        assert!(of(["a\n", "b\n", ""]).is_ok());
        let error = of(["a\n", "b\n", "src/x.rs:1:2: replace + with -\n"]).unwrap_err().to_string();
        assert!(error.ends_with("\n  src/x.rs:1:2: replace + with -"), "{error}");
    }

    #[test]
    fn a_run_without_mutants_shows_nothing() {
        assert!(of(["", "", ""]).is_err());
        assert!(judge(Path::new("no-such-folder")).is_err());
    }
}
