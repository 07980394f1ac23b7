//! What stands over a target, and over a route that leads there.

use std::collections::BTreeSet;
use std::sync::Arc;

use dast_policy::{Exemption, Layer, Policy, PolicyDocument, Scope};
use jiff::Timestamp;

use super::{Ceiling, GrantedExemption, Rulebook, UnreadableError};
use crate::discovery::{Namespaces, ObjectKind, ObjectName};

/// What stands over a target, and over a route that leads there.
#[derive(Debug)]
pub struct Rules {
    policy: Result<Policy, UnreadableError>,
    is_governed: bool,
    /// For each ceiling that names scanners, those.
    named: Vec<BTreeSet<ObjectName>>,
    /// Where no ceiling does.
    trusted: Namespaces,
    /// Whom all ceilings exempt.
    exempt_creators: BTreeSet<String>,
    /// What all ceilings accept besides Services.
    accepted_backends: BTreeSet<ObjectKind>,
}

impl Rules {
    pub(super) fn gather(book: &Rulebook, route: &str, target: &str) -> Self {
        let governs =
            |ceiling: &&Ceiling| ceiling.governs.contains(route) || ceiling.governs.contains(target);
        let ceilings: Vec<&Ceiling> = book.ceilings.iter().filter(governs).collect();
        let own = own_policies(book, route, target);
        Self {
            is_governed: !ceilings.is_empty() || !own.is_empty(),
            policy: policy(book, &ceilings, &own, target),
            named: ceilings.iter().filter_map(|ceiling| ceiling.trusted_scanners.clone()).collect(),
            trusted: book.defaults.trusted.clone(),
            exempt_creators: common(ceilings.iter().map(|ceiling| &ceiling.exempt_creators)),
            accepted_backends: common(ceilings.iter().map(|ceiling| &ceiling.accepted_backends)),
        }
    }

    /// The layers that judge; where nobody wrote a policy, the installation's.
    ///
    /// # Errors
    /// When one of them cannot be read: then there is no judgement.
    pub fn policy(&self) -> Result<&Policy, UnreadableError> {
        self.policy.as_ref().map_err(Clone::clone)
    }

    /// Whether anybody wrote a policy that stands here.
    pub fn is_governed(&self) -> bool {
        self.is_governed
    }

    /// The layers that judge a route with `annotations` of its own. Where nobody wrote a policy, these are all.
    ///
    /// # Errors
    /// When one of the layers cannot be read.
    pub fn policy_with(&self, annotations: &Arc<Layer>) -> Result<Policy, UnreadableError> {
        let above = if self.is_governed { self.policy()?.layers() } else { &[] };
        let layers = above.iter().chain([annotations]).cloned();
        Policy::new(layers).map_err(|error| UnreadableError(error.to_string()))
    }

    /// Why the evidence of a scanner does not count, if it does not. Every ceiling that names scanners has to name it.
    pub fn distrust(&self, scanner: &ObjectName) -> Option<String> {
        if !self.named.is_empty() {
            let trusted = self.named.iter().all(|named| named.contains(scanner));
            return (!trusted).then(|| {
                format!("scanner `{scanner}` is not among the `trustedScanners` of the cluster policy")
            });
        }
        let trusted = self.trusted.contains(&scanner.namespace);
        (!trusted).then(|| {
            format!(
                "scanner `{scanner}` does not count here: `trustedNamespaces` of the configuration do not name its namespace"
            )
        })
    }

    /// Whether the routes of a user are not judged: some ceiling stands here, and all that do say so.
    pub fn exempts(&self, user: &str) -> bool {
        self.exempt_creators.contains(user)
    }

    /// Whether what is no Service is let in unseen for its kind: some ceiling stands here, and all that do say so.
    pub fn accepts(&self, kind: &ObjectKind) -> bool {
        self.accepted_backends.contains(kind)
    }

