//! When a target is scanned again by the clock: intervals, and cron expressions in a time zone.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cronexpr::{Crontab, FallbackTimezoneOption, ParseOptions};
use dast_policy::ValueError;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::scan::time::after;

/// Why a schedule or an interval could not be read: the field, what stands there, and what is accepted.
///
/// ```
/// use dast_core::scan::Schedule;
///
/// let error = Schedule::new("0 25 * * *", None).unwrap_err();
/// assert_eq!((error.field(), error.category()), ("schedule", "schedule"));
/// assert_eq!(
///     error.to_string(),
///     "`schedule`: `0 25 * * *` is not accepted: expected minute, hour, day of month, month and day of week, such as \
///      `30 3 * * *` (value must be in range 0..=23; found 25)",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// It is no cron expression, or one that never occurs.
    #[error("`schedule`: {0}")]
    Schedule(ValueError),
    /// It is no time zone.
    #[error("`timeZone`: {0}")]
    TimeZone(ValueError),
    /// It is no time span.
    #[error("`interval`: {0}")]
    Interval(ValueError),
}

impl ScheduleError {
    /// The field that is meant: `schedule`, `timeZone` or `interval`.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Schedule(_) => "schedule",
            Self::TimeZone(_) => "timeZone",
            Self::Interval(_) => "interval",
        }
    }

    /// The refused value, and what is accepted.
    pub fn refused(&self) -> &ValueError {
        match self {
            Self::Schedule(error) | Self::TimeZone(error) | Self::Interval(error) => error,
        }
    }

    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Schedule(_) => "schedule",
            Self::TimeZone(_) => "time_zone",
            Self::Interval(_) => "interval",
        }
    }
}

/// How long it is at most from the start of one scan to the start of the next, waiting in the queue not counted.
///
/// ```
/// use std::time::Duration;
/// use dast_core::scan::Interval;
///
/// let day: Interval = "1d".parse()?;
/// assert_eq!(day.get(), Duration::from_secs(24 * 60 * 60));
/// assert_eq!(day, "24h".parse()?);
///
/// let error = "0s".parse::<Interval>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`interval`: `0s` is not accepted: expected a time span such as `24h` or `7d`, from a second to ten years",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(Duration);

impl Interval {
    /// The interval as a duration.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for Interval {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        const LEAST: SignedDuration = SignedDuration::from_secs(1);
        const MOST: SignedDuration = SignedDuration::from_hours(3660 * 24);
        let span = text.trim().parse::<Span>().ok();
        let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
        let within = length.filter(|length| (LEAST..=MOST).contains(length));
        within.and_then(|length| Duration::try_from(length).ok()).map(Self).ok_or_else(|| {
            let accepted = "a time span such as `24h` or `7d`, from a second to ten years";
            ScheduleError::Interval(ValueError::new(text, accepted))
        })
    }
}

/// Times by the clock: a cron expression, read in a time zone.
///
/// The expression has the five fields of a Kubernetes `CronJob`, or is one of its names such as `@daily`
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax>). Where both days are given
/// and neither begins with `*`, either is enough, as in Vixie's cron. The zone is a name of the IANA database as this
/// library was built with it, so that no file of the machine changes what a schedule means; UTC if there is none.
///
/// When clocks are put forward, a time that they skip counts as the moment they jump. When they are put back, a time
/// that comes twice counts once, the first time.
///
/// ```
/// use dast_core::scan::Schedule;
/// use jiff::Timestamp;
///
/// let nightly = Schedule::new("30 2 * * *", Some("Europe/Berlin"))?;
/// let noon: Timestamp = "2026-03-28T12:00:00Z".parse()?;
///
/// // That night, Berlin has no 02:30: its clocks go from 02:00 to 03:00.
/// let next = nightly.next_after(noon);
/// assert_eq!(next, Some("2026-03-29T03:00:00+02:00".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    expression: String,
    // Knows nothing of zones here: it reads times of day as if they were UTC.
    crontab: Crontab,
    zone: TimeZone,
}

