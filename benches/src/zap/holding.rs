//! How much memory it takes to list alerts.

use anyhow::{Result, ensure};

use super::listing::{PAGE, client, list};
use super::part::{Server, runtime};
use crate::heap;
use crate::memory::kib;
use crate::options::Options;
use crate::table::{Goal, Row, Table};

const FEW: usize = 2_000;
const MANY: usize = 20_000;

/// The peak of live heap for ten times as many alerts, beside the peak for few.
pub(crate) fn measure(_options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("memory: {FEW} and {MANY} alerts in pages of {PAGE}");
    let (few, many) = (peak(FEW)?, peak(MANY)?);
    table.push(Row {
        what: format!("peak heap of listing {MANY} alerts in pages of {PAGE}, beside {FEW}"),
        ours: kib(many),
        peer: kib(few),
        ratio: Some(many as f64 / few as f64),
        goal: Goal::AtMost(1.1),
    });
    Ok(())
}

fn peak(count: usize) -> Result<usize> {
    let server = Server::start(&["serve-alerts", &count.to_string()])?;
    let (runtime, zap) = (runtime()?, client(server.url())?);
    let (listed, peak) = heap::peak_of(|| runtime.block_on(list(&zap, |_| ())));
    ensure!(listed? == count);
    Ok(peak)
}
