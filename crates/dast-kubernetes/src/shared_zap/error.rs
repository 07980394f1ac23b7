//! What keeps a shared ZAP from being there.

use dast_policy::ValueError;

/// Why no objects can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SharedZapError {
    /// The key cannot be sent.
    #[error("the key of the API cannot be used")]
    Key(#[source] ValueError),
    /// A ZAP that could not start.
    #[error("the configuration's memory for ZAP is not enough")]
    Memory(#[source] ValueError),
    /// What has no uid owns nothing.
    #[error("the Dast was not read from an API server")]
    NotStored,
}

impl SharedZapError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Memory(_) => "memory",
            Self::NotStored => "not_stored",
        }
    }
}
