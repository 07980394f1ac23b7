//! What of a scan counts under one layer.

use jiff::Timestamp;
use smallvec::SmallVec;

use crate::confidence::Confidence;
use crate::count::Count;
use crate::evidence::Evidence;
use crate::exemption::Exemptions;
use crate::finding::Finding;
use crate::layer::Layer;
use crate::level::{Level, Levels};
use crate::rows::{Row, rows};
use crate::rule::AlertRef;
use crate::severity::Severity;
use crate::threshold::Unit;
use crate::totals::Totals;

/// The findings that are shown for a reason, at most: of a limit, one of each alert.
const EXAMPLES: usize = 5;

/// Counts under one layer, after its confidence, its levels, and the exemptions that reach it.
#[derive(Debug, Default)]
pub(crate) struct Tally<'e> {
    severities: [Counted<'e>; Severity::ALL.len()],
    /// What was found of rules at level `WARN` or `FAIL`, by alert; `None` where the rule is not known.
    levelled: Vec<Levelled<'e>>,
    exempted: u64,
    ignored: u64,
}

/// What counts of one severity.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counted<'e> {
    alerts: u64,
    instances: u64,
    pub(crate) exempted: u64,
    pub(crate) examples: SmallVec<[&'e Finding; EXAMPLES]>,
    /// The alerts that were counted, by their numbers: one may have several rows, by confidence.
    seen: Vec<u32>,
}

impl<'e> Counted<'e> {
    fn show(&mut self, finding: &'e Finding) {
        let shown = self.examples.iter().any(|example| example.alert_ref() == finding.alert_ref());
        if !shown && self.examples.len() < EXAMPLES {
            self.examples.push(finding);
        }
    }

    pub(crate) fn has_any(&self) -> bool {
        self.instances > 0
    }

    pub(crate) fn of(&self, unit: Unit) -> u64 {
        match unit {
            Unit::Alerts => self.alerts,
            Unit::Instances => self.instances,
        }
    }
}

/// What was found of a rule that has a level.
#[derive(Debug)]
pub(crate) struct Levelled<'e> {
    pub(crate) alert: Option<&'e AlertRef>,
    pub(crate) level: Level,
    pub(crate) found: u64,
    /// How many of them are not listed, and so are taken to be where the level applies.
    pub(crate) presumed: u64,
    pub(crate) examples: Vec<&'e Finding>,
}

impl<'e> Tally<'e> {
    /// Counts `evidence` under `layer`. Exemptions of `above`, which ends with the layer itself, reach it.
    pub(crate) fn new(evidence: &'e Evidence, layer: &Layer, above: &[&Layer], now: Timestamp) -> Self {
        let least = layer.document().minimum_confidence.unwrap_or(Confidence::Low);
        let exemptions: Vec<&Exemptions> = above.iter().map(|layer| &layer.exemptions).collect();
        if says_nothing_of(evidence.totals(), &layer.levels, &exemptions) {
            return Self::totals(evidence, least);
        }
        Self::of(evidence, least, &layer.levels, &exemptions, now)
    }

    /// Counts `evidence` where nobody says anything of any rule.
    pub(crate) fn plain(evidence: &'e Evidence, least: Confidence) -> Self {
        Self::of(evidence, least, &Levels::default(), &[], Timestamp::MIN)
    }

    fn of(
        evidence: &'e Evidence,
        least: Confidence,
        levels: &Levels,
        exemptions: &[&Exemptions],
        now: Timestamp,
    ) -> Self {
        let mut tally = Self::default();
        for row in rows(evidence).filter(|row| row.count.confidence >= least) {
            if is_plain(row.count, levels, exemptions) {
                tally.add_plain(&row);
                continue;
            }
            for (finding, alert) in row.findings() {
                tally.add_listed(finding, alert, levels, exemptions, now);
            }
            let unlisted = row.count.instances.saturating_sub(row.len() as u64);
            if unlisted > 0 {
                tally.add_unlisted(&row, unlisted, levels);
            }
        }
        tally
    }

    /// What [`plain`](Self::plain) has counted before.
    fn totals(evidence: &'e Evidence, least: Confidence) -> Self {
        let mut tally = Self::default();
        for total in evidence.totals().from(least) {
            if let Some(counted) = tally.severities.get_mut(total.severity as usize) {
                (counted.alerts, counted.instances) = (total.alerts, total.instances);
                counted.examples.extend(total.examples(evidence));
            }
        }
        tally
    }

