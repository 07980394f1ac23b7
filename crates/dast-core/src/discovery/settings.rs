//! What the installation says about its cluster.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

/// What the installation says about its cluster.
///
/// ```
/// use dast_core::discovery::{Index, Settings};
///
/// let mut settings = Settings::default();
/// assert!(settings.system_namespaces.contains("kube-system"));
/// settings.api_server.insert("10.96.0.1".parse()?);
/// settings.forbidden_networks.push("192.168.0.0/16".parse()?);
/// let index = Index::new(settings);
/// # let _ = index;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Namespaces in which nothing is scanned. Add the operator's own and the one it scans in.
    pub system_namespaces: BTreeSet<Arc<str>>,
    /// The addresses of the API server: of its Service and of its endpoints.
    pub api_server: BTreeSet<IpAddr>,
    /// Networks that no endpoint may lie in, such as the nodes'.
    pub forbidden_networks: Vec<IpNet>,
    /// The networks that all pods lie in. If any is named, no endpoint may lie elsewhere.
    pub pod_networks: Vec<IpNet>,
    /// The domain of the cluster's DNS.
    pub cluster_domain: String,
    /// Hosts that scan pods look up for themselves, so that no route may stand in for them, lower-case.
    pub reserved_hosts: BTreeSet<String>,
    /// Whether every Ingress is gated, as the original did, or only those in scope of a policy or with annotations.
    pub gate_every_ingress: bool,
}

/// The namespaces that every cluster has for itself
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces>), and the domain
/// that nearly every cluster has. `default` is not the system's, though the API server's Service lies in it.
impl Default for Settings {
    fn default() -> Self {
        Self {
            system_namespaces: ["kube-system", "kube-public", "kube-node-lease"].map(Arc::from).into(),
            api_server: BTreeSet::new(),
            forbidden_networks: Vec::new(),
            pod_networks: Vec::new(),
            cluster_domain: "cluster.local".to_owned(),
            reserved_hosts: BTreeSet::new(),
            gate_every_ingress: false,
        }
    }
}
