//! A policy as people write it, in YAML or JSON, in files and in custom resources.

mod read;
mod write;

use jiff::SignedDuration;
pub(crate) use read::check;

use crate::confidence::Confidence;
use crate::error::PolicyError;
use crate::exemption::Exemption;
use crate::level::RuleLevel;
use crate::reading::Node;
use crate::threshold::{Limits, Threshold, Thresholds};
use crate::verdict::Enforcement;

/// The largest document that is read, in bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// A policy as it is written: limits, levels, exemptions, and what evidence must be like.
///
/// Reading one notes everything that is wrong with it at once, with field, value and what is accepted. A
/// [`Layer`](crate::Layer) gives it a place among others.
///
/// ```
/// use dast_policy::PolicyDocument;
///
/// let policy = PolicyDocument::from_json(r#"{"thresholds": {"alerts": {"high": {"fail": 0}}}}"#)?;
/// assert_eq!(policy.thresholds.alerts.high.and_then(|high| high.fail()), Some(0));
///
/// let error = PolicyDocument::from_json(r#"{"thresholds": {"alerts": {"high": {"fail": -1}}}}"#).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`thresholds.alerts.high.fail`: `-1` is not accepted: expected a whole number from 0 to 4294967295",
/// );
/// # Ok::<(), dast_policy::PolicyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// How many findings are accepted.
    pub thresholds: Thresholds,
    /// Findings that the scanner is less sure of do not count; `Low` if absent.
    pub minimum_confidence: Option<Confidence>,
    /// Rules that are judged by a level of their own.
    pub rules: Vec<RuleLevel>,
    /// Findings that are accepted for a while.
    pub exemptions: Vec<Exemption>,
    /// How old evidence may be; [`DEFAULT_MAX_AGE`](Self::DEFAULT_MAX_AGE) if absent.
    pub max_age: Option<SignedDuration>,
    /// For how long after a rollout something that is exposed already is judged by the evidence of what ran before, while
    /// the scan of what runs now is pending; not at all if absent.
    pub grace: Option<SignedDuration>,
    /// Engines whose evidence counts; all if empty.
    pub engines: Vec<String>,
    /// Profiles whose evidence counts; all if empty.
    pub profiles: Vec<String>,
    /// How much a scan must have seen.
    pub coverage: CoverageMinimum,
    /// Whether a scan must have been logged in. One that was logged out never counts.
    pub authentication_required: bool,
    /// What a bad verdict does.
    pub enforcement: Enforcement,
}

/// How much a scan must have seen for the absence of findings to mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CoverageMinimum {
    /// At least so many pages.
    pub pages: Option<u64>,
    /// At least so much of what was found, in percent.
    pub percent: Option<u8>,
}

impl PolicyDocument {
    /// How old evidence may be where a policy does not say: seven days. A new revision is noticed at once; what only
    /// time brings (a new rule, a changed `ConfigMap`) is noticed after this long.
    pub const DEFAULT_MAX_AGE: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// A policy with `thresholds` and nothing else.
    pub fn new(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            minimum_confidence: None,
            rules: Vec::new(),
            exemptions: Vec::new(),
            max_age: None,
            grace: None,
            engines: Vec::new(),
            profiles: Vec::new(),
            coverage: CoverageMinimum::default(),
            authentication_required: false,
            enforcement: Enforcement::default(),
        }
    }

    /// The policy where nobody wrote one: no alert of high or medium severity.
    ///
    /// ```
    /// let policy = dast_policy::PolicyDocument::standard();
    /// assert_eq!(policy.to_json(), r#"{
    ///   "thresholds": {
    ///     "alerts": {
    ///       "high": {
    ///         "fail": 0
    ///       },
    ///       "medium": {
    ///         "fail": 0
    ///       }
    ///     }
    ///   }
    /// }
    /// "#);
    /// ```
    pub fn standard() -> Self {
        let none = Some(Threshold::fail_over(0));
        let alerts = Limits { high: none, medium: none, ..Limits::default() };
        Self::new(Thresholds { alerts, ..Thresholds::default() })
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// When it is not JSON, is larger than 1 MiB, or says something that is not accepted.
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        let text = sized(text, "JSON")?;
        let tree = serde_json::from_str(text).map_err(|error| PolicyError::syntax("JSON", error))?;
        read::document(&tree)
    }

    /// Reads YAML, of which JSON is a part.
    ///
    /// # Errors
    /// When it is not YAML, is larger than 1 MiB, or says something that is not accepted.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self, PolicyError> {
        let text = sized(text, "YAML")?;
        let tree = serde_saphyr::from_str(text).map_err(|error| PolicyError::syntax("YAML", error))?;
        read::document(&tree)
    }

    /// Reads a part of another document, such as the `policy` of an installation's configuration.
    ///
    /// # Errors
    /// When it says something that is not accepted. The paths of problems begin with the part.
    pub fn from_node(part: &Node) -> Result<Self, PolicyError> {
        read::document(part)
    }

    /// The document as indented JSON, ending in a line feed.
    pub fn to_json(&self) -> String {
        // Text keys and finite numbers only: there is nothing in it that JSON cannot say.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The document as YAML.
    #[cfg(feature = "yaml")]
    pub fn to_yaml(&self) -> String {
        // Maps, lists, text and whole numbers only: there is nothing in it that YAML cannot say.
        serde_saphyr::to_string(self).unwrap_or_default()
    }

    /// The JSON Schema of documents, for editors and custom resources.
    #[cfg(feature = "schema")]
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}

impl Exemption {
    /// Reads JSON: one exemption as it stands in a document.
    ///
    /// ```
    /// let text = r#"{"rule": 10038, "path": "/old/**", "reason": "moves", "owner": "web", "expires": "soon"}"#;
    /// let error = dast_policy::Exemption::from_json(text).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`expires`: `soon` is not accepted: expected a time with a zone, such as `2027-01-31T00:00:00Z`",
    /// );
    /// ```
    ///
    /// # Errors
    /// When it is not JSON, is larger than 1 MiB, or says something that is not accepted.
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        let text = sized(text, "JSON")?;
        let tree = serde_json::from_str(text).map_err(|error| PolicyError::syntax("JSON", error))?;
        read::lone_exemption(&tree)
    }
}

/// The text without byte-order mark, if it is not too large.
fn sized<'t>(text: &'t str, format: &'static str) -> Result<&'t str, PolicyError> {
    if text.len() > MOST_BYTES {
        return Err(PolicyError::syntax(
            format,
            format!("{} bytes, more than the {MOST_BYTES} accepted", text.len()),
        ));
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