    pub(crate) fn severity(&self, severity: Severity) -> Option<&Counted<'e>> {
        self.severities.get(severity as usize)
    }

    pub(crate) fn levelled(&self) -> &[Levelled<'e>] {
        &self.levelled
    }

    pub(crate) fn exempted(&self) -> u64 {
        self.exempted
    }

    pub(crate) fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Adds a row of whose rule nobody says anything: all of it counts, and nothing has to be looked up for its findings.
    fn add_plain(&mut self, row: &Row<'e>) {
        self.count(row.alert, row.count.severity, row.count.instances);
        if let (Some(counted), Some((first, _))) =
            (self.severities.get_mut(row.count.severity as usize), row.findings().next())
        {
            counted.show(first);
        }
    }

    fn add_listed(
        &mut self,
        finding: &'e Finding,
        alert: u32,
        levels: &Levels,
        exemptions: &[&Exemptions],
        now: Timestamp,
    ) {
        if exemptions.iter().any(|exemptions| exemptions.of(finding, now).is_some()) {
            self.exempted = self.exempted.saturating_add(1);
            if let Some(counted) = self.severities.get_mut(finding.severity() as usize) {
                counted.exempted = counted.exempted.saturating_add(1);
            }
            return;
        }
        match levels.of(finding) {
            Some(Level::Ignore | Level::Info) => self.ignored = self.ignored.saturating_add(1),
            Some(level) => {
                let levelled = self.levelled_of(Some(finding.alert_ref()), level);
                levelled.found = levelled.found.saturating_add(1);
                if levelled.examples.len() < EXAMPLES {
                    levelled.examples.push(finding);
                }
            }
            None => {
                self.count(Some(alert), finding.severity(), 1);
                if let Some(counted) = self.severities.get_mut(finding.severity() as usize) {
                    counted.show(finding);
                }
            }
        }
    }

    /// Instances of which only the number is known are taken for the worst that they may be.
    fn add_unlisted(&mut self, row: &Row<'e>, instances: u64, levels: &Levels) {
        let count = row.count;
        let possible = levels.possible(count.alert.as_ref());
        if let Some(level) = possible.level.filter(|level| *level >= Level::Warn) {
            let levelled = self.levelled_of(count.alert.as_ref(), level);
            levelled.found = levelled.found.saturating_add(instances);
            levelled.presumed = levelled.presumed.saturating_add(instances);
        }
        if possible.counted {
            self.count(row.alert, count.severity, instances);
        } else if possible.level.is_none_or(|level| level < Level::Warn) {
            self.ignored = self.ignored.saturating_add(instances);
        }
    }

    fn count(&mut self, alert: Option<u32>, severity: Severity, instances: u64) {
        let Some(counted) = self.severities.get_mut(severity as usize) else { return };
        counted.instances = counted.instances.saturating_add(instances);
        match alert {
            Some(alert) if counted.seen.contains(&alert) => {}
            Some(alert) => {
                counted.seen.push(alert);
                counted.alerts = counted.alerts.saturating_add(1);
            }
            // Each of them may be of a rule of its own.
            None => counted.alerts = counted.alerts.saturating_add(instances),
        }
    }

    fn levelled_of(&mut self, alert: Option<&'e AlertRef>, level: Level) -> &mut Levelled<'e> {
        let known =
            self.levelled.iter().position(|levelled| levelled.alert == alert && levelled.level == level);
        let index = known.unwrap_or_else(|| {
            self.levelled.push(Levelled { alert, level, found: 0, presumed: 0, examples: Vec::new() });
            self.levelled.len() - 1
        });
        // The index was found, or is that of what was pushed.
        #[expect(clippy::indexing_slicing)]
        &mut self.levelled[index]
    }
}

/// Whether no level and no exemption is for anything that was found.
fn says_nothing_of(found: &Totals, levels: &Levels, exemptions: &[&Exemptions]) -> bool {
    let may_level_unnamed = found.has_unnamed() && !levels.is_empty();
    !may_level_unnamed
        && found.miss(levels.rules())
        && exemptions.iter().all(|exemptions| found.miss(exemptions.rules()))
}

/// Whether a row names its alert, and neither a level nor an exemption names that or its rule.
fn is_plain(count: &Count, levels: &Levels, exemptions: &[&Exemptions]) -> bool {
    let Some(alert) = &count.alert else { return false };
    !levels.name(alert) && !exemptions.iter().any(|exemptions| exemptions.name(alert))
}
