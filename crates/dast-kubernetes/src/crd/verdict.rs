//! Verdicts and what belongs to them, as words.

use dast_policy::{UnknownReason, Verdict};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A verdict as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum VerdictName {
    /// Current, complete evidence within every limit.
    Pass,
    /// Within every limit that fails, but over one that warns.
    Warn,
    /// Nothing that may be relied on.
    Unknown,
    /// Over a limit.
    Fail,
}

impl From<Verdict> for VerdictName {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Warn => Self::Warn,
            Verdict::Unknown(_) => Self::Unknown,
            Verdict::Fail => Self::Fail,
        }
    }
}

/// Why nothing may be relied on.
pub(super) fn unknown_reason(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"description": "Why nothing may be relied on.", "type": "string", "enum": UnknownReason::ALL})
}

/// What kept a scan from its end.
pub(super) fn cause(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"description": "What kept a scan from its end.", "type": "string", "enum": [
        "Unreachable", "NothingCrawled", "AuthenticationFailed", "EngineError", "DeadlineExceeded", "Interrupted",
        "TargetChanged",
    ]})
}

/// How bad a finding would be.
pub(super) fn severity(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"description": "How bad a finding would be.", "type": "string", "enum": dast_policy::Severity::ALL})
}

/// How sure the scanner is of a finding.
pub(super) fn confidence(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"description": "How sure the scanner is of a finding.", "type": "string", "enum": dast_policy::Confidence::ALL})
}
