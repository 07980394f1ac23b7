//! What a scan left behind: exact counts, a bounded list of instances, and how far it may be relied on.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bound::Bound;
use crate::collector::Collector;
use crate::confidence::Confidence;
use crate::count::Count;
use crate::error::{EvidenceError, excerpt};
use crate::finding::Finding;
use crate::found::{self, Found};
use crate::knowledge::Expected;
use crate::origin::Origin;
use crate::packed::{Packed, Writer};
use crate::packed_scan::{self, PackedScan};
use crate::scan::{Authentication, Cause, Completion, Scan};

/// The version of the JSON that [`Evidence`] is written in and read from.
pub const SCHEMA_VERSION: u32 = 1;

/// What a scan left behind, bounded by construction, and all that is ever judged.
///
/// It can only be made by a [`Collector`] from findings, or be read from JSON that agrees with itself. Evidence of a
/// scan that saw no page is never complete, whatever the scanner said.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Where it was scanned.
    origin: Origin,
    /// What is known of the scan, what was counted, and the findings that are listed.
    rest: Packed,
}

impl Evidence {
    /// Puts evidence together from what a [`Collector`] kept.
    pub(crate) fn assemble(mut scan: Scan, counts: Vec<Count>, findings: Vec<Finding>) -> Self {
        let contradicted = match &scan {
            Scan { authentication: Authentication::Lost, .. } => Some(Cause::AuthenticationFailed),
            Scan { coverage, .. } if coverage.pages == 0 => Some(Cause::NothingCrawled),
            _ => None,
        };
        if let (Completion::Complete, Some(cause)) = (&scan.completion, contradicted) {
            scan.completion = Completion::Incomplete { cause, detail: String::new() };
        }
        Bound::shorten_scan(&mut scan);
        // A clock that was set back while a scan ran must not make its evidence unreadable.
        scan.ended = scan.ended.max(scan.started);
        Self::pack(&scan, &counts, &findings)
    }

    fn pack(scan: &Scan, counts: &[Count], findings: &[Finding]) -> Self {
        let mut writer = Writer::default();
        packed_scan::write(scan, &mut writer);
        found::write(counts, findings, &mut writer);
        Self { origin: scan.subject.origin.clone(), rest: writer.finish() }
    }

    /// The scan, and what was found if that can be read, as they lie there, for policies of which `is_named` says whether one
    /// names an alert or its rule.
    pub(crate) fn open(&self, is_named: impl Fn(&str) -> bool) -> (PackedScan<'_>, Option<Found<'_>>) {
        let (mut numbers, texts) = self.rest.read();
        match PackedScan::read(&self.origin, &mut numbers, &texts) {
            Some(scan) => (scan, Found::read(numbers, texts, is_named)),
            None => (PackedScan::unread(&self.origin), None),
        }
    }

    fn look(&self) -> (PackedScan<'_>, Option<Found<'_>>) {
        self.open(|_| false)
    }

    /// Has what [`evaluate`](crate::evaluate) will look at brought near, where it is in nobody's cache. Whoever is about to judge
    /// several waits for all of them together then, and not for one after the other.
    ///
    /// It changes nothing:
    ///
    /// ```
    /// # use dast_policy::{Authentication, Collector, Completion, Coverage, Engine, Profile, Scan, Subject};
    /// # let subject = Subject { target: "shop".to_owned(), origin: "http://shop.test".parse()?, covered: Vec::new() };
    /// # let engine = Engine { name: "zap".to_owned(), version: "2".to_owned(), rule_set: "1".to_owned(), passive: false };
    /// # let at = "2026-01-01T00:00:00Z".parse().unwrap();
    /// # let scan = Scan {
    /// #   profile: Profile { name: "full".to_owned(), hash: "1".to_owned() },
    /// #   subject, engine, revision: None, started: at, ended: at, completion: Completion::Complete,
    /// #   coverage: Coverage { pages: 1, failed: 0, skipped: 0 }, authentication: Authentication::NotUsed,
    /// # };
    /// let all = [Collector::new().finish(scan.clone()), Collector::new().finish(scan)];
    /// let before = all.clone();
    /// all.iter().for_each(|evidence| evidence.fetch());
    /// assert_eq!(all, before);
    /// # Ok::<(), dast_policy::ValueError>(())
    /// ```
    pub fn fetch(&self) {
        self.rest.fetch();
    }

