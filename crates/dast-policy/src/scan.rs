//! What is known of a scan besides its findings: what scanned what, when, and how far it came.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::ValueError;
use crate::subject::{Profile, Revision, Subject};

/// What is known of a scan besides its findings.
///
/// Everything but the coverage is what a scanner *says*; [`Evidence`](crate::Evidence) may still find it incomplete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scan {
    /// What was scanned.
    pub subject: Subject,
    /// What ran there from start to end; `None` where nothing has revisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// The settings of the scan.
    pub profile: Profile,
    /// What scanned.
    pub engine: Engine,
    /// When the scan began.
    pub started: Timestamp,
    /// When the scan ended.
    pub ended: Timestamp,
    /// Whether it went through to its end.
    pub completion: Completion,
    /// How much it saw.
    pub coverage: Coverage,
    /// Whether it was logged in.
    #[serde(default)]
    pub authentication: Authentication,
}

/// What scanned: a name that policies accept or refuse, its version, and the version of its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Engine {
    /// The name, such as `builtin` or `zap`.
    pub name: String,
    /// The version of the program.
    pub version: String,
    /// The rules it applied, in the engine's own words.
    pub rule_set: String,
    /// Whether it only looked at answers and never sent an attack.
    pub passive: bool,
}

/// Whether a scan went through to its end and, if not, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CompletionWire", into = "CompletionWire")]
pub enum Completion {
    /// Everything its profile asks for was done.
    Complete,
    /// Something is missing, so that the absence of findings means nothing.
    Incomplete {
        /// What kept it from its end.
        cause: Cause,
        /// The same in the words of whoever noticed.
        detail: String,
    },
}

/// A completion as it stands in JSON. Not a tagged enum, because serde lets those of one word carry any field.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CompletionWire {
    complete: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    detail: String,
}

impl From<Completion> for CompletionWire {
    fn from(completion: Completion) -> Self {
        match completion {
            Completion::Complete => Self { complete: true, cause: None, detail: String::new() },
            Completion::Incomplete { cause, detail } => Self { complete: false, cause: Some(cause), detail },
        }
    }
}

impl TryFrom<CompletionWire> for Completion {
    type Error = ValueError;

    fn try_from(wire: CompletionWire) -> Result<Self, ValueError> {
        match (wire.complete, wire.cause) {
            (true, None) if wire.detail.is_empty() => Ok(Self::Complete),
            (false, Some(cause)) => Ok(Self::Incomplete { cause, detail: wire.detail }),
            (complete, _) => {
                let accepted = "`complete: true` alone, or `complete: false` with a cause";
                Err(ValueError::new(format!("complete: {complete}"), accepted))
            }
        }
    }
}

/// What kept a scan from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The target did not answer.
    Unreachable,
    /// The target answered, but no page of it was seen.
    NothingCrawled,
    /// The scanner could not log in, or was logged out.
    AuthenticationFailed,
    /// The scanner itself failed.
    EngineError,
    /// It took longer than it was given.
    DeadlineExceeded,
    /// Somebody or something stopped it.
    Interrupted,
    /// Another revision ran at its end than at its start.
    TargetChanged,
}

impl Cause {
    pub(crate) const ALL: [Self; 7] = [
        Self::Unreachable,
        Self::NothingCrawled,
        Self::AuthenticationFailed,
        Self::EngineError,
        Self::DeadlineExceeded,
        Self::Interrupted,
        Self::TargetChanged,
    ];

    /// The cause in one word, such as `EngineError`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "Unreachable",
            Self::NothingCrawled => "NothingCrawled",
            Self::AuthenticationFailed => "AuthenticationFailed",
            Self::EngineError => "EngineError",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::Interrupted => "Interrupted",
            Self::TargetChanged => "TargetChanged",
        }
    }

    /// The cause as a half sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "the target did not answer",
            Self::NothingCrawled => "no page was seen",
            Self::AuthenticationFailed => "the login did not hold",
            Self::EngineError => "the scanner failed",
            Self::DeadlineExceeded => "the deadline passed",
            Self::Interrupted => "it was interrupted",
            Self::TargetChanged => "the target changed meanwhile",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much of a target a scan saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Coverage {
    /// Answers that rules were applied to.
    pub pages: u64,
    /// Requests that got no usable answer.
    pub failed: u64,
    /// Places that were found, but not visited because a limit of the profile was reached.
    pub skipped: u64,
}

impl Coverage {
    /// How much of what was found was also seen, in whole percent, rounded down; 0 if nothing was found.
    ///
    /// ```
    /// let coverage = dast_policy::Coverage { pages: 2, failed: 1, skipped: 0 };
    /// assert_eq!(coverage.percent(), 66);
    /// ```
    pub fn percent(&self) -> u8 {
        let found = u128::from(self.pages) + u128::from(self.failed) + u128::from(self.skipped);
        let percent = (u128::from(self.pages) * 100).checked_div(found).unwrap_or(0);
        u8::try_from(percent).unwrap_or(100)
    }
}

/// Whether a scan was logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Authentication {
    /// It did not try to be.
    #[default]
    NotUsed,
    /// It was, from start to end.
    Held,
    /// It was not, or not all the time.
    Lost,
}

impl Authentication {
    pub(crate) const ALL: [Self; 3] = [Self::NotUsed, Self::Held, Self::Lost];
}
