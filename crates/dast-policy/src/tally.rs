//! What of a scan counts under one layer.

use std::borrow::Cow;
use std::cell::OnceCell;

use jiff::Timestamp;
use smallvec::SmallVec;

use crate::confidence::Confidence;
use crate::exemption::Exemptions;
use crate::finding::Finding;
use crate::found::{Found, Listed, Row};
use crate::layer::Layer;
use crate::level::{Level, Levels};
use crate::rule::AlertRef;
use crate::severity::Severity;
use crate::threshold::Unit;

/// The findings that are shown for a reason, at most: of a limit, one of each alert.
const EXAMPLES: usize = 5;

/// Counts what was found, under one layer after the other.
#[derive(Debug)]
pub(crate) struct Tallies<'a, 'f> {
    found: &'a Found<'f>,
    /// What counts of the rules that nobody names, at this confidence and above: most of it, and the same for most layers.
    plain: OnceCell<(Confidence, BySeverity)>,
}

impl<'a, 'f> Tallies<'a, 'f> {
    pub(crate) fn new(found: &'a Found<'f>) -> Self {
        Self { found, plain: OnceCell::new() }
    }

    /// Counts what was found under `layer`. Exemptions of `above`, which ends with the layer itself, reach it.
    pub(crate) fn under<'b>(
        &'b self,
        layer: &'b Layer,
        above: &[&'b Layer],
        now: Timestamp,
    ) -> Tally<'b, 'f> {
        let least = layer.document().minimum_confidence.unwrap_or(Confidence::Low);
        let (of, plain) = self.plain.get_or_init(|| (least, self.count_plain(least)));
        let counted = if *of == least { Cow::Borrowed(plain) } else { Cow::Owned(self.count_plain(least)) };
        let mut tally = Tally {
            found: self.found,
            least,
            levels: &layer.levels,
            exemptions: above.iter().map(|layer| &layer.exemptions).collect(),
            now,
            counted,
            levelled: Vec::new(),
            exempted: 0,
            ignored: 0,
        };
        tally.add_named();
        tally
    }

    fn count_plain(&self, least: Confidence) -> BySeverity {
        let mut counted = BySeverity::default();
        for row in self.found.rows().iter().filter(|row| row.is_plain && row.confidence >= least) {
            counted.add(row.number(), row.severity, row.instances);
        }
        counted
    }
}

/// Counts under one layer, after its confidence, its levels, and the exemptions that reach it.
#[derive(Debug)]
pub(crate) struct Tally<'a, 'f> {
    found: &'a Found<'f>,
    least: Confidence,
    levels: &'a Levels,
    exemptions: SmallVec<[&'a Exemptions; 4]>,
    now: Timestamp,
    counted: Cow<'a, BySeverity>,
    /// What was found of rules at level `WARN` or `FAIL`, by alert; `None` where the rule is not known.
    levelled: Vec<Levelled>,
    exempted: u64,
    ignored: u64,
}

/// What counts of one severity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted {
    alerts: u64,
    instances: u64,
    seen: Seen,
}

impl Counted {
    pub(crate) fn of(&self, unit: Unit) -> u64 {
        match unit {
            Unit::Alerts => self.alerts,
            Unit::Instances => self.instances,
        }
    }
}

/// What counts, by severity.
#[derive(Debug, Clone, Default)]
struct BySeverity([Counted; Severity::ALL.len()]);

impl BySeverity {
    fn add(&mut self, alert: Option<usize>, severity: Severity, instances: u64) {
        let Some(counted) = self.0.get_mut(severity as usize) else { return };
        counted.instances = counted.instances.saturating_add(instances);
        let alerts = match alert {
            Some(alert) => u64::from(counted.seen.insert(alert)),
            // Each of them may be of a rule of its own.
            None => instances,
        };
        counted.alerts = counted.alerts.saturating_add(alerts);
    }
}

/// The alerts that were counted, by their numbers, which are small: one may have several rows, by confidence.
#[derive(Debug, Clone, Default)]
struct Seen(SmallVec<[u64; 2]>);

