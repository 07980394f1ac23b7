//! Which policies stand over what: the ceilings of the cluster, the policies of namespaces, and exemptions, as layers.
//!
//! An edge makes [`Ceiling`]s, [`NamespacePolicy`]s and [`GrantedExemption`]s of its objects, and a [`Rulebook`] of all of them.
//! It answers for a namespace ([`Rulebook::over`]), and for a route in one that leads to a Service in another
//! ([`Rulebook::between`]): [`Rules`].
//!
//! What cannot be read is kept as such. A policy that cannot be read is none that may be left out, so that where it stands
//! nothing is judged; an exemption that cannot be read exempts nothing.

mod rules;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use dast_policy::{Exemption, PolicyDocument};

use crate::discovery::{Namespaces, ObjectKind, ObjectName};

pub use rules::Rules;

/// A policy of the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// Its name.
    pub name: Arc<str>,
    /// Over whom it stands.
    pub governs: Namespaces,
    /// What it says, or why it cannot be read.
    pub document: Result<PolicyDocument, String>,
    /// The namespaces whose exemptions count under it; `None` for the operator's own.
    pub exemption_namespaces: Option<Namespaces>,
    /// The scanners whose evidence counts under it; `None` for those in the namespaces that the installation trusts.
    pub trusted_scanners: Option<BTreeSet<ObjectName>>,
    /// Users whose routes are not judged, such as `system:serviceaccount:cert-manager:cert-manager`.
    pub exempt_creators: BTreeSet<String>,
    /// Kinds of backends that are let in though nothing but Services is scanned, such as a bucket of static files.
    pub accepted_backends: BTreeSet<ObjectKind>,
}

impl Ceiling {
    /// A ceiling over `governs`, which leaves everything else to the installation.
    pub fn new(
        name: impl Into<Arc<str>>,
        governs: Namespaces,
        document: Result<PolicyDocument, String>,
    ) -> Self {
        Self {
            name: name.into(),
            governs,
            document,
            exemption_namespaces: None,
            trusted_scanners: None,
            exempt_creators: BTreeSet::new(),
            accepted_backends: BTreeSet::new(),
        }
    }
}

/// The policy of a namespace.
#[derive(Debug, Clone, PartialEq)]
pub struct NamespacePolicy {
    /// Its namespace and name.
    pub name: ObjectName,
    /// What it says, or why it cannot be read.
    pub document: Result<PolicyDocument, String>,
}

/// An exemption and whom it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct GrantedExemption {
    /// Its namespace and name.
    pub name: ObjectName,
    /// The namespaces that it is for; `None` for its own.
    pub namespaces: Option<Namespaces>,
    /// The exemption.
    pub exemption: Exemption,
}

impl GrantedExemption {
    fn is_for(&self, namespace: &str) -> bool {
        match &self.namespaces {
            Some(named) => named.contains(namespace),
            None => *self.name.namespace == *namespace,
        }
    }
}

/// What the installation says where nobody else does.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// The operator's own namespace.
    pub namespace: Arc<str>,
    /// The policy where none stands.
    pub policy: PolicyDocument,
    /// The namespaces whose scanners give evidence that counts where no ceiling names scanners.
    pub trusted: Namespaces,
}

impl Defaults {
    /// An operator in `namespace` that trusts its own scanners, with the standard policy.
    pub fn new(namespace: impl Into<Arc<str>>) -> Self {
        let namespace = namespace.into();
        let trusted = Namespaces::matching(Some(vec![&*namespace]), []);
        Self { policy: PolicyDocument::standard(), trusted, namespace }
    }
}

/// All policies and exemptions of a cluster at one time.
///
/// ```
/// use dast_core::discovery::{Namespaces, ObjectName};
/// use dast_core::rulebook::{Ceiling, Defaults, NamespacePolicy, Rulebook};
/// use dast_policy::PolicyDocument;
///
/// let document = PolicyDocument::standard();
/// let ceiling = Ceiling::new("all", Namespaces::all(), Ok(document.clone()));
/// let own = NamespacePolicy { name: ObjectName::new("shop", "strict"), document: Ok(document) };
/// let rulebook = Rulebook::new(Defaults::new("dast-system"), [ceiling], [own], []);
///
/// let policy = rulebook.over("shop").policy()?.clone();
/// let names: Vec<_> = policy.layers().iter().map(ToString::to_string).collect();
/// assert_eq!(names, ["cluster policy `all`", "namespace policy `strict`"]);
/// assert_eq!(rulebook.over("store").policy()?.layers().len(), 1);
/// # Ok::<(), dast_core::rulebook::UnreadableError>(())
/// ```
#[derive(Debug)]
pub struct Rulebook {
    defaults: Defaults,
    ceilings: Vec<Ceiling>,
    /// By namespace.
    policies: HashMap<Arc<str>, Vec<NamespacePolicy>>,
    exemptions: Vec<GrantedExemption>,
    /// What was worked out already. Nothing of a rulebook ever changes.
    known: RwLock<Known>,
}

/// By the namespace of a route and that of what it leads to.
type Known = HashMap<Arc<str>, HashMap<Arc<str>, Arc<Rules>>>;

/// So many pairs of namespaces are kept. Names of namespaces come from requests, and anybody can make them up.
const MOST_KNOWN: usize = 10_000;

/// A policy that stands over something and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableError(String);

impl UnreadableError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        "unreadable_policy"
    }
}

impl Rulebook {
    /// Puts all together. Of two of a kind with one name the later counts.
    pub fn new(
        defaults: Defaults,
        ceilings: impl IntoIterator<Item = Ceiling>,
        policies: impl IntoIterator<Item = NamespacePolicy>,
        exemptions: impl IntoIterator<Item = GrantedExemption>,
    ) -> Self {
        // In the order of their names, so that the same objects are the same layers, whoever was told first.
        let ceilings = by_name(ceilings, |ceiling| ceiling.name.clone());
        let exemptions = by_name(exemptions, |granted| granted.name.clone());
        let mut of_namespaces: HashMap<Arc<str>, Vec<NamespacePolicy>> = HashMap::new();
        for policy in by_name(policies, |policy| policy.name.clone()) {
            of_namespaces.entry(Arc::clone(&policy.name.namespace)).or_default().push(policy);
        }
        Self { defaults, ceilings, policies: of_namespaces, exemptions, known: RwLock::default() }
    }

    /// What stands over the targets of a namespace.
    pub fn over(&self, namespace: &str) -> Arc<Rules> {
        self.between(namespace, namespace)
    }

    /// What stands over a route of one namespace that leads to a target of another: the layers of both, of which each
    /// ceiling counts once.
    pub fn between(&self, route: &str, target: &str) -> Arc<Rules> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = known.get(route).and_then(|targets| targets.get(target)) {
            return Arc::clone(rules);
        }
        drop(known);
        let rules = Arc::new(Rules::gather(self, route, target));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.values().map(HashMap::len).sum::<usize>() >= MOST_KNOWN {
            known.clear();
        }
        known.entry(route.into()).or_default().insert(target.into(), Arc::clone(&rules));
        rules
    }
}

fn by_name<T, N: Ord>(all: impl IntoIterator<Item = T>, name: impl Fn(&T) -> N) -> Vec<T> {
    let named: BTreeMap<N, T> = all.into_iter().map(|one| (name(&one), one)).collect();
    named.into_values().collect()
}
