//! Carries out an order of the operator: scans, and delivers the report.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use dast_core::{Phase, Progress, ScanRequest, Target};
use dast_engines::drive;
use dast_kubernetes::crd::RunProgress;
use dast_kubernetes::order::Order;
use dast_policy::{Completion, Confidence, Origin, Report};
use dast_runtime::signals;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::runtime;
use crate::cli::{RunArgs, ZapArgs};
use crate::courier::Courier;
use crate::exit::Exit;
use crate::headway::Headway;
use crate::plan::{self, Plan};
use crate::source;

/// For a ZAP to answer. One that starts beside the analyzer has a second or two of work for each of its add-ons.
const START: Duration = Duration::from_secs(3 * 60);
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// What a scan gets that has no time left, so that it ends by itself and says why.
const LEAST: Duration = Duration::from_secs(1);

/// Carries out an order. It is over when the report is delivered.
pub(crate) fn run(args: &RunArgs) -> Result<Exit> {
    // Lines for whoever collects the logs of pods. Nothing else in this program does this.
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::io::stderr).init();
    let order = order(args)?;
    let runtime = runtime()?;
    let delivered = runtime.block_on(carry_out(&order));
    // What is still being looked at was given up, and must keep nobody waiting.
    runtime.shutdown_background();
    delivered.map(|()| Exit::Pass)
}

fn order(args: &RunArgs) -> Result<Order> {
    let text = match &args.order {
        Some(path) => source::text(path)?,
        None => std::env::var(Order::VARIABLE)
            .with_context(|| format!("there is no order: set {}, or give `--order FILE`", Order::VARIABLE))?,
    };
    serde_json::from_str(&text).context("cannot read the order")
}

async fn carry_out(order: &Order) -> Result<()> {
    let cancel = signals::cancellation();
    let time = order.settings.timeout.as_ref().context("`settings.timeout` is missing")?;
    let time = Duration::try_from(time.read().context("`settings.timeout`")?)?;
    let courier = Arc::new(Courier::new(&order.delivery)?);
    // What is wrong with the order is told before anybody is waited for.
    Plan::ordered(order, time)?;
    let (run, attempt, target) = (&order.run.name, order.attempt, &order.target);
    let settings = &order.profile.name;
    tracing::info!(run, attempt, target, settings, seconds = time.as_secs(), "the order is read");
    if let Some(zap) = plan::zap_of(order) {
        wait_for(&zap, &cancel).await?;
    }
    let report = scan_all(order, time, &courier, &cancel).await?;
    let (pages, findings) = (report.evidence.scan().coverage.pages, report.findings.len());
    let report = json(report)?;
    tracing::info!(pages, findings, bytes = report.len(), "delivering the report");
    courier.deliver(&order.report_path(), report).await?;
    tracing::info!("the report is delivered");
    Ok(())
}

/// Waits for a ZAP that is still starting. One that does not come is for the scan to find out, whose report says so.
async fn wait_for(zap: &ZapArgs, cancel: &CancellationToken) -> Result<()> {
    let zap = plan::client(zap)?;
    tracing::info!("waiting for ZAP");
    let until = Instant::now() + START;
    let ready = async {
        loop {
            match zap.probe().await {
                Ok(version) => break tracing::info!(version, "ZAP is ready"),
                Err(error) if Instant::now() >= until => {
                    break tracing::warn!(error = error.to_string(), "ZAP is not ready");
                }
                Err(_) => sleep(LOOK_AGAIN).await,
            }
        }
    };
    cancel.run_until_cancelled(ready).await;
    Ok(())
}

/// Scans the target under each of its names, in so much time for all.
async fn scan_all(
    order: &Order,
    time: Duration,
    courier: &Arc<Courier>,
    cancel: &CancellationToken,
) -> Result<Report> {
    let headway = Headway::start(Arc::clone(courier), order.progress_path());
    let until = Instant::now() + time;
    let mut whole = Whole { origins: order.origins.len(), origin: 0, pages: 0 };
    let mut reports = Vec::new();
    for origin in &order.origins {
        headway.update(whole.progress(Progress::default()));
        let plan = Plan::ordered(order, until.saturating_duration_since(Instant::now()).max(LEAST))?;
        let mut steps = Steps { origin, last: None };
        let update = |phase, progress| {
            steps.update(phase, progress);
            headway.update(whole.progress(progress));
        };
        let request = request(order, origin)?;
        let report = drive(plan.scanner.as_ref(), request, plan.lifecycle, cancel.clone(), update).await;
        whole.pages += report.evidence.scan().coverage.pages;
        whole.origin += 1;
        ended(origin, &report);
        reports.push(report);
    }
    Report::join(reports).context("`origins` is empty: expected at least one")
}

fn request(order: &Order, origin: &Origin) -> Result<ScanRequest> {
    let target = Target::parse(&origin.to_string())?.named(&order.target);
    let here = order.exposures.iter().filter(|exposure| exposure.host == origin.host());
    Ok(ScanRequest {
        revision: order.revision.clone(),
        exposures: here.cloned().collect(),
        ..ScanRequest::new(target)
    })
}

/// How far the scans are, all together.
struct Whole {
    origins: usize,
    /// Of the scan that is under way.
    origin: usize,
    /// Of the scans before it.
    pages: u64,
}

impl Whole {
    fn progress(&self, progress: Progress) -> RunProgress {
        let Progress { pages, queued, failed, percent, .. } = progress;
        let visited = pages.saturating_add(failed);
        let known = visited.saturating_add(queued);
        let here = percent.map_or_else(|| (visited * 100).checked_div(known).unwrap_or(0), u64::from);
        let done = (self.origin as u64 * 100 + here.min(100)) / (self.origins as u64).max(1);
        RunProgress { percent: u8::try_from(done).unwrap_or(100).min(100), pages: self.pages + pages }
    }
}

/// Logs what a scan does, a line for each step.
struct Steps<'a> {
    origin: &'a Origin,
    last: Option<(Phase, &'static str)>,
}

impl Steps<'_> {
    fn update(&mut self, phase: Phase, progress: Progress) {
        let step = (phase, progress.stage);
        if self.last.replace(step) != Some(step) {
            let (origin, phase, Progress { stage, pages, .. }) = (self.origin, phase.as_str(), progress);
            tracing::info!(%origin, phase, stage, pages, "scanning");
        }
    }
}

fn ended(origin: &Origin, report: &Report) {
    let scan = report.evidence.scan();
    let (pages, findings) = (scan.coverage.pages, report.findings.len());
    match &scan.completion {
        Completion::Complete => tracing::info!(%origin, pages, findings, "the scan is complete"),
        Completion::Incomplete { cause, detail } => {
            tracing::warn!(%origin, pages, findings, %cause, detail, "the scan is incomplete");
        }
    }
}

/// The report as JSON, without its mildest findings if the operator would not take it for its size. Its evidence counts
/// them all the same.
fn json(mut report: Report) -> Result<Vec<u8>> {
    loop {
        let json = serde_json::to_vec(&report)?;
        if json.len() <= Order::MOST_REPORT_BYTES || report.findings.is_empty() {
            return Ok(json);
        }
        report.findings.sort_by_key(|finding| {
            let badness = (finding.severity(), finding.confidence());
            (finding.confidence() == Confidence::FalsePositive, Reverse(badness))
        });
        report.findings.truncate(report.findings.len() * 3 / 4);
    }
}
