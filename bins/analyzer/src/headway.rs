//! How far a run has come, told to the operator.

use std::sync::Arc;
use std::time::Duration;

use dast_kubernetes::crd::RunProgress;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use crate::courier::Courier;

/// The operator writes it into an object, which everybody who watches is told of.
const EVERY: Duration = Duration::from_secs(5);

/// Tells the operator how far a run has come: seldom, and only what is new. Dropping it ends that.
pub(crate) struct Headway {
    latest: watch::Sender<Option<RunProgress>>,
    _task: AbortOnDropHandle<()>,
}

impl Headway {
    /// Begins to post to `path`.
    pub(crate) fn start(courier: Arc<Courier>, path: String) -> Self {
        let (latest, mut news) = watch::channel(None);
        let task = tokio::spawn(async move {
            // A scan that is over soon has nothing to tell but its report.
            sleep(EVERY).await;
            while news.changed().await.is_ok() {
                let progress: Option<RunProgress> = *news.borrow_and_update();
                // A scan goes on whether or not anybody looks.
                if let Some(progress) = progress
                    && let Err(error) = courier.tell(&path, &progress).await
                {
                    tracing::info!(error = format!("{error:#}"), "the operator did not take the progress");
                }
                sleep(EVERY).await;
            }
        });
        Self { latest, _task: AbortOnDropHandle::new(task) }
    }

    /// Takes note of the progress.
    pub(crate) fn update(&self, progress: RunProgress) {
        self.latest.send_if_modified(|latest| latest.replace(progress) != Some(progress));
    }
}
