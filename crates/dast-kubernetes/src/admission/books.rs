//! What the gate knows: Services, targets, policies, exemptions, and what the installation says.

use std::collections::BTreeMap;
use std::sync::Arc;

use dast_core::admission::{Catalog, Change, Decision, Gate, ScannedTarget};
use dast_core::discovery::{Namespaces, ObjectName, Service, Settings, TargetId};
use dast_core::rulebook::{Ceiling, Defaults, GrantedExemption, NamespacePolicy, Rulebook};
use jiff::Timestamp;

use crate::configuration::Configuration;
use crate::manifests::Manifests;

/// What an object comes to here.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    Service(Service),
    Target(ScannedTarget),
    Ceiling(Ceiling),
    Policy(NamespacePolicy),
    Exemption(GrantedExemption),
}

/// The kinds of objects that something is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shelf {
    Services,
    Targets,
    Ceilings,
    Policies,
    Exemptions,
}

/// All that decisions rest on.
#[derive(Debug)]
pub(super) struct Books {
    catalog: Catalog,
    ceilings: BTreeMap<ObjectName, Ceiling>,
    policies: BTreeMap<ObjectName, NamespacePolicy>,
    exemptions: BTreeMap<ObjectName, GrantedExemption>,
    rulebook: Rulebook,
    /// Whether the rulebook says what is known.
    is_bound: bool,
    defaults: Defaults,
    settings: Settings,
}

impl Books {
    /// Nothing but what an installation says, whose operator is in `namespace`.
    pub(super) fn new(configuration: &Configuration, namespace: &str) -> Self {
        let defaults = configuration.rulebook_defaults(namespace);
        Self {
            catalog: Catalog::default(),
            ceilings: BTreeMap::new(),
            policies: BTreeMap::new(),
            exemptions: BTreeMap::new(),
            rulebook: Rulebook::new(defaults.clone(), [], [], []),
            is_bound: true,
            settings: configuration.discovery_settings(namespace),
            defaults,
        }
    }

    /// Takes over what is in files, in place of all that was known.
    pub(super) fn know(&mut self, manifests: &Manifests) {
        self.catalog = manifests.catalog();
        self.rulebook = manifests.rulebook(self.defaults.clone());
    }

    /// Decides about a change.
    pub(super) fn decide(&self, change: &Change<'_>, now: Timestamp) -> Decision {
        let gate = Gate { catalog: &self.catalog, rulebook: &self.rulebook, settings: &self.settings };
        gate.decide(change, now)
    }

    /// Takes over what the installation says now.
    pub(super) fn configure(&mut self, configuration: &Configuration, namespace: &str) {
        self.settings = configuration.discovery_settings(namespace);
        self.defaults = configuration.rulebook_defaults(namespace);
        self.is_bound = false;
    }

    /// From now on, or no longer, nothing that is known here may be relied on.
    pub(super) fn doubt(&mut self, why: Option<String>) {
        self.catalog.doubt(why);
    }

    /// Takes what there is under a name now; `None` if there is nothing.
    pub(super) fn put(&mut self, shelf: Shelf, name: ObjectName, entry: Option<Entry>) {
        match entry.filter(|entry| entry.may_be_called(&name)) {
            Some(Entry::Service(service)) => self.catalog.put_service(service),
            Some(Entry::Target(target)) => self.catalog.put_target(target),
            Some(Entry::Ceiling(ceiling)) => drop(self.ceilings.insert(name, ceiling)),
            Some(Entry::Policy(policy)) => drop(self.policies.insert(name, policy)),
            Some(Entry::Exemption(exemption)) => drop(self.exemptions.insert(name, exemption)),
            None => match shelf {
                Shelf::Services => self.catalog.remove_service(&name),
                Shelf::Targets => {
                    TargetId::of_object(&name).iter().for_each(|id| self.catalog.remove_target(id));
                }
                Shelf::Ceilings => drop(self.ceilings.remove(&name)),
                Shelf::Policies => drop(self.policies.remove(&name)),
                Shelf::Exemptions => drop(self.exemptions.remove(&name)),
            },
        }
        self.is_bound &= matches!(shelf, Shelf::Services | Shelf::Targets);
    }

    /// Makes a rulebook of what is known, if the one that there is says something else.
    pub(super) fn bind(&mut self) {
        if self.is_bound {
            return;
        }
        self.rulebook = Rulebook::new(
            self.defaults.clone(),
            self.ceilings.values().cloned(),
            self.policies.values().cloned(),
            self.exemptions.values().cloned(),
        );
        self.is_bound = true;
    }
}

impl Entry {
    /// Only the ScanTarget that is called after its Service and port speaks for it, and goes with its name.
    fn may_be_called(&self, name: &ObjectName) -> bool {
        match self {
            Self::Target(target) => target.id.object_name() == *name,
            _ => true,
        }
    }

    /// A policy of the cluster that nobody can read. It may stand over any namespace.
    pub(super) fn unreadable_ceiling(name: &ObjectName, reason: String) -> Self {
        Self::Ceiling(Ceiling::new(Arc::clone(&name.name), Namespaces::all(), Err(reason)))
    }

    /// The policy of a namespace that nobody can read.
    pub(super) fn unreadable_policy(name: &ObjectName, reason: String) -> Self {
        Self::Policy(NamespacePolicy { name: name.clone(), document: Err(reason) })
    }
}
