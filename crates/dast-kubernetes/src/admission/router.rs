//! The gate by HTTP, as API servers ask (<https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>).

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::State;
use axum::http::{self, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use dast_policy::{Bound, printable};
use http_body_util::BodyExt;
use kube::core::DynamicObject;
use kube::core::admission::AdmissionReview;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::Admission;
use super::answer::{Door, answer};
use super::review::Request;
use super::telling::told;

/// The largest review, in bytes. API servers take objects of up to 3 MiB, and a review of an update has two of them.
pub const MOST_REVIEW_BYTES: usize = 8 * 1024 * 1024;

/// How long a review may take to arrive. API servers wait for at most 30 s in all.
const ARRIVAL: Duration = Duration::from_secs(10);

/// A review that takes longer to arrive is slow, and so many of these may be on their way at once; who comes besides is told so.
/// API servers send theirs in one piece, and a decision waits for nothing: they are answered however many others are slow on
/// purpose.
const PROMPT: Duration = Duration::from_millis(200);
pub(super) const SLOW: usize = 256;
/// A review that is larger than this is not usual, in bytes: so many of these may arrive at once, and what is left of one when
/// it has become so large has to arrive within this.
const USUAL: usize = 256 * 1024;
pub(super) const LARGE: usize = 8;
const REST: Duration = Duration::from_secs(2);
/// What is made of a review may be many times as large. Those that are larger than this, in bytes, are worked on one after the
/// other; most are not.
const SMALL: usize = 32 * 1024;
/// The longest sentence of why there is no answer, in bytes.
const MOST_TOLD: usize = 1024;

/// `POST /mutate`, `/validate` and `/break-glass`, which take AdmissionReviews of `admission.k8s.io/v1`, and `GET /readyz`. They
/// are to be served by TLS.
///
/// What is no review is refused with a status of HTTP, and an API server does then what its registration says; every review
/// gets an answer of its own.
pub fn router(gate: Arc<Admission>) -> Router {
    let at = |door: Door| {
        post(async move |State(gate): State<Arc<Admission>>, request: http::Request<Body>| {
            asked(&gate, door, request).await
        })
    };
    Router::new()
        .route("/mutate", at(Door::Park))
        .route("/validate", at(Door::Judge))
        .route("/break-glass", at(Door::BreakGlass))
        .route("/readyz", get(ready))
        .with_state(gate)
}

async fn ready(State(gate): State<Arc<Admission>>) -> Response {
    if gate.is_ready() {
        "ok".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready, waits for: watches\n").into_response()
    }
}

async fn asked(gate: &Admission, door: Door, request: http::Request<Body>) -> Response {
    match decided(gate, door, request).await {
        Ok(review) => Json(review).into_response(),
        Err(Unanswered { status, reason, told }) => {
            gate.metrics.unanswered(reason);
            let mut response = (status, format!("{told}\n")).into_response();
            if status == StatusCode::SERVICE_UNAVAILABLE {
                // It passes by itself. API servers ask again then, for as long as they wait for an answer
                // (<https://github.com/kubernetes/client-go/blob/master/rest/with_retry.go>).
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            response
        }
    }
}

/// Why there is no answer.
struct Unanswered {
    status: StatusCode,
    reason: &'static str,
    told: String,
}

impl Unanswered {
    fn new(status: StatusCode, reason: &'static str, told: impl AsRef<str>) -> Self {
        // It may quote what was asked.
        let mut told = printable(told.as_ref()).into_owned();
        Bound::shorten(&mut told, MOST_TOLD);
        Self { status, reason, told }
    }
}

async fn decided(
    gate: &Admission,
    door: Door,
    request: http::Request<Body>,
) -> Result<AdmissionReview<DynamicObject>, Unanswered> {
    // Whoever is not ready knows a part only, and would keep out what has passed.
    if !gate.is_ready() {
        let told = "not ready: what there is in the cluster is not known yet";
        return Err(Unanswered::new(StatusCode::SERVICE_UNAVAILABLE, "NotReady", told));
    }
    if !is_json(request.headers()) {
        let told = "content type not accepted: expected `application/json`";
        return Err(Unanswered::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "NotJson", told));
    }
    let Arrived { bytes: body, turn: _turn } = arrived(gate, request.into_body()).await?;
    let _work = if body.len() > SMALL { Some(gate.work.lock().await) } else { None };
    let began = Instant::now();
    let request = Request::from_json(&body)
        .map_err(|told| Unanswered::new(StatusCode::BAD_REQUEST, "NoReview", told))?;
    let (response, outcome) = answer(gate, door, &request);
    gate.metrics.decided(door, &outcome, began.elapsed());
    if let Some((event, route)) = told(door, &outcome)
        && !gate.outbox.put(event, route)
    {
        gate.metrics.untold();
    }
    Ok(response.into_review())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn turn<'t>(turns: &'t Semaphore, most: usize, what: &str) -> Result<SemaphorePermit<'t>, Unanswered> {
    turns.try_acquire().map_err(|_| {
        let told = format!("{most} {what} reviews are on their way already: try again");
        Unanswered::new(StatusCode::SERVICE_UNAVAILABLE, "TooMany", told)
    })
}

/// A review that is there, with the turn that it took if it is large.
struct Arrived<'t> {
    bytes: Vec<u8>,
    turn: Option<SemaphorePermit<'t>>,
}

async fn arrived(gate: &Admission, body: Body) -> Result<Arrived<'_>, Unanswered> {
    let mut arriving = pin!(arrive(gate, body));
    if let Ok(arrived) = timeout(PROMPT, &mut arriving).await {
        return arrived;
    }
    let _turn = turn(&gate.slow, SLOW, "slow")?;
    let time = ARRIVAL.saturating_sub(PROMPT);
    timeout(time, arriving).await.unwrap_or_else(|_| Err(late(ARRIVAL)))
}

async fn arrive(gate: &Admission, mut body: Body) -> Result<Arrived<'_>, Unanswered> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > MOST_REVIEW_BYTES {
        return Err(too_large());
    }
    // What is announced costs nothing: room is taken for what is there.
    let mut bytes = Vec::new();
    if take(&mut body, &mut bytes, USUAL).await? {
        return Ok(Arrived { bytes, turn: None });
    }
    let turn = turn(&gate.large, LARGE, "large")?;
    timeout(REST, take(&mut body, &mut bytes, usize::MAX)).await.unwrap_or_else(|_| Err(late(REST)))?;
    Ok(Arrived { bytes, turn: Some(turn) })
}

/// Takes in what arrives until there is more than `enough`, and says whether that was all.
async fn take(body: &mut Body, bytes: &mut Vec<u8>, enough: usize) -> Result<bool, Unanswered> {
    while bytes.len() <= enough {
        let Some(frame) = body.frame().await else { return Ok(true) };
        let Ok(data) = frame.map_err(|_| too_large())?.into_data() else { continue };
        if bytes.len() + data.len() > MOST_REVIEW_BYTES {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(false)
}

fn too_large() -> Unanswered {
    let told = format!("the review is cut off, or has more than {MOST_REVIEW_BYTES} bytes");
    Unanswered::new(StatusCode::PAYLOAD_TOO_LARGE, "TooLarge", told)
}

fn late(time: Duration) -> Unanswered {
    let told = format!("the review did not arrive within {} s", time.as_secs());
    Unanswered::new(StatusCode::REQUEST_TIMEOUT, "TooSlow", told)
}
