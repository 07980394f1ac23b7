//! The rulebook of what is known.

use std::sync::{Arc, Mutex, PoisonError};

use dast_core::discovery::Namespaces;
use dast_core::rulebook::{Ceiling, Defaults, NamespacePolicy, Rulebook};

use super::Known;
use crate::facts;

/// The rulebook that was made last, and of what.
#[derive(Debug, Default)]
pub(super) struct Last(Mutex<Option<(Edition, Arc<Rulebook>)>>);

/// What a rulebook was made of: so many writes to each of three stores, and what counts where they say nothing.
#[derive(Debug, Clone, PartialEq)]
struct Edition {
    writes: [u64; 3],
    defaults: Defaults,
}

impl Known {
    /// All policies and exemptions as they are known now.
    pub(crate) fn rulebook(&self, defaults: Defaults) -> Arc<Rulebook> {
        let writes = [self.ceilings.writes(), self.policies.writes(), self.exemptions.writes()];
        let edition = Edition { writes, defaults };
        let mut last = self.rulebook.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((of, rulebook)) if *of == edition => Arc::clone(rulebook),
            _ => {
                let rulebook = Arc::new(self.gather(edition.defaults.clone()));
                *last = Some((edition, Arc::clone(&rulebook)));
                rulebook
            }
        }
    }

    fn gather(&self, defaults: Defaults) -> Rulebook {
        let ceilings = self.ceilings.all();
        let readable = ceilings.iter().filter_map(|ceiling| facts::ceiling_rules(ceiling));
        // One that cannot be read may stand over any namespace.
        let unreadable = self.ceilings.unreadable().into_iter();
        let unreadable =
            unreadable.map(|(name, reason)| Ceiling::new(name.name, Namespaces::all(), Err(reason)));
        let policies = self.policies.all();
        let own = policies.iter().filter_map(|policy| facts::namespace_policy(policy));
        let own_unreadable = self.policies.unreadable().into_iter();
        let own_unreadable =
            own_unreadable.map(|(name, reason)| NamespacePolicy { name, document: Err(reason) });
        let exemptions = self.exemptions.all();
        let exemptions = exemptions.iter().filter_map(|exemption| facts::granted_exemption(exemption));
        Rulebook::new(defaults, readable.chain(unreadable), own.chain(own_unreadable), exemptions)
    }
}

#[cfg(test)]
mod tests;
