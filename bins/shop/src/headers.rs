//! The response headers that tell the two versions apart.

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::Response;

/// Adds what a careless server gives away: its software and version (ZAP rule 10037).
///
/// What it leaves out is found by rules 10020 (framing), 10021 (content sniffing) and 10038 (no content security
/// policy).
pub(crate) async fn careless(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-powered-by"), HeaderValue::from_static("PHP/5.6.40"));
    response
}

/// Adds every protective header to every response, whatever its status or type.
pub(crate) async fn repaired(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in PROTECTION {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Assets are the same for everybody and say themselves how long they may be kept.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store, no-cache, must-revalidate"));
    response
}

/// Nothing is inline and nothing comes from elsewhere, so the content security policy can be this strict.
const PROTECTION: [(HeaderName, &str); 8] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'self'",
    ),
    (X_FRAME_OPTIONS, "DENY"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    // These three isolate the page from other sites' windows and frames (ZAP rule 90004).
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];
