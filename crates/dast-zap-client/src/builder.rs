//! The settings of a client, and what is wrong with them.

use std::fmt;
use std::time::Duration;

use hyper::header::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use crate::call::{Call, Observer};
use crate::client::ZapClient;
use crate::defaults;
use crate::error::{ConfigurationError, ZapError};
use crate::key::ApiKey;
use crate::tls::Trust;
use crate::transport::{Proxy, Transport, TransportSettings};

/// How often views are tried again when there was no answer, or when ZAP said `internal_error`, `bad_state` or
/// `scan_in_progress`. Calls that change something are never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// Tries after the first; 0 for none.
    pub times: usize,
    /// Time before the second try. It doubles from then on, and varies a little.
    pub first_delay: Duration,
    /// Time between tries, at most.
    pub max_delay: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self { times: 3, first_delay: Duration::from_millis(100), max_delay: Duration::from_secs(2) }
    }
}

/// Settings of a [`ZapClient`].
///
/// ```
/// use std::time::Duration;
/// use dast_zap_client::{ZapClient, ZapError};
///
/// let zap = ZapClient::builder("http://zap.scans.svc:8080").api_key("a secret").deadline(Duration::from_secs(5));
/// assert!(zap.build().is_ok());
///
/// let wrong = ZapClient::builder("zap:8080").build().unwrap_err();
/// assert!(matches!(wrong, ZapError::Configuration(error) if error.field() == "url"));
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    url: String,
    key: Option<ApiKey>,
    deadline: Option<Duration>,
    connect_timeout: Duration,
    max_reply_bytes: usize,
    retry: RetrySettings,
    ca_certificates: Vec<Vec<u8>>,
    trust: Trust,
    proxy: ProxyChoice,
    observer: Option<Observer>,
}

#[derive(Clone)]
enum ProxyChoice {
    None,
    Url(String),
    Environment,
}

impl ClientBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            key: None,
            deadline: None,
            connect_timeout: defaults::CONNECT_TIMEOUT,
            max_reply_bytes: defaults::MAX_REPLY_BYTES,
            retry: RetrySettings::default(),
            ca_certificates: Vec::new(),
            trust: Trust::default(),
            proxy: ProxyChoice::None,
            observer: None,
        }
    }

    /// The key of ZAP's API. It travels in a header only.
    pub fn api_key(self, key: impl Into<ApiKey>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// Time for a call with its retries, whatever it is; by default [`defaults::DEADLINE`], and
    /// [`defaults::LONG_DEADLINE`] for what takes long by its nature. A request may have one of its own.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Time for a connection to be made; [`defaults::CONNECT_TIMEOUT`] by default.
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Bytes of a reply, at most; [`defaults::MAX_REPLY_BYTES`] by default. A larger one is an error.
    pub fn max_reply_bytes(self, max_reply_bytes: usize) -> Self {
        Self { max_reply_bytes, ..self }
    }

    /// How often views are tried again.
    pub fn retry(self, retry: RetrySettings) -> Self {
        Self { retry, ..self }
    }

    /// Trusts the certificates in `pem` besides those that the system trusts.
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_certificates.push(pem.into());
        self
    }

    /// Trusts only what [`Self::ca_certificates`] added, not what the system trusts.
    pub fn only_given_ca_certificates(mut self) -> Self {
        self.trust.system = false;
        self
    }

    /// Trusts any certificate: whoever sits between here and ZAP gets the API key. For tests on one machine.
    pub fn danger_accept_invalid_certificates(mut self) -> Self {
        self.trust.anybody = true;
        self
    }

    /// Reaches ZAP through the HTTP proxy at `url`, by `CONNECT`, so that the proxy cannot change requests.
    pub fn proxy(self, url: impl Into<String>) -> Self {
        Self { proxy: ProxyChoice::Url(url.into()), ..self }
    }

    /// Reaches ZAP through the proxy that the environment names (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    /// By default the environment is not looked at: a proxy for the web is no way to a ZAP beside this program.
    pub fn proxy_from_environment(self) -> Self {
        Self { proxy: ProxyChoice::Environment, ..self }
    }

    /// Tells `observe` of every call when it has come to its end, for metrics.
    pub fn observe(self, observe: impl Fn(&Call<'_>) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Observer::new(observe)), ..self }
    }

    /// Checks the settings. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ZapError::Configuration`] names the setting that cannot be used. [`ZapError::NoTlsProvider`] if the address
    /// is `https` and the program installed no cryptographic provider for rustls: plain `http` needs none.
    pub fn build(self) -> Result<ZapClient, ZapError> {
        let base = base(&self.url)?;
        let key = self.key.as_ref().map(header).transpose()?;
        let mut trust = self.trust;
        for pem in &self.ca_certificates {
            trust.authorities.extend(certificates(pem)?);
        }
        let proxy = self.proxy.resolve(&base)?;
        let settings = TransportSettings {
            connect_timeout: self.connect_timeout,
            max_reply_bytes: self.max_reply_bytes,
            trust,
            proxy,
        };
        let transport = Transport::new(&base, key, settings)?;
        Ok(ZapClient::new(transport, self.deadline, self.retry, self.observer))
    }
}

