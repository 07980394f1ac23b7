//! Which places a crawl comes to, and which it keeps away from.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::Uri;
use axum::response::{Html, Redirect};
use axum::routing::{any, get};
use dast_core::ScanRequest;
use dast_engines::passive::Limits;
use dast_policy::{Authentication, Cause, Completion, Exposure};

use crate::scan::{PATIENT, builder, collect, coverage, incomplete, places, request, scan};
use crate::servers::{Server, nothing, page, send};

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
