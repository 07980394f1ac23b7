//! An authority.

use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::error::CertificatesError;
use super::pem::{Life, Written};

/// The life of an authority.
const LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);

/// An authority that can sign.
pub(super) struct Authority {
    pub(super) certificate: Written,
    key: KeyPair,
}

impl Authority {
    /// A new one.
    pub(super) fn make(now: Timestamp) -> Result<Self, CertificatesError> {
        let mut params = CertificateParams::default();
        // Each has another name, so that nobody takes one for the other.
        let name = format!("dast-operator {now}");
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Life::of(now, LIFE).write(&mut params);
        let key = KeyPair::generate()?;
        let certificate = read_back(&params.self_signed(&key)?.pem())?;
        Ok(Self { certificate, key })
    }

    /// The one of `authorities` that `key` is of.
    pub(super) fn read(authorities: &[Written], key: &str) -> Option<Self> {
        let key = KeyPair::from_pem(key).ok()?;
        let certificate = authorities.iter().find(|authority| authority.is_of(&key))?.clone();
        Some(Self { certificate, key })
    }

    pub(super) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Signs a certificate for a key.
    pub(super) fn sign(
        &self,
        params: &CertificateParams,
        key: &KeyPair,
    ) -> Result<Written, CertificatesError> {
        let issuer = Issuer::from_ca_cert_pem(&self.certificate.pem, &self.key)?;
        read_back(&params.signed_by(key, &issuer)?.pem())
    }
}

fn read_back(pem: &str) -> Result<Written, CertificatesError> {
    Written::all(pem).pop().ok_or(CertificatesError::Make(rcgen::Error::CouldNotParseCertificate))
}