/// Occurrences are looked for up to here, since the search itself goes some years beyond.
const LAST: Timestamp = Timestamp::constant(253_086_768_000, 0);
const FIELDS: &str = "minute, hour, day of month, month and day of week, such as `30 3 * * *`";

impl Schedule {
    /// Reads a cron expression and the name of a time zone.
    ///
    /// # Errors
    /// When the expression does not parse or does not occur within four years, or when there is no such zone.
    pub fn new(expression: &str, time_zone: Option<&str>) -> Result<Self, ScheduleError> {
        let expression = expression.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let refuse = |accepted: String| ScheduleError::Schedule(ValueError::new(&expression, accepted));
        let fields = fields(&expression).map_err(|why| refuse(format!("{FIELDS}{why}")))?;
        let mut options = ParseOptions::default();
        options.fallback_timezone_option = FallbackTimezoneOption::UTC;
        let crontab = cronexpr::parse_crontab_with(fields, options)
            .map_err(|error| refuse(format!("{FIELDS} ({})", reason(&error))))?;
        let zone = time_zone.map_or(Ok(TimeZone::UTC), zone)?;
        let schedule = Self { crontab, zone, expression: expression.clone() };
        if schedule.next_after(Timestamp::UNIX_EPOCH).is_none() {
            return Err(refuse("an expression that occurs at least once in four years".to_owned()));
        }
        Ok(schedule)
    }

    /// The expression as it was given, with single spaces.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The name of the time zone.
    pub fn time_zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The first time after `since`; `None` if there is none within four years of it. However many times have gone by
    /// unused, the first one is what is to be made up for.
    pub fn next_after(&self, since: Timestamp) -> Option<Timestamp> {
        let since = since.max(Timestamp::UNIX_EPOCH);
        let mut civil = self.zone.to_datetime(since);
        // Only where clocks were put back there are times of day that lie in the past, for hours and not for days.
        const MOST_REPEATED: usize = 60 * 24;
        for _ in 0..MOST_REPEATED {
            civil = self.next_time_of_day(civil)?;
            let next = self.moment(civil)?;
            if next > since {
                return Some(next);
            }
        }
        None
    }

    /// The same, but everything is moved by `jitter`.
    pub(super) fn next_after_moved(&self, since: Timestamp, jitter: Duration) -> Option<Timestamp> {
        let next = self.next_after(crate::scan::time::before(since, jitter))?;
        Some(after(next, jitter))
    }

    fn next_time_of_day(&self, civil: DateTime) -> Option<DateTime> {
        let as_utc = TimeZone::UTC.to_timestamp(civil).ok().filter(|time| *time < LAST)?;
        self.crontab.find_next(as_utc).ok().map(|zoned| zoned.datetime())
    }

    /// When the clocks of the zone show this. Later times of day never come before earlier ones.
    fn moment(&self, civil: DateTime) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(civil);
        if let AmbiguousOffset::Gap { .. } = ambiguous.offset() {
            let beyond = after(ambiguous.later().ok()?, Duration::from_nanos(1));
            return self.zone.preceding(beyond).next().map(|jump| jump.timestamp());
        }
        ambiguous.earlier().ok()
    }
}

/// Two schedules are equal if they say the same, not if they happen to mean the same.
impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression && self.time_zone() == other.time_zone()
    }
}

impl Eq for Schedule {}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.expression, self.time_zone())
    }
}

