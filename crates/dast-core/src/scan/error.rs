//! Why a scan could not be started or collected.

use std::error::Error;
use std::fmt;

use dast_policy::Cause;

/// Why a scan could not be started or collected.
///
/// ```
/// use dast_core::ScanError;
///
/// let error = ScanError::unreachable("no answer from `http://shop.test`")
///     .with_source(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
/// assert!(error.is_retryable());
/// assert_eq!(error.category(), "unreachable");
/// assert_eq!(error.to_string(), "no answer from `http://shop.test`");
/// assert!(std::error::Error::source(&error).is_some());
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The target did not answer.
    #[error(transparent)]
    Unreachable(ErrorContext),
    /// The scanner itself failed.
    #[error(transparent)]
    Engine(ErrorContext),
    /// The target must not be scanned.
    #[error(transparent)]
    Refused(ErrorContext),
    /// Somebody stopped it.
    #[error("the scan was cancelled")]
    Cancelled,
}

impl ScanError {
    /// The target did not answer. Retryable.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::Unreachable(ErrorContext::new(message, true))
    }

    /// The scanner itself failed. Retryable, unless it is made [`permanent`](Self::permanent).
    pub fn engine(message: impl Into<String>) -> Self {
        Self::Engine(ErrorContext::new(message, true))
    }

    /// The target must not be scanned. Never retryable.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused(ErrorContext::new(message, false))
    }

    /// Adds what caused it. An error without context, [`Cancelled`](Self::Cancelled), stays as it is.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        if let Some(context) = self.context_mut() {
            context.source = Some(source.into());
        }
        self
    }

    /// Says that another attempt would fail in the same way.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        if let Some(context) = self.context_mut() {
            context.retryable = false;
        }
        self
    }

    /// Whether another attempt may succeed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(context) | Self::Engine(context) | Self::Refused(context) => context.retryable,
            Self::Cancelled => false,
        }
    }

    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Engine(_) => "engine",
            Self::Refused(_) => "refused",
            Self::Cancelled => "cancelled",
        }
    }

    /// What evidence names as the cause when a scan ends with this error.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Unreachable(_) => Cause::Unreachable,
            Self::Engine(_) | Self::Refused(_) => Cause::EngineError,
            Self::Cancelled => Cause::Interrupted,
        }
    }

    fn context_mut(&mut self) -> Option<&mut ErrorContext> {
        match self {
            Self::Unreachable(context) | Self::Engine(context) | Self::Refused(context) => Some(context),
            Self::Cancelled => None,
        }
    }
}

/// What is known of an error: a message, whether another attempt may succeed, and what caused it.
#[derive(Debug)]
pub struct ErrorContext {
    message: String,
    retryable: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ErrorContext {
    fn new(message: impl Into<String>, retryable: bool) -> Self {
        Self { message: message.into(), retryable, source: None }
    }
}

impl fmt::Display for ErrorContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ErrorContext {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
