//! What a judgement comes to, and what it does.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize, Serializer};

use crate::error::ValueError;

/// The outcome, from best to worst: `Pass < Warn < Unknown < Fail`. Of several the greatest counts.
///
/// ```
/// use dast_policy::{UnknownReason, Verdict};
///
/// let unknown = Verdict::Unknown(UnknownReason::NotScanned);
/// assert!(Verdict::Pass < Verdict::Warn && Verdict::Warn < unknown && unknown < Verdict::Fail);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "reason")]
pub enum Verdict {
    /// Current, complete evidence within every limit.
    Pass,
    /// Within every limit that fails, but over one that warns.
    Warn,
    /// Nothing that may be relied on.
    Unknown(UnknownReason),
    /// Over a limit. It stays so however old or incomplete the evidence is.
    Fail,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => f.pad("Pass"),
            Self::Warn => f.pad("Warn"),
            Self::Unknown(reason) => write!(f, "Unknown ({reason})"),
            Self::Fail => f.pad("Fail"),
        }
    }
}

/// Why nothing may be relied on. Where several apply the first in this order is told, and counts as the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum UnknownReason {
    /// A scan is queued or running, and there is no current evidence before it.
    InProgress,
    /// It was never scanned.
    NotScanned,
    /// The evidence is of another revision or profile, or too old.
    Stale,
    /// The scan did not come to a result that this policy accepts.
    Inconclusive,
    /// The route exposes a host or path that the scan did not visit.
    NotCovered,
}

impl UnknownReason {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] =
        [Self::InProgress, Self::NotScanned, Self::Stale, Self::Inconclusive, Self::NotCovered];
}

impl UnknownReason {
    /// It as one word, as people write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::NotScanned => "NotScanned",
            Self::Stale => "Stale",
            Self::Inconclusive => "Inconclusive",
            Self::NotCovered => "NotCovered",
        }
    }
}

impl Ord for UnknownReason {
    fn cmp(&self, other: &Self) -> Ordering {
        (*other as u8).cmp(&(*self as u8))
    }
}

impl PartialOrd for UnknownReason {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How far a policy goes when a verdict is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// It is told by event and metric.
    Audit,
    /// Whoever writes the route is warned.
    Warn,
    /// The route is denied.
    #[default]
    Enforce,
    /// A new route is admitted, but not exposed until it passes.
    Hold,
}

impl FromStr for Mode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text {
            "audit" => Ok(Self::Audit),
            "warn" => Ok(Self::Warn),
            "enforce" => Ok(Self::Enforce),
            "hold" => Ok(Self::Hold),
            _ => Err(ValueError::new(text, "audit, warn, enforce or hold")),
        }
    }
}

/// What an `Unknown` verdict acts like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum UnknownActs {
    /// Like `Fail`: what is not known to be good is kept out.
    #[default]
    Fail,
    /// Like `Warn`: what is not known to be bad is let in.
    Warn,
}

impl FromStr for UnknownActs {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text {
            "fail" => Ok(Self::Fail),
            "warn" => Ok(Self::Warn),
            _ => Err(ValueError::new(text, "fail or warn")),
        }
    }
}

/// A mode for each kind of Unknown; where there is none, `mode` and `unknown` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct UnknownModes {
    /// A scan is queued or running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_progress: Option<Mode>,
    /// It was never scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_scanned: Option<Mode>,
    /// The evidence is of something else, or too old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<Mode>,
    /// The scan did not come to a result that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<Mode>,
    /// The scan did not visit what is exposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_covered: Option<Mode>,
}

impl UnknownModes {
    /// The mode for a kind of Unknown, if it has one of its own.
    pub fn get(&self, reason: UnknownReason) -> Option<Mode> {
        match reason {
            UnknownReason::InProgress => self.in_progress,
            UnknownReason::NotScanned => self.not_scanned,
            UnknownReason::Stale => self.stale,
            UnknownReason::Inconclusive => self.inconclusive,
            UnknownReason::NotCovered => self.not_covered,
        }
    }

    /// The same, to be written.
    pub fn get_mut(&mut self, reason: UnknownReason) -> &mut Option<Mode> {
        match reason {
            UnknownReason::InProgress => &mut self.in_progress,
            UnknownReason::NotScanned => &mut self.not_scanned,
            UnknownReason::Stale => &mut self.stale,
            UnknownReason::Inconclusive => &mut self.inconclusive,
            UnknownReason::NotCovered => &mut self.not_covered,
        }
    }

