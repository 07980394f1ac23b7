//! What the pod of an attempt may reach: nothing may reach it, and it reaches no more than it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::dispatch::{Dispatch, Engine, Reach};
use super::{OPERATOR, RESULTS_PORT, labels};
use crate::pod::label::{self, Labels};
use crate::shared_zap;

/// The label that every namespace has
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>).
const NAMESPACE: &str = "kubernetes.io/metadata.name";

pub(super) fn policy(dispatch: &Dispatch<'_>) -> NetworkPolicySpec {
    let mut egress = match &dispatch.engine {
        Engine::Shared { namespace, dast, .. } => {
            vec![to_pods(namespace, shared_zap::pod_labels(dast), &[port("TCP", shared_zap::PORT)])]
        }
        Engine::Builtin | Engine::PerScan { .. } => to_target(&dispatch.reach),
    };
    egress.push(NetworkPolicyEgressRule {
        to: Some(vec![peer("kube-system", BTreeMap::new())]),
        ports: Some(vec![port("UDP", 53), port("TCP", 53)]),
    });
    let operator = label::labels([OPERATOR]);
    egress.push(to_pods(&dispatch.operator.namespace, operator, &[port("TCP", RESULTS_PORT)]));
    NetworkPolicySpec {
        pod_selector: Some(selecting(labels::selector(dispatch.order))),
        policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
        ingress: None,
        egress: Some(egress),
    }
}

fn to_target(reach: &Reach) -> Vec<NetworkPolicyEgressRule> {
    match reach {
        Reach::Pods { namespace, selector, ports } => {
            let ports: Vec<_> = ports.iter().map(|number| tcp(number.clone())).collect();
            vec![to_pods(namespace, selector.clone(), &ports)]
        }
        Reach::Addresses(addresses) => to_addresses(addresses),
    }
}

/// One rule for each port, since a rule lets all its ports through at all its peers.
fn to_addresses(addresses: &[SocketAddr]) -> Vec<NetworkPolicyEgressRule> {
    let mut by_port: BTreeMap<u16, BTreeSet<IpAddr>> = BTreeMap::new();
    for address in addresses {
        by_port.entry(address.port()).or_default().insert(address.ip());
    }
    let block = |address: IpAddr| NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: ipnet::IpNet::from(address).to_string(), except: None }),
        ..NetworkPolicyPeer::default()
    };
    let rule = |(number, addresses): (u16, BTreeSet<IpAddr>)| NetworkPolicyEgressRule {
        to: Some(addresses.into_iter().map(block).collect()),
        ports: Some(vec![port("TCP", number)]),
    };
    by_port.into_iter().map(rule).collect()
}

fn to_pods(namespace: &str, pods: Labels, ports: &[NetworkPolicyPort]) -> NetworkPolicyEgressRule {
    NetworkPolicyEgressRule { to: Some(vec![peer(namespace, pods)]), ports: Some(ports.to_vec()) }
}

/// Pods of one namespace; all of them if there are no labels.
fn peer(namespace: &str, pods: Labels) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(selecting(label::labels([(NAMESPACE, namespace)]))),
        pod_selector: Some(selecting(pods)),
        ip_block: None,
    }
}

fn selecting(labels: Labels) -> LabelSelector {
    LabelSelector { match_labels: Some(labels), match_expressions: None }
}

fn port(protocol: &str, number: u16) -> NetworkPolicyPort {
    NetworkPolicyPort { protocol: Some(protocol.to_owned()), ..tcp(IntOrString::Int(number.into())) }
}

fn tcp(port: IntOrString) -> NetworkPolicyPort {
    NetworkPolicyPort { port: Some(port), protocol: Some("TCP".to_owned()), end_port: None }
}
