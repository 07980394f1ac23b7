//! A browser, and all the pages that it finds.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use dast_shop::Care;
use tower::ServiceExt;

pub(crate) const BOTH: [Care; 2] = [Care::Careless, Care::Repaired];
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";
pub(crate) const PROBE: &str = "<script>alert(1)</script>";
pub(crate) const PROBE_ENCODED: &str = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";

/// A browser, as far as the shop can tell: it keeps cookies.
pub(crate) struct Browser {
    shop: Router,
    pub(crate) cookies: BTreeMap<String, String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(shop: &Router) -> Self {
        Self { shop: shop.clone(), cookies: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, FORM, "").await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Answer {
        self.send("POST", path, FORM, body).await
    }

    /// Loads a page and sends one of its forms with the token that the page carries, if it does.
    pub(crate) async fn submit(&mut self, page: &str, path: &str, fields: &str) -> Answer {
        let token = token(&self.get(page).await.body).map(|token| format!("&csrf_token={token}"));
        self.post(path, &format!("{fields}{}", token.unwrap_or_default())).await
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
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
    pub(crate) fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }

    pub(crate) fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) fn token(page: &str) -> Option<&str> {
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
pub(crate) async fn crawl(shop: &Router) -> BTreeMap<String, Answer> {
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
