//! Whether the program is ready.

use std::sync::{Arc, Mutex};

use dast_runtime::admin::Admin;
use prometheus_client::registry::Registry;
use tokio::sync::watch;

/// Whether the program is ready: one that waits for the lease is, one that holds it must know the cluster.
#[derive(Clone)]
pub(crate) struct Readiness {
    leads: watch::Receiver<bool>,
    knows: watch::Receiver<bool>,
}

impl Readiness {
    pub(crate) fn new(leads: watch::Receiver<bool>, knows: watch::Receiver<bool>) -> Self {
        Self { leads, knows }
    }

    /// What the admin port tells.
    pub(crate) fn admin(&self, metrics: Registry) -> Admin {
        let Self { leads, knows } = self.clone();
        let waits_for = move || match (*leads.borrow(), *knows.borrow()) {
            (true, false) => vec!["watches"],
            _ => Vec::new(),
        };
        Admin { waits_for: Arc::new(waits_for), metrics: Arc::new(Mutex::new(metrics)) }
    }
}
