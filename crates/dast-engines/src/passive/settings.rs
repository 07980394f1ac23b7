//! The settings of a passive scan as they are used: what is sent along, who is trusted, and what they hash to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dast_policy::{Profile, ValueError};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

use super::limits::Limits;

/// Fields that belong to the message as it is sent.
const RESERVED: [&str; 10] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Why settings are refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A limit that allows nothing, or too much.
    #[error(transparent)]
    Limit(ValueError),
    /// A header field that cannot be sent. Its value is not told.
    #[error(transparent)]
    Header(ValueError),
    /// Certificates that cannot be read.
    #[error(transparent)]
    Certificates(ValueError),
}

impl SettingsError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Limit(_) => "limit",
            Self::Header(_) => "header",
            Self::Certificates(_) => "certificates",
        }
    }
}

/// Settings that can be used as they are.
pub(super) struct Settings {
    pub(super) limits: Limits,
    pub(super) headers: HeaderMap,
    pub(super) secrets: Vec<String>,
    pub(super) authenticates: bool,
    pub(super) authorities: Vec<CertificateDer<'static>>,
    pub(super) trusts_anybody: bool,
}

impl Settings {
    /// Their name, and a hash over all that changes what can be found.
    ///
    /// How fast it goes does not change that, and neither does whose certificates are trusted. Of credentials only
    /// the names count: they are renewed, and a hash over a password is a way to guess it.
    pub(super) fn profile(&self) -> Profile {
        let Limits { pages, depth, page_bytes, total_bytes, request_timeout, time, .. } = self.limits;
        let mut hash = Sha256::new();
        let mut add = |name: &str, value: &[u8]| {
            for part in [name.as_bytes(), value] {
                hash.update(part.len().to_be_bytes());
                hash.update(part);
            }
        };
        let limits = format!("{pages} {depth} {page_bytes} {total_bytes} {request_timeout:?} {time:?}");
        add("limits", limits.as_bytes());
        for (name, value) in &self.headers {
            add(name.as_str(), if value.is_sensitive() { b"" } else { value.as_bytes() });
        }
        let hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Profile { name: "passive".to_owned(), hash }
    }
}

/// The name of a field that may be sent along. One that is none is not told: whoever mixes up names and values would
/// read a secret in it.
pub(super) fn field_name(name: &str) -> Result<HeaderName, SettingsError> {
    let refused = |name, accepted| SettingsError::Header(ValueError::new(name, accepted));
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Err(refused(name, "a header field that is not part of the message itself"));
    }
    let accepted = "a header name (RFC 9110, section 5.1)";
    HeaderName::try_from(name).map_err(|_| refused("(not shown)", accepted))
}

pub(super) fn field_value(name: &str, value: &str) -> Result<HeaderValue, SettingsError> {
    let accepted = "a header field whose value has no line breaks or other control characters";
    HeaderValue::try_from(value).map_err(|_| SettingsError::Header(ValueError::new(name, accepted)))
}

pub(super) fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let refused = || {
        let accepted = "certificates, each from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`";
        SettingsError::Certificates(ValueError::new("PEM", accepted))
    };
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| refused())?;
    if found.is_empty() && !pem.is_empty() { Err(refused()) } else { Ok(found) }
}

/// What must not be seen of the value of a credential: itself, the token after the name of a scheme, user and
/// password of basic authentication, and the values of cookies.
pub(super) fn secrets(value: &str) -> Vec<String> {
    let mut secrets = vec![value.trim().to_owned()];
    if let Some((scheme, token)) = value.trim().split_once(' ') {
        let token = token.trim();
        secrets.push(token.to_owned());
        if scheme.eq_ignore_ascii_case("basic")
            && let Some(pair) = STANDARD.decode(token).ok().and_then(|pair| String::from_utf8(pair).ok())
        {
            secrets.extend(pair.split_once(':').map(|(_, password)| password.to_owned()));
            secrets.push(pair);
        }
    }
    secrets.extend(
        value.split(';').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.trim().to_owned()),
    );
    secrets
}
