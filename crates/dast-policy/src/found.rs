//! What a scan found, in little memory: whoever judges keeps it of very many targets.

use std::borrow::Cow;
use std::cell::OnceCell;

use smallvec::SmallVec;

use crate::confidence::Confidence;
use crate::count::Count;
use crate::finding::{Finding, Parts};
use crate::packed::{Numbers, Texts, Writer};
use crate::path::normalise;
use crate::rule::AlertRef;
use crate::severity::Severity;

/// So many numbers make a finding.
const NUMBERS: usize = 12;

/// Packs exact counts, and the findings that are listed of them. Every finding is of one of the rows: of the one of its alert, or
/// else of the one without.
pub(crate) fn write<'t>(counts: &'t [Count], findings: &'t [Finding], writer: &mut Writer<'t>) {
    let mut listed: Vec<(usize, usize, &Finding)> = findings
        .iter()
        .enumerate()
        .filter_map(|(position, finding)| Some((row_of(finding, counts)?, position, finding)))
        .collect();
    listed.sort_by_key(|(row, ..)| *row);
    writer.number(counts.len() as u64);
    let mut rest = listed.as_slice();
    for (index, count) in counts.iter().enumerate() {
        let (own, others) = rest.split_at(rest.partition_point(|(row, ..)| *row <= index));
        rest = others;
        writer.place(&count.severity, &Severity::ALL);
        writer.place(&count.confidence, &Confidence::ALL);
        writer.optional_text(count.alert.as_ref().map(AlertRef::as_str));
        writer.number(count.instances);
        writer.number(own.len() as u64);
    }
    writer.end_section();
    for (_, position, finding) in listed {
        let Parts { name, method, origin, rest, param, attack, evidence, other, cwe_id, wasc_id } =
            finding.parts();
        writer.number(position as u64);
        let alert = finding.alert_ref().as_str();
        for text in [alert, name, method, origin, rest, param, attack, evidence, other] {
            writer.text(text);
        }
        writer.optional(cwe_id);
        writer.optional(wasc_id);
    }
}

/// Where a finding is counted.
fn row_of(finding: &Finding, counts: &[Count]) -> Option<usize> {
    let of = |alert: Option<&AlertRef>| {
        counts.iter().position(|count| {
            (count.alert.as_ref(), count.severity, count.confidence)
                == (alert, finding.severity(), finding.confidence())
        })
    };
    of(Some(finding.alert_ref())).or_else(|| of(None))
}

/// What a scan found, as it lies packed: it is judged as it is, and a [`Finding`] is made of it only where somebody looks at one.
#[derive(Debug)]
pub(crate) struct Found<'f> {
    rows: SmallVec<[Row; 24]>,
    /// Where the findings begin, and the texts that are known there.
    rest: (Numbers<'f>, Texts<'f>),
    /// The findings, of one row after the other, and all texts: most of what is judged needs none of them.
    findings: OnceCell<Box<(Numbers<'f>, Texts<'f>)>>,
}

impl<'f> Found<'f> {
    /// What comes next, to be judged by policies of which `is_named` says whether one names an alert or its rule; `None` if it
    /// cannot be read, which is not to be taken for nothing.
    pub(crate) fn read(
        mut numbers: Numbers<'f>,
        texts: Texts<'f>,
        is_named: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let mut rows = SmallVec::new();
        let mut first = 0;
        for _ in 0..numbers.index()? {
            let row = Row::read(&mut numbers, &texts, first, &is_named)?;
            first = first.checked_add(row.listed)?;
            rows.push(row);
        }
        Some(Self { rows, rest: (numbers, texts), findings: OnceCell::new() })
    }

    /// The counts, made anew.
    pub(crate) fn counts(&self) -> Option<Vec<Count>> {
        let count = |row: &Row| {
            let alert = self.alert(row);
            let (severity, confidence, instances) = (row.severity, row.confidence, row.instances);
            (alert.is_some() == row.alert.is_some()).then_some(Count {
                alert,
                severity,
                confidence,
                instances,
            })
        };
        self.rows.iter().map(count).collect()
    }

    /// The findings, made anew, in the order in which they were.
    pub(crate) fn findings(&self) -> Option<Vec<Finding>> {
        let mut findings = Vec::new();
        for row in &self.rows {
            let mut listed = self.listed(row);
            for _ in 0..row.listed {
                let listed = listed.next()?;
                findings.push((listed.position, listed.finding()?));
            }
        }
        findings.sort_by_key(|(position, _)| *position);
        Some(findings.into_iter().map(|(_, finding)| finding).collect())
    }

    /// The rows of counts, in order.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The alert of a row, if it names one.
    pub(crate) fn alert(&self, row: &Row) -> Option<AlertRef> {
        let (_, texts) = &self.rest;
        AlertRef::named(texts.get(row.number()?)?).ok()
    }

    /// The findings that are listed of a row, as far as they can be read.
    pub(crate) fn listed(&self, row: &Row) -> impl Iterator<Item = Listed<'f>> {
        let (numbers, texts) = &**self.findings.get_or_init(|| {
            let (mut numbers, mut texts) = self.rest.clone();
            texts.enter_section(&mut numbers);
            Box::new((numbers, texts))
        });
        let mut numbers = numbers.clone();
        let before = usize::try_from(row.first).unwrap_or(usize::MAX);
        numbers.skip(before.saturating_mul(NUMBERS));
        let (severity, confidence) = (row.severity, row.confidence);
        (0..row.listed).map_while(move |_| Listed::read(&mut numbers, texts, severity, confidence))
    }
}

