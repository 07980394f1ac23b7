//! A web application that shows more to members than to others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::runtime::Runtime;

/// The user `member` with this password, in HTTP authentication and at `/login`.
pub const PASSWORD: &str = "open-sesame-4711";
/// Who bears this is a member too.
pub const TOKEN: &str = "b34r3r-of-g00d-news";
/// What only members see.
pub const SIGN: &str = "Hello, member";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A web application that shows more to members than to others.
pub struct Members {
    address: std::net::SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    /// What members were shown.
    shown: Mutex<Vec<String>>,
    /// How often the session that `/login` opens still is one.
    left: AtomicUsize,
}

impl Members {
    /// A session that is opened at `/login` lasts for that many requests. Whoever logs in again, as two threads of a scanner may
    /// at once, has the same one; when it has ended, there is no second.
    pub fn start(session: usize) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen { left: AtomicUsize::new(session), ..Seen::default() });
        let pages = Router::new()
            .route("/", get(home))
            .route("/login", post(login))
            .route("/members", get(members))
            .route("/members/{page}", get(members))
            .fallback(|| async { StatusCode::NOT_FOUND.into_response() })
            .with_state(seen.clone())
            .layer(axum::middleware::map_response(careful));
        RUNTIME.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), pages).await.unwrap();
        });
        Self { address, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What members were shown so far.
    pub fn shown(&self) -> Vec<String> {
        self.seen.shown.lock().unwrap().clone()
    }
}

/// No rule of the lab has anything to say.
async fn careful(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("x-content-type-options", "nosniff".parse().unwrap());
    headers.insert("content-security-policy", "default-src 'none'; frame-ancestors 'none'".parse().unwrap());
    headers.insert(CONTENT_TYPE, "text/html".parse().unwrap());
    response
}

async fn home() -> &'static str {
    "<a href='/members'>for members</a>"
}

async fn login(State(seen): State<Arc<Seen>>, body: String) -> Response {
    if !body.contains(PASSWORD) || seen.left.load(Ordering::SeqCst) == 0 {
        return StatusCode::FORBIDDEN.into_response();
    }
    let cookie = "session=1f2e3d4c; HttpOnly; SameSite=Strict; Path=/";
    (StatusCode::SEE_OTHER, [(SET_COOKIE, cookie), (LOCATION, "/members")]).into_response()
}

async fn members(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    if !is_member(request.headers(), &seen) {
        let ask = [(WWW_AUTHENTICATE, "Basic realm=\"members\"")];
        return (StatusCode::UNAUTHORIZED, ask, "for members only").into_response();
    }
    seen.shown.lock().unwrap().push(request.uri().path().to_owned());
    format!("{SIGN}. <a href='/members/news'>news</a> <a href='/members/list'>list</a>").into_response()
}

fn is_member(headers: &HeaderMap, seen: &Seen) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has_session = || {
        let spend = |left: usize| left.checked_sub(1);
        seen.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend).is_ok()
    };
    // `member:open-sesame-4711`
    text(AUTHORIZATION) == "Basic bWVtYmVyOm9wZW4tc2VzYW1lLTQ3MTE="
        || text(AUTHORIZATION) == format!("Bearer {TOKEN}")
        || (text(COOKIE).contains("session=1f2e3d4c") && has_session())
}
