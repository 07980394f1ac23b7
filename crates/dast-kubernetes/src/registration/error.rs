//! What can go wrong with a registration.

use std::io;

/// Why the webhook is not registered as it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// What the chart makes is not there.
    #[error("there is no {kind} `{name}`: the chart makes it")]
    Missing {
        /// What is missing.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The API server refused, or did not answer.
    #[error("{kind} `{name}` can be neither read nor written")]
    Api {
        /// What was asked for.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Why.
        source: Box<kube::Error>,
    },
    /// The API server could believe nobody.
    #[error("the authorities are not accepted: expected certificates in PEM, at least one")]
    Authorities,
    /// Nobody answers, or somebody for whom the authorities do not vouch.
    #[error("`{url}` does not answer by TLS that the authorities vouch for")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// The webhook answers, and cannot judge yet.
    #[error("`{url}` answers {status}: expected 200")]
    NotReady {
        /// What was asked.
        url: String,
        /// What it answers.
        status: u16,
    },
}

impl RegistrationError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Api { .. } => "api",
            Self::Authorities => "authorities",
            Self::Unreachable { .. } => "unreachable",
            Self::NotReady { .. } => "not_ready",
        }
    }
}
