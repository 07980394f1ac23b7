//! Namespaces, and which of them policies govern.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use super::name::ObjectName;

/// A namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: Arc<str>,
    /// The value of its label `dast.security.banzaicloud.io/scan`: with `true` every Service in it is to be scanned.
    pub scan: Option<String>,
}

/// A policy, as far as discovery asks: over whom it stands.
///
/// ```
/// use dast_core::discovery::{Namespaces, ObjectName, Policy};
///
/// let ceiling = Policy::Cluster { name: "ceiling".into(), governs: Namespaces::All };
/// assert_eq!(ceiling.key().to_string(), "ClusterThresholdPolicy ceiling");
/// let own = Policy::Namespaced(ObjectName::new("shop", "strict"));
/// assert_eq!(own.key().to_string(), "ThresholdPolicy shop/strict");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// The policy of a namespace, over that namespace.
    Namespaced(ObjectName),
    /// A policy of the cluster.
    Cluster {
        /// Its name.
        name: Arc<str>,
        /// Over whom it stands.
        governs: Namespaces,
    },
}

impl Policy {
    /// What it is called.
    pub fn key(&self) -> PolicyRef {
        match self {
            Self::Namespaced(name) => PolicyRef::Namespaced(name.clone()),
            Self::Cluster { name, .. } => PolicyRef::Cluster(Arc::clone(name)),
        }
    }
}

/// The kind and the name of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyRef {
    /// A policy of a namespace.
    Namespaced(ObjectName),
    /// A policy of the cluster.
    Cluster(Arc<str>),
}

impl fmt::Display for PolicyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespaced(name) => write!(f, "ThresholdPolicy {name}"),
            Self::Cluster(name) => write!(f, "ClusterThresholdPolicy {name}"),
        }
    }
}

/// Some namespaces.
///
/// ```
/// use dast_core::discovery::Namespaces;
///
/// let most = Namespaces::AllBut(["lab".into()].into());
/// assert!(most.contains("shop") && !most.contains("lab"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespaces {
    /// All.
    All,
    /// These.
    Only(BTreeSet<Arc<str>>),
    /// All but these.
    AllBut(BTreeSet<Arc<str>>),
}

impl Namespaces {
    /// Whether a namespace is one of them.
    pub fn contains(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(these) => these.contains(namespace),
            Self::AllBut(these) => !these.contains(namespace),
        }
    }
}

/// All policies.
#[derive(Debug, Default)]
pub(super) struct Governance {
    of_namespaces: HashMap<Arc<str>, BTreeSet<Arc<str>>>,
    of_cluster: BTreeMap<Arc<str>, Namespaces>,
}

impl Governance {
    /// Whether any policy stands over a namespace.
    pub(super) fn governs(&self, namespace: &str) -> bool {
        self.of_namespaces.contains_key(namespace)
            || self.of_cluster.values().any(|governed| governed.contains(namespace))
    }

    pub(super) fn put(&mut self, policy: Policy) {
        match policy {
            Policy::Namespaced(ObjectName { namespace, name }) => {
                self.of_namespaces.entry(namespace).or_default().insert(name);
            }
            Policy::Cluster { name, governs } => {
                self.of_cluster.insert(name, governs);
            }
        }
    }

    pub(super) fn remove(&mut self, policy: &PolicyRef) {
        match policy {
            PolicyRef::Namespaced(ObjectName { namespace, name }) => {
                if let Some(own) = self.of_namespaces.get_mut(namespace) {
                    own.remove(name);
                    if own.is_empty() {
                        self.of_namespaces.remove(namespace);
                    }
                }
            }
            PolicyRef::Cluster(name) => {
                self.of_cluster.remove(name);
            }
        }
    }

    pub(super) fn keys(&self) -> Vec<PolicyRef> {
        let own = self.of_namespaces.iter().flat_map(|(namespace, names)| {
            names.iter().map(|name| ObjectName::new(Arc::clone(namespace), Arc::clone(name)))
        });
        let of_cluster = self.of_cluster.keys().cloned().map(PolicyRef::Cluster);
        own.map(PolicyRef::Namespaced).chain(of_cluster).collect()
    }
}
