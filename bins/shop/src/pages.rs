//! The pages that people see.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;

use crate::catalog::{self, PRODUCTS, Product};
use crate::failure::Failure;
use crate::reviews::Review;
use crate::sessions::{DEMO_PASSWORD, DEMO_USER, is_account};
use crate::store::Store;
use crate::visitor::{Visitor, VisitorForm};

pub(crate) fn routes() -> Router<Arc<Store>> {
    Router::new()
        .route("/", get(home))
        .route("/shop", get(async || Redirect::permanent("/")))
        .route("/products/{id}", get(product))
        .route("/products/{id}/reviews", post(add_review))
        .route("/search", get(search))
        .route("/cart", get(cart).post(change_cart))
        .route("/login", get(login).post(sign_in))
        .route("/logout", post(sign_out))
        .route("/account", get(account))
        .route("/about", get(about))
        .route("/robots.txt", get(include_str!("../assets/robots.txt")))
        .route("/healthz", get("ok\n"))
}

type Page = Result<Response, Failure>;
type Shared = State<Arc<Store>>;

async fn home(State(store): Shared, visitor: Visitor) -> Page {
    visitor.page(&store, "home.html", context! { products => Serde(&PRODUCTS) })
}

async fn product(State(store): Shared, visitor: Visitor, Path(id): Path<String>) -> Page {
    let product = catalog::find(&id).ok_or(Failure::NotFound)?;
    let reviews = store.reviews().of(product);
    let page = context! { product => Serde(product), reviews => Serde(reviews) };
    visitor.page(&store, "product.html", page)
}

#[derive(Deserialize)]
struct ReviewFields {
    author: String,
    text: String,
}

async fn add_review(
    State(store): Shared,
    Path(id): Path<String>,
    VisitorForm { fields, .. }: VisitorForm<ReviewFields>,
) -> Page {
    let product = catalog::find(&id).ok_or(Failure::NotFound)?;
    store.reviews().add(product, Review::new(&fields.author, &fields.text)?);
    Ok(Redirect::to(&format!("/products/{}#reviews", product.id)).into_response())
}

#[derive(Deserialize)]
struct Search {
    q: Option<String>,
}

async fn search(State(store): Shared, visitor: Visitor, Query(Search { q }): Query<Search>) -> Page {
    let query = q.unwrap_or_default();
    let found: Vec<&Product> = if query.is_empty() { Vec::new() } else { catalog::search(&query).collect() };
    visitor.page(&store, "search.html", context! { query, products => Serde(found) })
}

async fn cart(State(store): Shared, visitor: Visitor) -> Page {
    let lines = visitor.cart.lines().map(|(product, quantity)| {
        let cents = product.price_cents.saturating_mul(quantity);
        context! { product => Serde(product), quantity, cents }
    });
    let total = visitor.cart.lines().map(|(product, quantity)| product.price_cents.saturating_mul(quantity));
    let page = context! { lines => lines.collect::<Vec<_>>(), total => total.sum::<u32>() };
    visitor.page(&store, "cart.html", page)
}

#[derive(Deserialize)]
struct CartFields {
    product: String,
    /// How many to add; 0 takes the product out.
    quantity: u32,
}

async fn change_cart(
    State(store): Shared,
    VisitorForm { mut visitor, fields }: VisitorForm<CartFields>,
) -> Page {
    let product = catalog::find(&fields.product).ok_or(Failure::NotFound)?;
    match fields.quantity {
        0 => visitor.cart.remove(product),
        quantity => visitor.cart.add(product, quantity),
    }
    Ok((AppendHeaders(visitor.cookies(store.care)), Redirect::to("/cart")).into_response())
}

async fn login(State(store): Shared, visitor: Visitor) -> Page {
    login_page(&store, &visitor, false)
}

fn login_page(store: &Store, visitor: &Visitor, refused: bool) -> Page {
    visitor.page(store, "login.html", context! { refused, user => DEMO_USER, password => DEMO_PASSWORD })
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
    password: String,
}

async fn sign_in(
    State(store): Shared,
    VisitorForm { mut visitor, fields }: VisitorForm<Credentials>,
) -> Page {
    if !is_account(&fields.user, &fields.password) {
        return Ok((StatusCode::UNAUTHORIZED, login_page(&store, &visitor, true)?).into_response());
    }
    replace_session(&store, &mut visitor, true)?;
    Ok((AppendHeaders(visitor.cookies(store.care)), Redirect::to("/account")).into_response())
}

#[derive(Deserialize)]
struct NoFields {}

async fn sign_out(State(store): Shared, VisitorForm { mut visitor, .. }: VisitorForm<NoFields>) -> Page {
    replace_session(&store, &mut visitor, false)?;
    Ok((AppendHeaders(visitor.cookies(store.care)), Redirect::to("/")).into_response())
}

/// A new id at every change of rights, so that one learnt before is worth nothing after.
fn replace_session(store: &Store, visitor: &mut Visitor, signed_in: bool) -> Result<(), Failure> {
    let mut sessions = store.sessions();
    let session = sessions.open(signed_in)?;
    sessions.close(&visitor.session.id);
    visitor.session = session;
    Ok(())
}

async fn account(State(store): Shared, visitor: Visitor) -> Page {
    if !visitor.session.signed_in {
        return Ok(Redirect::to("/login").into_response());
    }
    visitor.page(&store, "account.html", context! { user => DEMO_USER })
}

async fn about(State(store): Shared, visitor: Visitor) -> Page {
    visitor.page(&store, "about.html", context! {})
}

/// Whatever has no route.
pub(crate) async fn missing() -> Failure {
    Failure::NotFound
}
