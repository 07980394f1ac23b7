//! Who asks: the session and the cart that come with a request's cookies.

use std::sync::Arc;

use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{COOKIE, HeaderName, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use cookie::{Cookie, SameSite};
use minijinja::{Value, context};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Care;
use crate::cart::Cart;
use crate::failure::Failure;
use crate::sessions::Session;
use crate::store::Store;

const SESSION_COOKIE: &str = "session";
const CART_COOKIE: &str = "cart";

/// One request's visitor; somebody without a session gets one.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) session: Session,
    pub(crate) cart: Cart,
    /// Whether the browser does not hold these cookies yet.
    is_new: bool,
}

impl FromRequestParts<Arc<Store>> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, store: &Arc<Store>) -> Result<Self, Failure> {
        let cookie = |name| {
            let values = parts.headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
            let mut cookies = values.flat_map(Cookie::split_parse).filter_map(Result::ok);
            cookies.find(|cookie| cookie.name() == name)
        };
        let cart = cookie(CART_COOKIE).map(|cart| Cart::parse(cart.value())).unwrap_or_default();
        let mut sessions = store.sessions();
        Ok(match cookie(SESSION_COOKIE).and_then(|id| sessions.find(id.value())) {
            Some(session) => Self { session, cart, is_new: false },
            None => Self { session: sessions.open(false)?, cart, is_new: true },
        })
    }
}

impl Visitor {
    /// Renders a page for this visitor; `page` is what only this page shows.
    pub(crate) fn page(&self, store: &Store, template: &str, page: Value) -> Result<Response, Failure> {
        let html = store.templates.get_template(template)?.render(context! {
            csrf_token => self.session.csrf_token.as_str(),
            signed_in => self.session.signed_in,
            in_cart => self.cart.count(),
            ..page
        })?;
        let cookies = if self.is_new { self.cookies(store.care) } else { Vec::new() };
        Ok((AppendHeaders(cookies), Html(html)).into_response())
    }

    /// The headers that give the browser both cookies.
    pub(crate) fn cookies(&self, care: Care) -> Vec<(HeaderName, String)> {
        vec![
            set_cookie(care, SESSION_COOKIE, self.session.id.clone()),
            set_cookie(care, CART_COOKIE, self.cart.to_string()),
        ]
    }
}

/// A `Set-Cookie` header with all that the shop's care asks for.
///
/// The careless one lets scripts read it (ZAP rule 10010) and other sites send it (10054). Neither is `Secure`: the
/// shop speaks plain HTTP, over which such a cookie is not sent back (RFC 6265, section 4.1.2.5). Some browsers make
/// an exception for loopback, others and most crawlers do not, and they could not log in. ZAP's rule 10011 asks for
/// it on https only.
pub(crate) fn set_cookie(care: Care, name: &'static str, value: String) -> (HeaderName, String) {
    let cookie = Cookie::build((name, value)).path("/");
    let cookie = match care {
        Care::Careless => cookie,
        Care::Repaired => cookie.http_only(true).same_site(SameSite::Strict),
    };
    (SET_COOKIE, cookie.to_string())
}

/// The session cookie alone, for answers that are not pages.
pub(crate) fn session_cookie(care: Care, session: &Session) -> AppendHeaders<[(HeaderName, String); 1]> {
    AppendHeaders([set_cookie(care, SESSION_COOKIE, session.id.clone())])
}

/// A form and who sent it. The repaired shop accepts it only with the token of the sender's session.
///
/// Handlers get at a form's fields through this alone, so none can forget the check.
#[derive(Debug)]
pub(crate) struct VisitorForm<T> {
    pub(crate) visitor: Visitor,
    pub(crate) fields: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<Store>> for VisitorForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, store: &Arc<Store>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor =
            Visitor::from_request_parts(&mut parts, store).await.map_err(IntoResponse::into_response)?;
        let request = Request::from_parts(parts.clone(), body);
        let body = Bytes::from_request(request, store).await.map_err(IntoResponse::into_response)?;
        if store.care == Care::Repaired {
            let Token { csrf_token } = form(parts.clone(), body.clone(), store).await?;
            if !visitor.session.issued(&csrf_token) {
                return Err(Failure::Forbidden.into_response());
            }
        }
        Ok(Self { visitor, fields: form(parts, body, store).await? })
    }
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    csrf_token: String,
}

async fn form<T: DeserializeOwned>(parts: Parts, body: Bytes, store: &Arc<Store>) -> Result<T, Response> {
    let request = Request::from_parts(parts, Body::from(body));
    let Form(fields) = Form::from_request(request, store).await.map_err(IntoResponse::into_response)?;
    Ok(fields)
}
