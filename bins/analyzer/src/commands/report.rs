//! Shows the report of a target in a cluster.

use std::path::Path;
use std::slice;

use anyhow::{Context, Result, anyhow};
use dast_core::discovery::ObjectName;
use dast_kubernetes::crd::{ScanReport, ScanTarget, ScanTargetStatus, TargetPhase, VerdictName};
use dast_policy::{Evidence, Expected, Exposure, Policy, Profile, Revision, UnknownReason, Verdict};
use dast_report::terminal::{self, printable};
use jiff::{SignedDuration, Timestamp};

use super::runtime;
use crate::cli::ReportArgs;
use crate::cluster::{self, Known};
use crate::console::Console;
use crate::exit::Exit;
use crate::judge::{Show, judge_as};
use crate::report::{Reports, write_whole};
use crate::source;

/// Reads the report of a target, shows it, and tells the verdict.
pub(crate) fn run(args: &ReportArgs, console: &mut Console) -> Result<Exit> {
    let name = &args.from_cluster;
    let policy = args.policy.as_deref().map(|path| source::policy(Some(path))).transpose()?;
    let reports = Reports::prepare(&args.report, console)?;
    let Known { target, report } = runtime()?.block_on(cluster::read(name, args.context.as_deref()))?;
    let status = target.status.clone().unwrap_or_default();
    let Some(report) = report else {
        console.error(&anyhow!("there is no report of `{name}` yet: {}", standing(&status)));
        return Ok(Exit::Unknown);
    };
    let unpacked = report.spec.unpack().with_context(|| format!("the report of `{name}` cannot be read"))?;
    let evidence = &unpacked.evidence;
    console.detail(about(&report, evidence, &status));
    let mut exit = match policy {
        None => show(name, evidence, &status, console),
        Some(policy) => judge_anew(&policy, &target, evidence, &status, console),
    };
    if let Some(path) = &args.full
        && let Err(error) = write_full(path, &serde_json::to_string(&unpacked)?, console)
    {
        console.error(&error);
        exit = exit.max(Exit::Usage);
    }
    Ok(reports.write(slice::from_ref(evidence), exit, console))
}

/// What was found, and the verdict that stands in the cluster.
fn show(name: &ObjectName, evidence: &Evidence, status: &ScanTargetStatus, console: &mut Console) -> Exit {
    let style = console.style();
    console.detail(terminal::summary(evidence, style));
    let findings = terminal::findings(evidence, style);
    if !findings.is_empty() {
        console.detail(format_args!("\n{findings}\n"));
    }
    if console.is_quiet() {
        console.say(format_args!("{}: ", printable(&name.to_string())));
    }
    let verdict = verdict(status);
    console.say(terminal::stated(verdict, &status.reasons, style));
    if is_of(status, evidence) {
        return verdict.into();
    }
    console.warning("that verdict is of an earlier report: the operator is about to judge this one");
    Exit::from(verdict).max(Exit::Unknown)
}

/// The verdict that stands in the cluster, what was found, and the verdict by another policy. What has to have been scanned
/// is the same for both.
fn judge_anew(
    policy: &Policy,
    target: &ScanTarget,
    evidence: &Evidence,
    status: &ScanTargetStatus,
    console: &mut Console,
) -> Exit {
    let stated = terminal::stated(verdict(status), &status.reasons, console.style());
    console.detail(format_args!("in the cluster: {stated}"));
    let expected = Expected {
        origin: target.spec.origin.parse().ok(),
        revision: status.revision.as_deref().map(Revision::new),
        revision_since: status.revision_since.as_ref().map(|since| since.0),
        profile: status.profile.as_ref().map(Profile::from),
        exposures: target
            .spec
            .exposures
            .iter()
            .map(|place| Exposure::new(place.host.as_str(), place.path.as_str()))
            .collect(),
    };
    judge_as(expected, evidence, policy, Show::Findings, console).into()
}

/// Of which run the report is, how old it is, and what is not in it.
fn about(report: &ScanReport, evidence: &Evidence, status: &ScanTargetStatus) -> String {
    let spec = &report.spec;
    let ended = evidence.scan().ended;
    let ago = age(Timestamp::now().duration_since(ended));
    let mut text = format!("run {} ended {ago} ago, at {ended:.0}\n", printable(&spec.run));
    if !matches!(status.phase, Some(TargetPhase::Idle)) {
        text.push_str(&format!("now: {}\n", standing(status)));
    }
    let (findings, omitted) = (spec.findings, spec.omitted);
    if omitted > 0 {
        text.push_str(&format!(
            "{omitted} of {findings} findings are left out of the report for want of room, the mildest first; the numbers \
             below count them\n"
        ));
    }
    if spec.rules_omitted {
        text.push_str("what the rules mean is left out of it for want of room\n");
    }
    text
}

/// What is being done about a target, and why nothing else.
fn standing(status: &ScanTargetStatus) -> String {
    let said = |type_: &str| {
        let condition = status.conditions.iter().find(|condition| condition.type_ == type_);
        condition.filter(|condition| condition.status == "False" && !condition.message.is_empty())
    };
    let why = |type_: &str, otherwise: &str| {
        let said = said(type_).map(|condition| printable(&condition.message).into_owned());
        said.unwrap_or_else(|| otherwise.to_owned())
    };
    match (status.phase, status.queue_position) {
        (None, _) => "the operator has not looked at it; is it running?".to_owned(),
        (Some(TargetPhase::Waiting), _) => {
            format!("Waiting, {}", why("Ready", "until its pods have been ready for a while"))
        }
        (Some(TargetPhase::Queued), Some(1)) => "Queued, 1 scan is before its own".to_owned(),
        (Some(TargetPhase::Queued), Some(before @ 2..)) => {
            format!("Queued, {before} scans are before its own")
        }
        (Some(TargetPhase::Queued), _) => "Queued, its scan is next".to_owned(),
        (Some(TargetPhase::Scanning), _) => {
            format!("Scanning, in run {}", printable(status.run.as_deref().unwrap_or_default()))
        }
        (Some(TargetPhase::Idle), _) => {
            format!("Idle, {}", why("Scanned", "until something changes"))
        }
        (Some(TargetPhase::Suspended), _) => "Suspended by its scanner".to_owned(),
        (Some(TargetPhase::Refused), _) => {
            format!("Refused, {}", why("Accepted", "a condition of it says why"))
        }
    }
}

/// The verdict that stands there. What cannot be made out is none that may be relied on.
fn verdict(status: &ScanTargetStatus) -> Verdict {
    match status.verdict {
        Some(VerdictName::Pass) => Verdict::Pass,
        Some(VerdictName::Warn) => Verdict::Warn,
        Some(VerdictName::Fail) => Verdict::Fail,
        Some(VerdictName::Unknown) => Verdict::Unknown(status.unknown.unwrap_or(UnknownReason::Inconclusive)),
        None => Verdict::Unknown(UnknownReason::NotScanned),
    }
}

/// Whether the verdict is of this evidence. A report is written a moment before it is judged.
fn is_of(status: &ScanTargetStatus, evidence: &Evidence) -> bool {
    let judged = status.last_scan_time.as_ref().map(|time| time.0.as_second());
    judged == Some(evidence.scan().ended.as_second())
}

/// The one unit that matters.
fn age(age: SignedDuration) -> String {
    let seconds = age.as_secs().max(0);
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

fn write_full(path: &Path, json: &str, console: &mut Console) -> Result<()> {
    write_whole(path, json).with_context(|| format!("cannot write the report to `{}`", path.display()))?;
    console.detail(format_args!("Report written to {}\n", path.display()));
    Ok(())
}
