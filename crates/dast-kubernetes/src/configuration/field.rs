//! Kinds of fields: how they are read, written and described.

use std::ops::RangeInclusive;
use std::time::Duration;

use dast_policy::reading::{Node, Place, Reader};
use jiff::SignedDuration;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serializer;

use crate::crd::TimeSpan;

/// A minute.
pub(super) const MINUTE: Duration = Duration::from_secs(60);
/// An hour.
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
/// A day.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest span that anything may take.
pub(super) const YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A text.
pub(super) fn text(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    reader.text(place).map(str::to_owned)
}

/// `true` or `false`.
pub(super) fn boolean(reader: &mut Reader, place: Place<'_>) -> Option<bool> {
    reader.boolean(place)
}

/// A whole number.
pub(super) fn number<T: TryFrom<i128>>(
    range: RangeInclusive<i128>,
) -> impl FnOnce(&mut Reader, Place<'_>) -> Option<T> {
    move |reader, place| reader.number(place, range)
}

/// A span of time.
pub(super) fn span(
    range: RangeInclusive<Duration>,
) -> impl FnOnce(&mut Reader, Place<'_>) -> Option<Duration> {
    move |reader, place| {
        let text = reader.text(place.clone())?;
        let span = TimeSpan::new(text).read().ok().and_then(|span| Duration::try_from(span).ok());
        let within = span.filter(|span| range.contains(span));
        if within.is_none() {
            let (least, most) = (shown(*range.start()), shown(*range.end()));
            reader.refuse(&place, format!("a time span such as `1h30m`, from {least} to {most}"));
        }
        within
    }
}

/// What a field may be, or a word that stands for `None`.
pub(super) fn or_word<T>(
    word: &'static str,
    read: impl FnOnce(&mut Reader, Place<'_>) -> Option<T>,
) -> impl FnOnce(&mut Reader, Place<'_>) -> Option<Option<T>> {
    move |reader, place| match place.node() {
        Node::Text(text) if text == word => Some(None),
        _ => read(reader, place).map(Some),
    }
}

/// The word for a queue without a limit.
pub(super) const UNLIMITED: &str = "Unlimited";
/// The word for what does not happen by itself.
pub(super) const NEVER: &str = "Never";

/// The most that a queue can be limited to.
const MOST_RUNS: u32 = 100_000;

/// How many runs there may be at once.
pub(super) fn limit(reader: &mut Reader, place: Place<'_>) -> Option<Option<usize>> {
    let most = i128::from(MOST_RUNS);
    match place.node() {
        Node::Text(text) if text == UNLIMITED => Some(None),
        Node::Integer(number) if (1..=most).contains(number) => usize::try_from(*number).ok().map(Some),
        _ => {
            reader.refuse(&place, format!("a whole number from 1 to {most}, or `{UNLIMITED}`"));
            None
        }
    }
}

/// The schema of a limit.
pub(super) fn limit_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_RUNS}, {"const": UNLIMITED}]})
}

/// Writes a limit as [`limit`] reads it.
#[allow(clippy::ref_option, reason = "as serde calls it")]
pub(super) fn write_limit<S: Serializer>(limit: &Option<usize>, to: S) -> Result<S::Ok, S::Error> {
    match limit {
        Some(limit) => to.serialize_u64(u64::try_from(*limit).unwrap_or(u64::MAX)),
        None => to.serialize_str(UNLIMITED),
    }
}

/// Writes a span of time as [`span`] reads it.
pub(super) fn write_span<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&shown(*span))
}

/// The same for a span that need not be there.
#[allow(clippy::ref_option, reason = "as serde calls it")]
pub(super) fn write_span_or_never<S: Serializer>(span: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => write_span(span, to),
        None => to.serialize_str(NEVER),
    }
}

/// The schema of a span or [`NEVER`].
pub(super) fn span_or_never_schema(generator: &mut SchemaGenerator) -> Schema {
    let span = generator.subschema_for::<TimeSpan>();
    json_schema!({"anyOf": [span, {"const": NEVER}]})
}

/// A span as people write it.
fn shown(span: Duration) -> String {
    TimeSpan::from(SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)).to_string()
}
