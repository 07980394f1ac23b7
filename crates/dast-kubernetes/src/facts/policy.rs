//! Policies and exemptions: over whom they stand, and what they say.

use std::collections::BTreeSet;

use dast_core::discovery::{Namespaces, ObjectKind, ObjectName, Policy};
use dast_core::rulebook::{Ceiling, GrantedExemption, NamespacePolicy};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::name;
use crate::crd::{ClusterThresholdPolicy, Exemption, NamespaceSelection, ScannerRef, ThresholdPolicy};

/// The fact of a ceiling: over whom it stands.
pub fn ceiling(object: &ClusterThresholdPolicy) -> Option<Policy> {
    Some(Policy::Cluster { name: object.metadata.name.as_deref()?.into(), governs: governed(object) })
}

/// One that cannot be read stands over all.
pub(crate) fn unreadable(metadata: &ObjectMeta) -> Option<Policy> {
    Some(Policy::Cluster { name: metadata.name.as_deref()?.into(), governs: Namespaces::all() })
}

/// A ceiling as a rulebook has it.
pub fn ceiling_rules(object: &ClusterThresholdPolicy) -> Option<Ceiling> {
    let document = object.spec.policy.read().map_err(|error| error.to_string());
    let mut ceiling = Ceiling::new(object.metadata.name.as_deref()?, governed(object), document);
    ceiling.exemption_namespaces = object.spec.exemption_namespaces.clone().map(only);
    let scanners = object.spec.trusted_scanners.as_ref();
    ceiling.trusted_scanners = scanners.map(|scanners| scanners.iter().map(scanner_name).collect());
    ceiling.exempt_creators = object.spec.exempt_creators.iter().flatten().cloned().collect::<BTreeSet<_>>();
    let accepted = object.spec.accepted_backends.iter().flatten();
    ceiling.accepted_backends = accepted.map(|kind| ObjectKind::from(kind.as_str())).collect();
    Some(ceiling)
}

/// The policy of a namespace as a rulebook has it.
pub fn namespace_policy(object: &ThresholdPolicy) -> Option<NamespacePolicy> {
    let document = object.spec.policy.read().map_err(|error| error.to_string());
    Some(NamespacePolicy { name: name(&object.metadata)?, document })
}

/// An exemption as a rulebook has it; `None` if it cannot be read, since such a one exempts nothing.
pub fn granted_exemption(object: &Exemption) -> Option<GrantedExemption> {
    Some(GrantedExemption {
        name: name(&object.metadata)?,
        namespaces: object.spec.namespaces.clone().map(only),
        exemption: object.spec.exemption.read().ok()?,
    })
}

/// The name of a scanner.
pub(crate) fn scanner_name(scanner: &ScannerRef) -> ObjectName {
    ObjectName::new(scanner.namespace.as_str(), scanner.name.as_str())
}

fn governed(object: &ClusterThresholdPolicy) -> Namespaces {
    let NamespaceSelection { include, exclude } = object.spec.namespaces.clone().unwrap_or_default();
    Namespaces::matching(include, exclude.unwrap_or_default())
}

fn only(names: Vec<String>) -> Namespaces {
    Namespaces::matching(Some(names), Vec::new())
}
