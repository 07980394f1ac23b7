//! Why a place gave no answer, in words.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use super::connect::Unresolved;

/// Why a place gave no answer.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) words: String,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nobody is there who could answer, here or anywhere else at the origin.
    Nobody,
    /// Somebody is there, who gave no answer to this.
    Place,
    /// The scanner itself.
    Engine,
}

impl Failure {
    pub(super) fn place(words: impl Into<String>) -> Self {
        Self { kind: Kind::Place, words: words.into() }
    }

    pub(super) fn engine(words: impl Into<String>) -> Self {
        Self { kind: Kind::Engine, words: words.into() }
    }

    /// Reads what the HTTP client says.
    pub(super) fn of(error: &hyper_util::client::legacy::Error) -> Self {
        let causes = causes(error);
        let known = causes.iter().find_map(|cause| known(*cause));
        let last = || causes.last().map(ToString::to_string).unwrap_or_default();
        let words = known.unwrap_or_else(|| format!("no usable answer: {}", last()));
        Self { kind: if error.is_connect() { Kind::Nobody } else { Kind::Place }, words }
    }
}

fn known(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(unresolved) = error.downcast_ref::<Unresolved>() {
        let why = unresolved.source().map(ToString::to_string).unwrap_or_default();
        return Some(format!("{unresolved}: {why}"));
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        let hint = match tls {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                "; give the certificate of its authority to the scanner"
            }
            _ => "",
        };
        return Some(format!("TLS: {tls}{hint}"));
    }
    let words = match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::TimedOut => "no connection in time",
        _ => return None,
    };
    Some(words.to_owned())
}

/// Whether the connection ended without any answer. That befalls whoever writes to one that was kept open at the moment
/// at which the server closes it, so that it says nothing of the place.
pub(super) fn is_closed(error: &hyper_util::client::legacy::Error) -> bool {
    !error.is_connect()
        && causes(error).iter().any(|cause| {
            let http = cause.downcast_ref::<hyper::Error>();
            let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
            http.is_some_and(|http| http.is_incomplete_message() || http.is_canceled() || http.is_closed())
                || matches!(kind, Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe))
        })
}

/// The error and all its causes, those within I/O errors included.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let next = |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        within.map(|within| within as _).or_else(|| error.source())
    };
    // A chain that has no end is no chain of ours.
    std::iter::successors(Some(error), next).take(16).collect()
}
