//! Scans, and judges what was found.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use dast_core::{LifecycleSettings, ScanRequest, Target};
use dast_engines::drive;
use dast_engines::passive::{Limits, PassiveScanner, SettingsError};
use dast_policy::{Evidence, Policy};
use tokio_util::sync::CancellationToken;

use super::runtime;
use crate::cli::{HttpArgs, LimitArgs, ScanArgs};
use crate::console::Console;
use crate::exit::Exit;
use crate::judge::{Show, judge};
use crate::progress::Display;
use crate::report::{Destination, ReportSpec};
use crate::{signals, source};

/// Scans every URL, judges each, and writes the reports.
pub(crate) fn run(args: &ScanArgs, console: &mut Console) -> Result<Exit> {
    let policy = source::policy(args.policy.as_deref())?;
    let targets = targets(&args.urls)?;
    let plan = Plan::resolve(&args.limits, &args.http)?;
    check_reports(&args.report, console)?;
    if args.report.iter().any(|report| report.destination == Destination::Stdout) {
        console.leave_stdout();
    }
    let runtime = runtime()?;
    let (all, exit) = runtime.block_on(scan_all(&plan, targets, &policy, console));
    let exit = write_reports(&args.report, &all, exit, console);
    // What is still being looked at was given up, and must keep nobody waiting.
    runtime.shutdown_background();
    Ok(exit)
}

/// How targets are scanned: everything that was typed, read and checked.
pub(crate) struct Plan {
    scanner: PassiveScanner,
    lifecycle: LifecycleSettings,
}

impl Plan {
    fn resolve(limits: &LimitArgs, http: &HttpArgs) -> Result<Self> {
        let bounds = Limits {
            pages: usize::try_from(limits.max_pages)?,
            depth: usize::try_from(limits.max_depth)?,
            time: limits.timeout,
            request_timeout: limits.request_timeout,
            concurrency: usize::try_from(limits.concurrency)?,
            requests_per_second: limits.rate,
            ..Limits::default()
        };
        let mut scanner =
            PassiveScanner::builder().limits(bounds).danger_accept_invalid_certificates(http.insecure);
        for (name, value) in headers(http)? {
            // Whatever people add to every request may be a secret, so that no report shows it.
            scanner = scanner.credential(name, value);
        }
        if let Some(path) = &http.ca_file {
            let pem = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            scanner = scanner.ca_certificates(pem);
        }
        let lifecycle = LifecycleSettings {
            // The engine ends by itself at its time limit; the lifecycle only makes sure.
            deadline: limits.timeout + Duration::from_secs(30),
            grace: Duration::from_secs(5),
            max_attempts: limits.attempts,
            ..LifecycleSettings::default()
        };
        let scanner = scanner.build().map_err(|error| match (&error, &http.ca_file) {
            (SettingsError::Certificates(_), Some(path)) => {
                let context = format!("`{}` has no certificates in it", path.display());
                anyhow::Error::new(error).context(context)
            }
            _ => error.into(),
        })?;
        Ok(Self { scanner, lifecycle })
    }

    /// What suits a small application on this machine.
    pub(crate) fn demonstration() -> Result<Self> {
        let lifecycle = LifecycleSettings { max_attempts: 1, ..LifecycleSettings::default() };
        Ok(Self { scanner: PassiveScanner::builder().build()?, lifecycle })
    }
}

/// Scans one target, showing how far it is.
pub(crate) async fn scan(
    plan: &Plan,
    target: Target,
    cancel: &CancellationToken,
    console: &mut Console,
) -> Evidence {
    let mut display = Display::new(target.name(), console.is_quiet());
    let request = ScanRequest::new(target);
    let update = |phase, progress| display.update(phase, progress);
    let report = drive(&plan.scanner, request, plan.lifecycle, cancel.clone(), update).await;
    display.finish();
    report.evidence
}

async fn scan_all(
    plan: &Plan,
    targets: Vec<Target>,
    policy: &Policy,
    console: &mut Console,
) -> (Vec<Evidence>, Exit) {
    let cancel = signals::cancellation();
    let mut all = Vec::new();
    let mut exit = Exit::Pass;
    for target in targets {
        if !all.is_empty() {
            console.detail("\n");
        }
        let evidence = scan(plan, target, &cancel, console).await;
        exit = exit.max(judge(&evidence, policy, Show::Findings, console).into());
        all.push(evidence);
    }
    (all, exit)
}

/// Every report is tried, and the verdict outweighs one that could not be written.
fn write_reports(reports: &[ReportSpec], all: &[Evidence], exit: Exit, console: &mut Console) -> Exit {
    let mut exit = exit;
    for report in reports {
        if let Err(error) = report.write(all, console) {
            console.error(&error);
            exit = exit.max(Exit::Usage);
        }
    }
    exit
}

/// All URLs, or everything that is wrong with them.
fn targets(urls: &[String]) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    let mut wrong = Vec::new();
    for url in urls {
        match Target::parse(url) {
            Ok(target) => targets.push(target),
            Err(error) => wrong.push(format!("\n  {error}")),
        }
    }
    ensure!(wrong.is_empty(), "cannot scan this:{}", wrong.concat());
    Ok(targets)
}

/// What is wrong with destinations as they are typed, and what may be wrong with them when the scan is over.
fn check_reports(reports: &[ReportSpec], console: &mut Console) -> Result<()> {
    for (index, report) in reports.iter().enumerate() {
        let before = reports.iter().take(index).any(|earlier| earlier.destination == report.destination);
        ensure!(!before, "two reports have the same destination; give each a path of its own");
        if let Some(folder) = report.missing_folder() {
            console.warning(format_args!(
                "there is no folder `{}`: make it before the scan ends",
                folder.display()
            ));
        }
    }
    Ok(())
}

/// The headers of the command line and of the file.
fn headers(http: &HttpArgs) -> Result<Vec<(String, String)>> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for (index, line) in http.header.iter().enumerate() {
        lines.push(header(line).with_context(|| format!("--header number {}", index + 1))?);
    }
    if let Some(path) = &http.header_file {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| is_header(line)) {
            lines.push(header(line).with_context(|| format!("`{}`, line {}", path.display(), index + 1))?);
        }
    }
    Ok(lines)
}

/// Empty lines and comments are none.
fn is_header(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

/// The value may be a secret, so that an error must not repeat it.
fn header(line: &str) -> Result<(String, String)> {
    let (name, value) = line.split_once(':').ok_or_else(|| anyhow!("expected `Name: value`"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
