//! When and how often something is scanned, how many at once, and what is kept of it.

use std::time::Duration;

use dast_core::scan::{DueSettings, HistorySettings, Interval, QueueLimits, RetrySettings, Schedule};
use dast_policy::reading::{Place, Reader};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::field::{self, DAY, HOUR, MINUTE, NEVER, YEAR};
use super::section::{self, Section};
use crate::crd::TimeSpan;

/// How many scans run at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct Queue {
    /// In all, or Unlimited.
    #[serde(serialize_with = "field::write_limit")]
    #[schemars(schema_with = "field::limit_schema")]
    pub total: Option<usize>,
    /// Of the targets of one namespace, or Unlimited.
    #[serde(serialize_with = "field::write_limit")]
    #[schemars(schema_with = "field::limit_schema")]
    pub per_namespace: Option<usize>,
}

/// When and how often something is scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct Scans {
    /// How long a workload has to be ready and the same before it is scanned.
    #[serde(serialize_with = "field::write_span")]
    #[schemars(with = "TimeSpan")]
    pub stability: Duration,
    /// The least time from the start of a scan of a target to the start of its next.
    #[serde(serialize_with = "field::write_span")]
    #[schemars(with = "TimeSpan")]
    pub minimum_interval: Duration,
    /// The same for scans that somebody asks for.
    #[serde(serialize_with = "field::write_span")]
    #[schemars(with = "TimeSpan")]
    pub request_interval: Duration,
    /// How long after its start a scan is tried again that did not go through to its end, or Never.
    #[serde(serialize_with = "field::write_span_or_never")]
    #[schemars(schema_with = "field::span_or_never_schema")]
    pub incomplete_interval: Option<Duration>,
    /// The most time from one scan to the next, or Never, which means that time alone is no reason.
    #[serde(serialize_with = "write_interval")]
    #[schemars(schema_with = "field::span_or_never_schema")]
    pub interval: Option<Interval>,
    /// At what times everything is scanned: a schedule and, if it is not UTC, a time zone.
    #[serde(flatten, serialize_with = "write_schedule")]
    #[schemars(with = "WrittenSchedule")]
    pub schedule: Option<Schedule>,
    /// How far scans by schedule are spread.
    #[serde(serialize_with = "field::write_span")]
    #[schemars(with = "TimeSpan")]
    pub jitter: Duration,
    /// How long a scan may take where its profile does not say.
    #[serde(serialize_with = "field::write_span")]
    #[schemars(with = "TimeSpan")]
    pub timeout: Duration,
    /// How often a scan is tried at most when the place where it runs fails it.
    #[schemars(range(min = 1, max = 10))]
    pub attempts: u32,
}

/// Which runs of a target are kept that are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct History {
    /// How many that went through to their end.
    #[schemars(range(max = 1000))]
    pub complete: usize,
    /// How many that did not.
    #[schemars(range(max = 1000))]
    pub incomplete: usize,
    /// How long after their end, or Never, which means for as long as the numbers allow.
    #[serde(serialize_with = "field::write_span_or_never")]
    #[schemars(schema_with = "field::span_or_never_schema")]
    pub time_to_live: Option<Duration>,
}

/// How large reports may be, as etcd holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct Reports {
    /// The largest packed report, in bytes. The mildest findings are left out of a larger one.
    #[schemars(range(min = 65_536, max = 1_048_576))]
    pub max_bytes: usize,
    /// What the reports of all targets may take, in bytes: none may be larger than its share of this. 65536 bytes are left to
    /// each, however many there are.
    #[schemars(range(min = 65_536, max = 8_589_934_592_u64))]
    pub max_total_bytes: u64,
}

