//! What was found, counted once for all whose policies name none of the rules that it was found by.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::confidence::Confidence;
use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::rule::{AlertRef, RuleId};
use crate::severity::Severity;
use crate::tally::Tally;
use crate::threshold::Unit;

/// Totals of evidence, and which rules they are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    rules: Names,
    /// Whether some instances are of nobody knows which rule.
    has_unnamed: bool,
    /// By the least confidence that counts, those of which nothing was found left out.
    by_confidence: Vec<(Confidence, Vec<Total>)>,
}

/// What there is of one severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) severity: Severity,
    pub(crate) alerts: u64,
    pub(crate) instances: u64,
    /// By their index.
    examples: Box<[u32]>,
}

impl Total {
    /// The findings that are shown for it.
    pub(crate) fn examples<'e>(&self, evidence: &'e Evidence) -> impl Iterator<Item = &'e Finding> {
        self.examples.iter().filter_map(|index| evidence.findings().get(*index as usize))
    }
}

impl Totals {
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let counted = evidence.counts().iter().filter_map(|count| count.alert.as_ref());
        let listed = evidence.findings().iter().map(Finding::alert_ref);
        let mut confidences: Vec<_> = evidence.counts().iter().map(|count| count.confidence).collect();
        confidences.sort_unstable();
        confidences.dedup();
        Self {
            rules: Names::of_alerts(counted.chain(listed)),
            has_unnamed: evidence.counts().iter().any(|count| count.alert.is_none()),
            by_confidence: confidences
                .into_iter()
                .map(|least| (least, totals(&Tally::plain(evidence, least), evidence)))
                .collect(),
        }
    }

    /// The totals of what the scanner is at least so sure of.
    pub(crate) fn from(&self, least: Confidence) -> &[Total] {
        let found = self.by_confidence.iter().find(|(confidence, _)| *confidence >= least);
        found.map_or(&[], |(_, totals)| totals)
    }

    pub(crate) fn has_unnamed(&self) -> bool {
        self.has_unnamed
    }

    /// Whether none of these rules was found. It may say no where it should say yes, since it looks at hashes.
    pub(crate) fn miss(&self, rules: &Names) -> bool {
        self.rules.misses(rules)
    }
}

fn totals(tally: &Tally<'_>, evidence: &Evidence) -> Vec<Total> {
    let index = |example: &&Finding| {
        let position = evidence.findings().iter().position(|finding| std::ptr::eq(finding, *example));
        position.and_then(|position| u32::try_from(position).ok())
    };
    let of = |severity: Severity| {
        let counted = tally.severity(severity).filter(|counted| counted.has_any())?;
        Some(Total {
            severity,
            alerts: counted.of(Unit::Alerts),
            instances: counted.of(Unit::Instances),
            examples: counted.examples.iter().filter_map(index).collect(),
        })
    };
    Severity::ALL.into_iter().filter_map(of).collect()
}

/// Names of rules as hashes: whether two sets have one in common costs next to nothing, and where hashes lie, it is looked
/// at name by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names(Vec<u64>);

impl Names {
    pub(crate) fn of_rules<'r>(rules: impl Iterator<Item = &'r RuleId>) -> Self {
        Self::of(rules.map(RuleId::as_str))
    }

    /// The names by which policies may name these: the alert's own, and that of its rule.
    fn of_alerts<'r>(alerts: impl Iterator<Item = &'r AlertRef>) -> Self {
        Self::of(alerts.flat_map(|alert| [alert.as_str(), alert.plugin_id()]))
    }

    fn of<'r>(names: impl Iterator<Item = &'r str>) -> Self {
        let hash = |name: &str| {
            let mut hasher = FxHasher::default();
            name.hash(&mut hasher);
            hasher.finish()
        };
        let mut hashes: Vec<_> = names.map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.shrink_to_fit();
        Self(hashes)
    }

    fn misses(&self, other: &Self) -> bool {
        let (few, many) = if self.0.len() < other.0.len() { (self, other) } else { (other, self) };
        few.0.iter().all(|hash| many.0.binary_search(hash).is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_in_both_are_noticed() {
        let names = |names: &[&str]| Names::of(names.iter().copied());
        let found = names(&["10038", "10038-1", "40012"]);
        assert!(found.misses(&names(&[])) && found.misses(&names(&["10021", "4001"])));
        assert!(!found.misses(&names(&["10038"])) && !names(&["1", "2", "3", "10038-1"]).misses(&found));
        let alert = AlertRef::variant("10038", 1).unwrap();
        assert_eq!(Names::of_alerts([&alert].into_iter()), names(&["10038-1", "10038"]));
    }
}
