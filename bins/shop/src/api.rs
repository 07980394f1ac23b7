//! The same shop for programs.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::catalog::{self, PRODUCTS, Product};
use crate::failure::Failure;
use crate::sessions::{DEMO_USER, is_account};
use crate::store::Store;
use crate::visitor::session_cookie;

pub(crate) fn routes() -> Router<Arc<Store>> {
    Router::new()
        .route("/api/products", get(async || Json(&PRODUCTS)))
        .route("/api/products/{id}", get(product))
        .route("/api/login", post(login))
        .route("/api/openapi.json", get(([(CONTENT_TYPE, "application/json")], OPENAPI)))
}

/// The description of these routes, OpenAPI 3.0.3.
const OPENAPI: &str = include_str!("../assets/openapi.json");

async fn product(Path(id): Path<String>) -> Result<Json<&'static Product>, Response> {
    catalog::find(&id).map(Json).ok_or_else(|| refuse(StatusCode::NOT_FOUND, "there is no such product"))
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
    password: String,
}

#[derive(Serialize)]
struct Account {
    user: &'static str,
}

/// Needs no token: it takes `application/json` only, which another site's page may send only after asking, and the
/// shop never answers such a question (Fetch standard, CORS-safelisted request headers).
async fn login(
    State(store): State<Arc<Store>>,
    Json(credentials): Json<Credentials>,
) -> Result<Response, Failure> {
    if !is_account(&credentials.user, &credentials.password) {
        return Ok(refuse(StatusCode::UNAUTHORIZED, "the name or the password is wrong"));
    }
    let session = store.sessions().open(true)?;
    Ok((session_cookie(store.care, &session), Json(Account { user: DEMO_USER })).into_response())
}

#[derive(Serialize)]
struct Refusal {
    error: &'static str,
}

fn refuse(status: StatusCode, error: &'static str) -> Response {
    (status, Json(Refusal { error })).into_response()
}
