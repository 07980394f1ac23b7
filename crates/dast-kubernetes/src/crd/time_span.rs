//! Spans of time as Kubernetes writes them.

use std::fmt;

use dast_policy::ValueError;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A span of time as Kubernetes and Go write it, such as `1h30m`: hours, minutes, seconds and milliseconds.
///
/// It is kept as it was written, so that an object with one that does not read can still be looked at.
///
/// ```
/// use dast_kubernetes::crd::TimeSpan;
/// use jiff::SignedDuration;
///
/// assert_eq!(TimeSpan::new("1h30m").read()?, SignedDuration::from_mins(90));
/// assert_eq!(TimeSpan::from(SignedDuration::from_mins(90)), TimeSpan::new("1h30m"));
/// assert!(TimeSpan::new("tomorrow").read().is_err());
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TimeSpan(
    #[schemars(regex(pattern = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"), length(max = 32))] String,
);

impl TimeSpan {
    /// Keeps `text` as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the text.
    ///
    /// # Errors
    /// When it is no span of time.
    pub fn read(&self) -> Result<SignedDuration, ValueError> {
        let span = self.0.parse().ok().filter(|span: &SignedDuration| !span.is_negative());
        span.ok_or_else(|| ValueError::new(&self.0, "a time span such as `1h30m`"))
    }
}

impl From<SignedDuration> for TimeSpan {
    fn from(span: SignedDuration) -> Self {
        let (minutes, seconds) = (span.as_mins(), span.as_secs() % 60);
        let mut text = String::new();
        for (number, unit) in [
            (minutes / 60, "h"),
            (minutes % 60, "m"),
            (seconds, "s"),
            (i64::from(span.subsec_millis()), "ms"),
        ] {
            if number > 0 {
                text.push_str(&format!("{number}{unit}"));
            }
        }
        Self(if text.is_empty() { "0s".to_owned() } else { text })
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
