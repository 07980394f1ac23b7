//! Writes to the API server: server-side apply by one field manager.

use kube::api::PatchParams;
use kube::{Api, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::access::FIELD_MANAGER;
use crate::patch::applied;

/// Applies an object as it is to be, without its status. Whatever else set the same fields is overruled.
pub(crate) async fn apply<K>(api: &Api<K>, object: &K) -> kube::Result<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Serialize + std::fmt::Debug,
{
    api.patch(&object.name_any(), &PatchParams::apply(FIELD_MANAGER).force(), &applied(object)?).await
}

/// Applies the status that was worked out of `object`, if nobody has changed it since then: otherwise it is a conflict, and
/// everything is to be worked out anew.
pub(crate) async fn apply_status<K, S>(api: &Api<K>, object: &K, status: &S) -> kube::Result<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
    S: Serialize,
{
    let name = object.name_any();
    let patch = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": {
            "name": name,
            "namespace": object.namespace(),
            "uid": object.uid(),
            "resourceVersion": object.resource_version(),
        },
        "status": status,
    });
    api.patch_status(&name, &PatchParams::apply(FIELD_MANAGER).force(), &applied(&patch)?).await
}
