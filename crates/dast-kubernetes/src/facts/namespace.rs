//! Namespaces.

use dast_core::discovery::Namespace;
use dast_policy::ANNOTATION_PREFIX;
use k8s_openapi::api::core::v1 as core;

/// The fact of a namespace.
pub fn namespace(object: &core::Namespace) -> Option<Namespace> {
    let labels = object.metadata.labels.as_ref();
    let scan = labels.and_then(|labels| labels.get(&format!("{ANNOTATION_PREFIX}scan")));
    Some(Namespace { name: object.metadata.name.as_deref()?.into(), scan: scan.cloned() })
}