    /// Whether no kind of Unknown has a mode of its own.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is to be done about a route, from the mildest to the strictest. Of several layers the strictest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Let it in.
    Admit,
    /// Let it in and record it.
    Audit,
    /// Let it in with a warning.
    Warn,
    /// Let a new route in, but keep it unexposed.
    Hold,
    /// Keep it out.
    Deny,
}

impl Action {
    /// It as one word, for metrics and audit logs.
    ///
    /// ```
    /// assert_eq!(dast_policy::Action::Deny.word(), "Deny");
    /// ```
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admit => "Admit",
            Self::Audit => "Audit",
            Self::Warn => "Warn",
            Self::Hold => "Hold",
            Self::Deny => "Deny",
        }
    }
}

/// A choice of mode, and of what is done about the unknown. What a verdict *is* does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Enforcement {
    /// How far the policy goes.
    pub mode: Mode,
    /// What an `Unknown` verdict acts like.
    pub unknown: UnknownActs,
    /// How far the policy goes for some kinds of `Unknown`, whatever `mode` and `unknown` say: such as to hold back a route
    /// whose scan is under way, and to keep out one whose scan failed.
    #[serde(skip_serializing_if = "UnknownModes::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub unknown_reasons: UnknownModes,
    /// For how long a route is held back at most, such as 1h. Then what is unknown only warns, and the route is let in; what is
    /// over a limit is held back all the same. For ever if absent.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "written")]
    #[cfg_attr(feature = "schema", schemars(default, with = "Option<String>"))]
    pub hold_for: Option<SignedDuration>,
}

/// As people write a span.
fn written<S: Serializer>(span: &Option<SignedDuration>, serializer: S) -> Result<S::Ok, S::Error> {
    span.map(|span| format!("{span:#}")).serialize(serializer)
}

impl Enforcement {
    /// What is to be done about `verdict`.
    ///
    /// ```
    /// use dast_policy::{Action, Enforcement, UnknownReason, Verdict};
    ///
    /// let mut enforcement = Enforcement::default();
    /// let unknown = Verdict::Unknown(UnknownReason::InProgress);
    /// assert_eq!(enforcement.action(unknown), Action::Deny);
    /// enforcement.unknown_reasons.in_progress = Some(dast_policy::Mode::Hold);
    /// assert_eq!(enforcement.action(unknown), Action::Hold);
    /// ```
    pub fn action(&self, verdict: Verdict) -> Action {
        let (mode, bad) = match verdict {
            Verdict::Pass => return Action::Admit,
            Verdict::Warn => (self.mode, false),
            Verdict::Unknown(reason) => match self.unknown_reasons.get(reason) {
                Some(mode) => (mode, true),
                None => (self.mode, self.unknown == UnknownActs::Fail),
            },
            Verdict::Fail => (self.mode, true),
        };
        match (mode, bad) {
            (Mode::Audit, _) => Action::Audit,
            (Mode::Warn, _) | (Mode::Enforce | Mode::Hold, false) => Action::Warn,
            (Mode::Enforce, true) => Action::Deny,
            (Mode::Hold, true) => Action::Hold,
        }
    }

    /// The same for what has been held back for so long already.
    ///
    /// ```
    /// use dast_policy::{Action, Enforcement, Mode, UnknownReason, Verdict};
    /// use jiff::SignedDuration;
    ///
    /// let hour = SignedDuration::from_hours(1);
    /// let enforcement = Enforcement { mode: Mode::Hold, hold_for: Some(hour), ..Enforcement::default() };
    /// let unknown = Verdict::Unknown(UnknownReason::Inconclusive);
    /// assert_eq!(enforcement.action_after(unknown, hour / 2), Action::Hold);
    /// assert_eq!(enforcement.action_after(unknown, hour), Action::Warn);
    /// assert_eq!(enforcement.action_after(Verdict::Fail, hour), Action::Hold);
    /// ```
    pub fn action_after(&self, verdict: Verdict, held: SignedDuration) -> Action {
        let is_over = self.hold_for.is_some_and(|most| held >= most);
        match (self.action(verdict), verdict) {
            (Action::Hold, Verdict::Unknown(_)) if is_over => Action::Warn,
            (action, _) => action,
        }
    }
}
