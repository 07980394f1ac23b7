//! The port that analyzers deliver to.

use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use anyhow::{Context, Result};
use axum_server::tls_rustls::RustlsConfig;
use dast_core::discovery::Index;
use dast_kubernetes::controllers::Installation;
use dast_kubernetes::results::{Results, ResultsSettings, router};
use kube::Client;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::arguments::Arguments;

/// What is known, and whether it is this replica that acts on it.
pub(crate) struct Acting {
    pub(crate) index: Arc<RwLock<Index>>,
    pub(crate) acts: watch::Receiver<bool>,
}

/// How long posts that have begun may take when the program ends.
const GRACE: std::time::Duration = std::time::Duration::from_secs(10);

/// Serves results by TLS until `stop` is cancelled.
pub(crate) async fn serve(
    arguments: &Arguments,
    client: &Client,
    installation: &Installation,
    acting: Acting,
    tls: RustlsConfig,
    stop: CancellationToken,
) -> Result<()> {
    let address: SocketAddr =
        dast_runtime::address::complete(&arguments.results_addr).parse().with_context(|| {
            format!(
                "`--results-addr {}` is not accepted: expected an address such as `[::]:8443`",
                arguments.results_addr
            )
        })?;
    let configuration = installation.configuration.borrow().clone();
    let settings = ResultsSettings {
        scan_namespace: configuration.scan_namespace.clone(),
        most_report_bytes: configuration.report.max_bytes,
    };
    let Acting { index, acts } = acting;
    let results = Results::new(client.clone(), index, acts, settings);
    let handle = axum_server::Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        ending.graceful_shutdown(Some(GRACE));
    });
    axum_server::bind_rustls(address, tls)
        .handle(handle)
        .serve(router(results).into_make_service())
        .await
        .with_context(|| format!("cannot serve results at `{address}`"))
}
