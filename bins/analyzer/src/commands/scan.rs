//! Scans, and judges what was found.

use anyhow::{Result, ensure};
use dast_core::{ScanRequest, Target};
use dast_engines::drive;
use dast_policy::{Evidence, Policy};
use tokio_util::sync::CancellationToken;

use super::runtime;
use crate::cli::ScanArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::judge::{Show, judge};
use crate::plan::Plan;
use crate::progress::Display;
use crate::report::{Destination, ReportSpec};
use crate::{signals, source};

/// Scans every URL, judges each, and writes the reports.
pub(crate) fn run(args: &ScanArgs, console: &mut Console) -> Result<Exit> {
    let policy = source::policy(args.policy.as_deref())?;
    let targets = targets(&args.urls)?;
    let plan = Plan::resolve(&args.with)?;
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
    let report = drive(plan.scanner.as_ref(), request, plan.lifecycle, cancel.clone(), update).await;
    display.finish();
    report.evidence
}

pub(super) async fn scan_all(
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
pub(super) fn write_reports(
    reports: &[ReportSpec],
    all: &[Evidence],
    exit: Exit,
    console: &mut Console,
) -> Exit {
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
pub(super) fn targets(urls: &[String]) -> Result<Vec<Target>> {
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
pub(super) fn check_reports(reports: &[ReportSpec], console: &mut Console) -> Result<()> {
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
