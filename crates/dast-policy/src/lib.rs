#![doc = include_str!("../README.md")]

mod collector;
mod count;
mod error;
mod evidence;
mod finding;
mod fingerprint;
mod pattern;
mod report;
mod rule;
mod scan;
mod subject;

pub use collector::{Bound, Collector};
pub use count::Count;
pub use error::{ContradictionError, EvidenceError, InvalidError, PolicyError, Problem, SyntaxError, ValueError};
pub use evidence::{Evidence, SCHEMA_VERSION};
pub use finding::{Confidence, Finding, Severity};
pub use fingerprint::Fingerprint;
pub use pattern::PathPattern;
pub use report::{Report, RuleInfo};
pub use rule::{AlertRef, RuleId};
pub use scan::{Authentication, Cause, Completion, Coverage, Engine, Scan};
pub use subject::{Exposure, Origin, Profile, Revision, Scheme, Subject};
