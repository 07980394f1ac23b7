//! What the crawler asks for, and what becomes of a scan when servers do as they like. The servers count.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub)]

mod servers;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, Redirect};
use axum::routing::{any, get};
use dast_core::{Collected, ScanRequest, Scanner, Target};
use dast_engines::passive::{Limits, PassiveScanner, PassiveScannerBuilder};
use dast_policy::{Authentication, Cause, Completion, Coverage, Exposure};
use flate2::Compression;
use flate2::write::GzEncoder;
use servers::{Server, listen, nothing, page, send};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Long enough for any honest answer on loopback, however busy the machine is.
const PATIENT: Limits = Limits {
    pages: 100,
    depth: 10,
    page_bytes: 100_000,
    total_bytes: 10_000_000,
    request_timeout: Duration::from_secs(60),
    time: Duration::from_secs(300),
    concurrency: 4,
    requests_per_second: None,
};

/// For servers that never end, where waiting is the point. Honest answers take a few milliseconds.
const IMPATIENT: Limits = Limits { request_timeout: Duration::from_secs(2), ..PATIENT };

fn builder(limits: Limits) -> PassiveScannerBuilder {
    PassiveScanner::builder().limits(limits)
}

async fn collect(builder: PassiveScannerBuilder, request: ScanRequest) -> Collected {
    let mut scan = builder.build().unwrap().start(request).await.unwrap();
    let mut pages = 0;
    while let Some(progress) = scan.next_event().await {
        assert!(progress.pages >= pages, "progress went back");
        pages = progress.pages;
    }
    let collected = scan.collect().await.unwrap();
    assert!(pages <= collected.coverage.pages);
    assert!(scan.collect().await.is_err(), "collected twice");
    collected
}

async fn scan(url: &str, limits: Limits) -> Collected {
    collect(builder(limits), request(url)).await
}

fn request(url: &str) -> ScanRequest {
    ScanRequest::new(Target::parse(url).unwrap())
}

fn coverage(pages: u64, failed: u64, skipped: u64) -> Coverage {
    Coverage { pages, failed, skipped }
}

fn incomplete(collected: &Collected) -> (Cause, &str) {
    match &collected.completion {
        Completion::Incomplete { cause, detail } => (*cause, detail),
        Completion::Complete => panic!("complete"),
    }
}

/// Where a finding with this alert reference is.
fn places(collected: &Collected, reference: &str) -> Vec<String> {
    let of = collected.findings.iter().filter(|finding| finding.alert_ref().as_str() == reference);
    of.map(|finding| finding.url().to_owned()).collect()
}

#[tokio::test]
async fn links_and_forms_are_followed_once_and_nothing_is_ever_sent() {
    let home = "<a href=a#top>a</a><a href=/a>a</a><img src='/b?x=1'><script src=//127.0.0.1:1/x.js></script>\
                <form action=/search><input name=q value=1></form><form method=post action=/buy><button></form>\
                <a href=mailto:a@b.test><a href='javascript:alert(1)'>";
    let router = Router::new()
        .route("/", get(async move || Html(home)))
        .route("/a", get(async || Html("<base href=/deep/><a href=c>")))
        .fallback(any(async || Html("<a href=/>")));
    let server = Server::pages(router).await;
    let collected = scan(&server.origin, PATIENT).await;
    assert_eq!(collected.completion, Completion::Complete);
    assert_eq!(collected.coverage, coverage(5, 0, 0));
    // The first page is asked for once more in the end.
    let expected = ["/", "/", "/a", "/b?x=1", "/deep/c", "/robots.txt", "/search", "/sitemap.xml"];
    assert_eq!(server.asked(), expected.map(|path| format!("GET {path}")));
    // In the order in which places were found, which is breadth first.
    let order = ["/", "/robots.txt", "/sitemap.xml", "/a", "/b?x=1", "/search", "/deep/c"];
    assert_eq!(places(&collected, "10021"), order.map(|path| server.url(path)));
    assert_eq!(collected.authentication, Authentication::NotUsed);
    assert_eq!((collected.engine.name.as_str(), collected.engine.passive), ("builtin", true));
    assert!(collected.rules.iter().any(|rule| rule.alert_ref.as_str() == "10021"));
}

