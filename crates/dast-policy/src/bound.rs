//! How large evidence may become.

use crate::count::Count;
use crate::printable::{acts, printable};
use crate::scan::{Completion, Scan};
use crate::subject::{Revision, identity};

/// How large evidence may become. It is one and the same everywhere: evidence must fit into the status of a
/// Kubernetes resource, which is kept below 64 KiB.
///
/// ```
/// use dast_policy::Bound;
///
/// assert_eq!((Bound::MOST_BYTES, Bound::MOST_ROWS), (24 * 1024, 150));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Bound;

impl Bound {
    /// All listed instances together, in bytes of JSON.
    pub const MOST_BYTES: usize = 24 * 1024;
    /// Rows of counts that name their rule. A scan with all of ZAP's rules has fewer than half as many.
    pub const MOST_ROWS: usize = 150;
    /// These rows together, in bytes of JSON. Only rules with very long names need more for [`MOST_ROWS`](Self::MOST_ROWS).
    pub const MOST_ROW_BYTES: usize = 16 * 1024;
    /// Bytes of a text that describes (a name, evidence, a version, a cause); longer ones are cut. Of a text about the
    /// scan as a whole, bytes of JSON.
    pub const MOST_TEXT: usize = 200;
    /// Bytes of a text that says *where* a finding is (method, URL, parameter). Cut, it would be another place, so an
    /// instance with a longer one is counted, but not listed.
    pub const MOST_PLACE: usize = 1024;
    /// All visited places together, in bytes; further ones count as not visited.
    pub const MOST_COVERED: usize = 8 * 1024;

    /// Cuts `text` to what takes at most `most` bytes in JSON, quotation marks left out, at a character, and marks the
    /// cut.
    ///
    /// ```
    /// let mut text = "a\u{1}b".repeat(10);
    /// dast_policy::Bound::shorten(&mut text, 20);
    /// assert_eq!(text, "a\u{1}ba\u{1}ba…");
    /// ```
    pub fn shorten(text: &mut String, most: usize) {
        if json_len(text) <= most {
            return;
        }
        let mut room = most.saturating_sub('…'.len_utf8());
        let over = text.char_indices().find(|(_, letter)| {
            let left = room.checked_sub(json_len(letter.encode_utf8(&mut [0; 4])));
            room = left.unwrap_or(room);
            left.is_none()
        });
        text.truncate(over.map_or(0, |(at, _)| at));
        text.push('…');
    }

    /// How many of these rows may name their rule.
    pub(crate) fn rows_that_fit(rows: &[Count]) -> usize {
        let mut room = Self::MOST_ROW_BYTES;
        let fits = |row: &&Count| {
            let left = room.checked_sub(row.json_len());
            room = left.unwrap_or(0);
            left.is_some()
        };
        rows.iter().take(Self::MOST_ROWS).take_while(fits).count()
    }

    pub(crate) fn shorten_scan(scan: &mut Scan) {
        let engine = &mut scan.engine;
        let profile = &mut scan.profile;
        let mut texts = vec![
            &mut scan.subject.target,
            &mut engine.name,
            &mut engine.version,
            &mut engine.rule_set,
            &mut profile.name,
        ];
        if let Completion::Incomplete { detail, .. } = &mut scan.completion {
            texts.push(detail);
        }
        for text in texts {
            if text.contains(acts) {
                *text = printable(text).into_owned();
            }
            Self::shorten(text, Self::MOST_TEXT);
        }
        // These are compared, so that they are never cut.
        profile.hash = identity(&profile.hash).into_owned();
        scan.revision = scan.revision.take().map(|revision| Revision::new(revision.as_str()));
        let mut room = Self::MOST_COVERED;
        scan.subject.covered.retain(|place| {
            let size = 24 + json_len(&place.host) + json_len(&place.path);
            let fits = size <= room;
            room = if fits { room - size } else { 0 };
            fits
        });
    }
}

/// Cuts `text` to at most `most` bytes, at a character, and marks the cut.
pub(crate) fn shorten(text: &mut String, most: usize) {
    if text.len() > most {
        let room = most.saturating_sub('…'.len_utf8());
        let end = (0..=room).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}

/// The bytes that a text takes in JSON, quotation marks left out (RFC 8259, section 7).
pub(crate) fn json_len(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_size_of_json_is_known(text in "\\PC*|[\u{0}-\u{7f}]*") {
            prop_assert_eq!(json_len(&text) + 2, serde_json::to_string(&text).unwrap().len());
        }

        #[test]
        fn a_text_shortened_for_json_has_its_length(text in "[\u{0}-\u{7f}é]{0,80}", most in 9..40usize) {
            let mut short = text.clone();
            Bound::shorten(&mut short, most);
            prop_assert!(json_len(&short) <= most);
            if json_len(&text) <= most {
                prop_assert_eq!(&short, &text);
            } else {
                // A character takes at most six bytes, so that no more than five are left unused.
                prop_assert!(json_len(&short) + 5 >= most && short.ends_with('…'));
                prop_assert!(text.starts_with(short.trim_end_matches('…')));
                let once = short.clone();
                Bound::shorten(&mut short, most);
                prop_assert_eq!(short, once);
            }
        }

        #[test]
        fn a_shortened_text_has_its_length(text in "\\PC{0,80}", most in 3..40usize) {
            let mut short = text.clone();
            shorten(&mut short, most);
            prop_assert!(short.len() <= most);
            if text.len() <= most {
                prop_assert_eq!(&short, &text);
            } else {
                // A character has at most four bytes, so that no more than three are left unused.
                prop_assert!(short.len() + 3 >= most && short.ends_with('…'));
                prop_assert!(text.starts_with(short.trim_end_matches('…')));
            }
        }
    }
}
