//! The shop as its visitors, good and bad, see it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use dast_shop::{Care, DEMO_PASSWORD, DEMO_USER, router};
use tower::ServiceExt;

const BOTH: [Care; 2] = [Care::Careless, Care::Repaired];
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const PROBE: &str = "<script>alert(1)</script>";
const PROBE_ENCODED: &str = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";

/// A browser, as far as the shop can tell: it keeps cookies.
struct Browser {
    shop: Router,
    cookies: BTreeMap<String, String>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Browser {
    fn new(shop: &Router) -> Self {
        Self { shop: shop.clone(), cookies: BTreeMap::new() }
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, FORM, "").await
    }

    async fn post(&mut self, path: &str, body: &str) -> Answer {
        self.send("POST", path, FORM, body).await
    }

    /// Loads a page and sends one of its forms with the token that the page carries, if it does.
    async fn submit(&mut self, page: &str, path: &str, fields: &str) -> Answer {
        let token = token(&self.get(page).await.body).map(|token| format!("&csrf_token={token}"));
        self.post(path, &format!("{fields}{}", token.unwrap_or_default())).await
    }

    async fn send(&mut self, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(COOKIE, cookies.join("; "))
            .header(CONTENT_TYPE, content_type)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = self.shop.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.into(), value.into());
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

impl Answer {
    fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }

    fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap())
    }
}

fn token(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(r#"name="csrf_token" value=""#)?;
    Some(rest.split_once('"')?.0)
}

/// What a page leads to: the shop's templates write every link in double quotes.
fn links(page: &str) -> impl Iterator<Item = &str> {
    ["href=\"", "src=\""]
        .into_iter()
        .flat_map(|attribute| page.split(attribute).skip(1))
        .map(|rest| rest.split('"').next().unwrap())
}

/// Follows every link from the home page; addresses with their answers.
async fn crawl(shop: &Router) -> BTreeMap<String, Answer> {
    let mut browser = Browser::new(shop);
    let mut seen = BTreeMap::new();
    let mut waiting = vec!["/".to_owned()];
    while let Some(path) = waiting.pop() {
        if seen.contains_key(&path) {
            continue;
        }
        let answer = browser.get(&path).await;
        if answer.content_type().starts_with("text/html") {
            waiting.extend(links(&answer.body).map(str::to_owned));
        }
        if answer.headers.contains_key(LOCATION) {
            waiting.push(answer.location().to_owned());
        }
        seen.insert(path, answer);
    }
    seen
}

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
async fn every_form_that_changes_something_has_a_token_if_repaired() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        browser.submit("/products/1", "/cart", "product=1&quantity=1").await;
        let mut forms = 0;
        let mut check = |page: &Answer| {
            for form in page.body.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
                if form.contains(r#"method="post""#) {
                    assert_eq!(token(form).is_some(), care == Care::Repaired, "{form}");
                    forms += 1;
                }
            }
        };
        for path in ["/products/1", "/cart", "/login"] {
            check(&browser.get(path).await);
        }
        let login = format!("user={DEMO_USER}&password={DEMO_PASSWORD}");
        browser.submit("/login", "/login", &login).await;
        check(&browser.get("/account").await);
        assert_eq!(forms, 5, "two on the product, one each in cart, login and account");
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_by_the_repaired_shop_alone() {
    let login = format!("user={DEMO_USER}&password={DEMO_PASSWORD}");
    for (care, status) in [(Care::Careless, StatusCode::SEE_OTHER), (Care::Repaired, StatusCode::FORBIDDEN)] {
        for (path, fields) in [
            ("/cart", "product=1&quantity=1"),
            ("/products/1/reviews", "author=Eve&text=Hello"),
            ("/login", login.as_str()),
            ("/logout", ""),
        ] {
            let mut browser = Browser::new(&router(care));
            assert_eq!(browser.post(path, fields).await.status, status, "{care:?} {path}, no session");
            browser.get("/").await;
            assert_eq!(browser.post(path, fields).await.status, status, "{care:?} {path}, no token");
            let forged = format!("{fields}&csrf_token={}", "0".repeat(32));
            assert_eq!(browser.post(path, &forged).await.status, status, "{care:?} {path}, guessed token");
        }
    }
}

