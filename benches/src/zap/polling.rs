//! Many scans waited for by one client, in a process of its own.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dast_zap_client::ZapClient;
use dast_zap_client::testing::FakeZap;
use dast_zap_client::watch::Ended;
use futures_util::future::try_join_all;

use super::part::{Server, serve_until_closed, this_program};
use super::process;
use crate::memory::kib;
use crate::options::Options;
use crate::table::{Goal, Row, Table};

const KEY: &str = "a key";
const SITE: &str = "http://shop.test/";
const MANY: usize = 64;
/// Looks that a scan takes, from whichever watch: in a fake ZAP a look at one scan carries on all of its kind.
const LOOKS: u32 = 2_000;
/// Shorter than usual, so that it does not take long. All of them look at once.
const EVERY: Duration = Duration::from_millis(50);
const MOST_KIB: u64 = 30 * 1024;

/// The resident memory, at most, of a process that polls 64 scans, beside one that polls one.
pub(crate) fn measure(_options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("polling: {MANY} scans and one");
    let (many, one) = (resident_kib(MANY)?, resident_kib(1)?);
    table.push(Row {
        what: format!("most resident memory of a process that polls {MANY} scans, beside one"),
        ours: kib(many as usize * 1024),
        peer: kib(one as usize * 1024),
        ratio: Some(many as f64 / one as f64),
        goal: Goal::Judged("≤ 30 MiB".to_owned(), many <= MOST_KIB),
    });
    Ok(())
}

/// What the system says that a process that polls `scans` scans had in memory at most.
fn resident_kib(scans: usize) -> Result<u64> {
    let server = Server::start(&["serve-scans"])?;
    let output = this_program(&["poll", server.url(), &scans.to_string()])?.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.trim().parse().context("the polling process says no number")
}

/// A fake ZAP whose scans take long.
pub(super) async fn serve() -> Result<()> {
    let fake = FakeZap::builder()
        .api_key(KEY)
        .site(SITE)
        .spider_takes(LOOKS)
        .active_scan_takes(LOOKS)
        .start()
        .await?;
    serve_until_closed(fake.url()).await
}

/// Polls `scans` scans at once, crawls and active ones, as the engine does it, and says what that took.
pub(super) async fn poll(url: &str, scans: usize) -> Result<()> {
    let zap = ZapClient::builder(url).api_key(KEY).build()?;
    let marker = zap.mark_session().await?;
    let site = SITE.parse()?;
    let mut watches = Vec::new();
    for number in 0..scans {
        watches.push(if number.is_multiple_of(2) {
            zap.watch_spider(zap.spider().scan(&site).send().await?)
        } else {
            zap.watch_active_scan(zap.ascan().scan(&site).send().await?)
        });
    }
    let ends = watches.into_iter().map(|watch| watch.every(EVERY).guarded_by(&marker).ended());
    let ends = try_join_all(ends).await?;
    ensure!(ends.iter().all(|ended| *ended == Ended::Finished), "{ends:?}");
    println!("{}", process::most_resident_kib()?);
    Ok(())
}