/// The five fields, or why it is not them.
fn fields(expression: &str) -> Result<&str, String> {
    const MOST_BYTES: usize = 500;
    if expression.len() > MOST_BYTES || !expression.is_ascii() {
        return Err(format!(" (at most {MOST_BYTES} ASCII characters)"));
    }
    // The names that a CronJob knows.
    let named = match expression {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => expression,
    };
    let [_minute, _hour, day_of_month, _month, day_of_week] =
        named.split(' ').collect::<Vec<_>>().try_into().map_err(|found: Vec<_>| match found.as_slice() {
            [_, _, _, _, _, _] | [] => " (the time zone goes into `timeZone`)".to_owned(),
            _ => String::new(),
        })?;
    // A CronJob has no "last" and no "nth" day, and the parser's "last" forgets December.
    let day: fn(&str) -> bool = |item| item.ends_with(['l', 'L']) || item.contains('#');
    if day_of_month.contains(|c: char| c.is_ascii_alphabetic()) || day_of_week.split(',').any(day) {
        return Err(" (days are numbers, or names of the week)".to_owned());
    }
    Ok(named)
}

/// What the parser found wrong: its last line, which begins with a mark below the place.
fn reason(error: &cronexpr::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start().trim_start_matches("^ ").to_owned()
}

