//! What keeps an order from being carried out.

use dast_policy::ValueError;

/// Why no objects can be made. Another attempt would fail in the same way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// The order is for another engine than the pod has.
    #[error("the order and its engine do not go together")]
    Engine,
    /// The order logs in without credentials, or there are credentials for nothing.
    #[error("the order and its credentials do not go together")]
    Login,
    /// There is no way to the target.
    #[error("the target has neither pods nor addresses")]
    Nowhere,
    /// A name that cannot be made to lead to the target.
    #[error("the pod cannot be told where a host of the target is")]
    Host(#[source] ValueError),
    /// It does not say how long it may take.
    #[error("the order has no timeout that can be read")]
    Timeout(#[source] ValueError),
    /// A ZAP that could not start.
    #[error("the configuration's memory for ZAP is not enough")]
    Memory(#[source] ValueError),
    /// It cannot be written as JSON.
    #[error("the order cannot be written")]
    Unwritable(#[source] serde_json::Error),
    /// It is larger than what Linux hands to a program in one variable.
    #[error("the order has `{bytes}` bytes, more than the {most} that fit into a pod")]
    TooLarge {
        /// How large it is, in bytes.
        bytes: usize,
        /// How large it may be, in bytes.
        most: usize,
    },
}

impl DispatchError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Login => "login",
            Self::Nowhere => "nowhere",
            Self::Host(_) => "host",
            Self::Timeout(_) => "timeout",
            Self::Memory(_) => "memory",
            Self::Unwritable(_) => "unwritable",
            Self::TooLarge { .. } => "too_large",
        }
    }
}
