#![doc = include_str!("../README.md")]

mod api;
mod assets;
mod cart;
mod catalog;
mod failure;
mod headers;
mod host;
mod hostile;
mod pages;
mod reviews;
mod server;
mod sessions;
mod store;
mod templates;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;

pub use self::host::only_for;
pub use self::hostile::{astray, hostile};
pub use self::server::Shop;
pub use self::sessions::{DEMO_PASSWORD, DEMO_USER};

use self::store::Store;

/// The largest request body that is read, in bytes: the longest review, percent-encoded, with room to spare.
const BODY_LIMIT: usize = 8 * 1024;

/// How carefully the shop was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Care {
    /// Weak on purpose: no protective headers, bare cookies, forms without a token, two places that do not escape.
    Careless,
    /// The same shop with all of that mended.
    Repaired,
}

/// The whole shop as a router with sessions and reviews of its own.
///
/// Clones of the router share them; another call starts from nothing.
pub fn router(care: Care) -> Router {
    let routes = Router::new()
        .merge(pages::routes())
        .merge(api::routes())
        .merge(assets::routes())
        .fallback(pages::missing)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Arc::new(Store::new(care)));
    // The outermost layer, so that redirects, refusals and missing pages pass through it as well.
    match care {
        Care::Careless => routes.layer(map_response(headers::careless)),
        Care::Repaired => routes.layer(map_response(headers::repaired)),
    }
}
