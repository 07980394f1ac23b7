//! When a report was written.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::{Offset, TimeZone};

/// The zone in which a day begins first. A time of day without a zone is taken to be there, where it is earliest.
const EARLIEST: Offset = Offset::constant(14);

/// How ZAP writes `@generated`, in the zone of its machine, which it does not name.
const GENERATED: &str = "%a, %d %b %Y %H:%M:%S";

/// What is accepted.
pub(super) const ACCEPTED: &str = "a time such as `2024-07-04T10:11:12Z` or `Thu, 4 Jul 2024 10:11:12`";

/// The time that a text says. One without a zone is the earliest that it may be, so that evidence is never taken for
/// fresher than it is.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let zoned =
        || text.parse::<Timestamp>().ok().or_else(|| rfc2822::parse(text).ok().map(|time| time.timestamp()));
    let local = || DateTime::strptime(GENERATED, text).or_else(|_| text.parse::<DateTime>()).ok();
    zoned().or_else(|| Some(local()?.to_zoned(TimeZone::fixed(EARLIEST)).ok()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_a_zone_is_exact() {
        for text in [
            "2024-07-04T10:11:12Z",
            "2024-07-04T10:11:12.000000000Z",
            "2024-07-04T12:11:12+02:00",
            "Thu, 4 Jul 2024 10:11:12 GMT",
            "Thu, 04 Jul 2024 12:11:12 +0200",
            " 2024-07-04T10:11:12Z\n",
        ] {
            assert_eq!(time(text), Some("2024-07-04T10:11:12Z".parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_the_earliest_that_it_may_be() {
        for text in [
            "Thu, 4 Jul 2024 10:11:12",
            "Thu, 04 Jul 2024 10:11:12",
            "2024-07-04T10:11:12",
            "2024-07-04 10:11:12",
        ] {
            assert_eq!(time(text), Some("2024-07-03T20:11:12Z".parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn other_words_are_no_time() {
        for text in [
            "",
            "now",
            "today",
            "Do., 4 Juli 2024 10:11:12",
            "Thu, 31 Feb 2024 10:11:12",
            "Thu, 4 Jul 2024",
            "1720087872",
            "9999-99-99T00:00:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
