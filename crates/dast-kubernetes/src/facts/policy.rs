//! Ceilings: policies of the cluster.

use dast_core::discovery::{Namespaces, Policy};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::crd::{ClusterThresholdPolicy, NamespaceSelection};

/// The fact of a ceiling: over whom it stands.
pub fn ceiling(object: &ClusterThresholdPolicy) -> Option<Policy> {
    let NamespaceSelection { include, exclude } = object.spec.namespaces.clone().unwrap_or_default();
    let governs = Namespaces::matching(include, exclude.unwrap_or_default());
    Some(Policy::Cluster { name: object.metadata.name.as_deref()?.into(), governs })
}

/// One that cannot be read stands over all.
pub(crate) fn unreadable(metadata: &ObjectMeta) -> Option<Policy> {
    Some(Policy::Cluster { name: metadata.name.as_deref()?.into(), governs: Namespaces::all() })
}
