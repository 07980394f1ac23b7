//! A verdict with its reasons.

use dast_policy::{
    Check, Completion, Engine, Evaluation, Evidence, Finding, LayerEvaluation, Reason, Scope, UnknownReason,
    Verdict, printable,
};

use super::Style;
use super::text::{fit, of_verdict, paint, wrap};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The verdict, and the reasons of the layers that decided.
    Reasons,
    /// Every layer with every limit, whether it holds or not.
    Everything,
}

/// One line on what was scanned, by what, and how far it came.
pub fn summary(evidence: &Evidence, style: Style) -> String {
    let scan = evidence.scan();
    let coverage = &scan.coverage;
    let mut seen = format!("{} {}", coverage.pages, if coverage.pages == 1 { "page" } else { "pages" });
    for (number, what) in [(coverage.failed, "failed"), (coverage.skipped, "not visited")] {
        if number > 0 {
            seen.push_str(&format!(", {number} {what}"));
        }
    }
    let state = match &scan.completion {
        Completion::Complete => String::new(),
        Completion::Incomplete { cause, .. } => format!(", incomplete: {cause}"),
    };
    let target = printable(&scan.subject.target);
    let took = scan.ended.duration_since(scan.started);
    let took = match took.as_secs() {
        0 => format!("{} ms", took.subsec_millis()),
        seconds => format!("{seconds}.{} s", took.subsec_millis() / 100),
    };
    let text = format!("{target}: {seen} in {took} ({}){state}", engine(&scan.engine));
    wrap(&text, "", 2, usize::from(style.width)) + "\n"
}

/// Its name, its version if it told it, and whether it only looked.
fn engine(engine: &Engine) -> String {
    let mut text = printable(&engine.name).into_owned();
    if !engine.version.is_empty() {
        text.push_str(&format!(" {}", printable(&engine.version)));
    }
    if engine.passive {
        text.push_str(", passive only");
    }
    text
}

/// The verdict with its reasons, and what to do next.
pub fn evaluation(evaluation: &Evaluation, detail: Detail, style: Style) -> String {
    let mut out = String::new();
    let word = word(evaluation.verdict());
    out.push_str(&paint(&word, bold(evaluation.verdict()), style));
    out.push('\n');
    match detail {
        Detail::Reasons => {
            for layer in evaluation.deciding() {
                reasons(&mut out, layer, style);
            }
        }
        Detail::Everything => {
            for layer in evaluation.layers() {
                limits(&mut out, layer, style);
                reasons(&mut out, layer, style);
            }
        }
    }
    out
}

/// A verdict that was reached elsewhere, with its reasons as they are stated there. One line for each, and the first one for
/// the verdict.
///
/// ```
/// use dast_policy::{UnknownReason, Verdict};
/// use dast_report::terminal::{Style, stated};
///
/// let reasons = ["no scan has ended yet".to_owned()];
/// assert_eq!(
///     stated(Verdict::Unknown(UnknownReason::NotScanned), &reasons, Style::default()),
///     "UNKNOWN (NotScanned)\n  ? no scan has ended yet\n",
/// );
/// assert_eq!(stated(Verdict::Pass, &[], Style::default()), "PASS\n  ✓ within every limit\n");
/// ```
pub fn stated(verdict: Verdict, reasons: &[String], style: Style) -> String {
    let mut out = paint(&word(verdict), bold(verdict), style);
    out.push('\n');
    let good = verdict == Verdict::Pass && reasons.is_empty();
    let texts = reasons.iter().map(String::as_str).chain(good.then_some("within every limit"));
    for text in texts {
        let mark = mark(verdict);
        let text = wrap(&printable(text), &format!("  {mark} "), 4, usize::from(style.width));
        out.push_str(&text.replacen(mark, &paint(mark, bold(verdict), style), 1));
        out.push('\n');
    }
    out
}

fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Unknown(reason) => format!("UNKNOWN ({reason})"),
        known => known.to_string().to_uppercase(),
    }
}

fn bold(verdict: Verdict) -> anstyle::Style {
    anstyle::Style::new().bold().fg_color(Some(of_verdict(verdict).into()))
}

/// What a layer is called.
fn title(layer: &LayerEvaluation) -> String {
    let name = printable(&layer.name);
    match layer.scope {
        Scope::File => name.into_owned(),
        scope => format!("{scope} {name}"),
    }
}

fn limits(out: &mut String, layer: &LayerEvaluation, style: Style) {
    let width = usize::from(style.width);
    out.push_str(&wrap(&format!("{}: {}", title(layer), layer.verdict), "  ", 4, width));
    out.push('\n');
    for check in &layer.checks {
        let mark = paint(mark(check.verdict), bold(check.verdict), style);
        let text = format!("{} {} {}: {}", check.severity, check.unit, check.found, accepted(check));
        out.push_str(&format!("    {mark} {}\n", fit(&text, width.saturating_sub(6))));
    }
    for (number, what) in [(layer.exempted, "exempted"), (layer.ignored, "of rules at level IGNORE or INFO")]
    {
        if number > 0 {
            out.push_str(&format!("      {}\n", fit(&format!("{number} {what}"), width.saturating_sub(6))));
        }
    }
}

fn accepted(check: &Check) -> String {
    match (check.fail, check.warn) {
        (Some(fail), Some(warn)) => format!("{fail} accepted, {warn} without a warning"),
        (Some(fail), None) => format!("{fail} accepted"),
        (None, Some(warn)) => format!("{warn} without a warning"),
        (None, None) => String::new(),
    }
}

fn reasons(out: &mut String, layer: &LayerEvaluation, style: Style) {
    let width = usize::from(style.width);
    if layer.reasons.is_empty() {
        out.push_str(&wrap(&format!("within every limit [{}]", title(layer)), "  ✓ ", 4, width));
        out.push('\n');
    }
    for reason in &layer.reasons {
        let mark = mark(reason.verdict());
        let text = printable(&format!("{reason} [{}]", title(layer))).into_owned();
        let text = wrap(&text, &format!("  {mark} "), 4, width);
        out.push_str(&text.replacen(mark, &paint(mark, bold(reason.verdict()), style), 1));
        out.push('\n');
        for finding in reason.findings() {
            out.push_str(&format!("      {}\n", fit(&place(finding), width.saturating_sub(6))));
        }
        if let Some(advice) = advice(reason) {
            out.push_str(&wrap(advice, "    → ", 6, width));
            out.push('\n');
        }
    }
}

fn place(finding: &Finding) -> String {
    let param = if finding.param().is_empty() { String::new() } else { format!(" ({})", finding.param()) };
    let text =
        format!("{} {} {} {}{param}", finding.alert_ref(), finding.name(), finding.method(), finding.url());
    printable(&text).into_owned()
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Warn => "!",
        Verdict::Unknown(_) => "?",
        Verdict::Fail => "✗",
    }
}

/// What helps against a reason that is not a finding to mend.
fn advice(reason: &Reason) -> Option<&'static str> {
    match reason {
        Reason::OverLimit { .. } | Reason::RuleFound { .. } => None,
        Reason::Unknown { reason, .. } => Some(match reason {
            UnknownReason::InProgress => "wait for the scan to end",
            UnknownReason::NotScanned => "scan it",
            UnknownReason::Stale => "scan it again",
            UnknownReason::Inconclusive => "mend what is named here, and scan again",
            UnknownReason::NotCovered => "link the place from a page that is scanned, or name it to the scan",
        }),
    }
}
