//! Whom to trust, and with which cryptography.

use std::error::Error;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::error::{ConfigurationError, ZapError};

/// Whose certificates are trusted.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    pub(crate) system: bool,
    pub(crate) anybody: bool,
}

impl Default for Trust {
    fn default() -> Self {
        Self { authorities: Vec::new(), system: true, anybody: false }
    }
}

impl Trust {
    /// TLS with the provider that the program installed. None is picked here: two of them cannot live together.
    pub(crate) fn tls(&self) -> Result<ClientConfig, ZapError> {
        let provider = Arc::clone(CryptoProvider::get_default().ok_or(ZapError::NoTlsProvider)?);
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().map_err(refused)?;
        if self.anybody {
            let config =
                config.dangerous().with_custom_certificate_verifier(Arc::new(TrustsAnybody(provider)));
            return Ok(config.with_no_client_auth());
        }
        Ok(config.with_root_certificates(self.authorities()?).with_no_client_auth())
    }

    fn authorities(&self) -> Result<RootCertStore, ZapError> {
        let mut authorities = RootCertStore::empty();
        for authority in &self.authorities {
            authorities.add(authority.clone()).map_err(refused)?;
        }
        if self.system {
            let system = rustls_native_certs::load_native_certs();
            let (added, ignored) = authorities.add_parsable_certificates(system.certs);
            tracing::debug!(
                added,
                ignored,
                errors = system.errors.len(),
                "certificates that the system trusts"
            );
        }
        if authorities.is_empty() {
            return Err(refused("the system has none, and none was given"));
        }
        Ok(authorities)
    }
}

fn refused(why: impl Into<Box<dyn Error + Send + Sync>>) -> ZapError {
    let accepted = "certificates of authorities that rustls can use, at least one";
    ConfigurationError::new("ca_certificates", "…", accepted).because(why).into()
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