#[tokio::test]
async fn what_is_found_does_not_depend_on_who_answers_first() {
    // Later places answer sooner, and every page leads to more than are visited.
    let slow = async |uri: Uri| {
        let haste = uri.path().bytes().map(u64::from).sum::<u64>() % 7;
        tokio::time::sleep(Duration::from_millis(14 - 2 * haste)).await;
        let links: String = (0..4).map(|n| format!("<a href='{}{n}/'>", uri.path())).collect();
        ([("set-cookie", format!("c{haste}=1"))], Html(links))
    };
    let server = Server::pages(Router::new().fallback(get(slow))).await;
    let mut seen = Vec::new();
    for concurrency in [1, 3, 8] {
        let before = server.asked().len();
        let limits = Limits { pages: 30, depth: 3, concurrency, ..PATIENT };
        let collected = scan(&server.url("/"), limits).await;
        // The first page is asked for once more in the end.
        assert_eq!(server.asked().len() - before, 31);
        assert_eq!(collected.completion, Completion::Complete);
        // What is told to robots is no page.
        assert_eq!(collected.coverage.pages, 28);
        seen.push((collected.findings, collected.coverage));
    }
    assert!(seen[0].0.len() > 60);
    assert!(seen[0].1.skipped > 10);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test]
async fn a_finding_is_told_once_for_all_values_of_a_query() {
    let router = Router::new()
        .route(
            "/",
            get(async || {
                Html("<a href='/a?x=1'><a href='/a?x=2'><a href='/a?y=1'><a href='/a?x=secret&token=abc'>")
            }),
        )
        .route("/a", get(async || Html("a")))
        .fallback(get(async || axum::http::StatusCode::NOT_FOUND));
    let server = Server::pages(router).await;
    let router_pages = scan(&server.origin, PATIENT).await;
    assert_eq!(router_pages.coverage, coverage(5, 0, 0));
    let told = places(&router_pages, "10038-1");
    assert_eq!(told, ["/", "/a?x=1", "/a?y=1", "/a?x=secret&token=REDACTED"].map(|path| server.url(path)));
}

