//! What fights whoever scans it, and a shop under one name.

use std::io::Read;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use dast_shop::{Care, astray, hostile, only_for, router};
use tower::ServiceExt;

const LURE: &str = "http://elsewhere.test/lure";

async fn ask(router: &Router, host: &str, path: &str) -> (StatusCode, HeaderMap, Body) {
    let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    (head.status, head.headers, body)
}

async fn bytes(body: Body) -> Vec<u8> {
    to_bytes(body, 64 << 20).await.unwrap().to_vec()
}

#[tokio::test]
async fn redirects_lead_elsewhere_and_on_and_on() {
    let hostile = hostile(&[LURE.to_owned()]);
    for (path, to) in [("/away/0", LURE), ("/chain/7", "/chain/8"), ("/circle", "/circle")] {
        let (status, headers, _) = ask(&hostile, "a", path).await;
        assert!(status.is_redirection() && headers["location"] == to, "{path}: {status} {headers:?}");
    }
    assert_eq!(ask(&hostile, "a", "/away/1").await.0, StatusCode::NOT_FOUND);
    let (status, headers, _) = ask(&astray(LURE), "a", "/any/where?q=1").await;
    assert_eq!((status, &headers["location"]), (StatusCode::FOUND, &LURE.parse().unwrap()));
    for path in ["/", "/robots.txt", "/sitemap.xml"] {
        let text = bytes(ask(&hostile, "a", path).await.2).await;
        assert!(String::from_utf8(text).unwrap().contains(LURE), "{path}");
    }
}

#[tokio::test]
async fn bodies_burst_or_are_no_text() {
    let hostile = hostile(&[]);
    let (_, headers, body) = ask(&hostile, "a", "/bomb").await;
    let packed = bytes(body).await;
    assert!(headers["content-encoding"] == "gzip" && packed.len() < 4 << 20, "{}", packed.len());
    let mut burst = 0;
    let mut unpacked = flate2::read::GzDecoder::new(packed.as_slice());
    let mut piece = vec![0; 1 << 20];
    while let read @ 1.. = unpacked.read(&mut piece).unwrap() {
        burst += read;
    }
    assert_eq!(burst, 256 << 20);
    assert!(String::from_utf8(bytes(ask(&hostile, "a", "/bytes").await.2).await).is_err());
    let endless = to_bytes(ask(&hostile, "a", "/endless").await.2, 1 << 20).await;
    assert!(endless.is_err(), "it ended");
}

#[tokio::test]
async fn texts_and_headers_are_as_hostile_as_they_can_be() {
    let hostile = hostile(&[]);
    let text = String::from_utf8(bytes(ask(&hostile, "a", "/texts").await.2).await).unwrap();
    for piece in ["\u{1b}[31m", "\nFORGED: Pass", "\u{202e}", "$(echo FORGED)", "{{ FORGED }}", "\n---\n"] {
        assert!(text.contains(piece), "{piece:?}");
    }
    let headers = ask(&hostile, "a", "/headers").await.1;
    assert!(headers["x-powered-by"].len() > 16_000 && headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_shop_under_one_name_is_there_for_nobody_else() {
    let shop = only_for("shop.example", router(Care::Careless));
    for (host, there) in
        [("shop.example", true), ("SHOP.example:80", true), ("shop.example.test", false), ("a", false)]
    {
        let (status, headers, _) = ask(&shop, host, "/").await;
        assert_eq!(status == StatusCode::OK, there, "{host}");
        assert_eq!(headers.contains_key("content-security-policy"), !there, "{host}");
    }
}
