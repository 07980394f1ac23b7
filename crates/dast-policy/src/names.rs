//! Names of rules as hashes: whether a set has one costs next to nothing, and where hashes lie, it is looked at name by name.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::rule::{AlertRef, RuleId};

/// A set of names. It may say yes where it should say no.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names(Box<[u64]>);

impl Names {
    pub(crate) fn of_rules<'r>(rules: impl Iterator<Item = &'r RuleId>) -> Self {
        let mut hashes: Vec<u64> = rules.map(|rule| hash(rule.as_str())).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of these sets has an alert or the rule that it belongs to.
    pub(crate) fn any_has(sets: &[&Self], alert: &str) -> bool {
        !sets.is_empty()
            && AlertRef::names_of(alert).map(hash).any(|name| {
                let has = |names: &&Self| names.0.binary_search(&name).is_ok();
                sets.iter().any(has)
            })
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_in_a_set_are_noticed() {
        let names = |rules: &[&str]| {
            let rules: Vec<RuleId> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
            Names::of_rules(rules.iter())
        };
        let (some, others) = (names(&["40012", "10038-1", "10021"]), names(&["10054"]));
        let any_has = |alert: &str| Names::any_has(&[&some, &others], alert);
        for alert in ["40012", "40012-7", "10038-1", "10021", "10054-2"] {
            assert!(any_has(alert), "{alert}");
        }
        for alert in ["10038", "10038-2", "4001", "1"] {
            assert!(!any_has(alert), "{alert}");
        }
        assert!(names(&[]).is_empty() && !Names::any_has(&[], "40012"));
    }
}
