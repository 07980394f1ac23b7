//! TLS as clients see it: whom they trust, and the certificate that is shown to them.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::pod::Pod;

/// The port by TLS of our programs.
const PORT: u16 = 8443;
const PATIENCE: Duration = Duration::from_secs(10);

impl Pod {
    /// The certificate (DER) that it serves by for a name, which these authorities (PEM) vouch for.
    ///
    /// # Errors
    /// When nobody answers, or somebody for whom the authorities do not vouch.
    pub fn serves(&self, name: &str, authorities: &str) -> Result<Vec<u8>> {
        let address = self.address.as_deref().context("the pod has no address")?.parse()?;
        let mut stream = TcpStream::connect_timeout(&SocketAddr::new(address, PORT), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let name = ServerName::try_from(name.to_owned())?;
        let mut connection = ClientConnection::new(Arc::new(trusting(authorities)?), name)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).with_context(|| format!("pod `{}`", self.name))?;
        }
        let leaf = connection.peer_certificates().and_then(<[CertificateDer<'_>]>::first);
        leaf.map(|leaf| leaf.to_vec()).context("it has shown no certificate")
    }
}

/// Who trusts these authorities (PEM), and nobody else.
pub(crate) fn trusting(authorities: &str) -> Result<ClientConfig> {
    let mut trusted = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(authorities.as_bytes()) {
        trusted.add(authority.context("the authorities are no certificates")?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(trusted).with_no_client_auth())
}
