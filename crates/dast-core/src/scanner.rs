//! The seam to whatever scans: two traits, and what passes through them.

use async_trait::async_trait;
use dast_policy::{
    Authentication, Cause, Completion, Coverage, Engine, Exposure, Finding, Origin, Profile, Revision,
    RuleInfo,
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
    /// What scans, as far as it is known before a scan: evidence of one that never started names it too.
    fn engine(&self) -> Engine;

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
    /// What it is doing now, such as `attacking`; empty where that is always the same.
    pub stage: &'static str,
    /// How much of that is done, from 0 to 100, where the engine knows.
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

impl Collected {
    /// Holds what an engine left against itself and `origin`. Findings of other origins are dropped.
    ///
    /// An engine keeps to its target: one that did not has perhaps looked elsewhere instead, so what it leaves is not
    /// complete. Neither is a scan whose login did not hold.
    pub fn verify(&mut self, origin: &Origin) {
        if self.authentication == Authentication::Lost && self.completion == Completion::Complete {
            self.completion =
                Completion::Incomplete { cause: Cause::AuthenticationFailed, detail: String::new() };
        }
        let all = self.findings.len();
        self.findings.retain(|finding| finding.origin() == origin);
        let dropped = all - self.findings.len();
        if dropped == 0 {
            return;
        }
        let note = format!("findings outside of `{origin}`, dropped: {dropped}");
        match &mut self.completion {
            Completion::Incomplete { detail, .. } if detail.is_empty() => *detail = note,
            Completion::Incomplete { detail, .. } => *detail = format!("{note}; {detail}"),
            Completion::Complete => {
                self.completion = Completion::Incomplete { cause: Cause::EngineError, detail: note };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use dast_policy::{AlertRef, Confidence, Severity};

    use super::*;

    fn collected(urls: &[&str], completion: Completion) -> Collected {
        let finding = |url: &&str| {
            let rule = AlertRef::of("10021").unwrap();
            Finding::new(rule, Severity::Low, Confidence::Medium, "GET", url).unwrap()
        };
        Collected {
            engine: Engine {
                name: "test".to_owned(),
                version: String::new(),
                rule_set: String::new(),
                passive: true,
            },
            completion,
            coverage: Coverage::default(),
            authentication: Authentication::NotUsed,
            covered: Vec::new(),
            findings: urls.iter().map(finding).collect(),
            rules: Vec::new(),
        }
    }

    #[test]
    fn findings_of_other_origins_are_dropped_and_told() {
        let origin: Origin = "http://svc".parse().unwrap();
        let urls = ["http://svc/a", "http://svc-b/", "http://svc:8080/", "https://svc/", "http://svc:80/b"];
        let mut left = collected(&urls, Completion::Complete);
        left.verify(&origin);
        let kept: Vec<_> = left.findings.iter().map(Finding::url).collect();
        assert_eq!(kept, ["http://svc/a", "http://svc:80/b"]);
        let Completion::Incomplete { cause: Cause::EngineError, detail } = &left.completion else {
            panic!("{:?}", left.completion)
        };
        assert_eq!(detail, "findings outside of `http://svc`, dropped: 3");

        let mut left = collected(&urls[..1], Completion::Complete);
        left.verify(&origin);
        assert_eq!((left.findings.len(), left.completion), (1, Completion::Complete));
    }

    #[test]
    fn an_engines_own_cause_stays_when_findings_are_dropped() {
        let said =
            Completion::Incomplete { cause: Cause::AuthenticationFailed, detail: "logged out".to_owned() };
        let mut left = collected(&["http://other/"], said);
        left.verify(&"http://svc".parse().unwrap());
        let Completion::Incomplete { cause, detail } = left.completion else { panic!("complete") };
        assert_eq!(cause, Cause::AuthenticationFailed);
        assert_eq!(detail, "findings outside of `http://svc`, dropped: 1; logged out");

        let silent = Completion::Incomplete { cause: Cause::Interrupted, detail: String::new() };
        let mut left = collected(&["http://other/"], silent);
        left.verify(&"http://svc".parse().unwrap());
        let Completion::Incomplete { detail, .. } = left.completion else { panic!("complete") };
        assert_eq!(detail, "findings outside of `http://svc`, dropped: 1");
    }

    #[test]
    fn a_lost_login_is_not_complete() {
        let mut left = collected(&[], Completion::Complete);
        left.authentication = Authentication::Lost;
        left.verify(&"http://svc".parse().unwrap());
        assert!(matches!(left.completion, Completion::Incomplete { cause: Cause::AuthenticationFailed, .. }));
    }
}
