//! Answers of all sorts: without end, without sense, and from connections that break.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use dast_engines::passive::Limits;
use dast_policy::{Cause, Completion};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::scan::{IMPATIENT, PATIENT, builder, collect, coverage, incomplete, places, request, scan};
use crate::servers::{Server, nothing, page, send};

#[tokio::test]
async fn places_without_a_usable_answer_are_counted_and_do_not_stop_the_crawl() {
    let bad = ["/hang", "/close", "/reset", "/garbage", "/old", "/nul", "/long", "/half"];
    let server = Server::raw(move |target, stream| async move {
        match target.as_str() {
            "/" => {
                let links: String = bad.iter().map(|path| format!("<a href={path}>")).collect();
                let good: String = (1..8).map(|n| format!("<a href=/good/{n}>")).collect();
                page(stream, &(links + &good)).await;
            }
            "/hang" => tokio::time::sleep(Duration::from_secs(600)).await,
            "/close" => drop(stream),
            "/reset" => stream.set_zero_linger().unwrap(),
            "/garbage" => send(stream, [0, 159, 146, 150, b'\r', b'\n', b'\r', b'\n'].repeat(99)).await,
            "/old" => send(stream, "<html>HTTP/0.9 has no head").await,
            "/nul" => send(stream, "HTTP/1.1 200 O\0K\r\n\r\n").await,
            "/long" => {
                send(stream, format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(1_000_000))).await
            }
            "/half" => send(stream, "HTTP/1.1 200 OK\r\nContent-Ty").await,
            good if good.starts_with("/good/") => page(stream, "good").await,
            _ => nothing(stream).await,
        }
    })
    .await;
    let collected = scan(&server.origin, IMPATIENT).await;
    assert_eq!(collected.completion, Completion::Complete);
    // As many gave none as were seen: one more would be too many.
    assert_eq!(collected.coverage, coverage(8, 8, 0), "{:?}", server.asked());
    let good = (1..8).map(|n| server.url(&format!("/good/{n}")));
    assert!(good.clone().all(|url| collected.findings.iter().any(|finding| finding.url() == url)));
    assert_eq!(places(&collected, "10021").len(), 8);
}

