//! What can go wrong with certificates.

use std::io;
use std::path::PathBuf;

/// Why there are no certificates to serve by.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificatesError {
    /// They cannot be made, for such names perhaps.
    #[error("the certificates cannot be made")]
    Make(#[source] rcgen::Error),
    /// There is no authority of the operator's own yet, or none that can sign.
    #[error("there is no authority that could sign: the operator makes it when it serves")]
    NoAuthority,
    /// The Secret is somebody else's.
    #[error("Secret `{name}` is not managed by the operator: choose another name, or delete it")]
    Foreign {
        /// The Secret.
        name: String,
    },
    /// Others wrote the Secret each time.
    #[error("Secret `{name}` is being written by somebody else")]
    Contended {
        /// The Secret.
        name: String,
    },
    /// The API server refused, or did not answer.
    #[error("the Secret can be neither read nor written")]
    Api(#[source] kube::Error),
    /// A file cannot be read.
    #[error("cannot read `{}`", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("`{}` is not accepted: expected {accepted}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        accepted: &'static str,
    },
}

impl CertificatesError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Make(_) => "make",
            Self::NoAuthority => "no_authority",
            Self::Foreign { .. } => "foreign",
            Self::Contended { .. } => "contended",
            Self::Api(_) => "api",
            Self::File { .. } => "file",
            Self::Content { .. } => "content",
        }
    }
}

impl From<rcgen::Error> for CertificatesError {
    fn from(error: rcgen::Error) -> Self {
        Self::Make(error)
    }
}
