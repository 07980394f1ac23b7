//! The full list of findings, for people and other tools. It is kept apart from evidence and never judged.

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::rule::AlertRef;
use crate::scan::Cause;

/// Everything a scan has to tell: the evidence that is judged, all findings, and what their rules mean.
///
/// As JSON it travels from who scanned to who judges. What is read must be whole: evidence that contradicts itself is
/// refused as by [`Evidence::from_json`], and so are fields that are missing or unknown.
///
/// ```
/// use dast_policy::*;
///
/// # let now = "2026-06-01T11:00:00Z".parse()?;
/// # let evidence = Collector::new().finish(Scan {
/// #     subject: Subject { target: "shop".to_owned(), origin: "http://shop.test".parse()?, covered: Vec::new() },
/// #     revision: None,
/// #     profile: Profile { name: "passive".to_owned(), hash: "1".to_owned() },
/// #     engine: Engine {
/// #         name: "builtin".to_owned(), version: "1".to_owned(), rule_set: "1".to_owned(), passive: true,
/// #     },
/// #     started: now,
/// #     ended: now,
/// #     completion: Completion::Complete,
/// #     coverage: Coverage { pages: 1, failed: 0, skipped: 0 },
/// #     authentication: Authentication::NotUsed,
/// # });
/// let report = Report { evidence, findings: Vec::new(), rules: Vec::new() };
/// let text = serde_json::to_string(&report)?;
/// assert_eq!(serde_json::from_str::<Report>(&text)?, report);
///
/// let doubted = text.replace("\"pages\":1", "\"pages\":0");
/// let error = serde_json::from_str::<Report>(&doubted).unwrap_err();
/// assert!(error.to_string().contains("complete, but no page was seen"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Report {
    /// What is judged.
    pub evidence: Evidence,
    /// All findings, in the order in which the engine gave them.
    pub findings: Vec<Finding>,
    /// The rules that the findings belong to.
    pub rules: Vec<RuleInfo>,
}

impl Report {
    /// The same with evidence that is not to be relied on, as by [`Evidence::incomplete`].
    #[must_use]
    pub fn incomplete(self, cause: Cause, detail: impl Into<String>) -> Self {
        Self { evidence: self.evidence.incomplete(cause, detail), ..self }
    }
}

/// What a rule looks for and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleInfo {
    /// The rule, or the variant of a rule.
    pub alert_ref: AlertRef,
    /// The alert's name.
    pub name: String,
    /// What it means, in a sentence or two.
    pub description: String,
    /// What to do about it.
    pub solution: String,
    /// Where to read more.
    pub references: Vec<String>,
}
