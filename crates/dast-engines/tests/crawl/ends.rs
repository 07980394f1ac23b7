//! What ends a crawl: limits, time, and whoever does not want it any more.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use dast_core::Scanner;
use dast_engines::passive::Limits;
use dast_policy::{Cause, Completion, Coverage};
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;

use crate::scan::{PATIENT, builder, coverage, incomplete, places, request, scan};
use crate::servers::{Server, nothing, page};

#[tokio::test]
async fn limits_end_a_crawl_as_they_say() {
    let router = Router::new()
        .route("/", get(async || Html("<a href=/1><a href=/2><a href=/3><a href=/4><a href=/5>")))
        .fallback(get(async || "x".repeat(1000)));
    let server = Server::pages(router).await;
    let of = async |limits: Limits| scan(&server.origin, limits).await;

    let collected = of(Limits { pages: 4, ..PATIENT }).await;
    assert_eq!((collected.completion, collected.coverage), (Completion::Complete, coverage(2, 0, 4)));
    let collected = of(Limits { depth: 0, ..PATIENT }).await;
    assert_eq!((collected.completion, collected.coverage), (Completion::Complete, coverage(1, 0, 5)));
    for concurrency in [1, 8] {
        // The home page has 55 bytes, so that the fourth other place is the last; two of them are for robots.
        let collected = of(Limits { total_bytes: 4000, concurrency, ..PATIENT }).await;
        assert_eq!((collected.completion, collected.coverage), (Completion::Complete, coverage(3, 0, 3)));
    }
    // A page that is cut counts as one more that was skipped, but the home page is short enough.
    let collected = of(Limits { page_bytes: 999, ..PATIENT }).await;
    assert_eq!((collected.completion, collected.coverage), (Completion::Complete, coverage(6, 0, 5)));
}

#[tokio::test]
async fn time_ends_a_crawl_incomplete() {
    let server = Server::raw(|target, stream| async move {
        match target.as_str() {
            "/" => page(stream, "<a href=/hang>").await,
            "/hang" => tokio::time::sleep(Duration::from_secs(600)).await,
            _ => nothing(stream).await,
        }
    })
    .await;
    let collected = scan(&server.origin, Limits { time: Duration::from_secs(2), ..PATIENT }).await;
    assert_eq!(incomplete(&collected), (Cause::DeadlineExceeded, "the crawl took longer than 2s"));
    assert_eq!(collected.coverage, coverage(1, 0, 1));
    assert_eq!(places(&collected, "10021"), [server.url("/")]);
}

/// A server whose page `/hang` says when it is asked for, and when whoever asked is gone.
async fn hanging() -> (Server, oneshot::Receiver<()>, oneshot::Receiver<()>) {
    let ((asked, is_asked), (left, is_left)) = (oneshot::channel(), oneshot::channel());
    let signals = Arc::new(Mutex::new(Some((asked, left))));
    let server = Server::raw(move |target, mut stream| {
        let signals = Arc::clone(&signals);
        async move {
            match target.as_str() {
                "/" => page(stream, "<a href=/hang>").await,
                "/hang" => {
                    let (asked, left) = signals.lock().unwrap().take().unwrap();
                    asked.send(()).unwrap();
                    assert!(matches!(stream.read(&mut [0; 16]).await, Ok(0) | Err(_)));
                    let _ = left.send(());
                }
                _ => nothing(stream).await,
            }
        }
    })
    .await;
    (server, is_asked, is_left)
}

#[tokio::test]
async fn a_cancelled_crawl_stops_and_keeps_what_it_found() {
    let (server, is_asked, is_left) = hanging().await;
    let mut scan = builder(PATIENT).build().unwrap().start(request(&server.origin)).await.unwrap();
    is_asked.await.unwrap();
    scan.cancel().await;
    while scan.next_event().await.is_some() {}
    let collected = scan.collect().await.unwrap();
    assert_eq!(incomplete(&collected), (Cause::Interrupted, ""));
    let Coverage { pages, failed, skipped } = collected.coverage;
    assert_eq!((pages, failed), (1, 0));
    assert!((1..=3).contains(&skipped), "{skipped}");
    assert_eq!(places(&collected, "10021"), [server.url("/")]);
    is_left.await.unwrap();
}

#[tokio::test]
async fn a_dropped_crawl_stops() {
    let (server, is_asked, is_left) = hanging().await;
    let scan = builder(PATIENT).build().unwrap().start(request(&server.origin)).await.unwrap();
    is_asked.await.unwrap();
    drop(scan);
    is_left.await.unwrap();
}
