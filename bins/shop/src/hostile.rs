//! An application that fights whoever scans it.

use std::convert::Infallible;
use std::io::{self, Read};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, LOCATION, REFRESH, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::read::GzEncoder;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::time::sleep;

/// What is packed into the bomb, in bytes: a thousandth of it is sent.
const BOMB: u64 = 256 << 20;
/// Elements of a page, one within the other.
const NESTED: usize = 200_000;
/// Bytes of a header.
const LONG: usize = 16_000;
/// Forms of a page, each of which is a finding.
const FORMS: usize = 1_000;

/// What terminals, logs, Markdown, shells, templates and YAML take for something else than text. Each has `FORGED` in it, which
/// must begin no line anywhere.
const TEXTS: [&str; 12] = [
    "\u{1b}[2J\u{1b}[31mFORGED\u{1b}]0;FORGED\u{7}",
    "\u{9b}31mFORGED\u{90}FORGED\u{9c}",
    "\nFORGED: Pass",
    "\r\nFORGED: Pass",
    "\u{2028}FORGED\u{85}FORGED\u{b}FORGED\u{c}FORGED",
    "\u{202e}DEGROF\u{2066}\u{200f}\u{feff}",
    "\u{0}FORGED\u{8}\u{8}\u{8}\u{7f}",
    "$(echo FORGED)`echo FORGED`;FORGED|FORGED&&FORGED",
    "[FORGED](javascript:alert(1)) ![FORGED](http://metadata.test/) | FORGED |\n|---|",
    "<img src=x onerror=alert('FORGED')>&lt;b&gt;<!--",
    "{{ FORGED }}{% FORGED %}${FORGED}%{FORGED}",
    "\n---\nFORGED: &a [*a, *a]\n'\": |\n",
];

/// An application that answers with redirects elsewhere and without an end, with bodies that have no end or burst, with
/// pages that are none, and with texts that mean something to whoever prints them.
///
/// `lures` are the addresses elsewhere that it tries to get somebody to ask for.
pub fn hostile(lures: &[String]) -> Router {
    let links: Vec<String> =
        lures.iter().cloned().chain((0..lures.len()).map(|n| format!("/away/{n}"))).collect();
    let (home, map, robots) = (home(&links), site_map(&links), robots(lures));
    let away = lures.to_vec();
    Router::new()
        .route("/", get(async move || Html(home)))
        .route("/healthz", get("ok\n"))
        .route("/robots.txt", get(async move || robots))
        .route("/sitemap.xml", get(async move || ([(CONTENT_TYPE, "application/xml")], map)))
        .route("/away/{n}", get(async move |Path(n): Path<usize>| elsewhere(away.get(n))))
        .route(
            "/chain/{n}",
            get(async |Path(n): Path<u64>| Redirect::to(&format!("/chain/{}", n.wrapping_add(1)))),
        )
        .route("/circle", get(async || Redirect::to("/circle")))
        .route("/maze/{n}", get(maze))
        .route("/endless", get(async || page(Body::from_stream(repeated(b"<p>more</p>", Duration::ZERO)))))
        .route("/drip", get(async || page(Body::from_stream(repeated(b"<", Duration::from_secs(1))))))
        .route("/bomb", get(bomb))
        .route("/bytes", get(async || page(Body::from(vec![0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8, 0x00]))))
        .route("/nested", get(async || Html("<div>".repeat(NESTED))))
        .route("/headers", get(async || (headers(), Html("<p>headers</p>"))))
        .route("/texts", get(async || Html(texts())))
        .route("/texts/{name}", get(async || Html(texts())))
        .route("/forms", get(async || Html(forms())))
}

/// An application that answers everything with a redirect elsewhere.
pub fn astray(elsewhere: &str) -> Router {
    let elsewhere = elsewhere.to_owned();
    Router::new().route("/healthz", get("ok\n")).fallback(async move || self::elsewhere(Some(&elsewhere)))
}

fn elsewhere(lure: Option<&String>) -> Response {
    let Some(to) = lure.and_then(|lure| HeaderValue::from_str(lure).ok()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let refresh = HeaderValue::from_str(&format!("0; url={}", lure.map_or("", String::as_str)));
    let headers: HeaderMap =
        [(LOCATION, to)].into_iter().chain(refresh.ok().map(|refresh| (REFRESH, refresh))).collect();
    (StatusCode::FOUND, headers).into_response()
}

fn home(links: &[String]) -> String {
    let own = [
        "/chain/0",
        "/circle",
        "/maze/1",
        "/endless",
        "/drip",
        "/bomb",
        "/bytes",
        "/nested",
        "/headers",
        "/texts",
        "/forms",
        "/texts/%1b%5b31mFORGED%0aFORGED%00",
    ];
    let own = own.map(|path| format!("<a href='{path}'>x</a>")).concat();
    let of = |link: &String| {
        format!(
            "<a href='{link}'>x</a><img src='{link}'><script src='{link}'></script><iframe src='{link}'></iframe>\
             <link rel=stylesheet href='{link}'><form action='{link}'><input name=a></form>\
             <meta http-equiv=refresh content='0; url={link}'>"
        )
    };
    format!("<!doctype html><title>hostile</title>{own}{}", links.iter().map(of).collect::<String>())
}

fn site_map(links: &[String]) -> String {
    let places: String = links.iter().map(|link| format!("<url><loc>{link}</loc></url>")).collect();
    format!("<urlset>{places}</urlset>")
}

fn robots(lures: &[String]) -> String {
    lures.iter().map(|lure| format!("Sitemap: {lure}\n")).collect()
}

/// Each page leads to two more.
async fn maze(Path(n): Path<u64>) -> Html<String> {
    let [left, right] = [n.wrapping_mul(2), n.wrapping_mul(2).wrapping_add(1)];
    Html(format!("<a href='/maze/{left}'>left</a><a href='/maze/{right}'>right</a>"))
}

/// The same piece again and again, with a pause before each.
fn repeated(piece: &'static [u8], pause: Duration) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::repeat(Ok(Bytes::from_static(piece))).then(move |piece| async move {
        if !pause.is_zero() {
            sleep(pause).await;
        }
        piece
    })
}

fn page(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}

async fn bomb() -> Result<Response, StatusCode> {
    let mut packed = Vec::new();
    GzEncoder::new(io::repeat(b'<').take(BOMB), Compression::fast())
        .read_to_end(&mut packed)
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(CONTENT_TYPE, "text/html"), (CONTENT_ENCODING, "gzip")], packed).into_response())
}

/// Headers cannot have all of the texts: HTTP allows no control characters of ASCII in them.
fn headers() -> HeaderMap {
    let powered = format!("PHP/\u{9b}31mFORGED\u{202e}{}", "A".repeat(LONG));
    let cookie = format!("sid\u{9b}31mFORGED$(FORGED){}=1", "b".repeat(LONG));
    let all = [(HeaderName::from_static("x-powered-by"), powered), (SET_COOKIE, cookie)];
    all.into_iter()
        .filter_map(|(name, value)| Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?)))
        .collect()
}

/// Forms without a token, since their tags and the names of their fields are in what is found.
fn texts() -> String {
    let form =
        |text: &&str| format!("<div><form method=post title=\"{text}\"><input name=\"{text}\"></form></div>");
    TEXTS.iter().map(form).collect()
}

/// More than any list has room for.
fn forms() -> String {
    let long = "F".repeat(1_000);
    (0..FORMS).map(|n| format!("<div><form method=post id='{n}-FORGED-{long}'></form></div>")).collect()
}
