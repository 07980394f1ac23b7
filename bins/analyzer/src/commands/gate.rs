//! Judges stored evidence.

use anyhow::Result;

use crate::cli::GateArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::judge::{Show, judge};
use crate::source;

/// The verdict with the reasons that decided.
pub(crate) fn gate(args: &GateArgs, console: &mut Console) -> Result<Exit> {
    each(args, Show::Verdict, console)
}

/// The same with every finding and every limit.
pub(crate) fn explain(args: &GateArgs, console: &mut Console) -> Result<Exit> {
    each(args, Show::Everything, console)
}

fn each(args: &GateArgs, show: Show, console: &mut Console) -> Result<Exit> {
    let policy = source::policy(args.policy.as_deref())?;
    let mut all = Vec::new();
    // All of it is read before any of it is judged, so that a bad file does not hide behind a good one.
    for path in &args.evidence {
        all.extend(source::evidence(path)?);
    }
    let mut exit = Exit::Pass;
    for (index, evidence) in all.iter().enumerate() {
        if index > 0 {
            console.detail("\n");
        }
        exit = exit.max(judge(evidence, &policy, show, console).into());
    }
    Ok(exit)
}