#[tokio::test]
async fn bodies_without_end_are_cut_and_what_was_read_of_them_is_looked_at() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: sid=1\r\n";
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(b"<a href=/in-bomb>").unwrap();
    (0..2000).for_each(|_| bomb.write_all(&[b'x'; 10_000]).unwrap());
    bomb.write_all(b"<a href=/behind-bomb>").unwrap();
    let bomb: Arc<[u8]> = bomb.finish().unwrap().into();
    assert!(bomb.len() < PATIENT.page_bytes);
    let serve = async |target: String, mut stream: TcpStream, bomb: Arc<[u8]>| match target.as_str() {
        "/" => {
            page(stream, "<a href=/endless><a href=/drip><a href=/broken><a href=/bomb><a href=/good>").await
        }
        "/endless" => {
            stream.write_all(format!("{HEAD}\r\n<a href=/in-endless>").as_bytes()).await.unwrap();
            while stream.write_all(&[b'x'; 10_000]).await.is_ok() {}
        }
        "/drip" => {
            stream.write_all(format!("{HEAD}\r\n<a href=/in-drip>").as_bytes()).await.unwrap();
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        "/broken" => {
            let chunks = "Transfer-Encoding: chunked\r\n\r\n14\r\n<a href=/in-broken>x\r\nnonsense\r\n";
            send(stream, format!("{HEAD}{chunks}")).await;
        }
        "/bomb" => {
            let head = format!("{HEAD}Content-Encoding: gzip\r\nConnection: close\r\n\r\n");
            send(stream, [head.as_bytes(), &bomb].concat()).await;
        }
        _ => nothing(stream).await,
    };
    let server = Server::raw(move |target, stream| serve(target, stream, Arc::clone(&bomb))).await;
    let collected = scan(&server.origin, IMPATIENT).await;
    assert_eq!(collected.completion, Completion::Complete);
    let cut = ["/endless", "/drip", "/broken", "/bomb"];
    // What was read of them leads somewhere. What was not counts as skipped if a limit was why, and else as failed.
    assert_eq!(collected.coverage, coverage(3, 2, 2), "{:?}", server.asked());
    assert_eq!(places(&collected, "10010"), cut.map(|path| server.url(path)));
    for name in ["endless", "drip", "broken", "bomb"] {
        assert_eq!(server.count(&format!("GET /in-{name}")), 1, "{name}");
    }
    assert_eq!(server.count("GET /behind-bomb"), 0);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_no_failure() {
    // It keeps the connection, and closes it as soon as it is used again.
    let server = Server::raw(|target, mut stream| async move {
        let body = if target == "/" { "<a href=/a><a href=/b><a href=/c>" } else { "x" };
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
        let answer = format!("{head}Content-Length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    for concurrency in [1, 4] {
        let collected = scan(&server.origin, Limits { concurrency, ..PATIENT }).await;
        assert_eq!((collected.completion, collected.coverage), (Completion::Complete, coverage(4, 0, 0)));
    }
}

#[tokio::test]
async fn any_bytes_are_a_page() {
    let server = Server::raw(|target, stream| async move {
        match target.as_str() {
            "/" => page(stream, "<a href=/bytes><a href=/bare><a href=/header><a href=/bad><a href='/\u{0}%00%ff\u{fffd}|\\^`{}'>").await,
            "/bytes" => {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=nonsense\r\nConnection: close\r\n\r\n";
                send(stream, [head.as_bytes(), &[0xff, 0, 0xfe, b'<', 0, b'a', b' ', 0xc3].repeat(50)].concat()).await;
            }
            "/bare" => send(stream, "HTTP/1.1 200 \r\n\r\n").await,
            "/header" => {
                let (long, bytes) = ("x".repeat(20_000), b"\xff\xfe\t=1\r\n\r\nbody");
                let head = format!("HTTP/1.1 999 \r\nSet-Cookie: {long}=1\r\nLocation: http://[\r\nSet-Cookie: ");
                send(stream, [head.as_bytes(), bytes].concat()).await;
            }
            "/bad" => send(stream, "HTTP/1.1 200 OK\r\nBad Name: x\r\n folded\r\nX-Powered-By: PHP\r\nContent-Length: 0\r\n\r\n").await,
            _ => nothing(stream).await,
        }
    })
    .await;
    let collected = scan(&server.origin, PATIENT).await;
    assert_eq!(collected.completion, Completion::Complete);
    // Most of them are empty, and 999 is an error.
    assert_eq!(collected.coverage, coverage(2, 1, 0), "{:?}", server.asked());
    let longest =
        collected.findings.iter().map(|finding| finding.param().len().max(finding.evidence().len())).max();
    assert_eq!(longest, Some(4096));
    assert_eq!(places(&collected, "10037"), [server.url("/bad")]);
}

#[tokio::test]
async fn words_of_a_server_are_told_without_secrets_and_not_at_length() {
    // The secret lies across the end of what is told.
    let path = format!("/{}hunter2hunter2", "x".repeat(475));
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {path}{path}\r\nContent-Length: 0\r\n\r\n");
    let server = Server::raw(move |_, stream| send(stream, head.clone())).await;
    let with_secret = builder(PATIENT).credential("X-Key", "hunter2hunter2");
    let collected = collect(with_secret, request(&server.origin)).await;
    let (cause, detail) = incomplete(&collected);
    assert_eq!((cause, detail.len()), (Cause::NothingCrawled, 500));
    assert!(detail.starts_with("`/` leads to `/xxx") && !detail.contains("hunt"), "{detail}");
}

#[tokio::test]
async fn a_site_map_is_no_page() {
    let map = "<urlset><loc>/gone</loc></urlset>";
    let router = Router::new().route("/sitemap.xml", get(async move || map));
    let server = Server::pages(router).await;
    let collected = scan(&server.url("/sitemap.xml"), PATIENT).await;
    assert_eq!(incomplete(&collected), (Cause::NothingCrawled, "`/sitemap.xml` is no page"));
    assert_eq!(server.count("GET /gone"), 1);
}
