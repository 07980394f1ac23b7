//! How many findings are accepted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::ValueError;
use crate::severity::Severity;

/// What is counted against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Distinct alert references: the same weakness on a hundred pages counts once.
    Alerts,
    /// Single instances.
    Instances,
}

impl Unit {
    /// Both units.
    pub const ALL: [Self; 2] = [Self::Alerts, Self::Instances];

    /// The key in documents, such as `alerts`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Instances => "instances",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

/// The largest accepted counts: more than `fail` fails, more than `warn` warns. Over means strictly greater.
///
/// ```
/// use dast_policy::Threshold;
///
/// assert!(Threshold::new(Some(3), Some(0)).is_ok());
/// assert!(Threshold::new(Some(3), Some(3)).is_err(), "it would never warn");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Threshold {
    /// More than this many fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    fail: Option<u32>,
    /// More than this many warn. Less than `fail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    warn: Option<u32>,
}

impl Threshold {
    /// A threshold with a limit that fails, one that warns, or both.
    ///
    /// # Errors
    /// When there is neither, or the warn limit is not below the fail limit.
    pub fn new(fail: Option<u32>, warn: Option<u32>) -> Result<Self, ValueError> {
        match (fail, warn) {
            (None, None) => Err(ValueError::new("{}", "`fail`, `warn` or both")),
            (Some(fail), Some(warn)) if warn >= fail => Err(ValueError::new(
                format!("fail: {fail}, warn: {warn}"),
                "a warn limit below the fail limit, or it could never warn",
            )),
            _ => Ok(Self { fail, warn }),
        }
    }

    /// A threshold that fails over `limit`.
    pub fn fail_over(limit: u32) -> Self {
        Self { fail: Some(limit), warn: None }
    }

    /// More than this many fail.
    pub fn fail(&self) -> Option<u32> {
        self.fail
    }

    /// More than this many warn.
    pub fn warn(&self) -> Option<u32> {
        self.warn
    }
}

/// One threshold, or none, for each severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Limits {
    /// For findings of high severity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Threshold>,
    /// For findings of medium severity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<Threshold>,
    /// For findings of low severity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Threshold>,
    /// For informational findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub informational: Option<Threshold>,
}

impl Limits {
    /// The threshold for `severity`.
    pub fn get(&self, severity: Severity) -> Option<Threshold> {
        match severity {
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Informational => self.informational,
        }
    }

    /// The place of the threshold for `severity`.
    pub fn get_mut(&mut self, severity: Severity) -> &mut Option<Threshold> {
        match severity {
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Informational => &mut self.informational,
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The limits in both units. An absent limit says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Thresholds {
    /// Limits on distinct alert references.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub alerts: Limits,
    /// Limits on single instances.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub instances: Limits,
}

impl Thresholds {
    /// The limits in `unit`.
    pub fn of(&self, unit: Unit) -> &Limits {
        match unit {
            Unit::Alerts => &self.alerts,
            Unit::Instances => &self.instances,
        }
    }

    /// Whether there is no limit at all.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty() && self.instances.is_empty()
    }
}
