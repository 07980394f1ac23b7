//! Targets, as far as decisions ask for them.

use std::hint::black_box;
use std::sync::Arc;

use dast_policy::{Evidence, Expected, Exposure, Knowledge, Origin, Profile, Revision, UnderWay};
use jiff::Timestamp;

use super::known::Known;
use crate::discovery::{ObjectName, TargetId};
use crate::rulebook::Rules;

/// A target as the operator tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScannedTarget {
    /// Its Service and port.
    pub id: TargetId,
    /// Where it is scanned.
    pub origin: Origin,
    /// What scans it.
    pub scanner: ObjectName,
    /// Why it is not scanned, if it is refused.
    pub refusal: Option<String>,
    /// Where its Service led when the revision was found out ([`Service::hash_of`](crate::discovery::Service::hash_of)).
    pub service_hash: Option<String>,
    /// What runs now; `None` if that is not known.
    pub revision: Option<Revision>,
    /// Since when that runs.
    pub revision_since: Option<Timestamp>,
    /// The settings that it is to be scanned with now.
    pub profile: Option<Profile>,
    /// What the last scan left behind, or why that cannot be read.
    pub evidence: Result<Option<Arc<Evidence>>, String>,
    /// A scan that is queued or running.
    pub under_way: Option<UnderWay>,
}

impl ScannedTarget {
    /// A target of which nothing more is known.
    pub fn new(id: TargetId, origin: Origin, scanner: ObjectName) -> Self {
        Self {
            id,
            origin,
            scanner,
            refusal: None,
            service_hash: None,
            revision: None,
            revision_since: None,
            profile: None,
            evidence: Ok(None),
            under_way: None,
        }
    }
}

/// A target in its place. What does not depend on who asks is worked out once, when it comes: a decision about one of many
/// targets is as slow as what it has to look at, of which nothing is in any cache. So it looks at evidence, but not at the target.
#[derive(Debug, Clone)]
pub(super) struct Scanned {
    target: Arc<ScannedTarget>,
    evidence: Option<Arc<Evidence>>,
    pub(super) port: u16,
    under_way: Option<UnderWay>,
    obstacle: Option<Obstacle>,
    /// Whether its evidence is of what is expected now, so that no policy has to ask.
    is_as_expected: bool,
}

/// Why it does not matter what evidence there is.
#[derive(Debug, Clone, Copy)]
enum Obstacle {
    /// It is refused.
    Refused,
    /// It is not known what runs.
    NothingKnown,
    /// What is known to run was found out where its Service led before.
    ServiceChanged,
    /// It is not known with which settings it is to be scanned.
    NoProfile,
}

impl Obstacle {
    /// What stands in the way of a target, of which the Service leads to `hash` now.
    fn of(target: &ScannedTarget, hash: Option<&str>) -> Option<Self> {
        if target.refusal.is_some() {
            return Some(Self::Refused);
        }
        if target.service_hash.is_none() || target.revision.is_none() {
            return Some(Self::NothingKnown);
        }
        if target.service_hash.as_deref() != hash {
            return Some(Self::ServiceChanged);
        }
        target.profile.is_none().then_some(Self::NoProfile)
    }
}

impl Scanned {
    pub(super) fn of(target: Arc<ScannedTarget>) -> Self {
        let evidence = target.evidence.as_ref().ok().cloned().flatten();
        let is_as_expected = evidence.as_ref().is_some_and(|evidence| evidence.is_of(&expected(&target)));
        Self {
            port: target.id.port,
            under_way: target.under_way,
            obstacle: Obstacle::of(&target, None),
            is_as_expected,
            evidence,
            target,
        }
    }

    /// Holds it against its Service as that is now.
    pub(super) fn settle(&mut self, service: Option<&Known>) {
        self.obstacle = Obstacle::of(&self.target, service.and_then(|service| service.hash_of(self.port)));
    }

    /// Why it does not matter what evidence there is of it, in words for people, if it does not.
    pub(super) fn obstacle(&self) -> Option<String> {
        let why = match self.obstacle? {
            Obstacle::Refused => {
                let refusal = self.target.refusal.as_deref().unwrap_or_default();
                return Some(format!("it is not scanned: {refusal}"));
            }
            Obstacle::NothingKnown => "it is not known yet what runs behind it",
            Obstacle::ServiceChanged => {
                "its Service was changed, and it is not known yet what runs behind it now"
            }
            Obstacle::NoProfile => "it is not known yet with which settings it is to be scanned",
        };
        Some(why.to_owned())
    }

    /// Has what a judgement will look at brought near.
    pub(super) fn fetch(&self) {
        if let Some(evidence) = &self.evidence {
            evidence.fetch();
        }
        black_box(self.target.scanner.namespace.as_bytes().first().copied());
    }

    /// Since when what runs there runs.
    pub(super) fn runs_since(&self) -> Option<Timestamp> {
        self.target.revision_since
    }

    /// What is known of it, when it is exposed at `exposures`.
    pub(super) fn knowledge(&self, exposures: Arc<[Exposure]>, rules: &Rules) -> Knowledge {
        let expected = if self.is_as_expected { Expected::default() } else { expected(&self.target) };
        Knowledge {
            expected: Expected { exposures, ..expected },
            evidence: self.evidence.clone(),
            absent: if self.evidence.is_some() { None } else { self.unreadable() },
            under_way: self.under_way,
            distrusted: rules.distrust(&self.target.scanner),
            is_exposed: false,
            held_since: None,
        }
    }

    /// Why its evidence cannot be read, if there is some that cannot.
    fn unreadable(&self) -> Option<String> {
        let error = self.target.evidence.as_ref().err()?;
        Some(format!("the evidence cannot be read: {error}"))
    }
}

/// What evidence of it has to be of.
fn expected(target: &ScannedTarget) -> Expected {
    Expected {
        origin: Some(target.origin.clone()),
        revision: target.revision.clone(),
        revision_since: target.revision_since,
        profile: target.profile.clone(),
        exposures: Arc::default(),
    }
}
