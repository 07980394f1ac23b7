//! Sites, by the addresses of their pages.

use url::Url;

/// Scheme, host and port, as ZAP writes a site: without the port that is usual.
pub(super) fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(Url::has_host)?;
    Some(url.origin().ascii_serialization())
}

pub(super) fn same_origin(one: &str, other: &str) -> bool {
    origin(one).is_some_and(|found| Some(found) == origin(other))
}
