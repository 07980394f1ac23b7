//! A scan of a shop by a fake ZAP.

use std::net::SocketAddr;
use std::sync::LazyLock;

use dast_zap_client::testing::{FakeAlert, FakeZap, FakeZapBuilder};
use tokio::runtime::Runtime;

use crate::support::lab::{Outcome, Scan};
use crate::support::relay::{Call, Fate, relay};

pub(crate) const SHOP: &str = "http://shop.test/";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A fake ZAP that finds these alerts in a shop of two pages.
pub(crate) fn fake(alerts: Vec<FakeAlert>) -> FakeZap {
    start(
        FakeZap::builder()
            .site(SHOP)
            .site("http://shop.test/cart")
            .records_per_look(9)
            .passive_alerts(alerts),
    )
}

fn start(builder: FakeZapBuilder) -> FakeZap {
    RUNTIME.block_on(builder.start()).unwrap()
}

pub(crate) fn medium() -> FakeAlert {
    FakeAlert::new(10038, "Content Security Policy (CSP) Header Not Set", SHOP)
        .alert_ref("10038-1")
        .risk("Medium")
}

/// A scan of the shop by that ZAP, or by what relays to it.
fn scan(zap: &str) -> Scan {
    Scan::new(zap, SHOP, "full").key("a fake key").with(&["--timeout", "60s", "--quiet"])
}

pub(crate) fn outcome(fake: &FakeZap) -> Outcome {
    scan(fake.url()).run()
}

/// The outcome where `meddle` answers for the fake if it likes.
pub(crate) fn meddled(
    fake: &FakeZap,
    meddle: impl Fn(&mut Call<'_>) -> Fate + Send + Sync + 'static,
) -> (Outcome, u64) {
    let relay = relay(address(fake), meddle);
    scan(&format!("http://{}", relay.address)).start().measured()
}

pub(crate) fn address(fake: &FakeZap) -> SocketAddr {
    fake.url().trim_start_matches("http://").parse().unwrap()
}
