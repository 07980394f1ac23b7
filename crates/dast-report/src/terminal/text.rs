//! Text that is safe and fits.

use dast_policy::{Severity, Verdict};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Style;

/// The text in at most `width` columns, cut at the end.
pub(super) fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let mut out = String::new();
    for c in text.chars() {
        let columns = c.width().unwrap_or(0);
        if columns > room {
            break;
        }
        room -= columns;
        out.push(c);
    }
    out.push('…');
    out
}

/// The text wrapped at spaces into lines of at most `width` columns; the second and later ones indented.
pub(super) fn wrap(text: &str, first: &str, indent: usize, width: usize) -> String {
    let width = width.max(indent + 8);
    let mut lines = vec![first.to_owned()];
    for word in text.split(' ') {
        let used = lines.last().map_or(0, |line| line.width());
        let fresh = used <= indent;
        match lines.last_mut() {
            Some(line) if fresh || used + 1 + word.width() <= width => {
                if !fresh {
                    line.push(' ');
                }
                line.push_str(&fit(word, width.saturating_sub(line.width()).max(8)));
            }
            _ => lines.push(format!("{:indent$}{}", "", fit(word, width - indent))),
        }
    }
    lines.join("\n")
}

/// The text in a colour, if colours are wanted.
pub(super) fn paint(text: &str, style: anstyle::Style, on: Style) -> String {
    if on.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

pub(super) fn of_severity(severity: Severity) -> anstyle::AnsiColor {
    match severity {
        Severity::High => anstyle::AnsiColor::Red,
        Severity::Medium => anstyle::AnsiColor::Yellow,
        Severity::Low => anstyle::AnsiColor::Cyan,
        Severity::Informational => anstyle::AnsiColor::Blue,
    }
}

pub(super) fn of_verdict(verdict: Verdict) -> anstyle::AnsiColor {
    match verdict {
        Verdict::Pass => anstyle::AnsiColor::Green,
        Verdict::Warn => anstyle::AnsiColor::Yellow,
        Verdict::Unknown(_) => anstyle::AnsiColor::Magenta,
        Verdict::Fail => anstyle::AnsiColor::Red,
    }
}
