//! What goes wrong, as a page.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("there is no such page")]
    NotFound,
    #[error("the form is not from this session, or the session has ended")]
    Forbidden,
    #[error("a review needs a name of up to 64 bytes and a text of up to 1024")]
    Review,
    #[error("the page cannot be drawn")]
    Template(#[from] minijinja::Error),
    #[error("the system has no randomness to give")]
    Random(#[from] getrandom::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Review => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Template(_) | Self::Random(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // Both parts are fixed texts: nothing here comes from the request, and so nothing needs escaping.
        (status, Html(format!(include_str!("../templates/failure.html"), status = status, reason = self)))
            .into_response()
    }
}
