//! Findings in, counts and a bounded list of the worst out.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bound::Bound;
use crate::confidence::Confidence;
use crate::count::Count;
use crate::finding::Finding;
use crate::rule::AlertRef;
use crate::severity::Severity;

/// Builds [`Evidence`](crate::Evidence) from any number of findings, in memory that grows with the number of *rules* only.
///
/// The order in which findings arrive does not matter. Counts are exact. Of the instances the worst are listed: by
/// severity, then confidence, then rule and place; false positives come last. Half of the room is kept for one instance
/// of each rule, so that a weakness on every page does not hide the others.
///
/// ```
/// use dast_policy::{AlertRef, Collector, Confidence, Finding, Severity};
///
/// let mut collector = Collector::new();
/// for page in 0..1000 {
///     let url = format!("http://shop.test/{page}");
///     collector.add(&Finding::new(AlertRef::of("10021")?, Severity::Low, Confidence::Medium, "GET", &url)?);
/// }
/// assert_eq!(collector.instances(), 1000);
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Collector {
    /// Looked up for every finding. Scanners name rules, not what they scan, so that nobody can aim at the hash.
    rules: FxHashMap<AlertRef, OfRule>,
    instances: u64,
    /// The worst instances so far; the mildest of them on top.
    kept: BinaryHeap<Ranked>,
    kept_bytes: usize,
    /// The worst instance that was ever dropped for want of room. What ranks after it would have had no room either
    /// if all had arrived in order, so it gets none now.
    horizon: Option<Ranked>,
}

/// What was found of one rule.
#[derive(Debug, Clone, Default)]
struct OfRule {
    tally: Tally,
    worst: Option<Ranked>,
}

/// Instances by severity and confidence.
type Tally = [[u64; Confidence::ALL.len()]; Severity::ALL.len()];

impl Collector {
    /// A collector that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a finding.
    pub fn add(&mut self, finding: &Finding) {
        self.instances = self.instances.saturating_add(1);
        let horizon = self.horizon.as_ref();
        let kept = match self.rules.get_mut(finding.alert_ref()) {
            Some(of_rule) => of_rule.take(finding, horizon),
            None => self.rules.entry(finding.alert_ref().clone()).or_default().take(finding, horizon),
        };
        if let Some(ranked) = kept {
            self.keep(ranked);
        }
    }

    /// How many findings it has taken.
    pub fn instances(&self) -> u64 {
        self.instances
    }

    /// The rows of counts, and the instances that are listed; the worst of each first.
    pub(crate) fn into_parts(self) -> (Vec<Count>, Vec<Finding>) {
        let mut worst: Vec<Ranked> = Vec::new();
        let mut tallies = Vec::new();
        for (alert, of_rule) in self.rules {
            worst.extend(of_rule.worst);
            tallies.push((alert, of_rule.tally));
        }
        worst.sort();
        let mut room = Room(Bound::MOST_BYTES / 2);
        let mut listed: Vec<Ranked> = worst.into_iter().take_while(|ranked| room.take(ranked)).collect();
        let mut room = Room(Bound::MOST_BYTES);
        let mut examples: Vec<Ranked> = listed.iter().filter(|example| room.take(example)).cloned().collect();
        for ranked in self.kept.into_sorted_vec() {
            // An example is listed already, but only once of several that are alike.
            if let Some(index) = examples.iter().position(|example| *example == ranked) {
                examples.swap_remove(index);
            } else if room.take(&ranked) {
                listed.push(ranked);
            } else {
                break;
            }
        }
        listed.sort();
        (rows(tallies), listed.into_iter().map(|ranked| Arc::unwrap_or_clone(ranked.finding)).collect())
    }

