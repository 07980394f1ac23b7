//! Names that many objects have in common.

use std::collections::HashSet;
use std::sync::Arc;

use super::books::Entry;

/// Names that many objects have in common, such as those of namespaces, each once in memory.
#[derive(Debug, Default)]
pub(super) struct Shared(HashSet<Arc<str>>);

impl Shared {
    /// Forgets what nobody uses any more.
    pub(super) fn tidy(&mut self) {
        self.0.retain(|name| Arc::strong_count(name) > 1);
    }

    /// Makes a name the one that others have already.
    pub(super) fn share(&mut self, name: &mut Arc<str>) {
        match self.0.get(name) {
            Some(known) => *name = Arc::clone(known),
            None => drop(self.0.insert(Arc::clone(name))),
        }
    }

    /// The same with all names of an entry that others have, too. Of policies and exemptions there are few.
    pub(super) fn share_all(&mut self, entry: &mut Entry) {
        match entry {
            Entry::Service(service) => self.share(&mut service.name.namespace),
            Entry::Target(target) => {
                let scanner = &mut target.scanner;
                for name in [&mut target.id.service.namespace, &mut scanner.namespace, &mut scanner.name] {
                    self.share(name);
                }
            }
            Entry::Ceiling(_) | Entry::Policy(_) | Entry::Exemption(_) => {}
        }
    }
}
