//! What a scan by ZAP does, and within which bounds.

use std::time::Duration;

use dast_policy::{Profile, ValueError};
use sha2::{Digest, Sha256};

/// How thoroughly ZAP scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ZapProfile {
    /// Crawls with the spider and lets the passive rules look at the answers. Sends no attack.
    Baseline,
    /// Crawls, and then attacks what was found with the active rules.
    Full,
}

impl ZapProfile {
    /// All of them, from the lightest.
    pub const ALL: [Self; 2] = [Self::Baseline, Self::Full];

    /// Its name in policies and evidence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Full => "full",
        }
    }

    /// Whether it only looks at answers.
    pub fn is_passive(self) -> bool {
        self == Self::Baseline
    }
}

/// How far a scan by ZAP goes, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZapLimits {
    /// Time for the whole scan. One that takes longer is incomplete.
    pub time: Duration,
    /// Children of a node in the tree of sites that the spider follows, at most.
    pub max_children: Option<u32>,
    /// Time without any progress after which a stage is given up.
    pub stall: Duration,
    /// Time between two questions to ZAP how far it is.
    pub poll: Duration,
    /// Time that ZAP may be out of reach in the middle of a scan.
    pub outage: Duration,
}

impl Default for ZapLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(60 * 60),
            max_children: None,
            stall: Duration::from_secs(10 * 60),
            poll: Duration::from_secs(1),
            outage: Duration::from_secs(15),
        }
    }
}

impl ZapLimits {
    /// What is wrong with them, if anything is.
    pub(super) fn check(&self) -> Result<(), ValueError> {
        let times =
            [("time", self.time), ("stall", self.stall), ("poll", self.poll), ("outage", self.outage)];
        match times.into_iter().find(|(_, time)| time.is_zero()) {
            Some((name, _)) => Err(ValueError::new(format!("{name}: 0"), "a length of time above 0")),
            None => Ok(()),
        }
    }
}

/// The name of the profile, and a hash over all that changes what can be found.
pub(super) fn hashed(profile: ZapProfile, limits: &ZapLimits) -> Profile {
    let ZapLimits { time, max_children, stall: _, poll: _, outage: _ } = limits;
    let hash = Sha256::digest(format!("{} {time:?} {max_children:?}", profile.as_str()));
    let hash = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Profile { name: profile.as_str().to_owned(), hash }
}