impl Seen {
    /// Whether it is new.
    fn insert(&mut self, alert: usize) -> bool {
        let (word, bit) = (alert / 64, 1 << (alert % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let Some(word) = self.0.get_mut(word) else { return true };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// What was found of a rule that has a level.
#[derive(Debug)]
pub(crate) struct Levelled {
    pub(crate) alert: Option<AlertRef>,
    pub(crate) level: Level,
    pub(crate) found: u64,
    /// How many of them are not listed, and so are taken to be where the level applies.
    pub(crate) presumed: u64,
    pub(crate) examples: Vec<Finding>,
}

/// What a layer makes of a finding.
enum Standing {
    Exempted,
    /// Its rule has this level.
    Levelled(Level),
    /// It counts.
    Counted,
}

impl<'a, 'f> Tally<'a, 'f> {
    pub(crate) fn severity(&self, severity: Severity) -> Option<&Counted> {
        self.counted.0.get(severity as usize)
    }

    pub(crate) fn into_levelled(self) -> Vec<Levelled> {
        self.levelled
    }

    pub(crate) fn exempted(&self) -> u64 {
        self.exempted
    }

    pub(crate) fn ignored(&self) -> u64 {
        self.ignored
    }

    /// The first that count of a severity, one of each alert. They are looked for only once they are to be shown.
    pub(crate) fn examples(&self, severity: Severity) -> Vec<Finding> {
        let mut seen = Seen::default();
        let rows = self.rows().filter(|row| row.severity == severity);
        let listed = rows.flat_map(|row| self.found.listed(row).map(|listed| (row.is_plain, listed)));
        let counted =
            listed.filter(|(is_plain, one)| *is_plain || matches!(self.standing(one), Standing::Counted));
        let first = counted.filter(|(_, listed)| seen.insert(listed.number)).take(EXAMPLES);
        first.filter_map(|(_, listed)| listed.finding()).collect()
    }

    fn rows(&self) -> impl Iterator<Item = &'a Row> + use<'a, 'f> {
        let least = self.least;
        self.found.rows().iter().filter(move |row| row.confidence >= least)
    }

    /// Adds what policies name.
    fn add_named(&mut self) {
        for row in self.rows().filter(|row| !row.is_plain) {
            // What cannot be read is as good as not listed.
            let mut unlisted = row.instances;
            for listed in self.found.listed(row) {
                unlisted = unlisted.saturating_sub(1);
                self.add_listed(&listed);
            }
            if unlisted > 0 {
                self.add_unlisted(row, unlisted);
            }
        }
    }

    fn standing(&self, listed: &Listed<'_>) -> Standing {
        if self.exemptions.iter().any(|exemptions| exemptions.of(listed, self.now).is_some()) {
            return Standing::Exempted;
        }
        self.levels.of(listed).map_or(Standing::Counted, Standing::Levelled)
    }

    fn add_listed(&mut self, listed: &Listed<'_>) {
        match self.standing(listed) {
            Standing::Exempted => self.exempted = self.exempted.saturating_add(1),
            Standing::Levelled(Level::Ignore | Level::Info) => self.ignored = self.ignored.saturating_add(1),
            Standing::Levelled(level) => {
                let alert = AlertRef::named(listed.alert()).ok();
                let levelled = self.levelled_of(alert.as_ref(), level);
                levelled.found = levelled.found.saturating_add(1);
                if levelled.examples.len() < EXAMPLES {
                    levelled.examples.extend(listed.finding());
                }
            }
            Standing::Counted => self.counted.to_mut().add(Some(listed.number), listed.severity, 1),
        }
    }

    /// Instances of which only the number is known are taken for the worst that they may be.
    fn add_unlisted(&mut self, row: &Row, instances: u64) {
        let alert = self.found.alert(row);
        let possible = self.levels.possible(alert.as_ref());
        if let Some(level) = possible.level.filter(|level| *level >= Level::Warn) {
            let levelled = self.levelled_of(alert.as_ref(), level);
            levelled.found = levelled.found.saturating_add(instances);
            levelled.presumed = levelled.presumed.saturating_add(instances);
        }
        if possible.counted {
            self.counted.to_mut().add(row.number(), row.severity, instances);
        } else if possible.level.is_none_or(|level| level < Level::Warn) {
            self.ignored = self.ignored.saturating_add(instances);
        }
    }

    fn levelled_of(&mut self, alert: Option<&AlertRef>, level: Level) -> &mut Levelled {
        let same = |levelled: &Levelled| levelled.alert.as_ref() == alert && levelled.level == level;
        let known = self.levelled.iter().position(same);
        let index = known.unwrap_or_else(|| {
            let alert = alert.cloned();
            self.levelled.push(Levelled { alert, level, found: 0, presumed: 0, examples: Vec::new() });
            self.levelled.len() - 1
        });
        // The index was found, or is that of what was pushed.
        #[expect(clippy::indexing_slicing)]
        &mut self.levelled[index]
    }
}
