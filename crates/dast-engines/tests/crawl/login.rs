//! Crawls with credentials.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, Redirect};
use axum::routing::get;
use dast_core::ScanRequest;
use dast_policy::{Authentication, Cause, Completion, Exposure};

use crate::scan::{PATIENT, builder, collect, incomplete, places, request};
use crate::servers::{Server, nothing, page, send};

#[tokio::test]
async fn credentials_are_sent_but_not_told() {
    let private = async |headers: HeaderMap, uri: Uri| {
        let is_known = headers.get("cookie").is_some_and(|cookie| cookie == "sid=hunter2");
        assert_eq!(headers["x-tenant"], "blue");
        assert_eq!(headers["user-agent"], "gate");
        match (is_known, uri.path()) {
            (true, "/") => Ok((
                [("x-powered-by", "hunter2"), ("set-cookie", "hunter2=1")],
                Html("<a href='/hunter2?token=abc'>"),
            )),
            (true, _) => Ok(([("x-powered-by", ""), ("set-cookie", "a=hunter2")], Html(""))),
            (false, _) => Err(axum::http::StatusCode::UNAUTHORIZED),
        }
    };
    let server = Server::pages(Router::new().fallback(get(private))).await;
    let with = |cookie: &str| {
        builder(PATIENT).user_agent("gate").header("X-Tenant", "blue").header("Cookie", cookie)
    };

    let collected = collect(with("sid=hunter2"), request(&server.origin)).await;
    assert_eq!(
        (&collected.completion, collected.authentication),
        (&Completion::Complete, Authentication::Held)
    );
    assert_eq!(server.count("GET /hunter2?token=abc"), 1);
    assert!(places(&collected, "10010").contains(&server.url("/REDACTED?token=REDACTED")));
    let told = format!("{:?}", collected.findings);
    assert!(!told.contains("hunter2") && !told.contains("token=abc"), "{told}");

    let collected = collect(with("sid=wrong"), request(&server.origin)).await;
    assert_eq!(incomplete(&collected), (Cause::NothingCrawled, "`/` answered 401"));
    assert_eq!(collected.authentication, Authentication::Lost);
}

#[tokio::test]
async fn a_login_that_does_not_last_is_noticed() {
    let is_in = Arc::new(Mutex::new(true));
    let state = Arc::clone(&is_in);
    let router = Router::new().fallback(get(async move |uri: Uri| {
        if uri.path() == "/logout" {
            *state.lock().unwrap() = false;
        }
        let is_in = *state.lock().unwrap();
        if is_in { Ok(Html("<a href=/logout>")) } else { Err(Redirect::to("/login")) }
    }));
    let server = Server::pages(router).await;
    let collected =
        collect(builder(PATIENT).header("Authorization", "Bearer 12345"), request(&server.origin)).await;
    let expected = "`/` answered 200 at first and 303 in the end, or led elsewhere";
    assert_eq!(incomplete(&collected), (Cause::AuthenticationFailed, expected));
    assert_eq!(collected.authentication, Authentication::Lost);
    assert!(!*is_in.lock().unwrap());
}

#[tokio::test]
async fn a_first_place_that_is_for_others_is_a_lost_login_whatever_else_is_seen() {
    for (answer, words) in [
        ("401 Unauthorized", "`/` answered 401"),
        (
            "302 Found\r\nLocation: https://login.test/in?token=abc",
            "`/` leads to `https://login.test/in?token=REDACTED`, another origin: scan that instead",
        ),
    ] {
        let server = Server::raw(move |target, stream| async move {
            match target.as_str() {
                "/" => send(stream, format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n")).await,
                "/public" => page(stream, "public").await,
                _ => nothing(stream).await,
            }
        })
        .await;
        let exposures = vec![Exposure::new("127.0.0.1", "/public")];
        let request = ScanRequest { exposures, ..request(&server.origin) };
        let collected = collect(builder(PATIENT).header("X-Api-Key", "12345"), request.clone()).await;
        assert_eq!(incomplete(&collected), (Cause::AuthenticationFailed, words));
        assert_eq!((collected.authentication, collected.coverage.pages), (Authentication::Lost, 1));
        let collected = collect(builder(PATIENT), request).await;
        assert_eq!(collected.completion, Completion::Complete);
    }
}
