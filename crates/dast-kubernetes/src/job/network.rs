//! What the pod of an attempt may reach: nothing may reach it, and it reaches no more than it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};

use super::dispatch::{Dispatch, Engine, Reach};
use super::{OPERATOR, RESULTS_PORT, labels};
use crate::pod::label::{self, Labels};
use crate::pod::network::{pods, port, selecting, tcp};
use crate::shared_zap;

pub(super) fn policy(dispatch: &Dispatch<'_>) -> NetworkPolicySpec {
    let mut egress = match &dispatch.engine {
        Engine::Shared { namespace, dast, .. } => {
            vec![to_pods(namespace, shared_zap::pod_labels(dast), &[port("TCP", shared_zap::PORT)])]
        }
        Engine::Builtin | Engine::PerScan { .. } => to_target(&dispatch.reach),
    };
    egress.push(NetworkPolicyEgressRule {
        to: Some(vec![pods("kube-system", Labels::new())]),
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

fn to_pods(namespace: &str, labels: Labels, ports: &[NetworkPolicyPort]) -> NetworkPolicyEgressRule {
    NetworkPolicyEgressRule { to: Some(vec![pods(namespace, labels)]), ports: Some(ports.to_vec()) }
}
