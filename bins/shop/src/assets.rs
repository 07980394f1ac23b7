//! Style, script and pictures, all from this origin.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::catalog;
use crate::failure::Failure;
use crate::store::Store;

pub(crate) fn routes() -> Router<Arc<Store>> {
    Router::new()
        .route("/assets/shop.css", get(asset("text/css; charset=utf-8", include_str!("../assets/shop.css"))))
        .route(
            "/assets/shop.js",
            get(asset("text/javascript; charset=utf-8", include_str!("../assets/shop.js"))),
        )
        .route("/assets/icon.svg", get(asset(SVG, include_str!("../assets/icon.svg"))))
        .route("/assets/products/{picture}", get(picture))
}

const SVG: &str = "image/svg+xml";

fn asset(content_type: &'static str, body: &'static str) -> impl IntoResponse + Clone {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "public, max-age=300")], body)
}

async fn picture(Path(picture): Path<String>) -> Result<Response, Failure> {
    let product = picture.strip_suffix(".svg").and_then(catalog::find).ok_or(Failure::NotFound)?;
    Ok(asset(SVG, product.picture).into_response())
}
