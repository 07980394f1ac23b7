//! Writes to the API server: server-side apply by one field manager.

use kube::api::PatchParams;
use kube::core::Status;
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

/// Whether it was refused because what it rested on has changed.
pub(crate) fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

/// Whether the API server would refuse the same again, and not only as long as it is busy or does not know yet who asks,
/// as it may be for a moment after its start.
pub(crate) fn is_final(refusal: &Status) -> bool {
    (400..500).contains(&refusal.code) && !matches!(refusal.code, 401 | 408 | 429)
}

/// Whether there is no room in the namespace, which may change
/// (<https://kubernetes.io/docs/concepts/policy/resource-quotas/>).
pub(crate) fn is_over_quota(refusal: &Status) -> bool {
    refusal.code == 403 && refusal.message.contains("exceeded quota")
}

/// Whether there is no such object.
pub(crate) fn is_gone(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_final_unless_it_may_pass() {
        let refused = |code: u16, message: &str| Status::failure(message, "").with_code(code);
        for code in [400, 403, 404, 413, 422] {
            assert!(is_final(&refused(code, "no")), "{code}");
        }
        for code in [401, 408, 429, 500, 503] {
            assert!(!is_final(&refused(code, "not now")), "{code}");
        }
        let quota = r#"jobs.batch "a" is forbidden: exceeded quota: few, requested: count/jobs.batch=1"#;
        assert!(is_over_quota(&refused(403, quota)));
        assert!(!is_over_quota(&refused(403, r#"jobs.batch "a" is forbidden: policy"#)));
    }
}
