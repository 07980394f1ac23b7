//! Findings and verdicts as text for people at a terminal.

mod findings;
mod text;
mod verdict;

pub use dast_policy::printable;
pub use findings::findings;
pub use verdict::{Detail, evaluation, stated, summary};

/// What a terminal can show.
///
/// ```
/// use dast_report::terminal::Style;
///
/// let pipe = Style::default();
/// assert_eq!((pipe.width, pipe.color), (100, false));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns. Below 60 findings are a list instead of a table.
    pub width: u16,
    /// Whether colours are wanted.
    pub color: bool,
}

/// What suits a pipe or a file.
impl Default for Style {
    fn default() -> Self {
        Self { width: 100, color: false }
    }
}
