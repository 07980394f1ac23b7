//! A verdict with its reasons.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::finding::Finding;
use crate::layer::Scope;
use crate::level::Level;
use crate::severity::Severity;
use crate::threshold::Unit;
use crate::verdict::{Action, UnknownReason, Verdict};

/// What a judgement came to: over all layers, and by each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    verdict: Verdict,
    action: Action,
    layers: Vec<LayerEvaluation>,
}

impl Evaluation {
    pub(crate) fn new(layers: Vec<LayerEvaluation>) -> Self {
        // There is at least one layer; were there none, nothing would have been judged.
        let nothing = Verdict::Unknown(UnknownReason::NotScanned);
        let verdict = layers.iter().map(|layer| layer.verdict).max().unwrap_or(nothing);
        let action = layers.iter().map(|layer| layer.action).max().unwrap_or(Action::Deny);
        Self { verdict, action, layers }
    }

    /// The worst verdict of all layers.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The strictest action of all layers.
    pub fn action(&self) -> Action {
        self.action
    }

    /// What each layer came to, from the top down.
    pub fn layers(&self) -> &[LayerEvaluation] {
        &self.layers
    }

    /// The layers that decided: those whose verdict is the worst.
    pub fn deciding(&self) -> impl Iterator<Item = &LayerEvaluation> {
        self.layers.iter().filter(|layer| layer.verdict == self.verdict)
    }
}

/// What one layer came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerEvaluation {
    /// Where the layer stands.
    pub scope: Scope,
    /// What it is called.
    pub name: Arc<str>,
    /// Its verdict.
    pub verdict: Verdict,
    /// What it wants done.
    pub action: Action,
    /// Every limit it has, held against what was found. Empty if there was nothing to hold it against.
    pub checks: Vec<Check>,
    /// Why the verdict is not `Pass`, the worst first.
    pub reasons: Vec<Reason>,
    /// Listed instances that were exempted.
    pub exempted: u64,
    /// Instances of rules at level `IGNORE` or `INFO`.
    pub ignored: u64,
}

/// One threshold, held against what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Of which severity.
    pub severity: Severity,
    /// Counted how.
    pub unit: Unit,
    /// More than this many fail.
    pub fail: Option<u32>,
    /// More than this many warn.
    pub warn: Option<u32>,
    /// How many there are, exemptions and levels taken into account.
    pub found: u64,
    /// `Pass`, `Warn` or `Fail`.
    pub verdict: Verdict,
}

/// Why a verdict is not `Pass`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Reason {
    /// More findings than a limit accepts.
    #[serde(rename_all = "camelCase")]
    OverLimit {
        /// Of which severity.
        severity: Severity,
        /// Counted how.
        unit: Unit,
        /// The limit.
        limit: u32,
        /// How many there are.
        found: u64,
        /// `Warn` or `Fail`.
        verdict: Verdict,
        /// The first of them.
        findings: Vec<Finding>,
    },
    /// A rule was found whose level warns or fails.
    #[serde(rename_all = "camelCase")]
    RuleFound {
        /// The alert reference; `None` where there are more rules than evidence can name.
        alert_ref: Option<String>,
        /// Its level.
        level: Level,
        /// How many instances there are.
        found: u64,
        /// How many of them are not listed, and so are taken to be where the level applies.
        unlisted: u64,
        /// The first of them.
        findings: Vec<Finding>,
    },
    /// Nothing that may be relied on.
    #[serde(rename_all = "camelCase")]
    Unknown {
        /// Which kind of it.
        reason: UnknownReason,
        /// What exactly, in words.
        detail: String,
    },
}

impl Reason {
    /// The verdict that this reason alone would lead to.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::OverLimit { verdict, .. } => *verdict,
            Self::RuleFound { level: Level::Fail, .. } => Verdict::Fail,
            Self::RuleFound { .. } => Verdict::Warn,
            Self::Unknown { reason, .. } => Verdict::Unknown(*reason),
        }
    }

    /// The first findings behind it; none for what is unknown.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::OverLimit { findings, .. } | Self::RuleFound { findings, .. } => findings,
            Self::Unknown { .. } => &[],
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverLimit { severity, unit, limit, found, verdict, .. } => {
                let what = match (unit, found) {
                    (Unit::Alerts, 1) => "alert",
                    (Unit::Alerts, _) => "different alerts",
                    (Unit::Instances, 1) => "instance",
                    (Unit::Instances, _) => "instances",
                };
                let word = if *verdict == Verdict::Fail { "accepted" } else { "accepted without a warning" };
                write!(f, "{found} {what} of severity {severity}, {limit} {word}")
            }
            Self::RuleFound { alert_ref, level, found, unlisted, .. } => {
                match alert_ref {
                    Some(alert) => write!(f, "rule {alert} was found {found}×; its level is {level}")?,
                    None => {
                        write!(f, "{found} findings of unnamed rules, of which some may have level {level}")?
                    }
                }
                if *unlisted > 0 { write!(f, " ({unlisted} of them are not listed)") } else { Ok(()) }
            }
            Self::Unknown { detail, .. } => f.write_str(detail),
        }
    }
}
