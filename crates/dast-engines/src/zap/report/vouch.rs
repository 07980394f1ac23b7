//! What a report does not say.

use dast_policy::Authentication;
use jiff::Timestamp;

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