/// Without secrets: addresses may have passwords in them.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = match &self.proxy {
            ProxyChoice::None => None,
            ProxyChoice::Url(url) => Some(without_secrets(url)),
            ProxyChoice::Environment => Some("that of the environment".to_owned()),
        };
        f.debug_struct("ClientBuilder")
            .field("url", &without_secrets(&self.url))
            .field("key", &self.key)
            .field("proxy", &proxy)
            .finish_non_exhaustive()
    }
}

impl ProxyChoice {
    fn resolve(&self, base: &Url) -> Result<Option<Proxy>, ConfigurationError> {
        let matcher = match self {
            Self::None => return Ok(None),
            Self::Environment => Matcher::from_env(),
            Self::Url(url) => {
                let parsed =
                    Url::parse(url).ok().filter(|parsed| parsed.scheme() == "http" && parsed.has_host());
                if parsed.is_none() {
                    let shown = without_secrets(url);
                    return Err(ConfigurationError::new(
                        "proxy",
                        shown,
                        "an address such as `http://proxy:3128`",
                    ));
                }
                Matcher::builder().all(url.clone()).build()
            }
        };
        let target = base.as_str().parse().map_err(|error: hyper::http::uri::InvalidUri| {
            ConfigurationError::new("url", base.as_str(), ADDRESS).because(error)
        })?;
        let Some(found) = matcher.intercept(&target) else { return Ok(None) };
        if found.uri().scheme_str() != Some("http") {
            let shown = without_secrets(&found.uri().to_string());
            return Err(ConfigurationError::new("proxy", shown, "a proxy that speaks HTTP without TLS"));
        }
        Ok(Some(Proxy { uri: found.uri().clone(), authorization: found.basic_auth().cloned() }))
    }
}

const ADDRESS: &str =
    "an address such as `http://127.0.0.1:8080`, of scheme http or https, with neither user, path nor query";

fn base(url: &str) -> Result<Url, ConfigurationError> {
    let refused = || ConfigurationError::new("url", without_secrets(url), ADDRESS);
    let base = Url::parse(url).map_err(|error| refused().because(error))?;
    let plain = matches!(base.scheme(), "http" | "https")
        && base.has_host()
        && base.username().is_empty()
        && base.password().is_none()
        && base.path() == "/"
        && base.query().is_none()
        && base.fragment().is_none();
    if plain { Ok(base) } else { Err(refused()) }
}

/// An address as an error may show it: without user, password and query. Where nobody can say which parts those are, the
/// scheme is all that is shown.
fn without_secrets(url: &str) -> String {
    let Some(mut parsed) = Url::parse(url).ok().filter(Url::has_host) else {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        let scheme = scheme.filter(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphabetic()));
        return scheme.map_or_else(|| "…".to_owned(), |scheme| format!("{scheme}://…"));
    };
    // Both fail only where there is nothing to remove.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.set_query(None);
    parsed.set_fragment(None);
    parsed.into()
}

fn header(key: &ApiKey) -> Result<HeaderValue, ConfigurationError> {
    let value = HeaderValue::from_str(key.expose()).ok().filter(|value| !value.is_empty());
    let refused = || ConfigurationError::new("api_key", "…", "visible ASCII characters, at least one");
    let mut value = value.ok_or_else(refused)?;
    value.set_sensitive(true);
    Ok(value)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ConfigurationError> {
    const ACCEPTED: &str = "certificates in PEM, at least one";
    let refused = || ConfigurationError::new("ca_certificates", "…", ACCEPTED);
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| refused().because(error))?;
    if found.is_empty() { Err(refused()) } else { Ok(found) }
}
