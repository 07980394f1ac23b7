//! Services, as far as discovery looks at them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::annotations::Annotations;
use super::name::ObjectName;
use super::route::BackendPort;

/// A Service.
///
/// ```
/// use dast_core::discovery::{ObjectName, Service, ServicePort};
///
/// let mut web = Service::new(ObjectName::new("shop", "web"), "uid-1");
/// web.ports.push(ServicePort::tcp(80));
/// assert!(web.selector.is_empty() && web.ports[0].name.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: ObjectName,
    /// `metadata.uid`: another one of the same name is another Service.
    pub uid: Arc<str>,
    /// What kind of address it has.
    pub kind: ServiceKind,
    /// `spec.clusterIPs`, none for a headless one.
    pub cluster_ips: Vec<IpAddr>,
    /// `spec.selector`.
    pub selector: BTreeMap<String, String>,
    /// `spec.ports`.
    pub ports: Vec<ServicePort>,
    /// Its annotations.
    pub annotations: Annotations,
}

impl Service {
    /// A Service with an address of its own and nothing else.
    pub fn new(name: ObjectName, uid: impl Into<Arc<str>>) -> Self {
        Self {
            name,
            uid: uid.into(),
            kind: ServiceKind::Virtual,
            cluster_ips: Vec::new(),
            selector: BTreeMap::new(),
            ports: Vec::new(),
            annotations: Annotations::default(),
        }
    }

    /// Whether all but the pods behind it is the same in both, so that nothing but what runs may differ.
    pub(super) fn is_planned_like(&self, other: &Self) -> bool {
        let Self { name, uid: _, kind, cluster_ips: _, selector: _, ports, annotations } = self;
        (name, kind, ports, annotations) == (&other.name, &other.kind, &other.ports, &other.annotations)
    }

    /// The TCP ports, which are all that may speak HTTP here.
    pub(super) fn tcp_ports(&self) -> impl Iterator<Item = &ServicePort> {
        self.ports.iter().filter(|port| port.protocol == Protocol::Tcp)
    }

    /// Whether one of its ports is the one that a route means.
    pub(super) fn is_meant(&self, used: &BackendPort, port: &ServicePort) -> bool {
        used.means(port.port, &port.name, self.ports.first() == Some(port))
    }
}

impl ServiceKind {
    /// The Service that one of this kind is another name for, if it is one. Controllers look names up below the domain of their
    /// cluster, too, so that `web.shop` may be one, and pods have names below that of their Service
    /// (<https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/>).
    ///
    /// ```
    /// use dast_core::discovery::{ObjectName, ServiceKind};
    ///
    /// let alias = ServiceKind::ExternalName("web-0.web.shop.svc.cluster.local".into());
    /// assert_eq!(alias.stands_for(), Some(ObjectName::new("shop", "web")));
    /// ```
    pub fn stands_for(&self) -> Option<ObjectName> {
        let Self::ExternalName(to) = self else { return None };
        let to = to.to_ascii_lowercase();
        let labels: Vec<&str> = to.trim_end_matches('.').split('.').collect();
        let place = labels.iter().skip(2).position(|label| matches!(*label, "svc" | "pod"));
        let before = labels.get(..place.map_or(labels.len(), |place| place + 2))?;
        match before {
            [.., name, namespace] => Some(ObjectName::new(*namespace, *name)),
            _ => None,
        }
    }
}

/// So many names of one Service are followed, as resolvers do.
const MOST_NAMES: usize = 8;

/// A Service, and those that it stands for one after the other, as far as `find` knows of what kind they are.
///
/// ```
/// use dast_core::discovery::{ObjectName, Service, ServiceKind, alias_chain};
///
/// let mut alias = Service::new(ObjectName::new("free", "alias"), "uid");
/// alias.kind = ServiceKind::ExternalName("web.shop.svc.cluster.local".into());
/// let names = alias_chain(&alias.name, |name| (*name == alias.name).then_some(&alias.kind));
/// assert_eq!(names.collect::<Vec<_>>(), [ObjectName::new("free", "alias"), ObjectName::new("shop", "web")]);
/// ```
pub fn alias_chain<'s>(
    name: &ObjectName,
    find: impl Fn(&ObjectName) -> Option<&'s ServiceKind>,
) -> impl Iterator<Item = ObjectName> {
    std::iter::successors(Some(name.clone()), move |name| find(name)?.stands_for()).take(1 + MOST_NAMES)
}

/// What kind of address a Service has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceKind {
    /// A virtual address: type `ClusterIP`, `NodePort` or `LoadBalancer`.
    Virtual,
    /// `clusterIP: None`: its name leads to its pods.
    Headless,
    /// Type `ExternalName`: its name leads elsewhere.
    ExternalName(String),
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Its name; empty if it has none.
    pub name: Arc<str>,
    /// Its number.
    pub port: u16,
    /// What is spoken below the application.
    pub protocol: Protocol,
    /// `appProtocol`.
    pub app_protocol: Option<String>,
    /// `targetPort`, which is the port's own number if the object does not say.
    pub target: TargetPort,
}

impl ServicePort {
    /// A nameless TCP port.
    pub fn tcp(port: u16) -> Self {
        Self {
            name: Arc::default(),
            port,
            protocol: Protocol::Tcp,
            app_protocol: None,
            target: TargetPort::Number(port),
        }
    }

    /// A TCP port with a name.
    pub fn named(name: impl Into<Arc<str>>, port: u16) -> Self {
        Self { name: name.into(), ..Self::tcp(port) }
    }
}

/// What is spoken below the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP, which HTTP/3 uses; nothing here scans it.
    Udp,
    /// SCTP.
    Sctp,
}

/// Where a Service's port leads to in its pods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetPort {
    /// To this port.
    Number(u16),
    /// To the port of this name, which each pod may give another number.
    Name(Arc<str>),
}