fn zone(name: &str) -> Result<TimeZone, ScheduleError> {
    let found = TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown());
    found.ok_or_else(|| {
        let accepted = "a name of the IANA time zone database such as `Europe/Berlin` or `UTC`";
        ScheduleError::TimeZone(ValueError::new(name, accepted))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn schedule(expression: &str, zone: &str) -> Schedule {
        Schedule::new(expression, Some(zone)).unwrap()
    }

    /// The next times after `since`, as clocks in the zone show them.
    fn shown(schedule: &Schedule, since: &str, count: usize) -> Vec<String> {
        let mut since = at(since);
        (0..count)
            .map(|_| {
                since = schedule.next_after(since).unwrap();
                since.to_zoned(schedule.zone.clone()).strftime("%d. %H:%M %Z").to_string()
            })
            .collect()
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let berlin = schedule("0 9 * * MON-FRI", "Europe/Berlin");
        assert_eq!(shown(&berlin, "2026-01-30T12:00:00Z", 2), ["02. 09:00 CET", "03. 09:00 CET"]);
        assert_eq!(berlin.next_after(at("2026-07-03T12:00:00Z")), Some(at("2026-07-06T07:00:00Z")));
        let utc = Schedule::new("0 9 * * *", None).unwrap();
        assert_eq!(utc.next_after(at("2026-07-03T09:00:00Z")), Some(at("2026-07-04T09:00:00Z")));
        assert_eq!((utc.time_zone(), berlin.time_zone()), ("UTC", "Europe/Berlin"));
        assert_eq!(berlin.expression(), "0 9 * * MON-FRI");
        assert_eq!(berlin.to_string(), "0 9 * * MON-FRI Europe/Berlin");
        assert_eq!(berlin, schedule("0  9 * * MON-FRI ", "europe/berlin"));
        assert_ne!(berlin, schedule("0 9 * * MON-FRI", "Europe/Paris"));
    }

    #[test]
    fn a_time_that_clocks_skip_is_the_moment_they_jump() {
        let new_york = schedule("30 2 * * *", "America/New_York");
        assert_eq!(
            shown(&new_york, "2026-03-07T00:00:00Z", 3),
            ["07. 02:30 EST", "08. 03:00 EDT", "09. 02:30 EDT"]
        );
        let often = schedule("*/30 * * * *", "America/New_York");
        assert_eq!(
            shown(&often, "2026-03-08T06:00:00Z", 4),
            ["08. 01:30 EST", "08. 03:00 EDT", "08. 03:30 EDT", "08. 04:00 EDT"]
        );
        // Half an hour is skipped here, and 02:40 is not.
        let lord_howe = schedule("15,40 2 * * *", "Australia/Lord_Howe");
        assert_eq!(
            shown(&lord_howe, "2026-10-03T12:00:00Z", 3),
            ["04. 02:30 +11", "04. 02:40 +11", "05. 02:15 +11"]
        );
        // Midnight itself is skipped here.
        let cairo = schedule("0 0 * * *", "Africa/Cairo");
        assert_eq!(shown(&cairo, "2026-04-23T12:00:00Z", 2), ["24. 01:00 EEST", "25. 00:00 EEST"]);
        // A whole day is.
        let apia = schedule("0 12 * * *", "Pacific/Apia");
        assert_eq!(
            shown(&apia, "2011-12-29T12:00:00Z", 4),
            ["29. 12:00 -10", "31. 00:00 +14", "31. 12:00 +14", "01. 12:00 +14"]
        );
    }

    #[test]
    fn a_time_that_comes_twice_counts_once() {
        let new_york = schedule("30 1 * * *", "America/New_York");
        assert_eq!(
            shown(&new_york, "2026-10-31T12:00:00Z", 3),
            ["01. 01:30 EDT", "02. 01:30 EST", "03. 01:30 EST"]
        );
        // Between the two, and just after the second.
        for since in ["2026-11-01T05:45:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z"] {
            assert_eq!(shown(&new_york, since, 1), ["02. 01:30 EST"], "{since}");
        }
        let minutely = schedule("* * * * *", "America/New_York");
        assert_eq!(shown(&minutely, "2026-11-01T06:00:00Z", 1), ["01. 02:00 EST"]);
        let often = schedule("*/30 * * * *", "America/New_York");
        assert_eq!(
            shown(&often, "2026-11-01T04:30:00Z", 4),
            ["01. 01:00 EDT", "01. 01:30 EDT", "01. 02:00 EST", "01. 02:30 EST"]
        );
    }

    #[test]
    fn what_is_not_accepted_says_what_is() {
        for (expression, part) in [
            ("", "such as `30 3 * * *`"),
            ("*", "such as `30 3 * * *`"),
            ("* * * *", "such as `30 3 * * *`"),
            ("0 3 * * * Europe/Berlin", "(the time zone goes into `timeZone`)"),
            ("TZ=UTC 0 3 * * *", "(the time zone goes into `timeZone`)"),
            ("60 * * * *", "value must be in range 0..=59; found 60"),
            ("* 5-4 * * *", "range must be in ascending order; found 5-4"),
            ("*/0 * * * *", "step must be greater than 0"),
            ("H * * * *", "malformed expression"),
            ("@reboot", "such as `30 3 * * *`"),
            ("0 0 L * *", "(days are numbers, or names of the week)"),
            ("0 0 15W * *", "(days are numbers, or names of the week)"),
            ("0 0 * * 5L", "(days are numbers, or names of the week)"),
            ("0 0 * * 5#2", "(days are numbers, or names of the week)"),
            ("0 0 31 2 *", "at least once in four years"),
            ("０ 3 * * *", "ASCII"),
        ] {
            let error = Schedule::new(expression, None).unwrap_err();
            assert_eq!(error.field(), "schedule");
            assert!(error.to_string().contains(part), "{error}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
        let longest = format!("{}00 * * * *", "0,".repeat(245));
        assert!(Schedule::new(&longest, None).is_ok());
        let error = Schedule::new(&format!("0{longest}"), None).unwrap_err().to_string();
        assert!(error.ends_with("(at most 500 ASCII characters)") && error.len() < 400, "{error}");
        for zone in ["", "Local", "Mars/Olympus", "+02:00", "EST5EDT,M3.2.0,M11.1.0", "Etc/Unknown", "../UTC"]
        {
            let error = Schedule::new("0 3 * * *", Some(zone)).unwrap_err();
            assert_eq!((error.field(), error.category()), ("timeZone", "time_zone"), "{zone}");
            assert_eq!(error.refused().value(), zone);
        }
        for interval in ["", "0s", "-1h", "1", "never", "900ms", "3661d", "1mo", "99999999999999h"] {
            let error = interval.parse::<Interval>().unwrap_err();
            assert_eq!((error.field(), error.category()), ("interval", "interval"), "{interval}");
        }
        for (interval, seconds) in
            [("1s", 1), ("90m", 5400), ("1h30m", 5400), ("2d", 172_800), ("PT1H", 3600)]
        {
            assert_eq!(interval.parse::<Interval>().unwrap().get().as_secs(), seconds);
        }
    }

    #[test]
    fn names_are_those_of_a_cron_job() {
        for (name, next) in [
            ("@yearly", "2027-01-01T00:00:00Z"),
            ("@annually", "2027-01-01T00:00:00Z"),
            ("@monthly", "2026-06-01T00:00:00Z"),
            ("@weekly", "2026-05-17T00:00:00Z"),
            ("@daily", "2026-05-16T00:00:00Z"),
            ("@midnight", "2026-05-16T00:00:00Z"),
            ("@hourly", "2026-05-15T11:00:00Z"),
        ] {
            let schedule = Schedule::new(name, None).unwrap();
            assert_eq!(schedule.next_after(at("2026-05-15T10:30:00Z")), Some(at(next)), "{name}");
        }
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        let leap = schedule("0 0 29 2 *", "America/New_York");
        assert_eq!(leap.next_after(at("2024-03-01T12:00:00Z")), Some(at("2028-02-29T05:00:00Z")));
        assert_eq!(leap.next_after(Timestamp::MIN), Some(at("1972-02-29T05:00:00Z")));
        assert_eq!(leap.next_after(Timestamp::MAX), None);
        assert_eq!(leap.next_after_moved(Timestamp::MIN, Duration::MAX), Some(Timestamp::MAX));
        assert_eq!(schedule("* * * * *", "Pacific/Kiritimati").next_after(Timestamp::MAX), None);
    }

    const ZONES: [&str; 7] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Pacific/Apia",
        "Asia/Kathmandu",
    ];
    const EXPRESSIONS: [&str; 6] =
        ["*/7 * * * *", "30 2 * * *", "0,45 1-3 * * *", "15 0 1 * *", "30 2 * * SUN", "0 0 13 * FRI"];

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ -~]{0,40}|[0-9*,/-]{1,5}( [0-9*,/A-Z-]{1,5}){4}", zone in ".{0,20}") {
            if let Ok(schedule) = Schedule::new(&text, None) {
                prop_assert!(schedule.next_after(at("2026-01-01T00:00:00Z")).is_some_and(|next| next > at("2026-01-01T00:00:00Z")));
            }
            let _ = Schedule::new("@daily", Some(&zone));
            let _ = text.parse::<Interval>();
        }

        /// What is found from anywhere between two times is the later one: nothing is lost, nothing comes twice.
        #[test]
        fn times_do_not_depend_on_where_the_search_begins(
            zone in prop::sample::select(&ZONES[..]),
            expression in prop::sample::select(&EXPRESSIONS[..]),
            since in 1_262_304_000_i64..1_893_456_000,
            share in 0.0..1.0,
        ) {
            let schedule = schedule(expression, zone);
            let since = Timestamp::from_second(since).unwrap();
            let next = schedule.next_after(since).unwrap();
            prop_assert!(next > since);
            let gap = next.duration_since(since).as_secs_f64();
            let between = since + SignedDuration::from_secs_f64(gap * share * 0.999_999);
            prop_assert_eq!(schedule.next_after(between), Some(next));
            prop_assert!(schedule.next_after(next).unwrap() > next);
        }

        /// Jitter moves every time by the same span.
        #[test]
        fn a_moved_schedule_has_the_same_times_moved(
            zone in prop::sample::select(&ZONES[..]),
            expression in prop::sample::select(&EXPRESSIONS[..]),
            since in 1_262_304_000_i64..1_893_456_000,
            seconds in 0_u64..7200,
        ) {
            let schedule = schedule(expression, zone);
            let (since, moved) = (Timestamp::from_second(since).unwrap(), Duration::from_secs(seconds));
            let plain = schedule.next_after(since).unwrap();
            let next = schedule.next_after_moved(since + moved, moved).unwrap();
            prop_assert_eq!(next, plain + moved);
        }
    }
}
