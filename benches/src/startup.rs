//! How long whole processes take: the analyzer where it has next to nothing to do, beside a program that does nothing.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use dast_policy::PolicyDocument;

use crate::analyzer;
use crate::options::Options;
use crate::table::{Goal, Row, Table};
use crate::timing::{Samples, interleave};

/// What may come on top of one and a half times the program that does nothing.
const ALLOWANCE: Duration = Duration::from_millis(10);

/// `dast-analyzer --version` and `dast-analyzer policy check FILE` beside `true`.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    let mut policy = tempfile::Builder::new().suffix(".json").tempfile()?;
    policy.write_all(PolicyDocument::standard().to_json().as_bytes())?;
    let version = vec![OsString::from("--version")];
    let check = vec![OsString::from("policy"), OsString::from("check"), policy.path().into()];
    let analyzer =
        analyzer::build().and_then(|analyzer| works(&analyzer, &version, &check).map(|()| analyzer));
    let analyzer = match analyzer {
        Ok(analyzer) => analyzer,
        Err(error) => {
            eprintln!("start-up: NOT MEASURED: {error:#}");
            for what in ["dast-analyzer --version", "dast-analyzer policy check FILE"] {
                table.push(row(what, &format!("not measured: {error}"), "–", None));
            }
            return Ok(());
        }
    };
    let rounds = options.rounds(201);
    eprintln!("start-up: {rounds} processes each");
    let [nothing, version, check] = interleave(
        rounds,
        [&mut || run("true".as_ref(), &[]), &mut || run(analyzer.as_os_str(), &version), &mut || {
            run(analyzer.as_os_str(), &check)
        }],
    )?;
    for (what, ours) in [("dast-analyzer --version", version), ("dast-analyzer policy check FILE", check)] {
        table.push(row(what, &ours.to_string(), &nothing.to_string(), Some((&ours, &nothing))));
    }
    Ok(())
}

fn row(what: &str, ours: &str, peer: &str, measured: Option<(&Samples, &Samples)>) -> Row {
    let met = |(ours, nothing): (&Samples, &Samples)| {
        let most = nothing.median().ok()?.mul_f64(1.5) + ALLOWANCE;
        Some(ours.median().ok()? <= most)
    };
    Row {
        what: format!("start, `{what}` beside `true`"),
        ours: ours.to_owned(),
        peer: peer.to_owned(),
        ratio: measured.and_then(|(ours, nothing)| ours.ratio_to(nothing).ok()),
        goal: Goal::Judged("≤ 1.5 × `true` + 10 ms".to_owned(), measured.and_then(met).unwrap_or(false)),
    }
}

/// Whether the analyzer does what is timed: a program that ignores its arguments starts fast, but says nothing.
fn works(analyzer: &Path, version: &[OsString], check: &[OsString]) -> Result<()> {
    let output = |arguments: &[OsString]| -> Result<Output> {
        Command::new(analyzer).args(arguments).output().context("dast-analyzer does not start")
    };
    let told = output(version)?;
    if !told.status.success() || !told.stdout.starts_with(b"dast-analyzer ") {
        bail!("dast-analyzer does not know `--version`");
    }
    if !output(check)?.status.success() {
        bail!("dast-analyzer refuses the standard policy");
    }
    let mut wrong = tempfile::Builder::new().suffix(".json").tempfile()?;
    wrong.write_all(b"{\"thresholds\": 1}")?;
    let refused = output(&["policy".into(), "check".into(), wrong.path().into()])?;
    if refused.status.success() {
        bail!("dast-analyzer accepts a policy that is wrong");
    }
    Ok(())
}

fn run(program: &OsStr, arguments: &[OsString]) -> Result<Duration> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let duration = start.elapsed();
    if status.success() { Ok(duration) } else { bail!("{} ended with {status}", program.display()) }
}
