//! Addresses to listen at, as people write them.

use std::borrow::Cow;

/// An address with a host: `:8080`, as programs in Go take it, is a port of all addresses of version 4 and 6.
///
/// ```
/// use dast_runtime::address::complete;
///
/// assert_eq!(complete(":8080"), "[::]:8080");
/// assert_eq!(complete("127.0.0.1:8080"), "127.0.0.1:8080");
/// ```
pub fn complete(address: &str) -> Cow<'_, str> {
    if address.starts_with(':') { format!("[::]{address}").into() } else { address.into() }
}
