//! What the Secret holds.

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

impl Held {
    /// What is in the data of a Secret; `None` if a part of it is missing or no text.
    pub fn read(data: &BTreeMap<String, ByteString>) -> Option<Self> {
        let text = |key: &str| String::from_utf8(data.get(key)?.0.clone()).ok();
        Some(Self {
            authorities: text(AUTHORITIES)?,
            authority_key: text(AUTHORITY_KEY)?,
            chain: text(CHAIN)?,
            key: text(KEY)?,
        })
    }

    /// The data of a Secret.
    pub fn data(&self) -> BTreeMap<String, ByteString> {
        let Self { authorities, authority_key, chain, key } = self;
        let parts = [(AUTHORITIES, authorities), (AUTHORITY_KEY, authority_key), (CHAIN, chain), (KEY, key)];
        parts.map(|(name, text)| (name.to_owned(), ByteString(text.clone().into_bytes()))).into()
    }
}

/// Without the keys.
impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Held");
        shown.field("authorities", &self.authorities).field("chain", &self.chain).finish_non_exhaustive()
    }
}
