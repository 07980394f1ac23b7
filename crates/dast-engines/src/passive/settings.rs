//! The settings of a passive scan: what is sent along, who is trusted, and what they hash to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dast_policy::{Profile, ValueError};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

use super::limits::Limits;
use super::scanner::PassiveScanner;

/// What a server reads of who asks, unless told otherwise.
const USER_AGENT: &str = concat!("dast/", env!("CARGO_PKG_VERSION"), " (passive)");

/// Fields that carry credentials, whoever sets them.
const CREDENTIALS: [&str; 5] =
    ["authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token"];

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

/// Puts a [`PassiveScanner`] together. What is not set has a default that suits production.
#[derive(Clone, Default)]
pub struct PassiveScannerBuilder {
    limits: Limits,
    user_agent: Option<String>,
    headers: Vec<Field>,
    authorities: Vec<u8>,
    trusts_anybody: bool,
}

#[derive(Clone)]
struct Field {
    name: String,
    value: String,
    is_credential: bool,
}

impl PassiveScannerBuilder {
    /// Sets how much a scan may take.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what the server reads of who asks.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sends a header field with every request. `Authorization`, `Proxy-Authorization`, `Cookie`, `X-Api-Key` and
    /// `X-Auth-Token` are [credentials](Self::credential).
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        let is_credential = CREDENTIALS.iter().any(|known| known.eq_ignore_ascii_case(&name));
        self.headers.push(Field { name, value: value.into(), is_credential });
        self
    }

    /// Sends a header field that proves who asks with every request. Its value is taken out of all that is reported.
    ///
    /// A scan with credentials says whether it was logged in. All that it can tell is that the first place it begins
    /// with did not answer 401 or 403, and answered in the same way at the end as at the beginning.
    #[must_use]
    pub fn credential(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Field { name: name.into(), value: value.into(), is_credential: true });
        self
    }

    /// Trusts the certificates of these authorities too, besides those that the system trusts. `pem` is their text.
    #[must_use]
    pub fn ca_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.authorities.extend_from_slice(pem.as_ref());
        self.authorities.push(b'\n');
        self
    }

    /// Talks to whoever answers. Credentials may then be sent to anybody between here and the target.
    #[must_use]
    pub fn danger_accept_invalid_certificates(mut self, accept: bool) -> Self {
        self.trusts_anybody = accept;
        self
    }

    /// The scanner.
    ///
    /// # Errors
    /// When a limit, a header field or a certificate is not acceptable.
    pub fn build(self) -> Result<PassiveScanner, SettingsError> {
        self.limits.check().map_err(SettingsError::Limit)?;
        let user_agent = self.user_agent.as_deref().unwrap_or(USER_AGENT);
        let mut headers = HeaderMap::new();
        headers.append("accept", HeaderValue::from_static("*/*"));
        headers.append("user-agent", field_value("User-Agent", user_agent)?);
        for field in &self.headers {
            let mut value = field_value(&field.name, &field.value)?;
            value.set_sensitive(field.is_credential);
            headers.append(field_name(&field.name)?, value);
        }
        let credentials = || self.headers.iter().filter(|field| field.is_credential);
        let settings = Settings {
            limits: self.limits,
            secrets: credentials().flat_map(|field| secrets(&field.value)).collect(),
            authenticates: credentials().next().is_some(),
            headers,
            authorities: authorities(&self.authorities)?,
            trusts_anybody: self.trusts_anybody,
        };
        Ok(PassiveScanner::new(settings))
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

fn field_name(name: &str) -> Result<HeaderName, SettingsError> {
    let refused = |accepted| SettingsError::Header(ValueError::new(name, accepted));
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Err(refused("a header field that is not part of the message itself"));
    }
    HeaderName::try_from(name).map_err(|_| refused("the name of a header field (RFC 9110, section 5.1)"))
}

fn field_value(name: &str, value: &str) -> Result<HeaderValue, SettingsError> {
    let accepted = "a header field whose value has no line breaks or other control characters";
    HeaderValue::try_from(value).map_err(|_| SettingsError::Header(ValueError::new(name, accepted)))
}

fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
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
fn secrets(value: &str) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(builder: PassiveScannerBuilder) -> String {
        use dast_core::Scanner;
        builder.build().unwrap().profile().hash
    }

    fn builder() -> PassiveScannerBuilder {
        PassiveScanner::builder()
    }

    #[test]
    fn the_hash_is_over_what_changes_what_is_found_and_nothing_else() {
        let limits = Limits::default();
        let plain = hash(builder());
        assert_eq!(plain.len(), 64);
        let same = [
            builder().limits(Limits { concurrency: 1, requests_per_second: Some(2), ..limits }),
            builder().danger_accept_invalid_certificates(true),
        ];
        same.into_iter().for_each(|builder| assert_eq!(hash(builder), plain));
        let others = [
            builder().limits(Limits { pages: 1, ..limits }),
            builder().limits(Limits { depth: 1, ..limits }),
            builder().limits(Limits { page_bytes: 1, ..limits }),
            builder().limits(Limits { total_bytes: 1, ..limits }),
            builder().limits(Limits { time: limits.request_timeout, ..limits }),
            builder().limits(Limits { request_timeout: limits.time, ..limits }),
            builder().user_agent("other"),
            builder().header("X-Tenant", "a"),
            builder().header("X-Tenant", "b"),
            builder().credential("X-Tenant", "b"),
        ];
        let mut hashes: Vec<_> = others.into_iter().map(hash).chain([plain]).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 11);
        // A renewed token is the same profile.
        assert_eq!(hash(builder().header("cookie", "sid=1")), hash(builder().header("Cookie", "sid=2")));
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_telling_its_value() {
        for (name, value) in
            [("Host", "x"), ("content-LENGTH", "1"), ("a b", "x"), ("", "x"), ("X-A", "hunter2\r\nX: 1")]
        {
            let error = builder().credential(name, value).build().err().unwrap();
            assert_eq!(error.category(), "header");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let error = builder().user_agent("a\nb").build().err().unwrap();
        assert_eq!(error.category(), "header");
        for pem in ["nonsense", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"] {
            assert_eq!(builder().ca_certificates(pem).build().err().unwrap().category(), "certificates");
        }
        let limits = Limits { pages: 0, ..Limits::default() };
        assert_eq!(builder().limits(limits).build().err().unwrap().category(), "limit");
    }

    #[test]
    fn all_parts_of_a_credential_are_secret() {
        assert_eq!(secrets("Bearer abc.def"), ["Bearer abc.def", "abc.def"]);
        let basic = secrets("basic Ym9iOmh1bnRlcjI=");
        assert!(
            basic.contains(&"hunter2".to_owned()) && basic.contains(&"bob:hunter2".to_owned()),
            "{basic:?}"
        );
        let cookies = secrets("sid=12345; theme=dark");
        assert!(cookies.contains(&"12345".to_owned()) && cookies.contains(&"dark".to_owned()), "{cookies:?}");
    }
}
