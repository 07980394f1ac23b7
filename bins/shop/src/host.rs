//! A shop that is there under one name only, as behind a server for many.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

use crate::headers;

/// Serves a router to those who ask for `host`, with any port, and tells others that nothing is there, as carefully as
/// the repaired shop does.
pub fn only_for(host: &str, router: Router) -> Router {
    let host = host.to_owned();
    router.layer(from_fn(move |request, next| serve(host.clone(), request, next)))
}

async fn serve(host: String, request: Request, next: Next) -> Response {
    let asked = request.headers().get(HOST).and_then(|asked| asked.to_str().ok()).unwrap_or_default();
    let name = asked.split(':').next().unwrap_or_default();
    if name.eq_ignore_ascii_case(&host) {
        return next.run(request).await;
    }
    headers::repaired((StatusCode::NOT_FOUND, "nothing is here\n").into_response()).await
}
