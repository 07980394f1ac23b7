//! Findings in, bounded evidence out.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

use crate::count::Count;
use crate::evidence::Evidence;
use crate::finding::{Confidence, Finding, Severity};
use crate::rule::AlertRef;
use crate::scan::{Completion, Scan};

/// How large evidence may become. It is one and the same everywhere: evidence must fit into the status of a
/// Kubernetes resource, which is kept below 64 KiB.
///
/// ```
/// use dast_policy::Bound;
///
/// assert_eq!((Bound::MOST_INSTANCES, Bound::MOST_ROWS), (100, 150));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Bound;

impl Bound {
    /// Instances that are listed.
    pub const MOST_INSTANCES: usize = 100;
    /// All listed instances together, in bytes of JSON.
    pub const MOST_BYTES: usize = 24 * 1024;
    /// Rows of counts that name their rule. A scan with all of ZAP's rules has fewer than half as many.
    pub const MOST_ROWS: usize = 150;
    /// Bytes of a text that describes (a name, evidence, a version, a cause); longer ones are cut.
    pub const MOST_TEXT: usize = 200;
    /// Bytes of a text that says *where* a finding is (method, URL, parameter). Cut, it would be another place, so an
    /// instance with a longer one is counted, but not listed.
    pub const MOST_PLACE: usize = 1024;
    /// All visited places together, in bytes; further ones count as not visited.
    pub const MOST_COVERED: usize = 8 * 1024;

    pub(crate) fn shorten_scan(scan: &mut Scan) {
        let engine = &mut scan.engine;
        let profile = &mut scan.profile;
        let mut texts = vec![
            &mut scan.subject.target,
            &mut engine.name,
            &mut engine.version,
            &mut engine.rule_set,
            &mut profile.name,
            &mut profile.hash,
        ];
        if let Completion::Incomplete { detail, .. } = &mut scan.completion {
            texts.push(detail);
        }
        texts.into_iter().for_each(|text| shorten(text, Self::MOST_TEXT));
        let mut room = Self::MOST_COVERED;
        scan.subject.covered.retain(|place| {
            let size = 24 + json_len(&place.host) + json_len(&place.path);
            let fits = size <= room;
            room = if fits { room - size } else { 0 };
            fits
        });
    }
}

/// Builds [`Evidence`] from any number of findings, in memory that grows with the number of *rules* only.
///
/// The order in which findings arrive does not matter. Counts are exact. What is listed are the worst: by severity,
/// then confidence, then rule and place; false positives come last.
///
/// ```
/// use dast_policy::{AlertRef, Collector, Confidence, Finding, Severity};
///
/// let mut collector = Collector::new();
/// for page in 0..1000 {
///     let url = format!("http://shop.test/{page}");
///     collector.add(Finding::new(AlertRef::of("10021")?, Severity::Low, Confidence::Medium, "GET", &url)?);
/// }
/// assert_eq!(collector.instances(), 1000);
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Collector {
    counts: HashMap<AlertRef, Tally>,
    instances: u64,
    /// The worst instances so far; the mildest of them on top.
    kept: BinaryHeap<Ranked>,
    kept_bytes: usize,
    /// The worst instance that was ever dropped for want of room. What ranks after it would have had no room either
    /// if all had arrived in order, so it gets none now.
    horizon: Option<Ranked>,
}

/// Instances by severity and confidence.
type Tally = [[u64; Confidence::ALL.len()]; Severity::ALL.len()];

impl Collector {
    /// A collector that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a finding.
    pub fn add(&mut self, finding: Finding) {
        self.instances = self.instances.saturating_add(1);
        self.count(&finding);
        let full = self.kept.len() >= Bound::MOST_INSTANCES;
        if full && self.kept.peek().is_some_and(|mildest| by_place(&finding, &mildest.0).is_gt()) {
            return;
        }
        self.keep(finding);
    }

    /// How many findings it has taken.
    pub fn instances(&self) -> u64 {
        self.instances
    }

    /// The evidence of `scan` with all that was taken.
    pub fn finish(mut self, scan: Scan) -> Evidence {
        let counts = rows(std::mem::take(&mut self.counts));
        Evidence::assemble(scan, counts, self.into_listed())
    }

    pub(crate) fn into_listed(self) -> Vec<Finding> {
        self.kept.into_sorted_vec().into_iter().map(|ranked| ranked.0).collect()
    }

    fn count(&mut self, finding: &Finding) {
        // Looked up before it is inserted, because inserting needs a copy of the key.
        if !self.counts.contains_key(finding.alert_ref()) {
            self.counts.insert(finding.alert_ref().clone(), Tally::default());
        }
        let tally = self.counts.get_mut(finding.alert_ref());
        let row = tally.and_then(|tally| tally.get_mut(finding.severity() as usize));
        if let Some(cell) = row.and_then(|row| row.get_mut(finding.confidence() as usize)) {
            *cell = cell.saturating_add(1);
        }
    }

    fn keep(&mut self, mut finding: Finding) {
        let places = [finding.method(), finding.url(), finding.param()];
        if places.iter().any(|text| text.len() > Bound::MOST_PLACE) {
            return;
        }
        finding.shorten(Bound::MOST_TEXT);
        let ranked = Ranked(finding);
        if self.horizon.as_ref().is_some_and(|horizon| ranked >= *horizon) {
            return;
        }
        self.kept_bytes += ranked.0.json_len();
        self.kept.push(ranked);
        while self.kept.len() > Bound::MOST_INSTANCES || self.kept_bytes > Bound::MOST_BYTES {
            let Some(mildest) = self.kept.pop() else { break };
            self.kept_bytes -= mildest.0.json_len();
            self.horizon = Some(mildest);
        }
    }
}

/// The counts as rows, the worst first; those beyond the bound are put together by severity and confidence.
fn rows(counts: HashMap<AlertRef, Tally>) -> Vec<Count> {
    let mut rows = Vec::new();
    for (alert, tally) in counts {
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
    let rest = rows.split_off(rows.len().min(Bound::MOST_ROWS));
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
struct Ranked(Finding);

/// The order as far as it is known before texts are shortened.
fn by_place(a: &Finding, b: &Finding) -> Ordering {
    let worst = |f: &Finding| (f.confidence() == Confidence::FalsePositive, Reverse((f.severity(), f.confidence())));
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
        by_place(&self.0, &other.0).then_with(|| by_text(&self.0, &other.0))
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

/// Cuts `text` to at most `most` bytes, at a character, and marks the cut.
pub(crate) fn shorten(text: &mut String, most: usize) {
    if text.len() > most {
        let room = most.saturating_sub('…'.len_utf8());
        let end = (0..=room).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}

/// The bytes that a text takes in JSON, quotation marks left out (RFC 8259, section 7).
pub(crate) fn json_len(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}
