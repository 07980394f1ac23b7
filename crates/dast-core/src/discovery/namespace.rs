//! Namespaces, and which of them policies govern.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use wildmatch::WildMatch;

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
/// let ceiling = Policy::Cluster { name: "ceiling".into(), governs: Namespaces::all() };
/// assert_eq!(ceiling.key().to_string(), "ClusterThresholdPolicy ceiling");
/// let own = Policy::Namespaced(ObjectName::new("shop", "strict"));
/// assert_eq!(own.key().to_string(), "ThresholdPolicy shop/strict");
/// ```
#[derive(Debug, Clone, PartialEq)]
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

/// Some namespaces, by their names.
///
/// ```
/// use dast_core::discovery::Namespaces;
///
/// let most = Namespaces::matching(None, ["lab-*"]);
/// assert!(most.contains("shop") && !most.contains("lab-1"));
/// let some = Namespaces::matching(Some(vec!["team-*"]), ["team-b"]);
/// assert!(some.contains("team-a") && !some.contains("team-b") && !some.contains("shop"));
/// assert!(!Namespaces::matching(Some(vec![]), [""; 0]).contains("shop"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Namespaces {
    /// All, if there are none.
    include: Option<Vec<WildMatch>>,
    exclude: Vec<WildMatch>,
}

impl Namespaces {
    /// All.
    pub fn all() -> Self {
        Self { include: None, exclude: Vec::new() }
    }

    /// Those that are included, or all, but not those that are excluded. In a name `*` stands for any letters.
    pub fn matching<S: AsRef<str>>(include: Option<Vec<S>>, exclude: impl IntoIterator<Item = S>) -> Self {
        let pattern = |name: S| WildMatch::new(name.as_ref());
        Self {
            include: include.map(|names| names.into_iter().map(pattern).collect()),
            exclude: exclude.into_iter().map(pattern).collect(),
        }
    }

    /// Whether a namespace is one of them.
    pub fn contains(&self, namespace: &str) -> bool {
        let among = |patterns: &[WildMatch]| patterns.iter().any(|pattern| pattern.matches(namespace));
        self.include.as_deref().is_none_or(among) && !among(&self.exclude)
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
