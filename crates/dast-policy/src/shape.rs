//! What all that a pattern matches has in common.

use regex_syntax::hir::{Class, Hir, HirKind};

/// What a pattern asks of all that it matches.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Characters that stand in every match.
    fixed: usize,
    /// Letters and digits among them.
    words: usize,
    /// Whether matches may be of very different lengths.
    is_open: bool,
}

impl Shape {
    const NOTHING: Self = Self { fixed: 0, words: 0, is_open: false };

    /// The shape of a regular expression; `None` if it is none.
    pub(crate) fn of(regex: &str) -> Option<Self> {
        let parsed =
            regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).ok()?;
        Some(shape_of(&parsed))
    }

    /// Whether matches may be of any length and have less in common than a segment or an ending, such as `/a/` or `.js`.
    pub(crate) fn names_no_place(self) -> bool {
        self.is_open && (self.words < 1 || self.fixed < 3)
    }

    fn and(self, other: Self) -> Self {
        Self {
            fixed: self.fixed.saturating_add(other.fixed),
            words: self.words.saturating_add(other.words),
            is_open: self.is_open || other.is_open,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self.is_open, other.is_open) {
            // What is written out may be short; only what is open has to have something in common.
            (true, false) => self,
            (false, true) => other,
            _ => Self { fixed: self.fixed.min(other.fixed), words: self.words.min(other.words), ..self },
        }
    }
}

fn shape_of(hir: &Hir) -> Shape {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Shape::NOTHING,
        HirKind::Literal(literal) => Shape {
            fixed: literal.0.len(),
            words: literal.0.iter().filter(|byte| byte.is_ascii_alphanumeric()).count(),
            is_open: false,
        },
        // A letter in either case is as good as a letter.
        HirKind::Class(class) if is_one_letter(class) => Shape { fixed: 1, words: 1, is_open: false },
        HirKind::Class(_) => Shape::NOTHING,
        HirKind::Repetition(repetition) => {
            let inner = shape_of(&repetition.sub);
            let is_open =
                inner.is_open || repetition.max.is_none_or(|max| max > repetition.min.saturating_add(8));
            if repetition.min == 0 { Shape { is_open, ..Shape::NOTHING } } else { Shape { is_open, ..inner } }
        }
        HirKind::Capture(capture) => shape_of(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(shape_of).fold(Shape::NOTHING, Shape::and),
        HirKind::Alternation(parts) => parts.iter().map(shape_of).reduce(Shape::or).unwrap_or(Shape::NOTHING),
    }
}

fn is_one_letter(class: &Class) -> bool {
    let mut letters: Vec<u8> = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .flat_map(|range| [range.start(), range.end()])
            .map(|letter| u8::try_from(letter).unwrap_or(0).to_ascii_lowercase())
            .collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .flat_map(|range| [range.start(), range.end()])
            .map(|letter| letter.to_ascii_lowercase())
            .collect(),
    };
    letters.dedup();
    matches!(letters.as_slice(), [letter] if letter.is_ascii_alphanumeric())
}