    /// When time alone changes the verdict on evidence from a scan that ended at `ended`, of a target whose workload is as it is
    /// since `revision_since`.
    pub fn expires(
        &self,
        ended: Timestamp,
        revision_since: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let layers = self.policy.as_ref().map(Policy::layers).unwrap_or_default();
        let ages = layers.iter().filter_map(|layer| {
            let most = layer.document().max_age.unwrap_or(PolicyDocument::DEFAULT_MAX_AGE);
            ended.checked_add(most).ok()
        });
        let exemptions = layers.iter().flat_map(|layer| &layer.document().exemptions);
        let exemptions = exemptions.map(Exemption::expires);
        let graces =
            layers.iter().filter_map(|layer| revision_since?.checked_add(layer.document().grace?).ok());
        ages.chain(exemptions).chain(graces).filter(|at| *at > now).min()
    }
}

/// What is in all of them; nothing, if there are none.
fn common<'c, T: Ord + Clone + 'c>(sets: impl Iterator<Item = &'c BTreeSet<T>>) -> BTreeSet<T> {
    let common = sets.cloned().reduce(|all, more| all.intersection(&more).cloned().collect());
    common.unwrap_or_default()
}

/// The policies of the two namespaces, each namespace once.
fn own_policies<'b>(book: &'b Rulebook, route: &str, target: &str) -> Vec<&'b super::NamespacePolicy> {
    let of = |namespace: &str| book.policies.get(namespace).into_iter().flatten();
    let elsewhere = (route != target).then(|| of(route)).into_iter().flatten();
    of(target).chain(elsewhere).collect()
}

fn policy(
    book: &Rulebook,
    ceilings: &[&Ceiling],
    own: &[&super::NamespacePolicy],
    target: &str,
) -> Result<Policy, UnreadableError> {
    let mut layers = Vec::new();
    for ceiling in ceilings {
        let document = ceiling.document.as_ref();
        let mut document =
            document.map_err(|error| unreadable("cluster policy", &ceiling.name, error))?.clone();
        document.exemptions.extend(exemptions_under(ceiling, book, target));
        layers.push(layer(Scope::Cluster, &ceiling.name, document)?);
    }
    for policy in own {
        let document = policy.document.as_ref();
        let mut document = document.map_err(|error| unreadable("policy", &policy.name.name, error))?.clone();
        // A ceiling decides who may exempt; where there is none, each namespace does for its own policy.
        if ceilings.is_empty() {
            document.exemptions.extend(exemptions_in(&policy.name.namespace, book, target));
        }
        layers.push(layer(Scope::Namespace, &policy.name.name, document)?);
    }
    if layers.is_empty() {
        let mut document = book.defaults.policy.clone();
        document.exemptions.extend(exemptions_in(target, book, target));
        layers.push(layer(Scope::Cluster, "configuration", document)?);
    }
    Policy::new(layers).map_err(|error| UnreadableError(error.to_string()))
}

fn layer(scope: Scope, name: &str, document: PolicyDocument) -> Result<Layer, UnreadableError> {
    Layer::new(scope, name, document).map_err(|error| UnreadableError(format!("{scope} `{name}`: {error}")))
}

fn unreadable(what: &str, name: &str, error: &str) -> UnreadableError {
    UnreadableError(format!("{what} `{name}` cannot be read: {error}"))
}

/// The exemptions that a ceiling lets count for a target's namespace.
fn exemptions_under(ceiling: &Ceiling, book: &Rulebook, target: &str) -> Vec<Exemption> {
    let counts = |granted: &&GrantedExemption| {
        let namespace = &granted.name.namespace;
        match &ceiling.exemption_namespaces {
            Some(accepted) => accepted.contains(namespace),
            None => *namespace == book.defaults.namespace,
        }
    };
    let granted = book.exemptions.iter().filter(counts).filter(|granted| granted.is_for(target));
    granted.map(|granted| granted.exemption.clone()).collect()
}

/// The exemptions of a namespace for a target's.
fn exemptions_in(namespace: &str, book: &Rulebook, target: &str) -> Vec<Exemption> {
    let own = book.exemptions.iter().filter(|granted| *granted.name.namespace == *namespace);
    own.filter(|granted| granted.is_for(target)).map(|granted| granted.exemption.clone()).collect()
}