#[tokio::test]
async fn other_origins_are_never_contacted() {
    let other = Server::pages(Router::new().fallback(get(async || Html("elsewhere")))).await;
    let evil = other.origin.clone();
    let evil_host = evil.strip_prefix("http://").unwrap().to_owned();
    let port = evil_host.rsplit_once(':').unwrap().1.to_owned();
    let traps = Arc::new(Mutex::new(Vec::<String>::new()));
    let locations = Arc::clone(&traps);
    let server = Server::raw(move |target, stream| {
        let locations = locations.lock().unwrap().clone();
        let evil = evil.clone();
        async move {
            match target.as_str() {
                "/" => {
                    let traps: String = (0..locations.len()).map(|n| format!("<a href=/to/{n}>")).collect();
                    let links: String =
                        locations.iter().map(|url| format!("<a href='{url}'><img src='{url}'>")).collect();
                    let refresh = format!("<meta http-equiv=refresh content='0;url={evil}/'>");
                    page(stream, &(traps + &links + &refresh)).await;
                }
                "/based" => page(stream, &format!("<base href='{evil}/'><a href=x>")).await,
                "/robots.txt" => {
                    let text = format!("Sitemap: {evil}/map.xml\nAllow: //{evil}/\nDisallow: /based\n");
                    send(stream, format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{text}")).await;
                }
                "/sitemap.xml" => {
                    let map = format!("<urlset><loc>{evil}/</loc></urlset>");
                    send(stream, format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{map}")).await;
                }
                to if to.starts_with("/to/") => {
                    let location = &locations[to.trim_start_matches("/to/").parse::<usize>().unwrap()];
                    send(
                        stream,
                        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nConnection: close\r\n\r\n"),
                    )
                    .await;
                }
                _ => nothing(stream).await,
            }
        }
    })
    .await;
    let own = server.origin.clone();
    *traps.lock().unwrap() = vec![
        format!("http://{evil_host}/"),
        format!("//{evil_host}/"),
        format!("\\\\{evil_host}\\"),
        format!("{own}@{evil_host}/"),
        format!("http://127.0.0.1:{port}/"),
        format!("http://user:password@127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http:///{evil_host}/"),
        own.replace("http:", "https:"),
        own.replace("127.0.0.1", "user@127.0.0.1"),
    ];
    let collected = scan(&server.origin, PATIENT).await;
    assert_eq!(other.asked(), [""; 0]);
    assert_eq!(collected.completion, Completion::Complete);
    // The page, and what robots are told to look at. Redirects show nothing.
    assert_eq!(collected.coverage, coverage(2, 0, 0), "{:?}", server.asked());
    assert!(collected.findings.iter().all(|finding| finding.url().starts_with(&format!("{own}/"))));
}

#[tokio::test]
async fn redirects_are_answers_of_their_own_and_followed_within_the_origin() {
    let router = Router::new()
        .route("/", get(async || Redirect::to("/next")))
        .route("/next", get(async || Html("<a href=/end>")))
        .route("/end", get(async || "end"));
    let server = Server::pages(router).await;
    let collected = scan(&server.origin, PATIENT).await;
    assert_eq!(collected.coverage, coverage(2, 0, 0));
    assert_eq!(server.count("GET /end"), 1);
}

#[tokio::test]
async fn redirects_and_links_without_end_are_bounded() {
    let next = |uri: &Uri| uri.path().trim_start_matches("/n").parse::<u64>().unwrap_or(0) + 1;
    let redirects =
        Router::new().fallback(get(async move |uri: Uri| Redirect::to(&format!("/n{}", next(&uri)))));
    let server = Server::pages(redirects).await;
    let collected = scan(&server.origin, PATIENT).await;
    // Ten steps from the beginning and from each of the two places for robots, which lead to the same.
    assert_eq!(server.asked().len(), 3 + 10);
    assert_eq!(incomplete(&collected), (Cause::NothingCrawled, "`/` leads to `/n1`"));
    assert_eq!(collected.coverage, coverage(0, 0, 1));

    let calendar = Router::new().fallback(get(async |uri: Uri| {
        let page = uri
            .query()
            .and_then(|query| query.strip_prefix("p="))
            .and_then(|page| page.parse().ok())
            .unwrap_or(0_u64);
        Html(format!("<a href='/?p={}'><a href='/?p={}'>", page * 2 + 1, page * 2 + 2))
    }));
    let server = Server::pages(calendar).await;
    let collected = scan(&server.origin, PATIENT).await;
    assert_eq!(server.asked().len(), 24, "{:?}", server.asked());
    assert_eq!(collected.completion, Completion::Complete);
    assert_eq!(collected.coverage.pages, 21);
    assert!(collected.coverage.skipped > 0);

    let deeper = Router::new().fallback(get(async |uri: Uri| {
        Html((0..9).map(|n| format!("<a href='{}{n}/'>", uri.path())).collect::<String>())
    }));
    let server = Server::pages(deeper).await;
    let collected = scan(&server.url("/"), PATIENT).await;
    assert_eq!(server.asked().len(), 101);
    assert_eq!(collected.completion, Completion::Complete);
    assert!(collected.coverage.skipped > 100);

    let loops = Router::new().fallback(get(async || Redirect::to("/")));
    let server = Server::pages(loops).await;
    assert_eq!(scan(&server.origin, PATIENT).await.coverage, coverage(0, 0, 0));
}

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
async fn nobody_there_is_said_in_words() {
    let (listener, origin) = listen().await;
    drop(listener);
    let collected = scan(&origin, PATIENT).await;
    assert_eq!(incomplete(&collected), (Cause::Unreachable, "connection refused"));
    assert_eq!((collected.coverage, collected.findings.len()), (coverage(0, 1, 0), 0));

    // A label of more than 63 bytes can be in no zone, so that nobody is asked for it (RFC 1035, section 2.3.4).
    let collected = scan(&format!("http://{}.test/", "x".repeat(64)), PATIENT).await;
    let (cause, detail) = incomplete(&collected);
    assert_eq!(cause, Cause::Unreachable);
    assert!(detail.starts_with("could not resolve `xxx"), "{detail}");

    let server = Server::raw(|_, stream| async move {
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(stream);
    })
    .await;
    let collected = scan(&server.origin, IMPATIENT).await;
    assert_eq!(incomplete(&collected), (Cause::Unreachable, "no answer within 2s"));
    assert_eq!(server.asked(), ["GET /"]);

    let server = Server::raw(|_, stream| send(stream, "SSH-2.0-OpenSSH_9.9\r\n")).await;
    let collected = scan(&server.origin, PATIENT).await;
    let (cause, detail) = incomplete(&collected);
    assert_eq!(cause, Cause::Unreachable);
    assert!(detail.starts_with("no usable answer: "), "{detail}");
}

#[tokio::test]
async fn one_place_at_a_time_is_asked_for_until_somebody_answers() {
    let server = Server::raw(|_, stream| async move {
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(stream);
    })
    .await;
    let exposures = ["/a", "/b", "/c"].map(|path| Exposure::new("127.0.0.1", path));
    let request = ScanRequest { exposures: exposures.to_vec(), ..request(&server.origin) };
    let collected = collect(builder(Limits { time: Duration::from_secs(1), ..PATIENT }), request).await;
    assert_eq!(server.asked(), ["GET /"]);
    assert_eq!((incomplete(&collected).0, collected.coverage), (Cause::DeadlineExceeded, coverage(0, 0, 4)));
}

#[tokio::test]
async fn whoever_is_gone_in_the_end_was_not_scanned() {
    let (listener, origin) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let mut some = [0; 16];
        stream.read_exact(&mut some).await.unwrap();
        page(stream, "<a href=/a><a href=/b>").await;
    });
    let collected = scan(&origin, PATIENT).await;
    assert_eq!(incomplete(&collected), (Cause::Unreachable, "it stopped answering: connection refused"));
    assert_eq!(collected.coverage, coverage(1, 4, 0));
    assert_eq!(places(&collected, "10021"), [format!("{origin}/")]);
}

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

