//! An object of a watch, whether or not it can be read.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

/// An object, or why it cannot be read. A list or a watch of these goes on whatever the objects are. `managedFields` are left
/// out.
///
/// ```
/// use dast_kubernetes::watch::Decoded;
/// use k8s_openapi::api::core::v1::Service;
/// use kube::ResourceExt;
///
/// let text = r#"{"metadata": {"name": "web"}, "spec": {"ports": "none"}}"#;
/// let service: Decoded<Service> = serde_json::from_str(text)?;
/// assert_eq!(service.name_any(), "web");
/// assert!(service.object.is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decoded<K> {
    /// Its metadata, as far as they can be read.
    pub metadata: ObjectMeta,
    /// The object, or what is wrong with it.
    pub object: Result<K, String>,
}

impl<'de, K: DeserializeOwned> Deserialize<'de> for Decoded<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut json = Value::deserialize(deserializer)?;
        // Who wrote which field is of use to nobody here, and often more than everything else.
        if let Some(metadata) = json.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        let metadata = json.get("metadata").map(metadata).unwrap_or_default();
        Ok(Self { metadata, object: K::deserialize(json).map_err(|error| error.to_string()) })
    }
}

/// The whole, or at least what an object is called and what continues a watch.
fn metadata(json: &Value) -> ObjectMeta {
    let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
    ObjectMeta::deserialize(json).unwrap_or_else(|_| ObjectMeta {
        name: text("name"),
        namespace: text("namespace"),
        resource_version: text("resourceVersion"),
        uid: text("uid"),
        ..ObjectMeta::default()
    })
}

/// Makes what is read of an object of kind `K` a resource of that kind, so that it can be watched in its place.
macro_rules! resource_of_kind {
    ($read:ident<K $(, $more:ident)?>) => {
        impl<K: kube::Resource<DynamicType = ()> $(, $more)?> kube::Resource for $read<K $(, $more)?> {
            type DynamicType = ();
            type Scope = K::Scope;

            fn kind(type_: &()) -> std::borrow::Cow<'_, str> {
                K::kind(type_)
            }

            fn group(type_: &()) -> std::borrow::Cow<'_, str> {
                K::group(type_)
            }

            fn version(type_: &()) -> std::borrow::Cow<'_, str> {
                K::version(type_)
            }

            fn plural(type_: &()) -> std::borrow::Cow<'_, str> {
                K::plural(type_)
            }

            fn meta(&self) -> &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                &mut self.metadata
            }
        }
    };
}

pub(crate) use resource_of_kind;

resource_of_kind!(Decoded<K>);