    fn keep(&mut self, ranked: Ranked) {
        if self.horizon.as_ref().is_some_and(|horizon| ranked >= *horizon) {
            return;
        }
        self.kept_bytes += ranked.size;
        self.kept.push(ranked);
        while self.kept_bytes > Bound::MOST_BYTES {
            let Some(mildest) = self.kept.pop() else { break };
            self.kept_bytes -= mildest.size;
            self.horizon = Some(mildest);
        }
    }
}

impl OfRule {
    /// Counts a finding, and copies it if it may have to be listed.
    fn take(&mut self, finding: &Finding, horizon: Option<&Ranked>) -> Option<Ranked> {
        self.count(finding);
        // The common case once there is much: neither the worst of its rule nor of all.
        let behind =
            |other: Option<&Ranked>| other.is_some_and(|other| by_place(finding, &other.finding).is_gt());
        if behind(self.worst.as_ref()) && behind(horizon) {
            return None;
        }
        let places = [finding.method(), finding.url(), finding.param()];
        if places.iter().any(|text| text.len() > Bound::MOST_PLACE) {
            return None;
        }
        let mut finding = finding.clone();
        finding.shorten(Bound::MOST_TEXT);
        let ranked = Ranked::new(finding);
        self.offer(&ranked);
        Some(ranked)
    }

    fn count(&mut self, finding: &Finding) {
        let row = self.tally.get_mut(finding.severity() as usize);
        if let Some(cell) = row.and_then(|row| row.get_mut(finding.confidence() as usize)) {
            *cell = cell.saturating_add(1);
        }
    }

    /// Keeps the worst. A false positive is nobody's example.
    fn offer(&mut self, ranked: &Ranked) {
        let real = ranked.finding.confidence() != Confidence::FalsePositive;
        if real && self.worst.as_ref().is_none_or(|worst| ranked < worst) {
            self.worst = Some(ranked.clone());
        }
    }
}

/// Room in a list, in bytes of JSON.
struct Room(usize);

impl Room {
    /// Takes room for an instance, if there is enough.
    fn take(&mut self, ranked: &Ranked) -> bool {
        let size = ranked.size;
        let fits = size <= self.0;
        if fits {
            self.0 -= size;
        }
        fits
    }
}

/// The counts as rows, the worst first; those beyond the bound are put together by severity and confidence.
fn rows(tallies: Vec<(AlertRef, Tally)>) -> Vec<Count> {
    let mut rows = Vec::new();
    for (alert, tally) in tallies {
        for severity in Severity::ALL {
            for confidence in Confidence::ALL {
                let row = tally.get(severity as usize).and_then(|row| row.get(confidence as usize));
                if let Some(&instances) = row.filter(|instances| **instances > 0) {
                    rows.push(Count { alert: Some(alert.clone()), severity, confidence, instances });
                }
            }
        }
    }
    rows.sort_by(|a, b| {
        let worst = |count: &Count| Reverse((count.severity, count.confidence));
        worst(a).cmp(&worst(b)).then_with(|| a.alert.cmp(&b.alert))
    });
    let rest = rows.split_off(Bound::rows_that_fit(&rows));
    let named = rows.len();
    for count in rest {
        let others = rows.get_mut(named..).unwrap_or_default();
        match others.iter_mut().find(|o| (o.severity, o.confidence) == (count.severity, count.confidence)) {
            Some(other) => other.instances = other.instances.saturating_add(count.instances),
            None => rows.push(Count { alert: None, ..count }),
        }
    }
    rows
}

/// A finding in the order in which findings are listed: the worst is the least.
#[derive(Debug, Clone)]
struct Ranked {
    /// Shared, since the worst of a rule is often among the worst of all.
    finding: Arc<Finding>,
    /// In bytes of JSON.
    size: usize,
}

impl Ranked {
    fn new(finding: Finding) -> Self {
        Self { size: finding.json_len(), finding: Arc::new(finding) }
    }
}

