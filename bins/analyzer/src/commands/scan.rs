//! Scans, and judges what was found.

use anyhow::{Result, ensure};
use dast_core::{ScanRequest, Target};
use dast_engines::drive;
use dast_policy::{Evidence, Policy};
use dast_runtime::signals;
use tokio_util::sync::CancellationToken;

use super::runtime;
use crate::cli::ScanArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::judge::{Show, judge};
use crate::plan::Plan;
use crate::progress::Display;
use crate::report::Reports;
use crate::source;

/// Scans every URL, judges each, and writes the reports.
pub(crate) fn run(args: &ScanArgs, console: &mut Console) -> Result<Exit> {
    let policy = source::policy(args.policy.as_deref())?;
    let targets = targets(&args.urls)?;
    let plan = Plan::resolve(&args.with)?;
    let reports = Reports::prepare(&args.report, console)?;
    let runtime = runtime()?;
    let exit = runtime.block_on(async {
        let (all, exit) = scan_all(&plan, targets, &policy, &signals::cancellation(), console).await;
        reports.write(&all, exit, console)
    });
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

/// Scans and judges one target after the other.
pub(super) async fn scan_all(
    plan: &Plan,
    targets: Vec<Target>,
    policy: &Policy,
    cancel: &CancellationToken,
    console: &mut Console,
) -> (Vec<Evidence>, Exit) {
    let mut all = Vec::new();
    let mut exit = Exit::Pass;
    for target in targets {
        if !all.is_empty() {
            console.detail("\n");
        }
        let evidence = scan(plan, target, cancel, console).await;
        exit = exit.max(judge(&evidence, policy, Show::Findings, console).into());
        all.push(evidence);
    }
    (all, exit)
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
