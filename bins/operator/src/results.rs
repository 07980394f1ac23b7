//! The port that analyzers deliver to.

use anyhow::{Context, Result};
use axum::Router;
use axum_server::tls_rustls::RustlsConfig;
use tokio_util::sync::CancellationToken;

use crate::arguments::Arguments;

/// How long posts that have begun may take when the program ends.
const GRACE: std::time::Duration = std::time::Duration::from_secs(10);

/// Serves results by TLS until `stop` is cancelled.
pub(crate) async fn serve(
    arguments: &Arguments,
    results: Router,
    tls: RustlsConfig,
    stop: CancellationToken,
) -> Result<()> {
    let address = arguments.results_addr;
    let handle = axum_server::Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        ending.graceful_shutdown(Some(GRACE));
    });
    axum_server::bind_rustls(address, tls)
        .handle(handle)
        .serve(results.into_make_service())
        .await
        .with_context(|| format!("cannot serve results at `{address}`"))
}
