//! What the operator serves by: an authority of its own and a leaf of it in a Secret, or what somebody else, such as
//! cert-manager, keeps in a folder.
//!
//! Times are chosen so that nobody has to think of them. A leaf lives for 90 days, as those of public authorities do, and is
//! renewed after 60. The authority lives for a year: it is renewed by itself, so that a longer life would save nothing, and
//! what happens every year is known to work, while what happens every ten is not. Its successor is made 90 days before its
//! end and is trusted at once, but signs only after a week: longer than any run that was told of the old one alone.
//!
//! Another program, such as the webhook, gets a leaf of the same authority in a Secret of its own, in which there is nothing
//! to sign with.
//!
//! [`next`] and [`next_issued`] decide; [`Source`] reads and writes.

mod authority;
mod error;
mod held;
mod leaf;
mod pem;
mod plan;
mod secret;
mod source;

use std::fmt;

use jiff::Timestamp;

pub use self::error::CertificatesError;
pub use self::held::{Held, Issued};
pub use self::plan::{Step, next, next_issued};
pub use self::source::Source;

/// What to serve by, and what those trust who ask. All of it is PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificates {
    authorities: String,
    chain: String,
    key: String,
    until: Timestamp,
}

impl Certificates {
    /// The certificates of the authorities by which others know the leaf, the newest first.
    pub fn authorities(&self) -> &str {
        &self.authorities
    }

    /// The leaf, and what leads from it to an authority.
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// The key of the leaf. It is secret.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// When it is time to look again.
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

/// Without the key.
impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates")
            .field("authorities", &self.authorities)
            .field("chain", &self.chain)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// The names by which a Service is reached from pods
/// (<https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/>).
///
/// ```
/// use dast_kubernetes::certificates::service_names;
///
/// assert_eq!(
///     service_names("dast-system", "dast-operator", "cluster.local"),
///     ["dast-operator.dast-system.svc", "dast-operator.dast-system.svc.cluster.local"],
/// );
/// ```
pub fn service_names(namespace: &str, service: &str, cluster_domain: &str) -> Vec<String> {
    let short = format!("{service}.{namespace}.svc");
    let long = format!("{short}.{cluster_domain}");
    vec![short, long]
}
