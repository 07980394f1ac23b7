//! Whole scans of a shop by a real ZAP through the analyzer, beside what ZAP says that it took.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dast_lab::zap::{Daemon, Installation, Options as LabOptions};

use super::{process, shop};
use crate::analyzer;
use crate::options::Options;
use crate::table::{Goal, Row, Table};
use crate::timing::{Samples, interleave};

/// What may come on top of ZAP's time and a twentieth of it.
const ALLOWANCE: Duration = Duration::from_secs(1);
/// The analyzer's share of a processor.
const MOST_SHARE: f64 = 0.02;

/// A quick shop, whose scan is all beginnings and ends, and a slow one, whose scan is mostly waited for.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    let analyzer = analyzer::build()?;
    let zap = Installation::ensure(|line| eprintln!("scanning: {line}"))?.start(LabOptions::default())?;
    let mut key = tempfile::NamedTempFile::new()?;
    std::io::Write::write_all(&mut key, zap.api_key().as_bytes())?;
    for (what, delay, rounds) in [
        ("a quick shop", Duration::ZERO, options.rounds(7)),
        ("a slow shop", Duration::from_millis(300), options.rounds(3)),
    ] {
        eprintln!("scanning: {what}, {} times", rounds + 1);
        let (mut own, mut scans) = (Vec::new(), Vec::new());
        let [walls] = interleave(
            rounds,
            [&mut || {
                let before = told(&zap)?;
                let scan = scan(&analyzer, &zap, key.path(), &shop::start(delay)?)?;
                own.push(told(&zap)?.saturating_sub(before));
                scans.push(scan.processor);
                Ok(scan.wall)
            }],
        )?;
        // The first round does not count.
        let own = Samples::new(own.split_off(1));
        let processor = Samples::new(scans.split_off(1));
        table.push(Row {
            what: format!("scan {what} by a real ZAP, profile `full`, beside what ZAP says that it took"),
            ours: walls.to_string(),
            peer: own.to_string(),
            ratio: Some(walls.ratio_to(&own)?),
            goal: Goal::Judged(
                "≤ 1.05 × ZAP + 1 s".to_owned(),
                walls.median()? <= own.median()?.mul_f64(1.05) + ALLOWANCE,
            ),
        });
        table.push(Row {
            what: format!("processor time of the analyzer, beside its time on the wall, {what}"),
            ours: processor.to_string(),
            peer: walls.to_string(),
            ratio: Some(processor.ratio_to(&walls)?),
            goal: Goal::AtMost(MOST_SHARE),
        });
    }
    zap.shutdown()?;
    Ok(())
}

/// What one scan took.
struct Scan {
    wall: Duration,
    processor: Duration,
}

fn scan(analyzer: &Path, zap: &Daemon, key: &Path, shop: &str) -> Result<Scan> {
    let mut command = Command::new(analyzer);
    command.args(["scan", shop, "--engine", "zap", "--profile", "full", "--zap-url", &zap.url()]);
    command.arg("--zap-api-key-file").arg(key);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn()?;
    let processor = process::processor_time(&child)?;
    let wall = start.elapsed();
    // 1 is the verdict that a careless shop gets; what could not be scanned has another code.
    let status = child.wait()?;
    ensure!(status.code() == Some(1), "the scan of a careless shop ended with {status}");
    Ok(Scan { wall, processor })
}

/// How long all crawls and active scans of a ZAP took so far, as its statistics say.
fn told(zap: &Daemon) -> Result<Duration> {
    let stats = zap.api().get("JSON/stats/view/stats/?keyPrefix=stats.")?;
    let millis = |key: &str| -> Result<u64> {
        let Some(value) = stats.get(key) else { return Ok(0) };
        let text = value.as_str().context("a statistic is no text")?;
        Ok(text.parse()?)
    };
    Ok(Duration::from_millis(millis("stats.spider.time")? + millis("stats.ascan.time")?))
}
