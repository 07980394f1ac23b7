//! Makes evidence of reports that ZAP wrote.

use anyhow::{Context, Result};
use dast_engines::zap::report::{Vouch, ZapReport};

use crate::cli::ImportArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::judge::{Show, judge};
use crate::report::Reports;
use crate::source;

/// Judges every site of every report, and writes the evidence.
pub(crate) fn run(args: &ImportArgs, console: &mut Console) -> Result<Exit> {
    let policy = source::policy(args.policy.as_deref())?;
    let reports = Reports::prepare(&args.report, console)?;
    let vouch = Vouch {
        complete: args.complete,
        systemic_as_listed: args.systemic_as_listed,
        pages: args.pages,
        ..Vouch::default()
    };
    let mut all = Vec::new();
    // All of it is read before any of it is judged, so that a bad file does not hide behind a good one.
    for path in &args.files {
        let context = || format!("cannot import `{}`", path.display());
        let report = ZapReport::parse(source::text(path)?.as_bytes()).with_context(context)?;
        for site in report.sites() {
            all.push(site.report(&vouch).with_context(context)?.evidence);
        }
    }
    let mut exit = Exit::Pass;
    for (index, evidence) in all.iter().enumerate() {
        if index > 0 {
            console.detail("\n");
        }
        exit = exit.max(judge(evidence, &policy, Show::Findings, console).into());
    }
    Ok(reports.write(&all, exit, console))
}
