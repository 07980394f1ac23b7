//! Metrics: what was decided, how long it took, and what was not answered. No label is a name that anybody can choose.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use dast_policy::Verdict;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::answer::{Door, Outcome};

/// What is counted as it happens.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    decisions: Family<Decided, Counter>,
    durations: Histogram,
    unanswered: Family<Unanswered, Counter>,
    untold: Counter,
    pub(super) silence: Gauge<f64, AtomicU64>,
}

/// What was decided, and on what.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Decided {
    door: &'static str,
    kind: &'static str,
    action: &'static str,
    /// The verdict, or why none was needed.
    grounds: &'static str,
}

/// Why a request got no decision.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Unanswered {
    reason: &'static str,
}

/// From ten microseconds to a tenth of a second.
const SECONDS: [f64; 9] = [0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1];

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            decisions: Family::default(),
            durations: Histogram::new(SECONDS),
            unanswered: Family::default(),
            untold: Counter::default(),
            silence: Gauge::default(),
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("dast_admission");
        registry.register("decisions", "Decisions about routes", self.decisions.clone());
        let help = "What a decision takes, without the way to it";
        registry.register_with_unit("decision", help, Unit::Seconds, self.durations.clone());
        registry.register("unanswered", "Requests without a decision", self.unanswered.clone());
        registry.register("untold_events", "Events that were too many to be told", self.untold.clone());
        let help = "For how long a watch has been broken";
        registry.register_with_unit("silence", help, Unit::Seconds, self.silence.clone());
    }

    pub(super) fn decided(&self, door: Door, outcome: &Outcome<'_>, took: Duration) {
        self.durations.observe(took.as_secs_f64());
        let (kind, action, grounds) = match outcome {
            Outcome::TakesAway => ("", "Admit", "TakesAway"),
            Outcome::Nonsense => ("", "Deny", "Nonsense"),
            Outcome::BrokeGlass(question, ..) => (question.kind.as_str(), "Admit", "BrokenGlass"),
            Outcome::Decided(question, decision) => {
                let verdict = decision.verdict().map(|verdict| match verdict {
                    Verdict::Pass => "Pass",
                    Verdict::Warn => "Warn",
                    Verdict::Unknown(reason) => reason.word(),
                    Verdict::Fail => "Fail",
                });
                let passage = decision.passage().map(|passage| passage.word());
                let grounds = passage.or(verdict).unwrap_or("Unreadable");
                (question.kind.as_str(), decision.action().word(), grounds)
            }
        };
        self.decisions.get_or_create(&Decided { door: door.word(), kind, action, grounds }).inc();
    }

    pub(super) fn unanswered(&self, reason: &'static str) {
        self.unanswered.get_or_create(&Unanswered { reason }).inc();
    }

    pub(super) fn untold(&self) {
        self.untold.inc();
    }
}