impl Reports {
    /// The largest packed report of one of so many targets, in bytes.
    ///
    /// A report that was written when there were fewer targets may be larger until the next scan of its target.
    ///
    /// ```
    /// use dast_kubernetes::configuration::Reports;
    ///
    /// let reports = Reports { max_bytes: 500_000, max_total_bytes: 100_000_000 };
    /// assert_eq!(reports.most_bytes(0), 500_000);
    /// assert_eq!(reports.most_bytes(1_000), 100_000);
    /// assert_eq!(reports.most_bytes(50_000), 65_536, "what any evidence needs");
    /// ```
    pub fn most_bytes(&self, targets: usize) -> usize {
        let share = self.max_total_bytes / u64::try_from(targets).unwrap_or(u64::MAX).max(1);
        usize::try_from(share).unwrap_or(usize::MAX).max(LEAST_REPORT).min(self.max_bytes)
    }
}

/// What any evidence needs, packed, with room for some findings.
const LEAST_REPORT: usize = 64 * 1024;
/// As much as etcd should be told to hold, at most: 8 GiB
/// (<https://etcd.io/docs/v3.5/dev-guide/limit/#storage-size-limit>).
const MOST_REPORTS: i128 = 8 * 1024 * 1024 * 1024;

impl Queue {
    pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let default = Self::default();
        let mut section = Section::open(reader, place, &["total", "perNamespace"]);
        Some(Self {
            total: section.take("total", field::limit).unwrap_or(default.total),
            per_namespace: section.take("perNamespace", field::limit).unwrap_or(default.per_namespace),
        })
    }
}

impl Scans {
    const FIELDS: [&str; 10] = [
        "stability",
        "minimumInterval",
        "requestInterval",
        "incompleteInterval",
        "interval",
        "schedule",
        "timeZone",
        "jitter",
        "timeout",
        "attempts",
    ];

    pub(super) fn due_settings(&self) -> DueSettings {
        DueSettings {
            stability: self.stability,
            minimum_interval: self.minimum_interval,
            request_interval: self.request_interval,
            incomplete_interval: self.incomplete_interval,
            interval: self.interval,
            schedule: self.schedule.clone(),
            jitter: self.jitter,
        }
    }

    pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        const NONE: Duration = Duration::ZERO;
        let default = Self::default();
        let mut section = Section::open(reader, place, &Self::FIELDS);
        let incomplete = field::or_word(NEVER, field::span(MINUTE..=YEAR));
        let scans = Self {
            stability: section.take("stability", field::span(NONE..=DAY)).unwrap_or(default.stability),
            minimum_interval: section
                .take("minimumInterval", field::span(NONE..=YEAR))
                .unwrap_or(default.minimum_interval),
            request_interval: section
                .take("requestInterval", field::span(NONE..=YEAR))
                .unwrap_or(default.request_interval),
            incomplete_interval: section
                .take("incompleteInterval", incomplete)
                .unwrap_or(default.incomplete_interval),
            interval: section.take("interval", field::or_word(NEVER, interval)).unwrap_or(default.interval),
            schedule: schedule(&mut section),
            jitter: section.take("jitter", field::span(NONE..=DAY)).unwrap_or(default.jitter),
            timeout: section.take("timeout", field::span(MINUTE..=DAY)).unwrap_or(default.timeout),
            attempts: section.take("attempts", field::number(1..=10)).unwrap_or(default.attempts),
        };
        if let Some(interval) = scans.interval.filter(|interval| interval.get() < scans.minimum_interval) {
            let interval = TimeSpan::from(jiff::SignedDuration::try_from(interval.get()).unwrap_or_default());
            section.refuse(
                "interval",
                Some(interval.as_str()),
                "at least the `minimumInterval`, or it would never be kept",
            );
        }
        Some(scans)
    }
}

impl History {
    pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let default = Self::default();
        let mut section = Section::open(reader, place, &["complete", "incomplete", "timeToLive"]);
        let time = field::or_word(NEVER, field::span(MINUTE..=YEAR));
        Some(Self {
            complete: section.take("complete", field::number(0..=1000)).unwrap_or(default.complete),
            incomplete: section.take("incomplete", field::number(0..=1000)).unwrap_or(default.incomplete),
            time_to_live: section.take("timeToLive", time).unwrap_or(default.time_to_live),
        })
    }
}

