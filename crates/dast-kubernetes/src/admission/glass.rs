//! Breaking the glass: somebody who may lets a route in whatever it leads to, for a reason and for a time.

use dast_core::discovery::Annotations;
use dast_policy::{Bound, printable};
use jiff::{SignedDuration, Timestamp};

/// The annotation by which whoever may asks for a route to be let in whatever it leads to: until when, and why, such as
/// `2026-06-01T18:00:00Z incident 4711: the shop is down`.
pub const GLASS_ANNOTATION: &str = "dast.security.banzaicloud.io/break-glass";

/// How far ahead the end may be. Whoever needs it for longer says so again.
const MOST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The longest reason that is kept, in bytes.
const MOST_REASON: usize = 256;

/// That somebody lets a route in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BrokenGlass {
    pub(super) until: Timestamp,
    pub(super) reason: String,
}

/// What an annotation asks for, if there is one.
///
/// # Errors
/// With a sentence that names field, value and what is accepted.
pub(super) fn broken(annotations: &Annotations, now: Timestamp) -> Option<Result<BrokenGlass, String>> {
    let text = annotations.get(GLASS_ANNOTATION)?;
    Some(read(text, now).ok_or_else(|| {
        let mut value = printable(text).into_owned();
        Bound::shorten(&mut value, MOST_REASON);
        format!(
            "annotation `{GLASS_ANNOTATION}`: `{value}` is not accepted: expected a time in the next seven days and a reason, such as \
             `{} incident 4711: the shop is down`",
            example(now)
        )
    }))
}

fn read(text: &str, now: Timestamp) -> Option<BrokenGlass> {
    let (until, reason) = text.trim().split_once(char::is_whitespace)?;
    let until: Timestamp = until.parse().ok()?;
    let left = until.duration_since(now);
    let mut reason = printable(reason.trim()).into_owned();
    Bound::shorten(&mut reason, MOST_REASON);
    let is_soon = left > SignedDuration::ZERO && left <= MOST;
    (is_soon && !reason.is_empty()).then_some(BrokenGlass { until, reason })
}

/// A time that is accepted: in four hours, without fractions of a second.
fn example(now: Timestamp) -> Timestamp {
    let later = now.saturating_add(SignedDuration::from_hours(4)).unwrap_or(now);
    Timestamp::from_second(later.as_second()).unwrap_or(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Result<BrokenGlass, String>> {
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        broken(&Annotations::from_iter([(GLASS_ANNOTATION, text)]), now)
    }

    #[test]
    fn a_time_and_a_reason_break_it() {
        let glass = asked(" 2026-06-01T18:00:00Z  incident 4711: the shop\u{1b} is down ").unwrap().unwrap();
        assert_eq!(glass.until, "2026-06-01T18:00:00Z".parse().unwrap());
        assert!(glass.reason.starts_with("incident 4711: the shop") && !glass.reason.contains('\u{1b}'));
        assert!(broken(&Annotations::default(), Timestamp::UNIX_EPOCH).is_none());
    }

    #[test]
    fn anything_else_is_told_with_what_is_accepted() {
        for text in [
            "",
            "true",
            "2026-06-01T18:00:00Z",
            "2026-06-01T18:00:00Z   ",
            "tomorrow since I say so",
            "2026-06-01T11:59:59Z too late",
            "2026-06-01T12:00:00Z now",
            "2026-06-08T12:00:01Z too long",
            "9999-12-31T23:59:59Z for ever",
        ] {
            let error = asked(text).unwrap().unwrap_err();
            assert!(error.contains("2026-06-01T16:00:00Z incident 4711"), "{error}");
        }
        let long = asked(&"x".repeat(100_000)).unwrap().unwrap_err();
        assert!(long.len() < 600, "{}", long.len());
    }
}