#[tokio::test]
async fn a_token_is_worth_nothing_in_another_session() {
    let shop = router(Care::Repaired);
    let (mut eve, mut victim) = (Browser::new(&shop), Browser::new(&shop));
    let page = eve.get("/login").await.body;
    let fields = format!("product=1&quantity=1&csrf_token={}", token(&page).unwrap());
    victim.get("/").await;
    assert_eq!(victim.post("/cart", &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(eve.post("/cart", &fields).await.status, StatusCode::SEE_OTHER);
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

#[tokio::test]
async fn unfit_reviews_are_refused() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        for (path, fields, status) in [
            ("/products/1/reviews", "author=Ada&text=".to_owned(), 422),
            ("/products/1/reviews", format!("author=Ada&text={}", "x".repeat(1025)), 422),
            ("/products/1/reviews", "author=Ada".to_owned(), 422),
            ("/products/99/reviews", "author=Ada&text=Good".to_owned(), 404),
        ] {
            let answer = browser.submit("/products/1", path, &fields).await;
            assert_eq!(answer.status, status, "{care:?} {path} {fields:.30}");
        }
    }
}

#[tokio::test]
async fn a_cart_fills_and_empties() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        assert!(browser.get("/cart").await.body.contains("It is empty"));
        let answer = browser.submit("/products/2", "/cart", "product=2&quantity=2").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/cart"));
        browser.submit("/products/8", "/cart", "product=8&quantity=1").await;
        let page = browser.get("/cart").await.body;
        assert!(page.contains("Moka pot") && page.contains("Brass compass"));
        assert!(page.contains("€118.00"), "2 × 32 + 54: {page}");
        browser.submit("/cart", "/cart", "product=2&quantity=0").await;
        let page = browser.get("/cart").await.body;
        assert!(!page.contains("Moka pot") && page.contains("Brass compass"));
        assert_eq!(browser.submit("/cart", "/cart", "product=99&quantity=1").await.status, 404);
    }
}

#[tokio::test]
async fn login_opens_the_account_under_a_new_session() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        let refused = browser.submit("/login", "/login", "user=demo&password=wrong").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.body.contains("wrong."));
        assert_eq!(browser.get("/account").await.location(), "/login");

        let before = browser.cookies["session"].clone();
        let login = format!("user={DEMO_USER}&password={DEMO_PASSWORD}");
        assert_eq!(browser.submit("/login", "/login", &login).await.location(), "/account");
        assert_ne!(browser.cookies["session"], before);
        let account = browser.get("/account").await;
        assert_eq!(account.status, StatusCode::OK);
        assert!(account.body.contains("Hello, demo"));

        let inside = browser.cookies.clone();
        assert_eq!(browser.submit("/account", "/logout", "").await.location(), "/");
        browser.cookies = inside;
        assert_eq!(browser.get("/account").await.location(), "/login", "the old session is closed");
    }
}

#[tokio::test]
async fn the_api_logs_in_too() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        let body = serde_json::json!({ "user": DEMO_USER, "password": DEMO_PASSWORD }).to_string();
        let answer = browser.send("POST", "/api/login", JSON, &body).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, r#"{"user":"demo"}"#));
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);
        // A form of another site can send text, and that must not do.
        assert_eq!(browser.send("POST", "/api/login", "text/plain", &body).await.status, 415);
    }
}

#[tokio::test]
async fn the_api_answers_as_its_description_says() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        let answer = browser.get("/api/openapi.json").await;
        assert_eq!(answer.content_type(), JSON);
        let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let mut operations = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let valid = serde_json::json!({ "user": DEMO_USER, "password": DEMO_PASSWORD }).to_string();
                for (id, body) in
                    [("1", valid.as_str()), ("99", r#"{"user":"demo","password":""}"#), ("1", "{}")]
                {
                    let path = path.replace("{id}", id);
                    let answer = browser.send(&method.to_uppercase(), &path, JSON, body).await;
                    let documented = &operation["responses"][answer.status.as_str()];
                    assert!(documented.is_object(), "{method} {path} gives {}", answer.status);
                    let documented = match documented["$ref"].as_str() {
                        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
                        None => documented,
                    };
                    let media_type = answer.content_type().split(';').next().unwrap();
                    assert!(documented["content"][media_type].is_object(), "{method} {path}: {media_type}");
                }
                operations += 1;
            }
        }
        assert_eq!(operations, 3);

        let products: serde_json::Value =
            serde_json::from_str(&browser.get("/api/products").await.body).unwrap();
        let schema = &document["components"]["schemas"]["Product"];
        let described: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(products.as_array().unwrap().len(), 8);
        for product in products.as_array().unwrap() {
            assert_eq!(product.as_object().unwrap().keys().collect::<Vec<_>>(), described);
            let one = browser.get(&format!("/api/products/{}", product["id"])).await.body;
            assert_eq!(serde_json::from_str::<serde_json::Value>(&one).unwrap(), *product);
        }
    }
}
