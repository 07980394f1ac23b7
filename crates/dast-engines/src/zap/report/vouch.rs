//! What a report does not say.

use dast_policy::{Authentication, Cause, Completion};
use jiff::Timestamp;

use super::site::Site;

/// What whoever imports a report knows of its scan besides. By default that is nothing, and the evidence is
/// incomplete: a report says neither whether the scan came to its end nor how many pages it saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vouch {
    /// The scan came to its end, and did all it was meant to do.
    pub complete: bool,
    /// Alerts that ZAP calls systemic may count as often as they are listed. ZAP lists a few instances of such an
    /// alert and does not say how many it left out.
    pub systemic_as_listed: bool,
    /// How many pages the scan saw. Without it, as many as there are different URLs in the report.
    pub pages: Option<u64>,
    /// Whether the scan was logged in.
    pub authentication: Authentication,
    /// When the scan ended. Without it, when the report was written.
    pub ended: Option<Timestamp>,
}

impl Vouch {
    /// How complete a scan is of which this is known and `site` was reported.
    pub(super) fn completion(&self, site: &Site) -> Completion {
        let mut causes = Vec::new();
        let mut note = |cause, detail: String| causes.push((cause, detail));
        let head = site.head();
        if head.stopped {
            note(Cause::Interrupted, "the report says that ZAP stopped the scan".to_owned());
        }
        if head.plan_errors > 0 {
            note(Cause::EngineError, format!("errors of the automation plan: {}", head.plan_errors));
        }
        if site.astray() > 0 {
            note(Cause::EngineError, format!("instances that are not at this site: {}", site.astray()));
        }
        if !self.complete {
            let cause = if site.pages() == 0 { Cause::NothingCrawled } else { Cause::Interrupted };
            note(cause, "a report does not say that its scan came to its end; vouch for it".to_owned());
        }
        if site.systemic() > 0 && !self.systemic_as_listed {
            let number = site.systemic();
            note(
                Cause::EngineError,
                format!("systemic alerts, listed in part only: {number}; vouch for them"),
            );
        }
        let Some((cause, _)) = causes.first() else { return Completion::Complete };
        let details: Vec<&str> = causes.iter().map(|(_, detail)| detail.as_str()).collect();
        Completion::Incomplete { cause: *cause, detail: details.join("; ") }
    }
}
