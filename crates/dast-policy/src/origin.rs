//! Web origins: scheme, host and port.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ValueError;

/// The scheme of a web origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `http`, port 80 unless another is named.
    Http,
    /// `https`, port 443 unless another is named.
    Https,
}

impl Scheme {
    /// The scheme as it stands in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL of this scheme means when it names none (RFC 9110, section 4.2).
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A web origin: scheme, host and port (RFC 6454), compared exactly.
///
/// Parsing takes the canonical form only: lower-case ASCII host, no user, no path. `dast-core` turns what people
/// type into one. The default port is the same origin whether it is named or not.
///
/// ```
/// use dast_policy::Origin;
///
/// let shop: Origin = "http://shop.test:80".parse()?;
/// assert_eq!(shop.to_string(), "http://shop.test");
/// assert_ne!(shop, "http://shop.test:8080".parse()?);
/// assert_ne!(shop, "http://shop.test-b".parse()?);
/// assert!("http://user@shop.test".parse::<Origin>().is_err());
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    /// Shared, since it is handed on with every judgement.
    host: Arc<str>,
    port: u16,
}

const CANONICAL: &str = "an origin such as `https://shop.example` or `http://[::1]:8080`: scheme http or https, \
                         a lower-case ASCII host, a port from 1 to 65535, no user and no path";

impl Origin {
    /// Puts an origin together. `host` is a lower-case ASCII name, an IPv4 address, or an IPv6 address in brackets.
    ///
    /// # Errors
    /// When the host is not canonical or the port is 0.
    pub fn new(scheme: Scheme, host: &str, port: u16) -> Result<Self, ValueError> {
        if port == 0 || !Self::is_host(host) {
            return Err(ValueError::new(format!("{}://{host}:{port}", scheme.as_str()), CANONICAL));
        }
        Ok(Self { scheme, host: host.into(), port })
    }

    /// Whether a text is the canonical form of a host.
    ///
    /// ```
    /// use dast_policy::Origin;
    ///
    /// assert!(Origin::is_host("shop.test") && Origin::is_host("[::1]"));
    /// assert!(!Origin::is_host("Shop.test") && !Origin::is_host("127.1"));
    /// ```
    pub fn is_host(text: &str) -> bool {
        if let Some(v6) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return v6.parse::<Ipv6Addr>().is_ok_and(|address| canonical(address) == v6);
        }
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_');
        let legal = !text.is_empty() && text.len() <= 253 && text.bytes().all(legal);
        legal && (!ends_in_a_number(text) || text.parse::<Ipv4Addr>().is_ok())
    }

    /// The origin that an absolute URL begins with, and what follows it (path, query and fragment).
    ///
    /// ```
    /// use dast_policy::Origin;
    ///
    /// let (origin, rest) = Origin::split("https://shop.test/cart?id=1")?;
    /// assert_eq!((origin.to_string().as_str(), rest), ("https://shop.test", "/cart?id=1"));
    /// # Ok::<(), dast_policy::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// When the URL is relative, has another scheme, names a user, or its host is not canonical.
    pub fn split(url: &str) -> Result<(Self, &str), ValueError> {
        let error = || ValueError::new(url, CANONICAL);
        let (scheme, rest) = if let Some(rest) = url.strip_prefix("https://") {
            (Scheme::Https, rest)
        } else {
            (Scheme::Http, url.strip_prefix("http://").ok_or_else(error)?)
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).ok_or_else(error)?;
        let (host, port) = match authority.rsplit_once(':') {
            // The last colon of a bare IPv6 address is inside its brackets.
            Some((host, port)) if !port.ends_with(']') => {
                let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
                (host, if digits { port.parse().map_err(|_| error())? } else { return Err(error()) })
            }
            _ => (authority, scheme.default_port()),
        };
        Ok((Self::new(scheme, host, port).map_err(|_| error())?, rest))
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host; an IPv6 address stands in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, named or not.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// What ends in a number is an IPv4 address to browsers, however it is spelled, so that only the usual spelling may be
/// taken (<https://url.spec.whatwg.org/#ends-in-a-number-checker>).
fn ends_in_a_number(host: &str) -> bool {
    let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap_or_default();
    let hex = |digits: &str| digits.bytes().all(|b| b.is_ascii_hexdigit());
    last.bytes().all(|b| b.is_ascii_digit()) || last.strip_prefix("0x").is_some_and(hex)
}

/// An IPv6 address as URLs write it: like RFC 5952, but never with an IPv4 address at its end
/// (<https://url.spec.whatwg.org/#concept-ipv6-serializer>).
fn canonical(address: Ipv6Addr) -> String {
    match (address.to_ipv4_mapped(), address.segments()) {
        (Some(_), [.., high, low]) => format!("::ffff:{high:x}:{low:x}"),
        _ => address.to_string(),
    }
}

impl FromStr for Origin {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match Self::split(text)? {
            (origin, "") => Ok(origin),
            _ => Err(ValueError::new(text, CANONICAL)),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port == self.scheme.default_port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_exactly() {
        let parse = |text: &str| text.parse::<Origin>().unwrap();
        assert_eq!(parse("https://a.test:443"), parse("https://a.test"));
        assert_ne!(parse("https://a.test:80"), parse("https://a.test"));
        assert_ne!(parse("http://a.test"), parse("https://a.test"));
        assert_eq!(parse("http://[::1]:8080").host(), "[::1]");
        assert_eq!(parse("http://[::1]").port(), 80);
        assert_eq!(parse("http://[::ffff:7f00:1]").host(), "[::ffff:7f00:1]");
    }

    #[test]
    fn what_is_not_canonical_is_refused() {
        for text in [
            "",
            "shop.test",
            "//shop.test",
            "ftp://shop.test",
            "file:///etc",
            "http://",
            "http://:80",
            "http://a:0",
            "http://a:65536",
            "http://a:",
            "http://a:+1",
            "http://A.test",
            "http://a@b",
            "http://a:b@c",
            "http://[::1",
            "http://[0::1]",
            "http://127.1",
            "http://9",
            "http://0x7f.1",
            "http://a.1",
            "http://127.0.0.1.",
            "http://[::ffff:127.0.0.1]",
            "http://a/",
            "http://a?x",
            "http://bücher.test",
            "http://a b",
            "HTTP://a",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
