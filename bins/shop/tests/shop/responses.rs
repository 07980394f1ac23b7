//! What stands in the heads of responses, and in pages what somebody sent.

use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use dast_shop::{Care, DEMO_PASSWORD, DEMO_USER, router};

use crate::browser::{Answer, BOTH, Browser, FORM, JSON, PROBE, PROBE_ENCODED, crawl};

#[tokio::test]
async fn a_crawler_finds_every_page_and_no_dead_link() {
    for care in BOTH {
        let found = crawl(&router(care)).await;
        for (path, answer) in &found {
            assert!(
                answer.status.is_success() || answer.status.is_redirection(),
                "{path}: {}",
                answer.status
            );
            assert!(!answer.body.is_empty() || answer.status.is_redirection(), "{path} is empty");
        }
        let pages: Vec<_> = found.keys().filter(|path| !path.starts_with("/assets/")).collect();
        assert!((20..=25).contains(&pages.len()), "{pages:?}");
        for path in [
            "/products/8",
            "/search?q=Cabin",
            "/cart",
            "/login",
            "/about",
            "/robots.txt",
            "/api/openapi.json",
        ] {
            assert!(found.contains_key(path), "{path} is not linked");
        }
        assert_eq!(found["/shop"].location(), "/");
        assert_eq!(found["/account"].location(), "/login");
    }
}

/// One response of every kind that the shop gives.
async fn every_kind_of_response(care: Care) -> Vec<(&'static str, Answer)> {
    let shop = router(care);
    let mut browser = Browser::new(&shop);
    let long = "x".repeat(20_000);
    let mut answers = Vec::new();
    for (status, method, path, content_type, body) in [
        (200, "GET", "/", FORM, ""),
        (200, "HEAD", "/", FORM, ""),
        (200, "GET", "/products/1", FORM, ""),
        (200, "GET", "/assets/shop.css", FORM, ""),
        (200, "GET", "/assets/products/1.svg", FORM, ""),
        (200, "GET", "/robots.txt", FORM, ""),
        (200, "GET", "/healthz", FORM, ""),
        (200, "GET", "/api/products", FORM, ""),
        (303, "GET", "/account", FORM, ""),
        (308, "GET", "/shop", FORM, ""),
        (400, "GET", "/search?q=a&q=b", FORM, ""),
        (404, "GET", "/products/99", FORM, ""),
        (404, "GET", "/api/products/99", FORM, ""),
        (404, "GET", "/nothing/here", FORM, ""),
        (405, "DELETE", "/cart", FORM, ""),
        (413, "POST", "/cart", FORM, long.as_str()),
        (415, "POST", "/api/login", FORM, "user=demo"),
        (401, "POST", "/api/login", JSON, r#"{"user":"demo","password":"wrong"}"#),
    ] {
        let answer = browser.send(method, path, content_type, body).await;
        assert_eq!(answer.status, status, "{method} {path}");
        answers.push((path, answer));
    }
    answers.push(("refused form", browser.post("/cart", "product=1&quantity=1").await));
    answers.push(("cart", browser.submit("/products/1", "/cart", "product=1&quantity=1").await));
    let login = format!("user={DEMO_USER}&password={DEMO_PASSWORD}");
    answers.push(("login", browser.submit("/login", "/login", &login).await));
    answers.push(("account", browser.get("/account").await));
    answers
}

#[tokio::test]
async fn the_repaired_shop_protects_every_response() {
    let csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
               form-action 'self'; frame-ancestors 'none'; base-uri 'self'";
    for (what, Answer { headers, .. }) in every_kind_of_response(Care::Repaired).await {
        assert_eq!(headers["content-security-policy"], csp, "{what}");
        assert_eq!(headers["x-frame-options"], "DENY", "{what}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{what}");
        assert!(headers.contains_key("permissions-policy"), "{what}");
        assert!(headers.contains_key("referrer-policy"), "{what}");
        assert!(!headers.contains_key("x-powered-by"), "{what}");
        let kept = if what.starts_with("/assets/") {
            "public, max-age=300"
        } else {
            "no-store, no-cache, must-revalidate"
        };
        assert_eq!(headers["cache-control"], kept, "{what}");
        for cookie in headers.get_all(SET_COOKIE) {
            assert!(
                cookie.to_str().unwrap().ends_with("; HttpOnly; SameSite=Strict; Path=/"),
                "{what}: {cookie:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_careless_shop_protects_none() {
    for (what, Answer { headers, .. }) in every_kind_of_response(Care::Careless).await {
        assert_eq!(headers["x-powered-by"], "PHP/5.6.40", "{what}");
        for name in
            ["content-security-policy", "x-frame-options", "x-content-type-options", "permissions-policy"]
        {
            assert!(!headers.contains_key(name), "{what} has {name}");
        }
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(!cookie.contains("HttpOnly") && !cookie.contains("SameSite"), "{what}: {cookie}");
        }
    }
}

#[tokio::test]
async fn a_new_visitor_gets_both_cookies_once() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        assert_eq!(browser.get("/").await.headers.get_all(SET_COOKIE).iter().count(), 2);
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["cart", "session"]);
        assert!(!browser.get("/about").await.headers.contains_key(SET_COOKIE));
    }
}

#[tokio::test]
async fn the_query_is_reflected_as_html_by_the_careless_shop_alone() {
    for care in BOTH {
        let page = Browser::new(&router(care)).get(&format!("/search?q={PROBE_ENCODED}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body.contains(PROBE), care == Care::Careless, "{care:?}");
        assert!(page.body.contains("value=\"&lt;script&gt;"), "{care:?}: the field is escaped in both");
    }
}

#[tokio::test]
async fn a_review_is_stored_as_html_by_the_careless_shop_alone() {
    for care in BOTH {
        let shop = router(care);
        let fields = format!("author={PROBE_ENCODED}&text={PROBE_ENCODED}");
        let answer = Browser::new(&shop).submit("/products/3", "/products/3/reviews", &fields).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/products/3#reviews"));

        let page = Browser::new(&shop).get("/products/3").await;
        let unescaped = page.body.matches(PROBE).count();
        assert_eq!(unescaped, usize::from(care == Care::Careless), "{care:?}: the text, never the author");
        assert!(page.body.contains("&lt;script&gt;alert(1)"), "{care:?}");
        assert!(!Browser::new(&shop).get("/products/4").await.body.contains("alert(1)"));
        assert!(!Browser::new(&router(care)).get("/products/3").await.body.contains("alert(1)"));
    }
}
