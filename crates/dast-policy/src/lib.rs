#![doc = include_str!("../README.md")]

mod bound;
mod collector;
mod confidence;
mod count;
mod document;
mod error;
mod evaluate;
mod evaluation;
mod evidence;
mod exemption;
mod finding;
mod fingerprint;
mod join;
mod knowledge;
mod layer;
mod level;
mod origin;
mod pattern;
mod policy;
pub mod reading;
mod report;
mod rule;
mod scan;
mod severity;
mod shape;
mod subject;
mod tally;
mod threshold;
mod verdict;

pub use bound::Bound;
pub use collector::Collector;
pub use confidence::Confidence;
pub use count::Count;
pub use document::{CoverageMinimum, PolicyDocument};
pub use error::{
    ContradictionError, EvidenceError, InvalidError, PolicyError, Problem, SyntaxError, ValueError,
};
pub use evaluate::evaluate;
pub use evaluation::{Check, Evaluation, LayerEvaluation, Reason};
pub use evidence::{Evidence, SCHEMA_VERSION};
pub use exemption::{Exemption, Location};
pub use finding::Finding;
pub use fingerprint::Fingerprint;
pub use knowledge::{Expected, Knowledge, UnderWay};
pub use layer::{ANNOTATION_PREFIX, Layer, Scope};
pub use level::{Level, RuleLevel};
pub use origin::{Origin, Scheme};
pub use pattern::PathPattern;
pub use policy::Policy;
pub use report::{Report, RuleInfo};
pub use rule::{AlertRef, RuleId};
pub use scan::{Authentication, Cause, Completion, Coverage, Engine, Scan};
pub use severity::Severity;
pub use subject::{Exposure, Profile, Revision, Subject};
pub use threshold::{Limits, Threshold, Thresholds, Unit};
pub use verdict::{Action, Enforcement, Mode, UnknownActs, UnknownReason, Verdict};
