//! The seam to whatever scans: two traits, and what passes through them.

use async_trait::async_trait;
use dast_policy::{
    Authentication, Completion, Coverage, Engine, Exposure, Finding, Profile, Revision, RuleInfo,
};

use crate::scan::ScanError;
use crate::target::Target;

/// What is to be scanned, once.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// Where.
    pub target: Target,
    /// What runs there now.
    pub revision: Option<Revision>,
    /// The hosts and path prefixes that should be visited besides what links lead to.
    pub exposures: Vec<Exposure>,
}

impl ScanRequest {
    /// A request to scan `target`, of no known revision, wherever its links lead.
    pub fn new(target: Target) -> Self {
        Self { target, revision: None, exposures: Vec::new() }
    }
}

/// An engine that can scan, with its settings.
#[async_trait]
pub trait Scanner: Send + Sync {
    /// The settings it scans with.
    fn profile(&self) -> Profile;

    /// Begins a scan and returns at once. Dropping the returned future, or the scan, stops it.
    async fn start(&self, request: ScanRequest) -> Result<Box<dyn RunningScan>, ScanError>;
}

/// A scan under way.
#[async_trait]
pub trait RunningScan: Send {
    /// Waits for news; `None` once the scan has ended and may be collected. Cancel-safe.
    async fn next_event(&mut self) -> Option<Progress>;

    /// Asks the scan to end soon. It still has to be collected.
    async fn cancel(&mut self);

    /// What the scan found so far. Called once, after it has ended or was cancelled.
    async fn collect(&mut self) -> Result<Collected, ScanError>;
}

/// How far a scan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Answers looked at so far.
    pub pages: u64,
    /// Places known, but not visited yet.
    pub queued: u64,
    /// Requests without a usable answer.
    pub failed: u64,
    /// Findings so far.
    pub findings: u64,
    /// How much is done, from 0 to 100, where the engine knows.
    pub percent: Option<u8>,
}

/// What a scan left, as its engine tells it.
#[derive(Debug, Clone)]
pub struct Collected {
    /// What scanned.
    pub engine: Engine,
    /// Whether the engine came to its own end.
    pub completion: Completion,
    /// How much it saw.
    pub coverage: Coverage,
    /// Whether it was logged in.
    pub authentication: Authentication,
    /// The requested places that it did visit.
    pub covered: Vec<Exposure>,
    /// All findings.
    pub findings: Vec<Finding>,
    /// The rules that they belong to.
    pub rules: Vec<RuleInfo>,
}
