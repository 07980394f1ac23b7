//! What an object of a watch comes to.

use std::fmt;
use std::marker::PhantomData;

use dast_core::discovery::Fact;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde::de::Deserializer;

use super::decoded::{Decoded, resource_of_kind};
use super::kinds::Watched;

/// What an object of kind `K` comes to. It is worked out where the object is decoded, since a page of a list is in memory as a
/// whole, and most of an object is not looked at.
pub(super) struct Noted<K, F> {
    /// What it is called, and what continues a watch.
    pub(super) metadata: ObjectMeta,
    /// Its fact, if it comes to any.
    pub(super) fact: Option<F>,
    /// Why it cannot be read.
    pub(super) trouble: Option<Trouble>,
    kind: PhantomData<fn() -> K>,
}

/// Why an object cannot be read.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    /// Its namespace and name.
    pub(super) object: String,
    /// What is wrong with it.
    pub(super) reason: String,
}

impl<'de, K: Watched<F>, F: Fact> Deserialize<'de> for Noted<K, F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Decoded { metadata, object } = Decoded::<K>::deserialize(deserializer)?;
        let (fact, trouble) = match object {
            Ok(object) => (object.fact(), None),
            Err(reason) => {
                let namespace = metadata.namespace.iter().map(|namespace| format!("{namespace}/"));
                let object = namespace.chain(metadata.name.clone()).collect();
                (K::unreadable(&metadata), Some(Trouble { object, reason }))
            }
        };
        let ObjectMeta { name, namespace, resource_version, uid, .. } = metadata;
        let metadata = ObjectMeta { name, namespace, resource_version, uid, ..ObjectMeta::default() };
        Ok(Self { metadata, fact, trouble, kind: PhantomData })
    }
}

impl<K, F: Clone> Clone for Noted<K, F> {
    fn clone(&self) -> Self {
        let Self { metadata, fact, trouble, kind } = self;
        Self { metadata: metadata.clone(), fact: fact.clone(), trouble: trouble.clone(), kind: *kind }
    }
}

impl<K, F: fmt::Debug> fmt::Debug for Noted<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { metadata, fact, trouble, kind: _ } = self;
        f.debug_tuple("Noted").field(&metadata.name).field(fact).field(trouble).finish()
    }
}

resource_of_kind!(Noted<K, F>);
