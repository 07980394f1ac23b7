//! What is known of a subject when it is judged.

use crate::evidence::Evidence;
use crate::origin::Origin;
use crate::subject::{Exposure, Profile, Revision};

/// Everything a judgement rests on besides the policy and the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Knowledge {
    /// What the evidence has to be of.
    pub expected: Expected,
    /// What the last scan left behind, if there was one.
    pub evidence: Option<Evidence>,
    /// A scan that is queued or running.
    pub under_way: Option<UnderWay>,
    /// Why the evidence is not to be relied on, such as that nobody trusts the scanner it is from. It is then
    /// [`Inconclusive`](crate::UnknownReason::Inconclusive) at best; what is over a limit stays `Fail`.
    pub distrusted: Option<String>,
}

impl Knowledge {
    /// Nothing but `evidence`, of whatever revision and profile.
    pub fn of(evidence: Evidence) -> Self {
        Self { evidence: Some(evidence), ..Self::default() }
    }
}

/// What evidence has to be of in order to count. What is absent is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Where it is.
    pub origin: Option<Origin>,
    /// What runs now.
    pub revision: Option<Revision>,
    /// The settings a scan would have now.
    pub profile: Option<Profile>,
    /// What is, or would be, exposed.
    pub exposures: Vec<Exposure>,
}

/// How far a scan is that has no evidence yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnderWay {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
}
