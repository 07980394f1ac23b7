//! Where analyzers bring what they found: the only way by which results come into the cluster.
//!
//! A post counts if its token is that of a pod of the analyzer in the scan namespace, if that pod is of the attempt that the
//! run is in, and if what it tells is of what was ordered. Only then anything is written, and always in the same order: the
//! `ScanReport`, and then the status of the `ScanRun`. Whoever was interrupted in between posts again.

mod about;
mod body;
mod events;
mod intake;
mod ordered;
mod refusal;
mod standing;
mod visitor;

use std::sync::{Arc, RwLock};

use axum::Router;
use axum::routing::post;
use dast_core::discovery::Index;
use kube::Client;
use tokio::sync::{Semaphore, watch};

use self::events::Events;
use self::intake::{progress, report};
use self::visitor::Visitors;
use crate::known::Known;

pub use self::refusal::{Category, Refusal};

/// Reports that are taken in at once. Each may be as large as [`Order::MOST_REPORT_BYTES`].
///
/// [`Order::MOST_REPORT_BYTES`]: crate::order::Order::MOST_REPORT_BYTES
const MOST_REPORTS: usize = 4;

/// What the taking in of results rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultsSettings {
    /// The namespace of runs' pods.
    pub scan_namespace: String,
    /// The largest packed report, in bytes of text.
    pub most_report_bytes: usize,
    /// How often a run is tried. A report of a scan that was interrupted is taken of the last attempt only: another one
    /// follows each of the others.
    pub attempts: u32,
}

impl Default for ResultsSettings {
    fn default() -> Self {
        Self { scan_namespace: "dast-scans".to_owned(), most_report_bytes: 512 * 1024, attempts: 3 }
    }
}

/// What takes results in.
pub struct Results {
    client: Client,
    index: Arc<RwLock<Index>>,
    leads: watch::Receiver<bool>,
    settings: Box<dyn Fn() -> ResultsSettings + Send + Sync>,
    /// What watches have told, if there are any here.
    known: Option<Known>,
    visitors: Visitors,
    events: Events,
    reports: Semaphore,
}

impl Results {
    /// Takes results in while it `leads`. What runs now is asked of the index, and what holds now of `settings`.
    pub fn new(
        client: Client,
        index: Arc<RwLock<Index>>,
        leads: watch::Receiver<bool>,
        settings: impl Fn() -> ResultsSettings + Send + Sync + 'static,
    ) -> Self {
        Self {
            visitors: Visitors::default(),
            events: Events::new(client.clone()),
            reports: Semaphore::new(MOST_REPORTS),
            client,
            index,
            leads,
            settings: Box::new(settings),
            known: None,
        }
    }

    /// Asks the API server only for what watches have not told: each post would be three questions otherwise. What is known may
    /// be old, but no result comes of that: a report counts if the status of its run says so, which is written on condition
    /// that the run is what it was.
    pub(crate) fn knowing(self, known: Known) -> Self {
        Self { known: Some(known), ..self }
    }
}

/// The routes to which analyzers post; [`Order`](crate::order::Order) says where. They are to be served by TLS: tokens pass
/// through them.
///
/// A response of a refusal has its [`Category`] among its extensions, for a layer that counts.
pub fn router(results: Results) -> Router {
    let path = |what| format!("/v1/runs/{{namespace}}/{{name}}/{{uid}}/attempts/{{attempt}}/{what}");
    Router::new()
        .route(&path("progress"), post(progress))
        .route(&path("report"), post(report))
        .with_state(Arc::new(results))
}
