//! What was asked for, as lines.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// Prints such as `GET /cart`.
pub(crate) async fn request(request: Request, next: Next) -> Response {
    println!("{} {}", request.method(), request.uri());
    next.run(request).await
}