#[tokio::test]
async fn robots_and_exposures_add_places_and_what_showed_itself_is_covered() {
    let robots = "User-agent: *\nDisallow: /secret/*.php\nSitemap: /maps/one.xml";
    let router = Router::new()
        .route("/", get(async || Html("home")))
        .route("/robots.txt", get(async move || robots))
        .route("/maps/one.xml", get(async || "<urlset><url><loc>/mapped?a=1&amp;b=2</loc></url></urlset>"))
        .route("/secret/", get(async || "secret"))
        .route("/mapped", get(async || "mapped"))
        .route("/shop/", get(async || Redirect::to("/shop/home")))
        .route("/shop/home", get(async || "home"))
        .route("/admin", get(async || axum::http::StatusCode::UNAUTHORIZED));
    let server = Server::pages(router).await;
    let host = "127.0.0.1";
    let exposures = [
        Exposure::new(host, "/"),
        Exposure::new(host, "/shop/"),
        Exposure::new(host, "/admin"),
        Exposure::new(host, "/none"),
        Exposure::new("shop.test", "/"),
    ];
    let request = ScanRequest { exposures: exposures.to_vec(), ..request(&server.origin) };
    let collected = collect(builder(PATIENT), request).await;
    assert_eq!(collected.completion, Completion::Complete);
    assert_eq!(collected.covered, exposures[..2]);
    let expected = [
        "/",
        // Once more in the end, as the first page that was seen.
        "/",
        "/admin",
        "/mapped?a=1&b=2",
        "/maps/one.xml",
        "/none",
        "/robots.txt",
        "/secret/",
        "/shop/",
        "/shop/home",
        "/sitemap.xml",
    ];
    assert_eq!(server.asked(), expected.map(|path| format!("GET {path}")));
}

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

