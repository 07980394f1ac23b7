//! Certificates in PEM, and what is asked of them.

use jiff::{SignedDuration, Timestamp};
use rcgen::KeyPair;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::pem::Pem;

/// The clocks of others may be behind.
const BACKDATED: SignedDuration = SignedDuration::from_hours(1);

/// A certificate, as it is written and as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) pem: String,
    der: Vec<u8>,
    /// Without what it was backdated by.
    pub(super) begins: Timestamp,
    pub(super) ends: Timestamp,
    public_key: Vec<u8>,
    /// In order.
    pub(super) names: Vec<String>,
}

impl Written {
    /// All certificates in a text; what cannot be read is as if it were not there.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let blocks = Pem::iter_from_buffer(text.as_bytes()).filter_map(Result::ok);
        blocks.filter(|block| block.label == "CERTIFICATE").filter_map(Self::read).collect()
    }

    fn read(block: Pem) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(&block.contents).ok()?;
        let validity = certificate.validity();
        let begins = Timestamp::from_second(validity.not_before.timestamp()).ok()?;
        Some(Self {
            pem: write(&block.contents),
            begins: begins.saturating_add(BACKDATED).ok()?,
            ends: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
            public_key: certificate.public_key().subject_public_key.data.to_vec(),
            names: names(&certificate),
            der: block.contents.clone(),
        })
    }

    /// Whether `key` is its key.
    pub(super) fn is_of(&self, key: &KeyPair) -> bool {
        self.public_key == key.public_key_raw()
    }

    /// Whether `issuer` signed it.
    pub(super) fn is_signed_by(&self, issuer: &Self) -> bool {
        let (Ok((_, own)), Ok((_, issuer))) =
            (parse_x509_certificate(&self.der), parse_x509_certificate(&issuer.der))
        else {
            return false;
        };
        own.issuer() == issuer.subject() && own.verify_signature(Some(issuer.public_key())).is_ok()
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let names = alternative.iter().flat_map(|alternative| &alternative.value.general_names);
    let dns = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    };
    let mut names: Vec<String> = names.filter_map(dns).collect();
    names.sort();
    names
}

/// A certificate in PEM (RFC 7468).
fn write(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// The life of a certificate that is made now, as it is written.
pub(super) struct Life {
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Life {
    pub(super) fn of(now: Timestamp, span: SignedDuration) -> Self {
        let add = |span| now.saturating_add(span).unwrap_or(Timestamp::MAX);
        Self { not_before: add(-BACKDATED), not_after: add(span) }
    }

    /// Writes it into what a certificate is made of.
    pub(super) fn write(&self, params: &mut rcgen::CertificateParams) {
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let moment = |time: Timestamp| {
            let seconds = u64::try_from(time.as_second()).unwrap_or_default();
            epoch + std::time::Duration::from_secs(seconds)
        };
        (params.not_before, params.not_after) = (moment(self.not_before), moment(self.not_after));
    }
}