impl Reports {
    pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let default = Self::default();
        let mut section = Section::open(reader, place, &["maxBytes", "maxTotalBytes"]);
        let (most, total) = (field::number(65_536..=1_048_576), field::number(65_536..=MOST_REPORTS));
        Some(Self {
            max_bytes: section.take("maxBytes", most).unwrap_or(default.max_bytes),
            max_total_bytes: section.take("maxTotalBytes", total).unwrap_or(default.max_total_bytes),
        })
    }
}

fn interval(reader: &mut Reader, place: Place<'_>) -> Option<Interval> {
    field::span(MINUTE..=YEAR)(reader, place.clone())?;
    let text = reader.text(place.clone())?;
    reader.check(&place, text.parse::<Interval>().map_err(|error| error.refused().clone()))
}

/// A schedule and its time zone, which means nothing alone.
fn schedule(section: &mut Section<'_, '_>) -> Option<Schedule> {
    let expression = section.take("schedule", field::text);
    let zone = section.take("timeZone", field::text);
    let Some(expression) = expression else {
        if let Some(zone) = zone {
            section.refuse("timeZone", Some(&zone), "a `schedule` besides, to which it belongs");
        }
        return None;
    };
    match Schedule::new(&expression, zone.as_deref()) {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            section.check(error.field(), Err(error.refused().clone()));
            None
        }
    }
}

/// A schedule as it stands in a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct WrittenSchedule<'a> {
    /// At these times everything is scanned, in the five fields of cron, such as 0 3 * * 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    schedule: Option<&'a str>,
    /// The time zone of the schedule, such as Europe/Budapest. UTC if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    time_zone: Option<&'a str>,
}

#[allow(clippy::ref_option, reason = "as serde calls it")]
fn write_schedule<S: Serializer>(schedule: &Option<Schedule>, to: S) -> Result<S::Ok, S::Error> {
    let schedule = schedule.as_ref();
    let written = WrittenSchedule {
        schedule: schedule.map(Schedule::expression),
        time_zone: schedule.map(Schedule::time_zone),
    };
    written.serialize(to)
}

#[allow(clippy::ref_option, reason = "as serde calls it")]
fn write_interval<S: Serializer>(interval: &Option<Interval>, to: S) -> Result<S::Ok, S::Error> {
    field::write_span_or_never(&interval.map(Interval::get), to)
}

impl Default for Queue {
    fn default() -> Self {
        let QueueLimits { total, per_namespace } = QueueLimits::default();
        Self { total, per_namespace }
    }
}

/// How often something is scanned again if nothing changes and nobody says otherwise.
const OFTEN_ENOUGH: &str = "120h";

/// What is usual for `dast_core`, an hour for a scan, and a scan before evidence is too old for a policy that says nothing
/// of its age: with two days left to try it again.
impl Default for Scans {
    fn default() -> Self {
        let DueSettings {
            stability,
            minimum_interval,
            request_interval,
            incomplete_interval,
            interval,
            schedule,
            jitter,
        } = DueSettings::default();
        Self {
            stability,
            minimum_interval,
            request_interval,
            incomplete_interval,
            interval: interval.or_else(|| OFTEN_ENOUGH.parse().ok()),
            schedule,
            jitter,
            timeout: HOUR,
            attempts: RetrySettings::default().max_attempts,
        }
    }
}

impl Default for History {
    fn default() -> Self {
        let HistorySettings { complete, incomplete, time_to_live } = HistorySettings::default();
        Self { complete, incomplete, time_to_live }
    }
}

/// Half a mebibyte: an API server takes objects of up to three times as much. All together, a quarter of what etcd holds
/// unless it is told otherwise.
impl Default for Reports {
    fn default() -> Self {
        Self { max_bytes: 512 * 1024, max_total_bytes: 512 * 1024 * 1024 }
    }
}
