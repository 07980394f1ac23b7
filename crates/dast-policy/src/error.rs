//! What can go wrong when something is read. Deciding itself cannot fail.

use std::fmt;

/// A value that is not accepted, and what would be.
///
/// ```
/// let error = "critical".parse::<dast_policy::Severity>().unwrap_err();
/// assert_eq!(error.to_string(), "`critical` is not accepted: expected High, Medium, Low or Informational");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not accepted: expected {accepted}")]
pub struct ValueError {
    value: String,
    accepted: String,
}

impl ValueError {
    /// Says that `value` is refused and what is `accepted` in its place.
    pub fn new(value: impl AsRef<str>, accepted: impl Into<String>) -> Self {
        Self { value: excerpt(value.as_ref()), accepted: accepted.into() }
    }

    /// The refused value, shortened when it is long.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What is accepted in its place.
    pub fn accepted(&self) -> &str {
        &self.accepted
    }

    /// The class of this error, for metrics: always `value`.
    pub fn category(&self) -> &'static str {
        "value"
    }
}

/// One thing that is wrong with a document: where, what stands there, and what is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    path: String,
    value: Option<String>,
    accepted: String,
}

impl Problem {
    /// Says that `value` is refused at `path`, or that nothing stands there, and what is `accepted`.
    pub fn new(path: impl Into<String>, value: Option<&str>, accepted: impl Into<String>) -> Self {
        Self { path: path.into(), value: value.map(excerpt), accepted: accepted.into() }
    }

    /// The same problem in a document of which this one is a part, at `place`.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{place}{dot}{}", self.path);
        self
    }

    /// The field, such as `rules[2].level`; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands there, shortened when it is long; `None` when nothing does.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// What is accepted there.
    pub fn accepted(&self) -> &str {
        &self.accepted
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str("the document: ")?;
        } else {
            write!(f, "`{}`: ", self.path)?;
        }
        match &self.value {
            Some(value) => write!(f, "`{value}` is not accepted: expected {}", self.accepted),
            None => write!(f, "expected {}", self.accepted),
        }
    }
}

/// Why a policy could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is not YAML or JSON at all.
    #[error(transparent)]
    Syntax(SyntaxError),
    /// The document is well-formed, but says things that are not accepted.
    #[error(transparent)]
    Invalid(InvalidError),
}

impl PolicyError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::Invalid(_) => "invalid",
        }
    }

    /// Everything that is wrong, each with its field; empty for a syntax error.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Syntax(_) => &[],
            Self::Invalid(error) => error.problems(),
        }
    }

    pub(crate) fn syntax(format: &'static str, detail: impl fmt::Display) -> Self {
        Self::Syntax(SyntaxError::new(format, detail))
    }

    pub(crate) fn invalid(problems: Vec<Problem>) -> Self {
        Self::Invalid(InvalidError::new(problems))
    }
}

/// Text that is not what it should be: neither YAML nor JSON, too large, or too deep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a readable {format} document: {detail}")]
pub struct SyntaxError {
    format: &'static str,
    detail: String,
}

impl SyntaxError {
    /// Says what keeps a text from being read as `format`, such as `YAML`. A long detail is cut.
    pub fn new(format: &'static str, detail: impl fmt::Display) -> Self {
        Self { format, detail: bounded(&detail.to_string()) }
    }
}

/// A document with one or more values that are not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidError {
    problems: Vec<Problem>,
}

impl InvalidError {
    /// Says everything that is wrong.
    pub fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Everything that is wrong, in the order of the document.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl std::error::Error for InvalidError {}

impl fmt::Display for InvalidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// Why evidence could not be read. Evidence that does not read is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// Not JSON, cut off, or a field is missing, unknown or of the wrong type.
    #[error(transparent)]
    Syntax(SyntaxError),
    /// Evidence in a version that this library does not know.
    #[error("evidence of schema version `{found}`, but this program reads version {expected}")]
    Version {
        /// The version the evidence says it has.
        found: String,
        /// The version that is read.
        expected: u32,
    },
    /// Evidence that contradicts itself or breaks its own bounds.
    #[error(transparent)]
    Contradiction(ContradictionError),
}

impl EvidenceError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::Version { .. } => "version",
            Self::Contradiction(_) => "contradiction",
        }
    }

    pub(crate) fn syntax(detail: impl fmt::Display) -> Self {
        Self::Syntax(SyntaxError::new("evidence", detail))
    }

    pub(crate) fn contradiction(field: impl Into<String>, detail: impl fmt::Display) -> Self {
        Self::Contradiction(ContradictionError { field: field.into(), detail: detail.to_string() })
    }
}

/// A statement of evidence that cannot be true together with the rest of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("evidence contradicts itself at `{field}`: {detail}")]
pub struct ContradictionError {
    field: String,
    detail: String,
}

impl ContradictionError {
    /// The field that cannot be true.
    pub fn field(&self) -> &str {
        &self.field
    }
}

/// At most 1000 characters of a message that another library made.
fn bounded(text: &str) -> String {
    let mut out: String = text.chars().take(1000).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

/// At most 80 characters of `text` on one line, so that a message stays readable whatever was sent.
pub(crate) fn excerpt(text: &str) -> String {
    const MOST: usize = 80;
    let mut out: String =
        text.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        out.push('…');
    }
    out
}
