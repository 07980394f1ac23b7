//! What the Secrets hold.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::ByteString;

/// The certificates of the authorities, the newest first.
pub(super) const AUTHORITIES: &str = "ca.crt";
/// The key of the newest one.
const AUTHORITY_KEY: &str = "ca.key";
/// The leaf.
pub(super) const CHAIN: &str = "tls.crt";
/// The key of the leaf.
pub(super) const KEY: &str = "tls.key";

/// What the Secret holds, in PEM, under the names that Kubernetes and cert-manager use.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// `ca.crt`: the certificates of the authorities, the newest first.
    pub authorities: String,
    /// `ca.key`: the key of the newest one.
    pub authority_key: String,
    /// `tls.crt`: the leaf.
    pub chain: String,
    /// `tls.key`: the key of the leaf.
    pub key: String,
}

/// What the Secret of another program holds, by the same names: what it serves by, and nothing to sign with.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// `ca.crt`: the certificates of the authorities, the newest first.
    pub authorities: String,
    /// `tls.crt`: the leaf.
    pub chain: String,
    /// `tls.key`: the key of the leaf.
    pub key: String,
}

type Data = BTreeMap<String, ByteString>;

impl Held {
    /// What is in the data of a Secret; `None` if a part of it is missing or no text.
    pub fn read(data: &BTreeMap<String, ByteString>) -> Option<Self> {
        let Issued { authorities, chain, key } = Issued::read(data)?;
        Some(Self { authorities, authority_key: text(data, AUTHORITY_KEY)?, chain, key })
    }

    /// The data of a Secret.
    pub fn data(&self) -> BTreeMap<String, ByteString> {
        let Self { authorities, authority_key, chain, key } = self;
        parts([(AUTHORITIES, authorities), (AUTHORITY_KEY, authority_key), (CHAIN, chain), (KEY, key)])
    }
}

impl Issued {
    /// What is in the data of a Secret; `None` if a part of it is missing or no text.
    pub fn read(data: &BTreeMap<String, ByteString>) -> Option<Self> {
        Some(Self { authorities: text(data, AUTHORITIES)?, chain: text(data, CHAIN)?, key: text(data, KEY)? })
    }

    /// The data of a Secret.
    pub fn data(&self) -> BTreeMap<String, ByteString> {
        let Self { authorities, chain, key } = self;
        parts([(AUTHORITIES, authorities), (CHAIN, chain), (KEY, key)])
    }
}

fn text(data: &Data, name: &str) -> Option<String> {
    String::from_utf8(data.get(name)?.0.clone()).ok()
}

fn parts<const N: usize>(parts: [(&str, &String); N]) -> Data {
    parts.map(|(name, text)| (name.to_owned(), ByteString(text.clone().into_bytes()))).into()
}

/// Without the keys.
impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Held");
        shown.field("authorities", &self.authorities).field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// Without the key.
impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Issued");
        shown.field("authorities", &self.authorities).field("chain", &self.chain).finish_non_exhaustive()
    }
}
