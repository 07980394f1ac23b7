//! Every endpoint that is typed by hand and that the lab's ZAP serves, called with real arguments. What ZAP answers is
//! compared with what was asked for, and which endpoints it answered with a file that the documentation shows.
//!
//! `cargo test -p dast-lab --test contract -- --ignored` runs it; with `WRITE_ZAP_LIVE=1` it writes the file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod contract {
    pub(crate) mod alerts;
    pub(crate) mod attack;
    pub(crate) mod contexts;
    pub(crate) mod crawl;
    pub(crate) mod history;
    pub(crate) mod ledger;
    pub(crate) mod logins;
    pub(crate) mod network;
    pub(crate) mod options;
    pub(crate) mod plans;
    pub(crate) mod policies;
    pub(crate) mod stage;
    pub(crate) mod system;
}

use contract::stage::Stage;
use contract::*;

/// One ZAP for all of it, in an order in which each finds what it needs: a crawl before an attack, an attack before
/// its alerts, and the end of ZAP last.
#[tokio::test]
#[ignore = "needs a real ZAP"]
async fn every_endpoint_that_is_served_is_called_and_its_reply_decoded() {
    let stage = Stage::set().await;
    system::calls(&stage).await;
    network::calls(&stage).await;
    crawl::calls(&stage).await;
    history::calls(&stage).await;
    policies::calls(&stage).await;
    attack::calls(&stage).await;
    alerts::calls(&stage).await;
    contexts::calls(&stage).await;
    logins::calls(&stage).await;
    history::counters(&stage).await;
    plans::calls(&stage).await;
    options::calls(&stage).await;
    history::forgetting(&stage).await;
    let absent = stage.absent_components().await;
    system::end(&stage).await;
    stage.ledger.settle(&absent);
}
