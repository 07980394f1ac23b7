//! Findings grouped by rule.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width,
};
use dast_policy::{Confidence, Count, Evidence, Finding, Severity, printable};

use super::Style;
use super::text::{fit, of_severity, paint};

/// Below this many columns a table has no room for its columns.
const NARROW: u16 = 60;

/// The findings of a scan, a row for each rule: how bad, which, how often, and where first. Empty if there are none.
///
/// The numbers are exact, also where evidence lists only some of the instances.
pub fn findings(evidence: &Evidence, style: Style) -> String {
    let (counts, findings) = (evidence.counts(), evidence.findings());
    let rows = rows(&counts, &findings);
    match rows.as_slice() {
        [] => String::new(),
        rows if style.width < NARROW => list(rows, style),
        rows => table(rows, style),
    }
}

struct Row<'e> {
    severity: Severity,
    alert: &'e str,
    instances: u64,
    first: Option<&'e Finding>,
}

impl Row<'_> {
    fn name(&self) -> String {
        match self.first {
            Some(finding) if !finding.name().is_empty() => printable(finding.name()).into_owned(),
            _ => "(not listed)".to_owned(),
        }
    }

    /// Where it was seen first, without the origin, which is the same for all.
    fn place(&self) -> String {
        let Some(finding) = self.first else { return String::new() };
        let origin = finding.origin().to_string();
        let path = finding.url().strip_prefix(&origin).unwrap_or(finding.url());
        let path = if path.is_empty() { "/" } else { path };
        let param =
            if finding.param().is_empty() { String::new() } else { format!(" ({})", finding.param()) };
        printable(&format!("{} {path}{param}", finding.method())).into_owned()
    }
}

/// One row for each alert and severity; evidence has them in order already.
fn rows<'e>(counts: &'e [Count], findings: &'e [Finding]) -> Vec<Row<'e>> {
    let mut rows: Vec<Row<'e>> = Vec::new();
    let real = |count: &&Count| count.confidence != Confidence::FalsePositive;
    for count in counts.iter().filter(real) {
        let alert = count.alert.as_ref().map_or("(others)", |alert| alert.as_str());
        match rows.iter_mut().find(|row| row.severity == count.severity && row.alert == alert) {
            Some(row) => row.instances = row.instances.saturating_add(count.instances),
            None => {
                let same = |finding: &&Finding| {
                    finding.alert_ref().as_str() == alert && finding.severity() == count.severity
                };
                let first = findings.iter().find(same);
                rows.push(Row { severity: count.severity, alert, instances: count.instances, first });
            }
        }
    }
    rows
}

fn table(rows: &[Row<'_>], style: Style) -> String {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(style.width);
    table.load_style(comfy_table::presets::NOTHING);
    if style.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let heading = |text| Cell::new(text).add_attribute(Attribute::Bold);
    table.set_header(vec![
        heading("Severity"),
        heading("Rule"),
        heading("Finding"),
        heading("Times").set_alignment(CellAlignment::Right),
        heading("First seen"),
    ]);
    for row in rows {
        table.add_row(vec![
            Cell::new(row.severity).fg(color(row.severity)),
            Cell::new(row.alert),
            Cell::new(row.name()),
            Cell::new(row.instances).set_alignment(CellAlignment::Right),
            Cell::new(row.place()),
        ]);
    }
    // Short columns keep their width; the two long ones share the rest.
    for (index, constraint) in [(0, Some(13)), (1, None), (3, Some(7))] {
        if let (Some(column), Some(width)) = (table.column_mut(index), constraint) {
            column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(width)));
        }
    }
    let text: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    text.join("\n") + "\n"
}

/// Two lines for each rule, however narrow.
fn list(rows: &[Row<'_>], style: Style) -> String {
    let width = usize::from(style.width).max(8);
    let mut out = String::new();
    for row in rows {
        let colour = anstyle::Style::new().fg_color(Some(of_severity(row.severity).into()));
        let head = fit(&format!("{} {}× {}", row.severity, row.instances, row.alert), width);
        out.push_str(&paint(&head, colour, style));
        out.push('\n');
        for text in [row.name(), row.place()] {
            if !text.is_empty() {
                out.push_str("  ");
                out.push_str(&fit(&text, width - 2));
                out.push('\n');
            }
        }
    }
    out
}

fn color(severity: Severity) -> Color {
    match severity {
        Severity::High => Color::Red,
        Severity::Medium => Color::Yellow,
        Severity::Low => Color::Cyan,
        Severity::Informational => Color::Blue,
    }
}
