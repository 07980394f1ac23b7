//! Evidence and policy in, verdict on the console out: the same for every command.

use dast_policy::{Evidence, Expected, Knowledge, Policy, Verdict, evaluate};
use dast_report::terminal::{self, Detail};
use jiff::Timestamp;

use crate::console::Console;

/// How much of the evidence is shown besides the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// What was scanned and the verdict.
    Verdict,
    /// The findings as well.
    Findings,
    /// The findings, and every limit whether it holds or not.
    Everything,
}

/// Judges evidence, of whatever it is, and tells what it came to.
pub(crate) fn judge(evidence: &Evidence, policy: &Policy, show: Show, console: &mut Console) -> Verdict {
    judge_as(Expected::default(), evidence, policy, show, console)
}

/// The same for evidence that has to be of something.
pub(crate) fn judge_as(
    expected: Expected,
    evidence: &Evidence,
    policy: &Policy,
    show: Show,
    console: &mut Console,
) -> Verdict {
    let style = console.style();
    if console.is_quiet() {
        console.say(format_args!("{}: ", terminal::printable(&evidence.scan().subject.target)));
    }
    let knowledge = Knowledge { expected, ..Knowledge::of(evidence.clone()) };
    let evaluation = evaluate(policy, &knowledge, Timestamp::now());
    console.detail(terminal::summary(evidence, style));
    if show != Show::Verdict {
        let findings = terminal::findings(evidence, style);
        if !findings.is_empty() {
            console.detail(format_args!("\n{findings}\n"));
        }
    }
    let detail = if show == Show::Everything { Detail::Everything } else { Detail::Reasons };
    console.say(terminal::evaluation(&evaluation, detail, style));
    evaluation.verdict()
}
