//! What the cluster is like.

use std::net::IpAddr;

use dast_core::discovery::Settings;
use dast_policy::reading::{Place, Reader};
use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::section::{self, Section};
use super::{field, name};

/// What the cluster is like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct Discovery {
    /// Namespaces in which nothing is scanned, besides those that every cluster has for itself, the operator's own, and
    /// the one in which scans run.
    pub system_namespaces: Vec<String>,
    /// Networks in which nothing is scanned, such as 10.0.0.0/24 for the nodes.
    #[serde(serialize_with = "write_networks")]
    #[schemars(schema_with = "networks_schema")]
    pub forbidden_networks: Vec<IpNet>,
    /// The networks that all pods are in. If any is named, nothing is scanned elsewhere.
    #[serde(serialize_with = "write_networks")]
    #[schemars(schema_with = "networks_schema")]
    pub pod_networks: Vec<IpNet>,
    /// The domain of the cluster's DNS.
    pub cluster_domain: String,
    /// Hosts that no route may stand in for when it is scanned.
    pub reserved_hosts: Vec<String>,
    /// Whether every Ingress is gated, as the original did, or only those with a policy or with limits of their own.
    pub gate_every_ingress: bool,
}

impl Discovery {
    const FIELDS: [&str; 6] = [
        "systemNamespaces",
        "forbiddenNetworks",
        "podNetworks",
        "clusterDomain",
        "reservedHosts",
        "gateEveryIngress",
    ];

    pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let default = Self::default();
        let mut section = Section::open(reader, place, &Self::FIELDS);
        Some(Self {
            system_namespaces: section.list("systemNamespaces", name::namespace).unwrap_or_default(),
            forbidden_networks: section.list("forbiddenNetworks", network).unwrap_or_default(),
            pod_networks: section.list("podNetworks", network).unwrap_or_default(),
            cluster_domain: section.take("clusterDomain", name::host).unwrap_or(default.cluster_domain),
            reserved_hosts: section.list("reservedHosts", name::host).unwrap_or_default(),
            gate_every_ingress: section
                .take("gateEveryIngress", field::boolean)
                .unwrap_or(default.gate_every_ingress),
        })
    }

    /// For an index that looks at nothing in `ours` either.
    pub(super) fn settings(&self, ours: [&str; 2]) -> Settings {
        let mut settings = Settings {
            forbidden_networks: self.forbidden_networks.clone(),
            pod_networks: self.pod_networks.clone(),
            cluster_domain: self.cluster_domain.clone(),
            reserved_hosts: self.reserved_hosts.iter().cloned().collect(),
            gate_every_ingress: self.gate_every_ingress,
            ..Settings::default()
        };
        let systems = self.system_namespaces.iter().map(String::as_str).chain(ours);
        settings.system_namespaces.extend(systems.map(Into::into));
        settings
    }
}

/// What is usual for `dast_core`.
impl Default for Discovery {
    fn default() -> Self {
        let Settings { cluster_domain, gate_every_ingress, .. } = Settings::default();
        Self {
            system_namespaces: Vec::new(),
            forbidden_networks: Vec::new(),
            pod_networks: Vec::new(),
            cluster_domain,
            reserved_hosts: Vec::new(),
            gate_every_ingress,
        }
    }
}

/// A network, or a single address.
fn network(reader: &mut Reader, place: Place<'_>) -> Option<IpNet> {
    let text = reader.text(place.clone())?;
    let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    // An address with bits behind the network's is a slip more often than not.
    let exact = network.filter(|network| network.trunc() == *network);
    if exact.is_none() {
        reader.refuse(&place, "a network such as `10.0.0.0/24`, with no bits set behind its length");
    }
    exact
}

fn networks_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": "string", "pattern": "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$"}})
}

fn write_networks<S: Serializer>(networks: &[IpNet], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(networks.iter().map(ToString::to_string))
}
