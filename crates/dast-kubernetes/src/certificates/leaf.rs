//! A leaf: what is served by.

use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};

use super::authority::Authority;
use super::error::CertificatesError;
use super::pem::{Life, Written};

/// The life of a leaf, if its authority lives as long.
const LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A leaf with its key.
pub(super) struct Leaf {
    pub(super) certificate: Written,
    key: KeyPair,
}

impl Leaf {
    /// A new one for these names.
    pub(super) fn make(
        authority: &Authority,
        names: &[String],
        now: Timestamp,
    ) -> Result<Self, CertificatesError> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "dast-operator");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let mut life = Life::of(now, LIFE);
        life.not_after = life.not_after.min(authority.certificate.ends);
        life.write(&mut params);
        let key = KeyPair::generate()?;
        Ok(Self { certificate: authority.sign(&params, &key)?, key })
    }

    /// The one that is written there, if it is whole.
    pub(super) fn read(chain: &str, key: &str) -> Option<Self> {
        let key = KeyPair::from_pem(key).ok()?;
        let certificate = Written::all(chain).into_iter().next()?;
        certificate.is_of(&key).then_some(Self { certificate, key })
    }

    /// Whether it is for exactly these names.
    pub(super) fn is_for(&self, names: &[String]) -> bool {
        let mut names = names.to_vec();
        names.sort();
        self.certificate.names == names
    }

    /// When it is renewed: after two thirds of its life.
    pub(super) fn renewal(&self) -> Timestamp {
        let Written { begins, ends, .. } = self.certificate;
        begins.saturating_add(ends.duration_since(begins) * 2 / 3).unwrap_or(ends)
    }

    pub(super) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}