#[tokio::test]
async fn a_target_that_shows_no_page_was_not_crawled() {
    for (answer, words, failed) in [
        ("500 Internal Server Error\r\n\r\nsorry", "`/` answered 500", 3),
        ("429 Too Many Requests\r\n\r\nlater", "`/` answered 429", 3),
        ("404 Not Found\r\n\r\nnone", "`/` answered 404", 0),
        ("401 Unauthorized\r\n\r\nno", "`/` answered 401", 0),
        ("204 No Content\r\n\r\n", "`/` answered with nothing", 0),
        ("200 OK\r\nContent-Type: text/html\r\n\r\n", "`/` answered with nothing", 0),
        ("302 Found\r\nLocation: /login\r\n\r\nmoved", "`/` leads to `/login`", 0),
        (
            "302 Found\r\nLocation: http://other.test/a\r\n\r\n",
            "`/` leads to `http://other.test/a`, another origin: scan that instead",
            0,
        ),
        (
            "301 Moved Permanently\r\nLocation: https://127.0.0.1/\r\n\r\n",
            "`/` leads to `https://127.0.0.1/`, another origin: scan that instead",
            0,
        ),
        ("200 OK\r\nContent-Encoding: br\r\n\r\nbr", "`/`: the content coding `br` cannot be undone", 3),
        ("200 OK\r\nContent-Encoding: gzip\r\n\r\nno", "`/`: the content coding `gzip` cannot be undone", 3),
        ("200 OK\r\nContent-Length: 99\r\n\r\nhalf", "`/`: the body broke off", 3),
    ] {
        // The end of the connection is the end of the body.
        let answer = format!("HTTP/1.1 {answer}");
        let server = Server::raw(move |_, stream| send(stream, answer.clone())).await;
        let collected = scan(&server.origin, PATIENT).await;
        assert_eq!(incomplete(&collected), (Cause::NothingCrawled, words));
        assert_eq!(collected.coverage, coverage(0, failed, 0), "{words}");
        // Nobody is asked again who showed nothing.
        assert_eq!(server.count("GET /"), 1, "{words}");
    }
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

#[tokio::test]
async fn a_target_that_shows_one_page_and_then_fails_was_not_reached() {
    async fn hang(stream: TcpStream) {
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(stream);
    }
    for (fault, words) in [
        ("hang", "no answer within 2s"),
        ("close", "no usable answer: "),
        ("502 Bad Gateway", "it answered 502"),
        ("503 Service Unavailable", "it answered 503"),
    ] {
        let is_first = Arc::new(Mutex::new(true));
        let server = Server::raw(move |_, stream| {
            let is_first = std::mem::take(&mut *is_first.lock().unwrap());
            async move {
                match fault {
                    _ if is_first => {
                        let links: String = (0..20).map(|n| format!("<a href=/{n}>")).collect();
                        page(stream, &links).await;
                    }
                    "hang" => hang(stream).await,
                    "close" => drop(stream),
                    _ => send(stream, format!("HTTP/1.1 {fault}\r\nContent-Length: 0\r\n\r\n")).await,
                }
            }
        })
        .await;
        let collected = scan(&server.origin, Limits { concurrency: 32, ..IMPATIENT }).await;
        let (cause, detail) = incomplete(&collected);
        assert_eq!((cause, collected.coverage), (Cause::Unreachable, coverage(1, 22, 0)), "{detail}");
        let expected = format!("22 of 23 places gave no usable answer; the first: `/robots.txt`: {words}");
        assert!(detail.starts_with(&expected), "{detail}");
    }
}

#[tokio::test]
async fn a_first_page_that_gives_no_answer_in_the_end_is_noticed() {
    for (fault, words) in [
        ("500 Internal Server Error\r\nContent-Length: 0", "it stopped answering: it answered 500"),
        ("200 OK\r\nContent-Length: 99", "it stopped answering: the body broke off"),
    ] {
        let is_up = Arc::new(Mutex::new(true));
        let server = Server::raw(move |target, stream| {
            let mut is_up = is_up.lock().unwrap();
            let answers = *is_up;
            *is_up &= target != "/last";
            async move {
                match target.as_str() {
                    "/" | "/last" if answers => page(stream, "<a href=/last>").await,
                    _ if answers => nothing(stream).await,
                    _ => send(stream, format!("HTTP/1.1 {fault}\r\n\r\nhalf")).await,
                }
            }
        })
        .await;
        // One at a time, so that `/last` is the last.
        let collected = scan(&server.origin, Limits { concurrency: 1, ..PATIENT }).await;
        assert_eq!(incomplete(&collected), (Cause::Unreachable, words));
        assert_eq!(collected.coverage, coverage(2, 0, 0));
        assert_eq!(server.count("GET /"), 2);
    }
}
