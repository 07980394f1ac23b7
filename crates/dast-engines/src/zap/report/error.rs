//! Why a report cannot be read.

use std::error::Error;

use dast_policy::{EvidenceError, ValueError};

/// Why a report cannot be read, or not be made into evidence. What does not read is no evidence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// More than is read.
    #[error("a report of {found} {unit} is too large: at most {most} are read")]
    TooLarge {
        /// What is counted: `bytes` or `instances`.
        unit: &'static str,
        /// How many there are, at least.
        found: usize,
        /// How many are read.
        most: usize,
    },
    /// Something else than a report of ZAP in its traditional JSON or XML.
    #[error("not a ZAP report: {0}")]
    NotAReport(&'static str),
    /// Broken, cut off, too deep, or a field is missing, twice there, or of the wrong shape.
    #[error("not a readable {format} report")]
    Syntax {
        /// `JSON` or `XML`.
        format: &'static str,
        /// What the parser said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A value that is not accepted.
    #[error(transparent)]
    Field(FieldError),
    /// What was read does not make evidence.
    #[error("the report does not make evidence")]
    Evidence(#[from] EvidenceError),
}

impl ReportError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::NotAReport(_) => "not-a-report",
            Self::Syntax { .. } => "syntax",
            Self::Field(_) => "field",
            Self::Evidence(_) => "evidence",
        }
    }

    pub(super) fn syntax(format: &'static str, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Syntax { format, source: Box::new(source) }
    }
}

impl From<FieldError> for ReportError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

/// A value in a report that is not accepted: where it stands, what it is, and what is accepted there.
///
/// Places are named as in JSON, for XML as well; lists count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {value}")]
pub struct FieldError {
    path: String,
    value: ValueError,
}

impl FieldError {
    pub(super) fn new(path: impl Into<String>, value: ValueError) -> Self {
        Self { path: path.into(), value }
    }

    /// The field, such as `site[0].alerts[2].riskcode`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands there, shortened when it is long.
    pub fn value(&self) -> &str {
        self.value.value()
    }

    /// What is accepted there.
    pub fn accepted(&self) -> &str {
        self.value.accepted()
    }
}
