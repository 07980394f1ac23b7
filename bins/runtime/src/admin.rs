//! The admin port: whether a program lives, whether it is ready, and its metrics.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_server::Handle;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;

use crate::limits::{Impatient, limited};

/// How long a connection may be without a request. Whoever asks once a minute comes by another one.
const IDLE: Duration = Duration::from_secs(10);
/// How long an answer that has begun may take when the program ends.
const GRACE: Duration = Duration::from_secs(1);

/// What the admin port tells.
#[derive(Clone)]
pub struct Admin {
    /// Why the program is not ready yet; nothing if it is.
    pub waits_for: Arc<dyn Fn() -> Vec<&'static str> + Send + Sync>,
    /// Its metrics.
    pub metrics: Arc<Mutex<Registry>>,
}

/// `/livez`, `/readyz` and `/metrics` (the text format of OpenMetrics,
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>).
pub fn router(admin: Admin) -> Router {
    Router::new()
        .route("/livez", get(async || "ok"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(admin)
}

/// Serves the admin port until `stop` is cancelled.
///
/// # Errors
/// When the address cannot be listened at.
pub async fn serve(address: SocketAddr, admin: Admin, stop: CancellationToken) -> Result<()> {
    let handle = Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        ending.graceful_shutdown(Some(GRACE));
    });
    let server = limited(axum_server::bind(address).acceptor(Impatient).handle(handle), IDLE);
    server
        .serve(router(admin).into_make_service())
        .await
        .with_context(|| format!("cannot listen at `{address}`"))
}

async fn readyz(State(admin): State<Admin>) -> Response {
    let waits_for = (admin.waits_for)();
    if waits_for.is_empty() {
        return "ok".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready, waits for: {}\n", waits_for.join(", ")))
        .into_response()
}

async fn metrics(State(admin): State<Admin>) -> Response {
    let mut text = String::new();
    let registry = admin.metrics.lock().unwrap_or_else(PoisonError::into_inner);
    match prometheus_client::encoding::text::encode(&mut text, &registry) {
        Ok(()) => {
            let format = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, format)], text).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn ask(router: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_program_says_what_it_waits_for() {
        let is_ready = Arc::new(AtomicBool::new(false));
        let known = Arc::clone(&is_ready);
        let waits_for =
            move || if known.load(Ordering::SeqCst) { vec![] } else { vec!["watches", "certificates"] };
        let mut registry = Registry::default();
        let scans: prometheus_client::metrics::counter::Counter = Default::default();
        registry.register("scans", "Scans", scans.clone());
        scans.inc();
        let router =
            router(Admin { waits_for: Arc::new(waits_for), metrics: Arc::new(Mutex::new(registry)) });
        assert_eq!(ask(&router, "/livez").await, (StatusCode::OK, "ok".to_owned()));
        let (status, text) = ask(&router, "/readyz").await;
        assert_eq!((status.as_u16(), text.trim_end()), (503, "not ready, waits for: watches, certificates"));
        is_ready.store(true, Ordering::SeqCst);
        assert_eq!(ask(&router, "/readyz").await.0, StatusCode::OK);
        assert!(ask(&router, "/metrics").await.1.contains("scans_total 1"));
    }
}
