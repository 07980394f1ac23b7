//! Targets, as far as decisions ask for them.

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
/// targets is as slow as what it has to look at, of which nothing is in any cache.
#[derive(Debug, Clone)]
pub(super) struct Scanned {
    pub(super) target: Arc<ScannedTarget>,
    pub(super) port: u16,
    /// Whether what runs behind it was found out where its Service leads now.
    pub(super) is_current: bool,
    /// Whether its evidence is of what is expected now, so that no policy has to ask.
    is_as_expected: bool,
}

impl Scanned {
    pub(super) fn of(target: Arc<ScannedTarget>) -> Self {
        let evidence = target.evidence.as_ref().ok().and_then(Option::as_deref);
        let is_as_expected = evidence.is_some_and(|evidence| evidence.is_of(&expected(&target)));
        Self { port: target.id.port, is_current: false, is_as_expected, target }
    }

    /// Holds it against its Service as that is now.
    pub(super) fn settle(&mut self, service: Option<&Known>) {
        let hash = service.and_then(|service| service.hash_of(self.port));
        self.is_current = hash.is_some() && hash == self.target.service_hash.as_deref();
    }

    /// What is known of it, when it is exposed at `exposures`.
    pub(super) fn knowledge(&self, exposures: Arc<[Exposure]>, rules: &Rules) -> Knowledge {
        let target = &*self.target;
        let (evidence, absent) = match &target.evidence {
            Ok(evidence) => (evidence.clone(), None),
            Err(error) => (None, Some(format!("the evidence cannot be read: {error}"))),
        };
        let expected = if self.is_as_expected { Expected::default() } else { expected(target) };
        Knowledge {
            expected: Expected { exposures, ..expected },
            evidence,
            absent,
            under_way: target.under_way,
            distrusted: rules.distrust(&target.scanner),
            is_exposed: false,
            held_since: None,
        }
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
