//! What the calls are made on: a ZAP, a shop for it to scan, and a record of what was called.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::PathBuf;
use std::time::Duration;

use dast_lab::zap::{Daemon, Installation, Options};
use dast_shop::{Care, Shop};
use dast_zap_client::{ErrorCode, RetrySettings, Url, ZapClient, ZapError, endpoints};
use tempfile::TempDir;

use super::ledger::Ledger;

/// Components that the lab's own add-on plays: what they answer says nothing of the real ones.
const STAND_INS: [&str; 2] = ["openapi", "replacer"];

pub(crate) struct Stage {
    /// Its calls count.
    pub(crate) zap: ZapClient,
    /// The same ZAP, and nobody is told.
    pub(crate) unobserved: ZapClient,
    pub(crate) daemon: Daemon,
    /// The careless one: with its weaknesses, passive and active.
    pub(crate) shop: Shop,
    pub(crate) ledger: Ledger,
    folder: TempDir,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let installation = Installation::ensure(|step| eprintln!("{step}")).unwrap();
        let daemon = installation.start(Options::default()).unwrap();
        let shop = Shop::start(Care::Careless, ([127, 0, 0, 1], 0).into()).unwrap();
        let ledger = Ledger::of(installation.version());
        // A call that needs a second try is one that did not work.
        let retry = RetrySettings { times: 0, ..RetrySettings::default() };
        let client = || ZapClient::builder(daemon.url()).api_key(daemon.api_key()).retry(retry);
        let zap = client().observe(ledger.writer()).build().unwrap();
        let unobserved = client().build().unwrap();
        Self { zap, unobserved, daemon, shop, ledger, folder: tempfile::tempdir().unwrap() }
    }

    /// An address of the shop, such as that of `login`.
    pub(crate) fn page(&self, path: &str) -> Url {
        Url::parse(&self.shop.url()).unwrap().join(path).unwrap()
    }

    /// The shop as ZAP names sites and the roots of their trees: without a slash.
    pub(crate) fn site(&self) -> String {
        self.shop.url().trim_end_matches('/').to_owned()
    }

    /// A regular expression of all addresses of the shop.
    pub(crate) fn everything(&self) -> String {
        format!(r"\Q{}\E.*", self.shop.url())
    }

    /// A path on ZAP's disk, which is this machine's.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn passive_scan(&self) {
        eventually("the passive scanner", async || {
            self.zap.pscan().records_to_scan().send().await.unwrap() == 0
        })
        .await;
    }

    /// The components that are typed and that this ZAP does not have, by its own word or because the lab only plays them.
    pub(crate) async fn absent_components(&self) -> BTreeSet<&'static str> {
        let mut absent = BTreeSet::new();
        for component in endpoints().map(|endpoint| endpoint.component).collect::<BTreeSet<_>>() {
            match self.unobserved.raw().view(component, "none").send().await.unwrap_err() {
                ZapError::ComponentAbsent(_) => assert!(absent.insert(component)),
                ZapError::Api(error) if *error.code() == ErrorCode::BadView => {}
                error => panic!("{component}: {error}"),
            }
        }
        absent.extend(STAND_INS);
        absent
    }
}

/// Until `done` says so; a minute is a failure.
pub(crate) async fn eventually(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..1200 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("in vain: {what}");
}

/// That ZAP answers with an error, and which.
#[track_caller]
pub(crate) fn refused<T: Debug>(answer: Result<T, ZapError>, code: &ErrorCode) {
    assert_eq!(answer.unwrap_err().code(), Some(code));
}
