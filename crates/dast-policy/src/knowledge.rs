//! What is known of a subject when it is judged.

use std::sync::Arc;

use jiff::Timestamp;

use crate::evidence::Evidence;
use crate::origin::Origin;
use crate::subject::{Exposure, Profile, Revision};

/// Everything a judgement rests on besides the policy and the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Knowledge {
    /// What the evidence has to be of.
    pub expected: Expected,
    /// What the last scan left behind, if there was one.
    pub evidence: Option<Arc<Evidence>>,
    /// Why there is no evidence, where there is more to say than that it was never scanned: such as that there is no such
    /// Service. It is not asked for where there is evidence.
    pub absent: Option<String>,
    /// A scan that is queued or running.
    pub under_way: Option<UnderWay>,
    /// Why the evidence is not to be relied on, such as that nobody trusts the scanner it is from. It is then
    /// [`Inconclusive`](crate::UnknownReason::Inconclusive) at best; what is over a limit stays `Fail`.
    pub distrusted: Option<String>,
    /// Whether it is exposed already, so that after a rollout it has the policy's
    /// [`grace`](crate::PolicyDocument::grace).
    pub is_exposed: bool,
    /// Since when the route that is judged is held back, if it is, for
    /// [`hold_for`](crate::Enforcement::hold_for).
    pub held_since: Option<Timestamp>,
}

impl Knowledge {
    /// Nothing but `evidence`, of whatever revision and profile.
    pub fn of(evidence: impl Into<Arc<Evidence>>) -> Self {
        Self { evidence: Some(evidence.into()), ..Self::default() }
    }
}

/// What evidence has to be of in order to count. What is absent is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Where it is.
    pub origin: Option<Origin>,
    /// What runs now.
    pub revision: Option<Revision>,
    /// Since when that runs.
    pub revision_since: Option<Timestamp>,
    /// The settings a scan would have now.
    pub profile: Option<Profile>,
    /// What is, or would be, exposed. Shared, since all that stand over one place are asked for the same.
    pub exposures: Arc<[Exposure]>,
}

/// How far a scan is that has no evidence yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnderWay {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
}
