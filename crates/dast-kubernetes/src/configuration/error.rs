//! What can be wrong with a file.

use dast_policy::{InvalidError, Problem, SyntaxError};

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// It is not YAML at all, or too large.
    #[error(transparent)]
    Syntax(SyntaxError),
    /// It says things that are not accepted.
    #[error(transparent)]
    Invalid(InvalidError),
}

impl ConfigurationError {
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
}
