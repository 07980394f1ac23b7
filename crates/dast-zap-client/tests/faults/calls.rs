//! Calls of a fake ZAP that goes wrong.

use dast_zap_client::testing::{FakeZap, Fault};
use dast_zap_client::{SpiderScanId, Url, ZapClient, ZapError};
use serde_json::Value as Json;

pub(crate) const STATUS: &str = "spider/view/status";
pub(crate) const VERSION: &str = "core/view/version";

/// What the status of a crawl that is there becomes with a fault.
pub(crate) async fn status(fault: Fault) -> Result<u8, ZapError> {
    let fake = FakeZap::start().await.unwrap();
    let scan = started(&fake).await;
    fake.fail_always(STATUS, fault);
    fake.client().spider().status(scan).send().await
}

pub(crate) async fn started(fake: &FakeZap) -> SpiderScanId {
    fake.client().spider().scan(&"http://shop.test/".parse::<Url>().unwrap()).send().await.unwrap()
}

pub(crate) async fn version(zap: &ZapClient) -> Result<Json, ZapError> {
    zap.raw().view("core", "version").send().await
}

pub(crate) async fn version_with(fault: Fault) -> (Result<Json, ZapError>, usize) {
    let fake = FakeZap::start().await.unwrap();
    fake.fail_always(VERSION, fault);
    (version(&fake.client()).await, fake.count(VERSION))
}
