//! All alerts of a site: listed and decoded, beside ZAP's own client and beside no client.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use dast_zap_client::ZapClient;
use dast_zap_client::alert::Alert;
use futures_util::TryStreamExt as _;
use tokio::runtime::Runtime;
use url::Url;

use super::alerts::SITE;
use super::part::{Server, runtime};
use super::plain::{Plain, Texts};
use super::python::Python;
use crate::options::Options;
use crate::table::{Goal, Row, Table};
use crate::timing::{Samples, Stopwatch, interleave};

const ALERTS: usize = 20_000;
/// Alerts of a page.
pub(super) const PAGE: usize = 1000;

/// The same alerts in the same pages, by our client, by ZAP's for Python, and by reqwest.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("listing: {ALERTS} alerts in pages of {PAGE}, ours, Python's and reqwest's");
    let server = Server::start(&["serve-alerts", &ALERTS.to_string()])?;
    let runtime = runtime()?;
    let zap = client(server.url())?;
    let plain = Plain::new(server.url(), PAGE)?;
    let mut python = Python::start(server.url(), PAGE)?;
    agree(&runtime, &zap, &plain, &mut python)?;

    let mut bytes = 0;
    let [mut our_work, mut same_work, mut text_work, mut their_work] = [const { Vec::new() }; 4];
    let [ours, same, texts, theirs, bare] = interleave(
        options.rounds(31),
        [
            &mut || timed(&mut our_work, || runtime.block_on(list(&zap, |_| ()))),
            &mut || timed(&mut same_work, || runtime.block_on(plain.list(|_: Alert| ()))),
            &mut || timed(&mut text_work, || runtime.block_on(plain.list(|_: Texts| ()))),
            &mut || {
                let (wall, processor) = python.list(ALERTS)?;
                their_work.push(processor);
                Ok(wall)
            },
            &mut || {
                let start = Instant::now();
                bytes = runtime.block_on(plain.drain(ALERTS))?;
                Ok(start.elapsed())
            },
        ],
    )?;
    // The first round does not count.
    let [our_work, same_work, text_work, their_work] =
        [our_work, same_work, text_work, their_work].map(|mut work| Samples::new(work.split_off(1)));
    let what = format!("list {ALERTS} alerts ({:.0} MiB)", bytes as f64 / f64::from(1 << 20));
    for (clock, ours, theirs, same, texts) in [
        ("on the wall", &ours, &theirs, &same, &texts),
        ("of a processor", &our_work, &their_work, &same_work, &text_work),
    ] {
        for (peer, theirs, ratio, goal) in [
            ("ZAP's client for Python", theirs, theirs.ratio_to(ours)?, Goal::AtLeast(3.0)),
            ("reqwest with the same structs", same, ours.ratio_to(same)?, Goal::AtMost(1.3)),
            ("reqwest with structs of texts", texts, ours.ratio_to(texts)?, Goal::AtMost(1.3)),
        ] {
            table.push(row(format!("{what}, beside {peer}, time {clock}"), ours, theirs, ratio, goal));
        }
    }
    let alone = format!("{what}, beside the server alone: reqwest, nothing decoded");
    table.push(row(alone, &ours, &bare, bare.ratio_to(&ours)?, Goal::None));
    Ok(())
}

/// How long it takes on the wall, and to `work` how long of a processor.
fn timed(work: &mut Vec<Duration>, listing: impl FnOnce() -> Result<usize>) -> Result<Duration> {
    let (start, working) = (Instant::now(), Stopwatch::start());
    let listed = listing()?;
    let wall = start.elapsed();
    work.push(working.elapsed());
    ensure!(listed == ALERTS, "{listed} alerts are listed, not {ALERTS}");
    Ok(wall)
}

fn row(what: String, ours: &Samples, peer: &Samples, ratio: f64, goal: Goal) -> Row {
    Row { what, ours: ours.to_string(), peer: peer.to_string(), ratio: Some(ratio), goal }
}

pub(super) fn client(url: &str) -> Result<ZapClient> {
    Ok(ZapClient::builder(url).api_key("a key").build()?)
}

/// Lists all alerts, and says how many there are.
pub(super) async fn list(zap: &ZapClient, mut each: impl FnMut(Alert)) -> Result<usize> {
    let mut alerts = zap.alert().of(&Url::parse(SITE)?).page_size(PAGE);
    let mut count = 0;
    while let Some(alert) = alerts.try_next().await? {
        each(alert);
        count += 1;
    }
    Ok(count)
}

/// What is compared must list the same.
fn agree(runtime: &Runtime, zap: &ZapClient, plain: &Plain, python: &mut Python) -> Result<()> {
    let expected = (ALERTS, (0..ALERTS as u64).sum::<u64>());
    let (mut ours, mut same, mut texts) = (0, 0, 0);
    let listed = [
        (runtime.block_on(list(zap, |alert| ours += u64::from(alert.id.get())))?, ours),
        (runtime.block_on(plain.list(|alert: Alert| same += u64::from(alert.id.get())))?, same),
        (runtime.block_on(plain.list(|alert: Texts| texts += alert.id.parse().unwrap_or(0)))?, texts),
        python.ids()?,
    ];
    ensure!(listed.iter().all(|listed| *listed == expected), "{listed:?} are listed, not {expected:?}");
    Ok(())
}