/// A row of the counts.
#[derive(Debug)]
pub(crate) struct Row {
    /// The number of its alert, if it names one. The same alert has the same number wherever it is.
    alert: Option<u32>,
    /// Whether it names its alert, and no policy names that or its rule.
    pub(crate) is_plain: bool,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) instances: u64,
    /// How many findings of it are listed.
    pub(crate) listed: u32,
    /// How many are listed of the rows before it.
    first: u32,
}

impl Row {
    fn read(
        numbers: &mut Numbers<'_>,
        texts: &Texts<'_>,
        first: u32,
        is_named: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let severity = numbers.one_of(&Severity::ALL)?;
        let confidence = numbers.one_of(&Confidence::ALL)?;
        let alert = numbers.optional()?;
        let is_plain = match alert {
            None => false,
            Some(number) => !is_named(texts.get(usize::try_from(number).ok()?)?),
        };
        let (instances, listed) = (numbers.number()?, u32::try_from(numbers.number()?).ok()?);
        Some(Self { alert, is_plain, severity, confidence, instances, listed, first })
    }

    /// The number of its alert, if it names one.
    pub(crate) fn number(&self) -> Option<usize> {
        self.alert.and_then(|number| usize::try_from(number).ok())
    }
}

/// A finding as it lies packed. To judge it, its alert and its place are enough; the finding itself is made where it is shown.
#[derive(Debug)]
pub(crate) struct Listed<'f> {
    position: usize,
    alert: &'f str,
    /// The number of its alert.
    pub(crate) number: usize,
    pub(crate) severity: Severity,
    confidence: Confidence,
    path: Cow<'f, str>,
    parts: Parts<'f>,
}

impl<'f> Listed<'f> {
    fn read(
        numbers: &mut Numbers<'f>,
        texts: &Texts<'f>,
        severity: Severity,
        confidence: Confidence,
    ) -> Option<Self> {
        let (position, number) = (numbers.index()?, numbers.index()?);
        let mut text = || texts.next(numbers);
        let (name, method, origin, rest) = (text()?, text()?, text()?, text()?);
        let (param, attack, evidence, other) = (text()?, text()?, text()?, text()?);
        let (cwe_id, wasc_id) = (numbers.optional()?, numbers.optional()?);
        let parts = Parts { name, method, origin, rest, param, attack, evidence, other, cwe_id, wasc_id };
        let (alert, path) = (texts.get(number)?, normalise(rest));
        Some(Self { position, alert, number, severity, confidence, path, parts })
    }

    pub(crate) fn alert(&self) -> &'f str {
        self.alert
    }

    /// The path of its URL ([`Finding::path`]).
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn method(&self) -> &'f str {
        self.parts.method
    }

    pub(crate) fn param(&self) -> &'f str {
        self.parts.param
    }

    /// The finding itself.
    pub(crate) fn finding(&self) -> Option<Finding> {
        let alert = AlertRef::named(self.alert).ok()?;
        Finding::of(alert, self.severity, self.confidence, &self.parts).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::collector::Collector;

    fn any_finding() -> impl Strategy<Value = Finding> {
        let severity = proptest::sample::select(Severity::ALL.to_vec());
        let confidence = proptest::sample::select(Confidence::ALL.to_vec());
        let texts = ("[a-b]{0,2}", "\\PC{0,9}", "[a-b%;]{0,3}");
        (0..300u32, severity, confidence, texts, any::<Option<u32>>()).prop_map(
            |(rule, severity, confidence, (one, other, path), id)| {
                let alert = AlertRef::variant("1", rule).unwrap();
                let finding = Finding::new(alert, severity, confidence, &one, &format!("http://a:80/{path}"));
                let finding = finding.unwrap().named(&one).with_param(&other).with_attack(&one);
                let finding = finding.with_evidence(&other).with_other(path);
                id.into_iter().fold(finding, |finding, id| finding.with_cwe(id).with_wasc(id / 2))
            },
        )
    }

    proptest! {
        #[test]
        fn what_was_found_is_what_is_there(findings in vec(any_finding(), 0..400)) {
            let mut collector = Collector::new();
            findings.iter().for_each(|finding| collector.add(finding));
            let (counts, listed) = collector.into_parts();
            let mut writer = Writer::default();
            write(&counts, &listed, &mut writer);
            let packed = writer.finish();
            let (numbers, texts) = packed.read();
            let found = Found::read(numbers, texts, |_| false).unwrap();
            prop_assert_eq!(found.counts(), Some(counts.clone()));
            prop_assert_eq!(found.findings(), Some(listed.clone()));
            for (index, (count, row)) in counts.iter().zip(found.rows()).enumerate() {
                for one in found.listed(row) {
                    let finding = &listed[one.position];
                    prop_assert_eq!(row_of(finding, &counts), Some(index));
                    prop_assert_eq!(one.finding(), Some(finding.clone()));
                    prop_assert_eq!((finding.alert_ref().as_str(), finding.path()), (one.alert(), one.path()));
                    prop_assert_eq!((finding.method(), finding.param()), (one.method(), one.param()));
                }
                prop_assert_eq!(found.alert(row), count.alert.clone());
            }
            let of_rows: usize = found.rows().iter().map(|row| found.listed(row).count()).sum();
            prop_assert_eq!(of_rows, listed.len());
        }
    }
}
