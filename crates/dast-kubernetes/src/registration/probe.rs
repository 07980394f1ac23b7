//! Whether the webhook can answer, asked as the API server would.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::error::RegistrationError;
use super::file::Service;

/// How long an answer may take.
const TIME: Duration = Duration::from_secs(5);
const PATH: &str = "/readyz";

/// Asks the webhook whether it is ready.
#[derive(Debug, Clone, Default)]
pub(super) struct Probe {
    /// Where it is asked, if not where its name leads.
    pub(super) at: Option<SocketAddr>,
}

impl Probe {
    /// Asks over a connection of its own, so that the certificate is the one of now.
    pub(super) async fn ask(
        &self,
        service: &Service,
        namespace: &str,
        authorities: &str,
    ) -> Result<(), RegistrationError> {
        let Service { name, port } = service;
        let host = format!("{name}.{namespace}.svc");
        let url = || format!("https://{host}:{port}{PATH}");
        let trusted = trust(authorities)?;
        let answered = timeout(TIME, self.get(&host, *port, trusted)).await;
        match answered.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(StatusCode::OK) => Ok(()),
            Ok(status) => Err(RegistrationError::NotReady { url: url(), status: status.as_u16() }),
            Err(source) => Err(RegistrationError::Unreachable { url: url(), source }),
        }
    }

    async fn get(&self, host: &str, port: u16, trusted: RootCertStore) -> io::Result<StatusCode> {
        let stream = match self.at {
            Some(address) => TcpStream::connect(address).await?,
            None => TcpStream::connect((host, port)).await?,
        };
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(io::Error::other)?;
        let config = config.with_root_certificates(trusted).with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        let request = Request::get(PATH).header(HOST, format!("{host}:{port}"));
        let request = request.body(Empty::<Bytes>::new()).map_err(io::Error::other)?;
        // The connection ends with its sender. What is said besides the status does not matter.
        let asked = async move { sender.send_request(request).await.map(|answer| answer.status()) };
        let (answered, _) = join(asked, connection).await;
        answered.map_err(io::Error::other)
    }
}

/// These authorities, whatever the system trusts.
fn trust(pem: &str) -> Result<RootCertStore, RegistrationError> {
    let mut trusted = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let authority = authority.map_err(|_| RegistrationError::Authorities)?;
        trusted.add(authority).map_err(|_| RegistrationError::Authorities)?;
    }
    if trusted.is_empty() { Err(RegistrationError::Authorities) } else { Ok(trusted) }
}
