//! The table that is printed in the end.

use std::fmt;

use comfy_table::presets::ASCII_MARKDOWN;

/// All figures, in the order in which they were measured.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

/// One figure.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) ours: String,
    pub(crate) peer: String,
    pub(crate) ratio: Option<f64>,
    pub(crate) goal: Goal,
}

/// What a ratio should be.
#[derive(Debug)]
pub(crate) enum Goal {
    /// The peer takes at least so many times as long.
    AtLeast(f64),
    /// Ours is at most so many times as much.
    AtMost(f64),
    /// What a ratio alone does not say, and whether it is met.
    Judged(String, bool),
    /// It is there to be looked at.
    None,
}

impl Table {
    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Whether no goal is missed.
    pub(crate) fn all_met(&self) -> bool {
        self.rows.iter().all(|row| row.met().unwrap_or(true))
    }
}

impl Row {
    /// Whether the goal is met, if there is one. What could not be measured is not met.
    fn met(&self) -> Option<bool> {
        match self.goal {
            Goal::AtLeast(least) => Some(self.ratio.is_some_and(|ratio| ratio >= least)),
            Goal::AtMost(most) => Some(self.ratio.is_some_and(|ratio| ratio <= most)),
            Goal::Judged(_, met) => Some(met),
            Goal::None => None,
        }
    }

    fn cells(&self) -> [String; 6] {
        let ratio = self.ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
        let goal = match &self.goal {
            Goal::AtLeast(least) => format!("≥ {least}"),
            Goal::AtMost(most) => format!("≤ {most}"),
            Goal::Judged(goal, _) => goal.clone(),
            Goal::None => "–".to_owned(),
        };
        let met = self.met().map_or("–", |met| if met { "met" } else { "MISSED" });
        [self.what.clone(), self.ours.clone(), self.peer.clone(), ratio, goal, met.to_owned()]
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = comfy_table::Table::new();
        table.load_style(ASCII_MARKDOWN).set_header(["what", "ours", "peer", "ratio", "goal", ""]);
        for row in &self.rows {
            table.add_row(row.cells());
        }
        write!(f, "{table}")
    }
}
