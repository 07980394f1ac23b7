//! How much memory it takes to bound a stream of findings.

use anyhow::Result;
use dast_policy::{AlertRef, Bound, Collector, Count, Evidence, Finding};

use crate::heap;
use crate::options::Options;
use crate::sample::{self, Findings, RULES};
use crate::table::{Goal, Row, Table};

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;

/// The peak of live heap for a hundred times as many findings, beside the peak for few and beside the bound.
pub(crate) fn measure(_options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("memory: {FEW} and {MANY} findings from a stream");
    let (few, many) = (peak(FEW)?, peak(MANY)?);
    let flat = many as f64 / few as f64;
    table.push(Row {
        what: format!("peak heap of bounding {MANY} findings from a stream, beside {FEW}"),
        ours: kib(many),
        peer: kib(few),
        ratio: Some(flat),
        goal: Goal::AtMost(1.1),
    });
    let allowed = bound() + counts();
    table.push(Row {
        what: format!(
            "peak heap of bounding {MANY} findings, beside the bound and the counts of {RULES} rules"
        ),
        ours: kib(many),
        peer: format!("{} = {} + {}", kib(allowed), kib(bound()), kib(counts())),
        ratio: Some(many as f64 / allowed as f64),
        goal: Goal::AtMost(1.0),
    });
    Ok(())
}

fn peak(count: usize) -> Result<usize> {
    let (findings, scan) = (Findings::new()?.take(count), sample::scan()?);
    let (evidence, peak) = heap::peak_of(move || -> Result<Evidence> {
        let mut collector = Collector::new();
        for finding in findings {
            collector.add(&finding?);
        }
        Ok(collector.finish(scan))
    });
    anyhow::ensure!(evidence?.counts().iter().map(|row| row.instances).sum::<u64>() == count as u64);
    Ok(peak)
}

/// What the listed instances may take: their texts, and the values that hold them. A value is smaller than the frame of
/// its JSON, so that all of them fit into the same bound; a list that grows is doubled.
const fn bound() -> usize {
    3 * Bound::MOST_BYTES
}

/// What exact counts take: for each alert an example and a number for every severity and confidence while findings
/// arrive, then rows.
const fn counts() -> usize {
    const NUMBERS: usize = 4 * 5 * size_of::<u64>();
    let rule = size_of::<AlertRef>() + size_of::<Finding>() + NUMBERS;
    // A hash table that grows is doubled too, and the old one is there until all is moved.
    3 * RULES as usize * rule + Bound::MOST_ROWS * size_of::<Count>()
}

/// Bytes as a person reads them.
pub(crate) fn kib(bytes: usize) -> String {
    format!("{:.1} KiB", bytes as f64 / 1024.0)
}

/// Resident memory of a process, in KiB, and the most that it may be.
pub(crate) fn resident(what: String, kibibytes: u64, most: u64) -> Row {
    Row {
        what,
        ours: kib(kibibytes as usize * 1024),
        peer: "–".to_owned(),
        ratio: None,
        goal: Goal::Judged(format!("< {} MiB", most / 1024), kibibytes < most),
    }
}
