//! What the gate hears of an object.

use std::fmt::Debug;
use std::marker::PhantomData;

use dast_core::discovery::ObjectName;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};

use super::books::{Entry, Shelf};
use crate::known::store::key;
use crate::watch::{Decoded, resource_of_kind};

/// A kind of objects that the books are told of.
pub(super) trait Kept:
    Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug + Send + Sync + 'static
{
    const SHELF: Shelf;

    /// What an object comes to, or one that cannot be read.
    fn entry(object: Result<Self, String>, name: &ObjectName) -> Option<Entry>;
}

/// What an object of kind `K` comes to. It is worked out where the object is decoded, since a page of a list is in memory as a
/// whole, and an object takes many times as much.
#[derive(Debug)]
pub(super) struct Heard<K> {
    /// What it is called, and what continues a watch.
    pub(super) metadata: ObjectMeta,
    pub(super) entry: Option<Box<Entry>>,
    kind: PhantomData<fn() -> K>,
}

impl<'de, K: Kept> Deserialize<'de> for Heard<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Decoded { metadata, object } = Decoded::<K>::deserialize(deserializer)?;
        let ObjectMeta { name, namespace, resource_version, .. } = metadata;
        let metadata = ObjectMeta { name, namespace, resource_version, ..ObjectMeta::default() };
        let entry = key(&metadata).and_then(|name| {
            if let Err(reason) = &object {
                tracing::debug!(kind = %K::kind(&()), object = %name, reason, "an object cannot be read");
            }
            K::entry(object, &name).map(Box::new)
        });
        Ok(Self { metadata, entry, kind: PhantomData })
    }
}

impl<K> Clone for Heard<K> {
    fn clone(&self) -> Self {
        let Self { metadata, entry, kind } = self;
        Self { metadata: metadata.clone(), entry: entry.clone(), kind: *kind }
    }
}

resource_of_kind!(Heard<K>);
