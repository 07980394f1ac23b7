//! Text that is nothing but text, wherever it is printed.

use std::borrow::Cow;

/// The text without what could move the cursor, change colours, begin a line or reorder what is read: control characters,
/// separators of lines and bidirectional controls (Unicode Technical Report 36, section 3.5) become U+FFFD.
///
/// ```
/// use dast_policy::printable;
///
/// assert_eq!(printable("plain"), "plain");
/// assert_eq!(printable("\u{1b}[2Jgone\u{202e}"), "\u{fffd}[2Jgone\u{fffd}");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(acts) { Cow::Owned(text.replace(acts, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Whether a character does something where it is printed.
pub(crate) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}
