//! Policies in their places: who wrote them, and over whom they stand.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::document::{PolicyDocument, check};
use crate::error::{PolicyError, Problem};
use crate::exemption::Exemptions;
use crate::level::Levels;
use crate::severity::Severity;
use crate::threshold::{Threshold, Thresholds};

/// The prefix of the annotations that a route may carry.
pub const ANNOTATION_PREFIX: &str = "dast.security.banzaicloud.io/";

/// Where a policy comes from, from the top down. What is above can only be tightened by what is below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// A cluster policy: the ceiling.
    Cluster,
    /// The policy of a namespace.
    Namespace,
    /// A file on the command line.
    File,
    /// A route's own annotations.
    Route,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cluster => "cluster policy",
            Self::Namespace => "namespace policy",
            Self::File => "policy",
            Self::Route => "annotations of",
        })
    }
}

/// One policy with a name and a place, ready to judge.
///
/// ```
/// use dast_policy::{Layer, PolicyDocument, Scope};
///
/// let layer = Layer::new(Scope::Cluster, "ceiling", PolicyDocument::standard())?;
/// assert_eq!(layer.to_string(), "cluster policy `ceiling`");
/// # Ok::<(), dast_policy::PolicyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Layer {
    scope: Scope,
    name: Arc<str>,
    document: PolicyDocument,
    pub(crate) levels: Levels,
    pub(crate) exemptions: Exemptions,
}

impl Layer {
    /// Gives `document` a place and a name.
    ///
    /// # Errors
    /// When the document has no limit at all or a rule twice, or its patterns are too large together.
    pub fn new(scope: Scope, name: impl Into<String>, document: PolicyDocument) -> Result<Self, PolicyError> {
        check(&document)?;
        Self::index(scope, name.into().into(), document)
    }

    /// The layer that a route's annotations make, or `None` if it has none of ours: `high`, `medium`, `low` and
    /// `informational` after [`ANNOTATION_PREFIX`], each the largest accepted number of instances.
    ///
    /// An absent severity says nothing, unless annotations are all there is ([`Policy`](crate::Policy)).
    ///
    /// ```
    /// use dast_policy::Layer;
    ///
    /// let annotations = [("dast.security.banzaicloud.io/medium", "2"), ("other/high", "x")];
    /// let layer = Layer::from_annotations("shop/web", annotations)?.expect("it is annotated");
    /// assert_eq!(layer.document().thresholds.instances.medium.and_then(|medium| medium.fail()), Some(2));
    ///
    /// let error = Layer::from_annotations("shop/web", [("dast.security.banzaicloud.io/high", "none")]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`dast.security.banzaicloud.io/high`: `none` is not accepted: expected a whole number from 0 to 4294967295",
    /// );
    /// # Ok::<(), dast_policy::PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// With every value that is not a whole number. The original read such a value as 0.
    pub fn from_annotations<'a>(
        route: impl fmt::Display,
        annotations: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Option<Self>, PolicyError> {
        let ours = |(key, value): (&'a str, &'a str)| Some((key.strip_prefix(ANNOTATION_PREFIX)?, value));
        let annotations: BTreeMap<_, _> = annotations.into_iter().filter_map(ours).collect();
        let mut thresholds = Thresholds::default();
        let mut problems = Vec::new();
        for severity in Severity::ALL {
            let Some(text) = annotations.get(severity.key()) else { continue };
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            match text.parse() {
                Ok(limit) if digits => {
                    *thresholds.instances.get_mut(severity) = Some(Threshold::fail_over(limit))
                }
                _ => problems.push(Problem::new(
                    format!("{ANNOTATION_PREFIX}{}", severity.key()),
                    Some(text),
                    format!("a whole number from 0 to {}", u32::MAX),
                )),
            }
        }
        if !problems.is_empty() {
            return Err(PolicyError::invalid(problems));
        }
        if thresholds.is_empty() {
            return Ok(None);
        }
        Self::index(Scope::Route, route.to_string().into(), PolicyDocument::new(thresholds)).map(Some)
    }

    fn index(scope: Scope, name: Arc<str>, document: PolicyDocument) -> Result<Self, PolicyError> {
        let levels = Levels::new(&document.rules);
        let exemptions = Exemptions::new(&document.exemptions).map_err(|error| {
            PolicyError::invalid(vec![Problem::new("exemptions", None, error.accepted())])
        })?;
        Ok(Self { scope, name, document, levels, exemptions })
    }

    /// Where it stands.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn shared_name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// What it says.
    pub fn document(&self) -> &PolicyDocument {
        &self.document
    }

    /// Makes every absent limit on instances 0.
    pub(crate) fn accept_nothing_more(&mut self) {
        for severity in Severity::ALL {
            self.document.thresholds.instances.get_mut(severity).get_or_insert(Threshold::fail_over(0));
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.scope, self.name)
    }
}