/// The order as far as it is known before texts are shortened.
fn by_place(a: &Finding, b: &Finding) -> Ordering {
    let worst =
        |f: &Finding| (f.confidence() == Confidence::FalsePositive, Reverse((f.severity(), f.confidence())));
    worst(a)
        .cmp(&worst(b))
        .then_with(|| a.alert_ref().cmp(b.alert_ref()))
        .then_with(|| a.url().cmp(b.url()))
        .then_with(|| a.method().cmp(b.method()))
        .then_with(|| a.param().cmp(b.param()))
}

fn by_text(a: &Finding, b: &Finding) -> Ordering {
    a.evidence()
        .cmp(b.evidence())
        .then_with(|| a.attack().cmp(b.attack()))
        .then_with(|| a.other().cmp(b.other()))
        .then_with(|| a.name().cmp(b.name()))
        .then_with(|| (a.cwe_id(), a.wasc_id()).cmp(&(b.cwe_id(), b.wasc_id())))
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        by_place(&self.finding, &other.finding).then_with(|| by_text(&self.finding, &other.finding))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn finding(rule: u32, severity: Severity, confidence: Confidence, path: &str) -> Finding {
        let alert = AlertRef::of(&rule.to_string()).unwrap();
        Finding::new(alert, severity, confidence, "GET", &format!("http://a{path}")).unwrap()
    }

    fn listed(findings: &[Finding]) -> Vec<Finding> {
        let mut collector = Collector::new();
        findings.iter().for_each(|finding| collector.add(finding));
        assert_eq!(collector.instances(), findings.len() as u64);
        collector.into_parts().1
    }

    /// What should be listed, worked out with everything at hand.
    fn naive(findings: &[Finding]) -> Vec<Finding> {
        let mut all: Vec<Ranked> = findings.iter().cloned().map(Ranked::new).collect();
        all.sort();
        let fits = |chosen: &[Ranked], next: &Ranked, part: usize| {
            let bytes: usize = chosen.iter().chain([next]).map(|one| one.finding.json_len()).sum();
            bytes <= Bound::MOST_BYTES / part
        };
        let mut chosen: Vec<Ranked> = Vec::new();
        let mut rest: Vec<Ranked> = Vec::new();
        let mut full = false;
        let mut rules = std::collections::BTreeSet::new();
        for one in all {
            let real = one.finding.confidence() != Confidence::FalsePositive;
            let first = real && rules.insert(one.finding.alert_ref().clone());
            full = full || (first && !fits(&chosen, &one, 2));
            if first && !full { chosen.push(one) } else { rest.push(one) }
        }
        for one in rest {
            if !fits(&chosen, &one, 1) {
                break;
            }
            chosen.push(one);
        }
        chosen.sort();
        chosen.into_iter().map(|one| Finding::clone(&one.finding)).collect()
    }

    fn any_finding() -> impl Strategy<Value = Finding> {
        let severity = proptest::sample::select(Severity::ALL.to_vec());
        let confidence = proptest::sample::select(Confidence::ALL.to_vec());
        (0..90u32, severity, confidence, 0..20usize, 0..150usize, 0..2u8).prop_map(
            |(rule, severity, confidence, page, long, same)| {
                let path = if same == 0 { "/".to_owned() } else { format!("/{page}{}", "x".repeat(long)) };
                finding(rule * rule / 90, severity, confidence, &path)
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_listed_is_what_should_be(findings in vec(any_finding(), 0..300)) {
            prop_assert_eq!(listed(&findings), naive(&findings));
        }

        #[test]
        fn the_size_of_json_is_known(text in "\\PC*|[\u{0}-\u{7f}]*", url in "[a-z/]{0,40}") {
            let finding = finding(1, Severity::Informational, Confidence::FalsePositive, &format!("/{url}"))
                .named(&text).with_param(&text).with_attack(&text).with_evidence(&text).with_other(&text)
                .with_cwe(u32::MAX).with_wasc(u32::MAX);
            prop_assert!(serde_json::to_string(&finding).unwrap().len() <= finding.json_len());
        }
    }

    #[test]
    fn the_list_is_filled_to_its_last_place() {
        let many: Vec<_> =
            (0..400).map(|page| finding(1, Severity::Low, Confidence::Low, &format!("/{page}"))).collect();
        let found = listed(&many);
        let bytes: usize = found.iter().map(Finding::json_len).sum();
        let next = naive(&many).last().unwrap().json_len();
        assert!(bytes <= Bound::MOST_BYTES && bytes + next > Bound::MOST_BYTES, "{bytes}");
        assert_eq!(
            (Bound::MOST_BYTES, Bound::MOST_COVERED, Bound::MOST_TEXT, Bound::MOST_PLACE),
            (24576, 8192, 200, 1024)
        );
    }

    #[test]
    fn no_more_is_kept_than_can_be_listed() {
        let mut collector = Collector::new();
        for page in (0..2000).rev() {
            collector.add(&finding(1, Severity::Low, Confidence::Low, &format!("/{page}")));
            let kept: usize = collector.kept.iter().map(|one| one.size).sum();
            assert_eq!(collector.kept_bytes, kept);
            assert!(kept <= Bound::MOST_BYTES);
        }
        assert!(collector.kept.len() > 40);
    }

    #[test]
    fn findings_that_are_alike_are_listed_as_often_as_they_were_found() {
        let same = finding(1, Severity::Low, Confidence::Low, "/");
        assert_eq!(listed(&vec![same.clone(); 3]), vec![same; 3]);
    }

    #[test]
    fn a_place_of_just_the_longest_length_is_listed() {
        let long = |length: usize| {
            let path = format!("/{}", "x".repeat(length - "http://a/".len()));
            listed(&[finding(1, Severity::Low, Confidence::Low, &path)]).len()
        };
        assert_eq!((long(Bound::MOST_PLACE), long(Bound::MOST_PLACE + 1)), (1, 0));
        let param = |length| {
            listed(&[finding(1, Severity::Low, Confidence::Low, "/").with_param("p".repeat(length))]).len()
        };
        assert_eq!((param(Bound::MOST_PLACE), param(Bound::MOST_PLACE + 1)), (1, 0));
    }

    #[test]
    fn what_is_listed_is_nothing_but_text() {
        let hostile = "\u{1b}[31m\u{9b}\nForged: \u{202e}";
        let found = finding(1, Severity::Low, Confidence::Low, "/");
        let said = found.named(hostile).with_attack(hostile).with_evidence(hostile).with_other(hostile);
        let listed = listed(&[said.with_param(hostile)]);
        for text in
            [Finding::name, Finding::attack, Finding::evidence, Finding::other].map(|of| of(&listed[0]))
        {
            assert_eq!(text, "\u{fffd}[31m\u{fffd} Forged: \u{fffd}");
        }
        assert_eq!(listed[0].param(), "\u{fffd}[31m\u{fffd}\u{fffd}Forged: \u{fffd}");
    }

    #[test]
    fn rows_beyond_the_bound_are_put_together() {
        let mut collector = Collector::new();
        for rule in 0..200 {
            collector.add(&finding(1000 + rule, Severity::Low, Confidence::Low, "/"));
            collector.add(&finding(1000 + rule, Severity::High, Confidence::Low, "/"));
        }
        let rows = collector.into_parts().0;
        assert_eq!(rows.iter().filter(|row| row.alert.is_some()).count(), Bound::MOST_ROWS);
        let others: Vec<_> = rows.iter().filter(|row| row.alert.is_none()).collect();
        let told: Vec<_> = others.iter().map(|row| (row.severity, row.confidence, row.instances)).collect();
        assert_eq!(told, [(Severity::High, Confidence::Low, 50), (Severity::Low, Confidence::Low, 200)]);
        assert_eq!(rows.first().and_then(|row| row.alert.as_ref()).map(AlertRef::as_str), Some("1000"));
    }
}
