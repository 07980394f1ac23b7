//! A fake ZAP to test against: a server on this machine that answers as ZAP does, as far as tests say what happens.
//!
//! It knows the endpoints that a scan needs; [`FakeZap::answer`] teaches it others. It keeps to ZAP's ways, pleasant or
//! not: numbers are text, ids begin at 0, pages at 1, scans of addresses that nobody answers succeed, and who has no
//! key is hung up on.
//!
//! ```
//! use dast_zap_client::testing::{FakeAlert, FakeZap};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let fake = FakeZap::builder()
//!     .site("http://shop.test/")
//!     .spider_takes(2)
//!     .passive_alerts(vec![FakeAlert::new(10020, "Anti-clickjacking Header", "http://shop.test/").risk("Medium")])
//!     .start()
//!     .await?;
//!
//! let zap = fake.client();
//! let scan = zap.spider().scan(&"http://shop.test/".parse()?).send().await?;
//! assert_eq!(zap.spider().status(scan).send().await?, 50);
//! assert_eq!(zap.spider().status(scan).send().await?, 100);
//! assert_eq!(fake.calls().last().map(|call| call.endpoint()), Some("spider/view/status".to_owned()));
//! # Ok(()) }
//! ```

mod alert;
mod answers;
mod asked;
mod builder;
mod call;
mod context;
mod expression;
mod fault;
mod gate;
mod history;
mod policy;
mod reply;
mod scan;
mod server;
mod session;
mod settings;
mod site;
mod state;

use std::io;

use serde_json::Value as Json;
use tokio::task::JoinHandle;

pub use self::alert::FakeAlert;
pub use self::builder::FakeZapBuilder;
pub use self::call::FakeCall;
pub use self::fault::Fault;
use self::state::Shared;
use crate::builder::ClientBuilder;
use crate::client::ZapClient;
use crate::id::{ActiveScanId, AlertId, SpiderScanId};

/// A fake ZAP. It answers for as long as this handle lives: keep it in a variable.
#[derive(Debug)]
#[must_use = "the fake ends when its handle is dropped"]
pub struct FakeZap {
    url: String,
    client: ZapClient,
    prepared: ClientBuilder,
    state: Shared,
    task: JoinHandle<()>,
}

impl FakeZap {
    /// Starts one with no sites and no alerts, on a free port of this machine.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Begins one whose sites, scans and alerts are told first.
    pub fn builder() -> FakeZapBuilder {
        FakeZapBuilder::new()
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client of it that has the key, and hardly waits before it tries a view again.
    pub fn client(&self) -> ZapClient {
        self.client.clone()
    }

    /// The settings of [`Self::client`], to change some.
    pub fn client_builder(&self) -> ClientBuilder {
        self.prepared.clone()
    }

    /// All calls that came so far, refused ones too.
    pub fn calls(&self) -> Vec<FakeCall> {
        self.state.lock().calls.clone()
    }

    /// How often an endpoint, such as `spider/view/status`, was called.
    pub fn count(&self, endpoint: &str) -> usize {
        self.state.lock().calls.iter().filter(|call| call.endpoint() == endpoint).count()
    }

    /// Answers with `reply` whenever `endpoint`, such as `ajaxSpider/view/status`, is called.
    pub fn answer(&self, endpoint: &str, reply: Json) {
        self.state.lock().answers.insert(endpoint.to_owned(), reply);
    }

    /// The next call of `endpoint` goes wrong. Said twice, the next two do.
    pub fn fail_once(&self, endpoint: &str, fault: Fault) {
        self.state.lock().faults.once(endpoint, fault);
    }

    /// Every call of `endpoint` goes wrong, until [`Self::heal`].
    pub fn fail_always(&self, endpoint: &str, fault: Fault) {
        self.state.lock().faults.always(endpoint, fault);
    }

    /// Calls of `endpoint` go well again.
    pub fn heal(&self, endpoint: &str) {
        self.state.lock().faults.heal(endpoint);
    }

    /// As if ZAP had been started anew: sites, scans, alerts and contexts are gone, and ids begin at 0 again.
    pub fn restart(&self) {
        self.state.lock().session.clear();
    }

    /// Ends an active scan where it stands, as somebody else could.
    pub fn stop_scan_from_outside(&self, scan: ActiveScanId) {
        self.state.lock().session.active.stop(scan.get());
    }

    /// Ends a crawl where it stands, as somebody else could.
    pub fn stop_spider_from_outside(&self, scan: SpiderScanId) {
        self.state.lock().session.spiders.stop(scan.get());
    }

    /// Raises an alert now, of a message at its address or its site if there is one.
    pub fn raise(&self, alert: FakeAlert) -> AlertId {
        let session = &mut self.state.lock().session;
        let message = session.history.of(alert.text("url"));
        AlertId::new(session.raise(alert, message))
    }
}

impl Drop for FakeZap {
    fn drop(&mut self) {
        self.task.abort();
    }
}