    /// Whether it is of the origin, the revision and the profile that are expected. Whether all that is exposed was visited is
    /// left open.
    ///
    /// ```
    /// use dast_policy::{Authentication, Collector, Completion, Coverage, Engine, Expected, Profile, Scan, Subject};
    ///
    /// let origin: dast_policy::Origin = "http://shop.test".parse()?;
    /// # let subject = Subject { target: "shop".to_owned(), origin: origin.clone(), covered: Vec::new() };
    /// # let engine = Engine { name: "zap".to_owned(), version: "2".to_owned(), rule_set: "1".to_owned(), passive: false };
    /// # let at = "2026-01-01T00:00:00Z".parse().unwrap();
    /// let profile = Profile { name: "full".to_owned(), hash: "1".to_owned() };
    /// let evidence = Collector::new().finish(Scan {
    ///     profile: profile.clone(),
    /// #   subject, engine, revision: None, started: at, ended: at, completion: Completion::Complete,
    /// #   coverage: Coverage { pages: 1, failed: 0, skipped: 0 }, authentication: Authentication::NotUsed,
    ///     // …
    /// });
    /// let mut expected = Expected { origin: Some(origin), profile: Some(profile), ..Expected::default() };
    /// assert!(evidence.is_of(&expected));
    /// expected.origin = Some("http://other.test".parse()?);
    /// assert!(!evidence.is_of(&expected));
    /// # Ok::<(), dast_policy::ValueError>(())
    /// ```
    pub fn is_of(&self, expected: &Expected) -> bool {
        let (mut numbers, texts) = self.rest.read();
        let scan = PackedScan::read(&self.origin, &mut numbers, &texts);
        scan.is_some_and(|scan| scan.is_of_something_else(expected, || false).is_none())
    }

    /// The scan, without its findings. It is made anew each time, as counts and findings are: evidence keeps all of it in little
    /// memory, since whoever judges has very much of it.
    pub fn scan(&self) -> Scan {
        self.look().0.scan()
    }

    /// Exact counts by alert reference, severity and confidence; the worst first. They are made anew each time.
    pub fn counts(&self) -> Vec<Count> {
        self.look().1.and_then(|found| found.counts()).unwrap_or_default()
    }

    /// The listed instances, the worst first. There may be more than are listed: the counts say how many. They are made anew
    /// each time: evidence keeps them in little memory.
    pub fn findings(&self) -> Vec<Finding> {
        self.look().1.and_then(|found| found.findings()).unwrap_or_default()
    }

    /// How many instances there are, listed or not, false positives left out.
    pub fn instances(&self) -> u64 {
        let counts = self.counts();
        let real = counts.iter().filter(|count| count.confidence != Confidence::FalsePositive);
        real.fold(0, |sum, count| sum.saturating_add(count.instances))
    }

    /// The same, but not to be relied on: what it rests on turned out not to have held. Evidence that is incomplete
    /// already keeps its own cause.
    #[must_use]
    pub fn incomplete(self, cause: Cause, detail: impl Into<String>) -> Self {
        let Wire { mut scan, counts, findings, .. } = self.wire();
        if scan.completion != Completion::Complete {
            return self;
        }
        scan.completion = Completion::Incomplete { cause, detail: detail.into() };
        Bound::shorten_scan(&mut scan);
        Self::pack(&scan, &counts, &findings)
    }

    /// The evidence as JSON that [`from_json`](Self::from_json) reads: camelCase, indented, ending in a line feed.
    pub fn to_json(&self) -> String {
        // Text keys and finite numbers only: there is nothing in it that JSON cannot say.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads evidence and holds it against its own bounds and its own statements.
    ///
    /// # Errors
    /// When it is not JSON, is of another [`SCHEMA_VERSION`], has missing or unknown fields, contradicts itself, or
    /// lists more than the bound allows.
    pub fn from_json(text: &str) -> Result<Self, EvidenceError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            schema_version: serde_json::Value,
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let version: Version = serde_json::from_str(text).map_err(EvidenceError::syntax)?;
        if version.schema_version != SCHEMA_VERSION {
            let found = excerpt(&version.schema_version.to_string());
            return Err(EvidenceError::Version { found, expected: SCHEMA_VERSION });
        }
        let wire: Wire = serde_json::from_str(text).map_err(EvidenceError::syntax)?;
        Self::read(wire)
    }

    fn wire(&self) -> Wire {
        let (scan, found) = self.look();
        let mut scan = scan.scan();
        let found = found.and_then(|found| Some((found.counts()?, found.findings()?)));
        let (counts, findings) = found.unwrap_or_else(|| {
            // Whoever reads it must not take it for a scan that found nothing.
            let detail = "what was found cannot be read".to_owned();
            scan.completion = Completion::Incomplete { cause: Cause::EngineError, detail };
            (Vec::new(), Vec::new())
        });
        Wire { schema_version: SCHEMA_VERSION, scan, counts, findings }
    }

    fn read(wire: Wire) -> Result<Self, EvidenceError> {
        wire.check()?;
        let Wire { scan, counts, findings, schema_version: _ } = wire;
        Ok(Self::pack(&scan, &counts, &findings))
    }
}

