//! How a server is reached: by plain HTTP, which needs nothing, or by TLS, which needs a provider and authorities.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use dast_core::ScanError;
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tower::Service;

use crate::passive::settings::Settings;

/// Bytes of the status line and all header fields of an answer.
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// How long a connection waits for its next request.
const IDLE: Duration = Duration::from_secs(5);

/// Sends requests to an origin. It knows no proxies, follows no redirects and keeps no cookies.
pub(super) struct Connection {
    /// Uses connections again.
    kept: Http,
    /// Makes one for each request.
    fresh: Http,
}

enum Http {
    Plain(Client<HttpConnector<Resolver>, Empty<Bytes>>),
    Tls(Client<HttpsConnector<HttpConnector<Resolver>>, Empty<Bytes>>),
}

impl Connection {
    pub(super) fn new(settings: &Settings, is_https: bool) -> Result<Self, ScanError> {
        let mut connector = HttpConnector::new_with_resolver(Resolver);
        // So that there is time left to say that nobody took the connection.
        connector.set_connect_timeout(Some(settings.limits.request_timeout / 2));
        connector.set_nodelay(true);
        let mut client = Client::builder(TokioExecutor::new());
        client
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(MOST_HEADER_BYTES)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true);
        if !is_https {
            let kept = Http::Plain(client.build(connector.clone()));
            let fresh = Http::Plain(client.pool_max_idle_per_host(0).build(connector));
            return Ok(Self { kept, fresh });
        }
        // TLS stands on the same connector, so that it may not insist on `http`.
        connector.enforce_http(false);
        let tls = HttpsConnectorBuilder::new().with_tls_config(tls(settings)?).https_only().enable_http1();
        let connector = tls.wrap_connector(connector);
        let kept = Http::Tls(client.build(connector.clone()));
        let fresh = Http::Tls(client.pool_max_idle_per_host(0).build(connector));
        Ok(Self { kept, fresh })
    }

    /// Sends a request, perhaps over a connection that was used before.
    pub(super) fn send(&self, request: Request<Empty<Bytes>>) -> ResponseFuture {
        self.kept.send(request)
    }

    /// Sends a request over a connection of its own.
    pub(super) fn send_afresh(&self, request: Request<Empty<Bytes>>) -> ResponseFuture {
        self.fresh.send(request)
    }
}

impl Http {
    fn send(&self, request: Request<Empty<Bytes>>) -> ResponseFuture {
        match self {
            Self::Plain(client) => client.request(request),
            Self::Tls(client) => client.request(request),
        }
    }
}

/// Looks names up as the system does, and says so when it cannot.
#[derive(Debug, Clone)]
pub(super) struct Resolver;

/// A name that has no address.
#[derive(Debug, thiserror::Error)]
#[error("could not resolve `{name}`")]
pub(super) struct Unresolved {
    name: String,
    source: std::io::Error,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses = addresses.map_err(|source| Unresolved { name: name.to_string(), source })?;
            Ok(addresses.collect::<Vec<_>>().into_iter())
        })
    }
}

/// TLS with the provider that the program installed. Without one nothing is picked: two of them cannot live together.
fn tls(settings: &Settings) -> Result<ClientConfig, ScanError> {
    let refused = |why: &str| ScanError::engine(why).permanent();
    let provider = Arc::clone(CryptoProvider::get_default().ok_or_else(|| {
        refused(
            "TLS needs a cryptographic provider: install one when the program starts, such as \
             `rustls::crypto::aws_lc_rs::default_provider().install_default()`",
        )
    })?);
    let failed = |error: Box<dyn Error + Send + Sync>| refused("could not set up TLS").with_source(error);
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions().map_err(|error| failed(error.into()))?;
    if settings.trusts_anybody {
        let config = config.dangerous().with_custom_certificate_verifier(Arc::new(TrustsAnybody(provider)));
        return Ok(config.with_no_client_auth());
    }
    let mut authorities = RootCertStore::empty();
    for authority in &settings.authorities {
        authorities.add(authority.clone()).map_err(|error| failed(error.into()))?;
    }
    let system = rustls_native_certs::load_native_certs();
    let (added, ignored) = authorities.add_parsable_certificates(system.certs);
    tracing::debug!(added, ignored, errors = system.errors.len(), "certificates that the system trusts");
    if authorities.is_empty() {
        return Err(refused(
            "TLS needs the certificate of an authority: the system has none, and none was given",
        ));
    }
    Ok(config.with_root_certificates(authorities).with_no_client_auth())
}

/// Takes any certificate, but holds a server to the key in it.
#[derive(Debug)]
struct TrustsAnybody(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustsAnybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
