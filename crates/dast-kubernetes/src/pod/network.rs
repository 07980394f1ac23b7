//! Parts of NetworkPolicies. A rule without peers, and one without ports, is one for everything.

use k8s_openapi::api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::label::{self, Labels};

/// The label that every namespace has
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>).
const NAMESPACE: &str = "kubernetes.io/metadata.name";

/// Pods of one namespace; all of them if there are no labels.
pub(crate) fn pods(namespace: &str, labels: Labels) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(selecting(label::labels([(NAMESPACE, namespace)]))),
        pod_selector: Some(selecting(labels)),
        ip_block: None,
    }
}

/// What has all of these labels.
pub(crate) fn selecting(labels: Labels) -> LabelSelector {
    LabelSelector { match_labels: Some(labels), match_expressions: None }
}

/// A port by its number.
pub(crate) fn port(protocol: &str, number: u16) -> NetworkPolicyPort {
    NetworkPolicyPort { protocol: Some(protocol.to_owned()), ..tcp(IntOrString::Int(number.into())) }
}

/// A TCP port by its number or its name.
pub(crate) fn tcp(port: IntOrString) -> NetworkPolicyPort {
    NetworkPolicyPort { port: Some(port), protocol: Some("TCP".to_owned()), end_port: None }
}
