//! Writes to the API server: server-side apply by one field manager.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, ManagedFieldsEntry, ObjectMeta};
use kube::api::{Patch, PatchParams};
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

/// Applies an object, of which this metadata was `found`, if it was. Whatever others wrote by plain writes becomes ours first, so
/// that what of it nobody wants any more goes: such as a probe of another kind, beside which ours would be refused
/// (<https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply-to-server-side-apply>).
pub(crate) async fn take_over<K>(api: &Api<K>, object: &K, found: Option<ObjectMeta>) -> kube::Result<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Serialize + std::fmt::Debug,
{
    if let Some(metadata) = found
        && let Some(fields) = ours(metadata.managed_fields.unwrap_or_default())
    {
        // The resource version is named, so that nobody's write in between is overlooked.
        let metadata = json!({"managedFields": fields, "resourceVersion": metadata.resource_version});
        let patch = Patch::Merge(json!({"metadata": metadata}));
        api.patch(&object.name_any(), &PatchParams::default(), &patch).await?;
    }
    apply(api, object).await
}

/// All fields of plain writes as ours; `None` if there is nothing to take over.
fn ours(fields: Vec<ManagedFieldsEntry>) -> Option<Vec<ManagedFieldsEntry>> {
    let is_applied = |entry: &ManagedFieldsEntry| {
        entry.manager.as_deref() == Some(FIELD_MANAGER) && entry.operation.as_deref() == Some("Apply")
    };
    if fields.iter().any(is_applied) {
        return None;
    }
    let is_plain = |entry: &ManagedFieldsEntry| {
        entry.operation.as_deref() == Some("Update")
            && entry.subresource.as_deref().unwrap_or_default().is_empty()
    };
    let (plain, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_plain);
    let mut own = plain.first()?.clone();
    let mut all = json!({});
    for entry in plain {
        json_patch::merge(&mut all, &entry.fields_v1.map(|fields| fields.0).unwrap_or_default());
    }
    own.manager = Some(FIELD_MANAGER.to_owned());
    own.operation = Some("Apply".to_owned());
    own.fields_v1 = Some(FieldsV1(all));
    Some([own].into_iter().chain(others).collect())
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn entry(manager: &str, operation: &str, subresource: &str, fields: Value) -> ManagedFieldsEntry {
        serde_json::from_value(json!({
            "manager": manager, "operation": operation, "subresource": subresource, "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        }))
        .unwrap()
    }

    #[test]
    fn plain_writes_of_others_become_one_of_ours() {
        let status = entry("controllers", "Update", "status", json!({"f:status": {}}));
        let applied = entry("flux", "Apply", "", json!({"f:metadata": {}}));
        let plain = [
            entry("manager", "Update", "", json!({"f:spec": {"f:replicas": {}, "f:template": {".": {}}}})),
            entry("kubectl-edit", "Update", "", json!({"f:spec": {"f:template": {"f:spec": {}}}})),
        ];
        let [first, second] = plain;
        let taken = ours(vec![first, status.clone(), second, applied.clone()]).unwrap();
        let all = json!({"f:spec": {"f:replicas": {}, "f:template": {".": {}, "f:spec": {}}}});
        assert_eq!(taken, [entry(FIELD_MANAGER, "Apply", "", all), status.clone(), applied]);
        assert_eq!(ours(taken), None, "it is ours already");
        assert_eq!(ours(vec![status]), None);
    }
}