impl Wire {
    fn check(&self) -> Result<(), EvidenceError> {
        let error = |field: &str, detail: &dyn fmt::Display| Err(EvidenceError::contradiction(field, detail));
        let scan = &self.scan;
        if scan.ended < scan.started {
            return error("scan.ended", &"it ended before it started");
        }
        if scan.completion == Completion::Complete && scan.coverage.pages == 0 {
            return error("scan.completion", &"complete, but no page was seen");
        }
        if scan.completion == Completion::Complete && scan.authentication == Authentication::Lost {
            return error("scan.completion", &"complete, but the login did not hold");
        }
        let mut left = BTreeMap::new();
        for (index, count) in self.counts.iter().enumerate() {
            let key = (count.alert.as_ref().map(|alert| alert.as_str()), count.severity, count.confidence);
            if count.instances == 0 {
                return error(&format!("counts[{index}].instances"), &"a row that counts nothing");
            }
            if left.insert(key, count.instances).is_some() {
                return error(&format!("counts[{index}]"), &"the same row twice");
            }
        }
        // A listed instance may belong to the rows without a rule, so those are drawn on last.
        for (index, finding) in self.findings.iter().enumerate() {
            let named = (Some(finding.alert_ref().as_str()), finding.severity(), finding.confidence());
            let other = (None, finding.severity(), finding.confidence());
            let row = if left.get(&named).is_some_and(|count| *count > 0) { named } else { other };
            match left.get_mut(&row) {
                Some(count) if *count > 0 => *count -= 1,
                _ => return error(&format!("findings[{index}]"), &"more instances are listed than counted"),
            }
        }
        // What is read must be what could have been written: the same bounds, the same order, nothing cut.
        let mut bounded = scan.clone();
        Bound::shorten_scan(&mut bounded);
        let named: Vec<_> = self.counts.iter().filter(|count| count.alert.is_some()).cloned().collect();
        let fits = || {
            let mut collector = Collector::new();
            self.findings.iter().for_each(|finding| collector.add(finding));
            collector.into_parts().1 == self.findings
        };
        if Bound::rows_that_fit(&named) < named.len() || bounded != *scan || !fits() {
            return error("findings", &"not what a scan could have written: over the bound, or not in order");
        }
        Ok(())
    }
}

impl Collector {
    /// The evidence of `scan` with all that was taken.
    pub fn finish(self, scan: Scan) -> Evidence {
        let (counts, findings) = self.into_parts();
        Evidence::assemble(scan, counts, findings)
    }
}

/// What it says, and not how it lies there.
impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Evidence");
        shown.field("scan", &self.scan()).field("counts", &self.counts()).field("findings", &self.findings());
        shown.finish()
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.wire().serialize(serializer)
    }
}

/// As strict as [`Evidence::from_json`].
impl<'de> Deserialize<'de> for Evidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        if wire.schema_version != SCHEMA_VERSION {
            let found = wire.schema_version.to_string();
            return Err(serde::de::Error::custom(EvidenceError::Version { found, expected: SCHEMA_VERSION }));
        }
        Self::read(wire).map_err(serde::de::Error::custom)
    }
}

/// Evidence as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    schema_version: u32,
    scan: Scan,
    counts: Vec<Count>,
    findings: Vec<Finding>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Knowledge, Layer, Policy, PolicyDocument, Scope, Verdict, evaluate};

    fn scan() -> Scan {
        serde_json::from_value(json!({
            "subject": {"target": "shop", "origin": "http://shop.test"}, "revision": "7",
            "profile": {"name": "full", "hash": "7"},
            "engine": {"name": "zap", "version": "2", "ruleSet": "7", "passive": false},
            "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:00:01Z", "completion": {"complete": true},
            "coverage": {"pages": 1, "failed": 0, "skipped": 0}, "authentication": "NotUsed",
        }))
        .unwrap()
    }

    /// Evidence that is cut off: after what is known of the scan, or in it.
    fn cut(scan: Option<&Scan>) -> Evidence {
        let mut writer = Writer::default();
        scan.into_iter().for_each(|scan| packed_scan::write(scan, &mut writer));
        writer.number(1);
        Evidence { origin: "http://shop.test".parse().unwrap(), rest: writer.finish() }
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_or_written_for_nothing() {
        let scan = scan();
        for evidence in [cut(Some(&scan)), cut(None)] {
            assert!(evidence.look().1.is_none());
            let written = Evidence::from_json(&evidence.to_json()).unwrap().scan();
            assert!(matches!(written.completion, Completion::Incomplete { cause: Cause::EngineError, .. }));
            assert_eq!(written.subject.origin, scan.subject.origin);
            let layer = Layer::new(Scope::File, "policy", PolicyDocument::standard()).unwrap();
            let now = "2026-01-01T00:00:02Z".parse().unwrap();
            let verdict = evaluate(&Policy::from(layer), &Knowledge::of(evidence), now).verdict();
            assert!(matches!(verdict, Verdict::Unknown(_)), "{verdict}");
        }
    }
}
