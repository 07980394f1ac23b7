//! A port by TLS whose certificates change while it serves.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use tokio_util::sync::CancellationToken;

/// How long requests that have begun may take when the program ends.
const GRACE: Duration = Duration::from_secs(10);
/// How long the head of a request may take to arrive, so that nobody keeps connections open for nothing.
const HEAD: Duration = Duration::from_secs(10);

/// Serves `router` until `stop` is cancelled, and what has begun to its end.
///
/// # Errors
/// When the address cannot be listened at.
pub async fn serve(
    address: SocketAddr,
    router: Router,
    tls: RustlsConfig,
    stop: CancellationToken,
) -> Result<()> {
    let handle = Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        ending.graceful_shutdown(Some(GRACE));
    });
    let mut server = axum_server::bind_rustls(address, tls).handle(handle);
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    server.serve(router.into_make_service()).await.with_context(|| format!("cannot serve at `{address}`"))
}
