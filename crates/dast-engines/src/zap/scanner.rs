//! ZAP as a [`Scanner`].

use dast_core::{Collected, Progress, RunningScan, ScanError, ScanRequest, Scanner, async_trait};
use dast_policy::{Engine, Profile};
use dast_zap_client::ZapClient;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::builder::ZapScannerBuilder;
use super::failure::not_started;
use super::run::Run;
use super::settings::Settings;
use super::version::Version;

/// OWASP ZAP as an engine: a ZAP that runs somewhere is told to crawl the target, to attack it if the profile says so,
/// and what it found is collected.
///
/// A scan has a context of its own in ZAP that holds exactly the target's origin, and takes only alerts of that origin.
/// It is incomplete if ZAP was restarted, if somebody stopped it there, if ZAP failed, or if the target did not answer.
///
/// A scan runs as a task of the Tokio runtime in which it was started.
#[derive(Debug)]
pub struct ZapScanner {
    client: ZapClient,
    settings: Settings,
}

impl ZapScanner {
    /// Begins the settings of a scanner that uses the ZAP of `client`.
    pub fn builder(client: ZapClient) -> ZapScannerBuilder {
        ZapScannerBuilder::new(client)
    }

    pub(super) fn new(client: ZapClient, settings: Settings) -> Self {
        Self { client, settings }
    }
}

#[async_trait]
impl Scanner for ZapScanner {
    fn engine(&self) -> Engine {
        Version::unknown().engine(&self.settings.profile)
    }

    fn profile(&self) -> Profile {
        self.settings.profile()
    }

    /// Begins a scan, if ZAP is there.
    ///
    /// # Errors
    /// When ZAP does not answer, does not take the key, or lacks what a scan needs.
    async fn start(&self, request: ScanRequest) -> Result<Box<dyn RunningScan>, ScanError> {
        let version = Version::of(&self.client).await.map_err(not_started)?;
        let (sender, progress) = watch::channel(Progress::default());
        let cancel = CancellationToken::new();
        let run = Run {
            zap: self.client.clone(),
            settings: self.settings.clone(),
            request,
            engine: version.engine(&self.settings.profile),
            redactor: self.settings.redactor(),
            until: Instant::now() + self.settings.limits.time,
            cancel: cancel.clone(),
            progress: sender,
        };
        let task = AbortOnDropHandle::new(tokio::spawn(run.run()));
        Ok(Box::new(ZapScan { progress, cancel, task: Some(task) }))
    }
}

/// A scan under way. Dropping it stops it here, but not in ZAP; cancelling stops it there too.
struct ZapScan {
    /// Holds the latest only, however seldom somebody asks.
    progress: watch::Receiver<Progress>,
    cancel: CancellationToken,
    task: Option<AbortOnDropHandle<Result<Collected, ScanError>>>,
}

#[async_trait]
impl RunningScan for ZapScan {
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
        task.await
            .map_err(|error| ScanError::engine("the scan did not come to its end").with_source(error))?
    }
}
