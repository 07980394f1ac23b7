//! The built-in engine as a [`Scanner`].

use std::fmt;
use std::sync::Arc;

use dast_core::{Collected, Progress, RunningScan, ScanError, ScanRequest, Scanner, async_trait};
use dast_policy::{Engine, Profile};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::crawl::Crawl;
use super::rule_set;
use super::settings::Settings;

/// The built-in engine: crawls the target's origin with GET, applies all rules to every answer, and sends nothing else.
///
/// It follows links, redirects, forms that are sent with GET (without values), and what `robots.txt` and site maps
/// tell, as long as they stay within the origin. It keeps no cookies between requests and looks for no proxy in the
/// environment. `https` needs a cryptographic provider of rustls, which the program installs; `http` needs nothing.
///
/// A scan runs as tasks of the Tokio runtime in which it was started. The same answers give the same findings in the
/// same order, however many requests are under way at once.
pub struct PassiveScanner {
    settings: Arc<Settings>,
}

impl PassiveScanner {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings: Arc::new(settings) }
    }
}

impl fmt::Debug for PassiveScanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassiveScanner").field("limits", &self.settings.limits).finish_non_exhaustive()
    }
}

#[async_trait]
impl Scanner for PassiveScanner {
    fn engine(&self) -> Engine {
        Engine {
            name: "builtin".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rule_set: rule_set(),
            passive: true,
        }
    }

    fn profile(&self) -> Profile {
        self.settings.profile()
    }

    /// Begins a crawl.
    ///
    /// # Errors
    /// When the target is `https`, and there is no cryptographic provider or no authority to trust.
    async fn start(&self, request: ScanRequest) -> Result<Box<dyn RunningScan>, ScanError> {
        let crawl = Crawl::new(Arc::clone(&self.settings), request)?;
        let (sender, progress) = watch::channel(Progress::default());
        let cancel = CancellationToken::new();
        let task = tokio::spawn(crawl.run(self.engine(), cancel.clone(), sender));
        Ok(Box::new(PassiveScan { progress, cancel, task: Some(AbortOnDropHandle::new(task)) }))
    }
}

/// A crawl under way. Dropping it stops it.
struct PassiveScan {
    /// Holds the latest only, however seldom somebody asks.
    progress: watch::Receiver<Progress>,
    cancel: CancellationToken,
    task: Option<AbortOnDropHandle<Collected>>,
}

#[async_trait]
impl RunningScan for PassiveScan {
    async fn next_event(&mut self) -> Option<Progress> {
        self.progress.changed().await.ok()?;
        Some(*self.progress.borrow_and_update())
    }

    async fn cancel(&mut self) {
        self.cancel.cancel();
    }

    async fn collect(&mut self) -> Result<Collected, ScanError> {
        let task =
            self.task.take().ok_or_else(|| ScanError::engine("the scan was collected before").permanent())?;
        task.await.map_err(|error| ScanError::engine("the crawl did not come to its end").with_source(error))
    }
}
