//! `cargo xtask fuzz`: builds every target and runs them side by side.

use std::fs;
use std::process::Output;
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use toml::Table;

use crate::process;
use crate::tool;
use crate::workers::work_off;
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long each target runs
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Run this target only
    #[arg(long)]
    target: Option<String>,
}

/// The code is safe Rust, so a sanitizer has nothing to look for; and without one the pinned stable toolchain builds
/// the targets, where sanitizers need a nightly one.
const SANITIZER: [&str; 2] = ["--sanitizer", "none"];
/// An input of more than 64 KiB is larger than anything a real reader meets, one that takes ten seconds is a bug.
const LIMITS: [&str; 4] = ["-max_len=65536", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"];
/// As much of a failure as shows the broken law and how to meet it again.
const MOST_LINES: usize = 60;

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let manifest = fs::read_to_string(workspace.root().join("fuzz/Cargo.toml"))?;
    let targets = chosen(targets(&manifest)?, args.target.as_deref())?;
    tool::FUZZ.ensure()?;
    let build = [&["fuzz", "build"], SANITIZER.as_slice()].concat();
    process::run(process::command(workspace.root(), "cargo", &build).args(&args.target))?;

    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = |_, target: &String| Ok(format!(": {}", fuzz(workspace, target, args.seconds)?));
    let failed = work_off(targets, workers, Clone::clone, work)?;
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// The names of the targets in the manifest of the fuzz crate.
fn targets(manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = manifest.parse().context("could not read fuzz/Cargo.toml")?;
    let bins =
        manifest.get("bin").and_then(|bins| bins.as_array()).context("fuzz/Cargo.toml has no targets")?;
    let name = |bin: &toml::Value| bin.get("name").and_then(|name| name.as_str()).map(str::to_owned);
    bins.iter().map(|bin| name(bin).context("a target in fuzz/Cargo.toml has no name")).collect()
}

fn chosen(mut targets: Vec<String>, target: Option<&str>) -> Result<Vec<String>> {
    let all = targets.join(", ");
    targets.retain(|name| target.is_none_or(|target| target == name));
    ensure!(!targets.is_empty(), "no such target: there are {all}");
    Ok(targets)
}

/// Runs one target and says in a line what came of it.
fn fuzz(workspace: &Workspace, target: &str, seconds: u32) -> Result<String> {
    let (corpus, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
    fs::create_dir_all(workspace.root().join(&corpus))?;
    let planted =
        fs::read_dir(workspace.root().join(&seeds)).with_context(|| format!("could not read {seeds}"))?;
    ensure!(planted.count() > 0, "{seeds} is empty: plant an input that is accepted and one that is refused");
    // What is new goes to the first folder; the others are only read.
    let mut run = process::command(workspace.root(), "cargo", &["fuzz", "run", target]);
    run.args(SANITIZER)
        .args([&corpus, &seeds])
        .arg("--")
        .args(LIMITS)
        .arg(format!("-max_total_time={seconds}"));
    verdict(&process::finish(run.env("RUST_BACKTRACE", "0"))?)
}

fn verdict(output: &Output) -> Result<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let lines: Vec<&str> = said.lines().collect();
        let end = lines.get(lines.len().saturating_sub(MOST_LINES)..).unwrap_or_default();
        bail!("{}\n{}", output.status, end.join("\n"));
    }
    let figure = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.trim().parse::<u64>().ok())
            .with_context(|| format!("it did not say {name}"))
    };
    let inputs = figure("stat::number_of_executed_units:")?;
    ensure!(inputs > 0, "it tried no input");
    let (speed, new) = (figure("stat::average_exec_per_sec:")?, figure("stat::new_units_added:")?);
    Ok(format!("{inputs} inputs, {speed} a second, {new} of them reached something new"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn of(code: i32, said: &str) -> Result<String> {
        let stderr = said.as_bytes().to_vec();
        verdict(&Output { status: ExitStatus::from_raw(code << 8), stdout: Vec::new(), stderr })
    }

    #[test]
    fn targets_are_those_of_the_manifest() {
        let targets = targets("[[bin]]\nname = \"a\"\n[[bin]]\nname = \"b\"\n").unwrap();
        assert_eq!(targets, ["a", "b"]);
        assert_eq!(chosen(targets.clone(), None).unwrap(), ["a", "b"]);
        assert_eq!(chosen(targets.clone(), Some("b")).unwrap(), ["b"]);
        assert_eq!(chosen(targets, Some("c")).unwrap_err().to_string(), "no such target: there are a, b");
    }

    #[test]
    fn a_run_that_tried_nothing_is_not_ok() {
        let said = "stat::number_of_executed_units: 7\nstat::average_exec_per_sec:     3\nstat::new_units_added: 1\n";
        assert_eq!(of(0, said).unwrap(), "7 inputs, 3 a second, 1 of them reached something new");
        assert!(of(0, &said.replace(" 7", " 0")).is_err());
        assert!(of(0, "").is_err());
    }

    #[test]
    fn a_broken_law_is_shown() {
        let error = of(77, "thread panicked at origin.rs:9").unwrap_err().to_string();
        assert!(error.contains("panicked at origin.rs:9"), "{error}");
    }
}
