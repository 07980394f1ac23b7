//! Why a post is refused, and what is to be done about it.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::convert::{ReportError, StatusError};
use crate::crd::RunPhase;

/// Seconds after which it is worth while to come again.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("5");

/// Why a post is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Another operator leads.
    #[error("this operator stands by while another one leads")]
    StandsBy,
    /// Too many come at once.
    #[error("too many results come in at once")]
    Busy,
    /// There is no token.
    #[error("the request has no bearer token")]
    NoToken,
    /// The API server does not know the token, or it is for another audience.
    #[error("the token is not one for the operator that holds")]
    WrongToken,
    /// The token is somebody else's than the analyzer's.
    #[error("the token is that of `{user}`")]
    NotAnAnalyzer {
        /// Whose.
        user: String,
    },
    /// The token is bound to no pod.
    #[error("the token is bound to no pod")]
    NoPod,
    /// The pod is gone, or another one of its name is there.
    #[error("pod `{pod}` is not there any more")]
    PodGone {
        /// The pod.
        pod: String,
    },
    /// The pod is of another run or attempt than the one that it posts for.
    #[error("pod `{pod}` is not of this run and attempt")]
    NotItsRun {
        /// The pod.
        pod: String,
    },
    /// The run is gone, or another one of its name is there.
    #[error("there is no such run")]
    RunGone,
    /// The run is in another attempt.
    #[error("attempt {attempt} of the run is over")]
    AttemptOver {
        /// The attempt that was posted for.
        attempt: u32,
    },
    /// The scan was stopped by whoever runs its pod, and is to be made again.
    #[error("attempt {attempt} was interrupted, and another one follows")]
    Interrupted {
        /// Its number.
        attempt: u32,
    },
    /// The run is not under way.
    #[error("the run is `{}`", .phase.map_or_else(|| "new".to_owned(), |phase| format!("{phase:?}")))]
    NotUnderWay {
        /// Where it is in its life.
        phase: Option<RunPhase>,
    },
    /// The body is larger than what is taken.
    #[error("more than {most} bytes")]
    TooLarge {
        /// The most that is taken.
        most: usize,
    },
    /// The body did not come in time.
    #[error("the body did not come in time")]
    TooSlow,
    /// The body broke off.
    #[error("the body broke off")]
    BrokenOff(#[source] axum::Error),
    /// The body is not what it should be.
    #[error("the body is no {what}")]
    Unreadable {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The evidence is of something else than what was ordered.
    #[error("`{field}` is `{found}`, but `{ordered}` was ordered")]
    NotOrdered {
        /// The field of the evidence.
        field: &'static str,
        /// What it says.
        found: String,
        /// What was ordered.
        ordered: String,
    },
    /// The target is gone.
    #[error("the target of the run is gone")]
    TargetGone,
    /// The evidence does not fit into a status.
    #[error("the evidence does not fit into a status")]
    Unfit(#[source] StatusError),
    /// The report does not fit into an object.
    #[error("the report does not fit into an object")]
    NoRoom(#[source] ReportError),
    /// Somebody else wrote the run each time.
    #[error("the run is being written by somebody else")]
    Contended,
    /// The API server refused, or did not answer.
    #[error("the API server did not do its part")]
    Api(#[source] kube::Error),
    /// Nobody foresaw this.
    #[error("the operator failed")]
    Broken,
}

/// The class of a refusal, as an extension of its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Category(
    /// What [`Refusal::category`] says.
    pub &'static str,
);

impl Refusal {
    /// The class of this refusal, for metrics.
    pub fn category(&self) -> &'static str {
        self.facts().1
    }

    /// The status of its response.
    pub fn status(&self) -> StatusCode {
        self.facts().0
    }

    /// Whether to post the same again is of no use.
    pub fn is_final(&self) -> bool {
        self.status().is_client_error() && self.status() != StatusCode::TOO_MANY_REQUESTS
    }

    /// Status, class, and what is to be done.
    fn facts(&self) -> (StatusCode, &'static str, &'static str) {
        const NEW_RUN: &str = "this result counts for nothing; the operator scans again if a scan is due";
        const AGAIN: &str = "post it again in a few seconds";
        const TOKEN: &str = "send the token that the operator's pod has for the operator's audience";
        const FORGED: &str = "only what was ordered may be told; look at who runs in the scan namespace";
        match self {
            Self::StandsBy => (StatusCode::SERVICE_UNAVAILABLE, "stands_by", AGAIN),
            Self::Busy => (StatusCode::TOO_MANY_REQUESTS, "busy", AGAIN),
            Self::NoToken => (StatusCode::UNAUTHORIZED, "no_token", TOKEN),
            Self::WrongToken => (StatusCode::UNAUTHORIZED, "wrong_token", TOKEN),
            Self::NotAnAnalyzer { .. } => (StatusCode::FORBIDDEN, "not_an_analyzer", TOKEN),
            Self::NoPod => (StatusCode::FORBIDDEN, "no_pod", TOKEN),
            Self::PodGone { .. } => (StatusCode::FORBIDDEN, "pod_gone", NEW_RUN),
            Self::NotItsRun { .. } => (StatusCode::FORBIDDEN, "not_its_run", FORGED),
            Self::RunGone => (StatusCode::NOT_FOUND, "run_gone", NEW_RUN),
            Self::AttemptOver { .. } => (StatusCode::CONFLICT, "attempt_over", NEW_RUN),
            Self::NotUnderWay { .. } => (StatusCode::CONFLICT, "not_under_way", NEW_RUN),
            Self::Interrupted { .. } => (
                StatusCode::CONFLICT,
                "interrupted",
                "this result counts for nothing; the next attempt scans anew",
            ),
            Self::TooLarge { .. } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "leave out the mildest findings: the evidence counts them",
            ),
            Self::TooSlow => (StatusCode::SERVICE_UNAVAILABLE, "too_slow", AGAIN),
            Self::BrokenOff(_) => (StatusCode::BAD_REQUEST, "broken_off", "send all of it"),
            Self::Unreadable { .. } => {
                (StatusCode::BAD_REQUEST, "unreadable", "use the analyzer of the operator's own version")
            }
            Self::NotOrdered { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "not_ordered", FORGED),
            Self::TargetGone => (StatusCode::NOT_FOUND, "target_gone", NEW_RUN),
            Self::Unfit(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unfit", FORGED),
            Self::NoRoom(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "no_room",
                "raise the cap on reports in the operator's configuration",
            ),
            Self::Contended => (StatusCode::SERVICE_UNAVAILABLE, "contended", AGAIN),
            Self::Api(_) => (StatusCode::SERVICE_UNAVAILABLE, "api", AGAIN),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "broken", AGAIN),
        }
    }
}

/// A problem as of RFC 9457.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, category, advice) = self.facts();
        let why = std::error::Error::source(&self).map(|cause| format!(": {cause}"));
        // What an API server says is for those who run it.
        let why = why.filter(|_| !matches!(self, Self::Api(_))).unwrap_or_default();
        let problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": format!("{self}{why}: {advice}"),
            "category": category,
        });
        let mut response = (status, problem.to_string()).into_response();
        response.extensions_mut().insert(Category(category));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        } else if !self.is_final() {
            headers.insert(RETRY_AFTER, COME_AGAIN);
        }
        response
    }
}
