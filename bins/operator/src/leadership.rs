//! One replica acts at a time: the one that holds the lease.

use anyhow::{Context, Result};
use kube::Client;
use kube_lease_manager::{LeaseManager, LeaseManagerBuilder};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The lease, which this replica holds, or waits for.
pub(crate) struct Leadership {
    held: watch::Receiver<bool>,
    task: tokio::sync::Mutex<Option<JoinHandle<kube_lease_manager::Result<LeaseManager>>>>,
}

/// How long a lease holds without being renewed, in seconds, and how long before that it is renewed: so long nobody acts
/// after a replica has died.
const DURATION: u64 = 15;
const GRACE: u64 = 5;

impl Leadership {
    /// Begins to seek the lease `dast-operator`.
    pub(crate) async fn seek(client: &Client, namespace: &str, identity: &str) -> Result<Self> {
        let manager = LeaseManagerBuilder::new(client.clone(), "dast-operator")
            .with_namespace(namespace)
            .with_identity(identity)
            .with_field_manager(format!("dast-operator-{identity}"))
            .with_duration(DURATION)
            .with_grace(GRACE)
            .build()
            .await
            .with_context(|| {
                format!("cannot make or read the lease `dast-operator` in namespace `{namespace}`")
            })?;
        let (held, task) = manager.watch().await;
        Ok(Self { held, task: tokio::sync::Mutex::new(Some(task)) })
    }

    /// Whether it is held.
    pub(crate) fn is_held(&self) -> watch::Receiver<bool> {
        self.held.clone()
    }

    /// Waits until it is held.
    pub(crate) async fn wait(&self) -> Result<()> {
        self.held.clone().wait_for(|held| *held).await.context("nobody seeks the lease any more")?;
        Ok(())
    }

    /// Waits until it was held and is not any more.
    pub(crate) async fn lost(&self) {
        let mut held = self.held.clone();
        if held.wait_for(|held| *held).await.is_ok() {
            let _ = held.wait_for(|held| !*held).await;
        }
    }

    /// Gives it to others, so that they need not wait until it runs out.
    pub(crate) async fn release(self) {
        let Self { held, task } = self;
        // The task ends, and gives the lease back, when nobody listens to it.
        drop(held);
        if let Some(task) = task.into_inner() {
            let _ = tokio::time::timeout(std::time::Duration::from_secs(5), task).await;
        }
    }
}
