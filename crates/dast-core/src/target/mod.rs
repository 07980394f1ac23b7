//! What is scanned: an origin, and the URLs to begin with.

mod error;

use dast_policy::{Origin, Scheme, ValueError};
use url::Url;

use crate::redact::Redactor;
pub(crate) use error::shown;

pub use error::{TargetError, UrlError};

/// What is scanned: an origin, the URLs to begin with, and a name for people.
///
/// ```
/// use dast_core::Target;
/// use url::Url;
///
/// let shop = Target::parse("HTTP://Shop.Test:80/cart?id=7#top")?;
/// assert_eq!(shop.origin().to_string(), "http://shop.test");
/// assert_eq!(shop.seeds().first().map(Url::as_str), Some("http://shop.test/cart?id=7"));
///
/// assert!(shop.admits(&"http://shop.test/other".parse()?));
/// assert!(!shop.admits(&"http://shop.test:8080/".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    name: String,
    origin: Origin,
    seeds: Vec<Url>,
}

const WEB: &str = "a URL that begins with `http://` or `https://`";

impl Target {
    /// Reads what people type: an absolute `http` or `https` URL, as the WHATWG URL standard understands it, but
    /// without its leniency where two readers may see two hosts (backslashes, line breaks, missing slashes).
    ///
    /// Upper case, default ports, international names and odd forms of IPv4 addresses become canonical. A host with a
    /// dot at its end stays another origin than one without, as it is for browsers. The fragment is dropped; path and
    /// query stay, and the URL is the first seed. It is also the name, without the values of sensitive parameters.
    ///
    /// # Errors
    /// When it is no such URL, names a user, or its host or port cannot be that of an origin.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        let authority = authority(text)?;
        if authority.contains('@') {
            let accepted = "a URL without user and password: use the scanner's authentication options";
            return Err(TargetError::Userinfo(ValueError::new(shown(text), accepted)));
        }
        if authority.is_empty() {
            return Err(TargetError::Host(ValueError::new(shown(text), "a URL with a host")));
        }
        if text.contains(|c: char| c == '\\' || c.is_ascii_control()) {
            return Err(TargetError::syntax(text, None));
        }
        let mut url = Url::parse(text).map_err(|source| TargetError::syntax(text, Some(source)))?;
        url.set_fragment(None);
        if url.port() == Some(0) {
            return Err(TargetError::Port(ValueError::new(shown(text), "a port from 1 to 65535")));
        }
        let Some(origin) = origin_of(&url) else {
            let accepted =
                "a host name, an IPv4 address, or an IPv6 address that is not a mapped IPv4 address";
            return Err(TargetError::Host(ValueError::new(shown(text), accepted)));
        };
        Ok(Self { name: Redactor::default().url(url.as_str()), origin, seeds: vec![url] })
    }

    /// Sets the name, such as `shop/web:http`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds a URL to begin with; its fragment is dropped.
    ///
    /// # Errors
    /// When it is not of the target's origin.
    pub fn with_seed(mut self, mut url: Url) -> Result<Self, TargetError> {
        if !self.admits(&url) {
            let accepted = format!("a URL of `{}`", self.origin);
            return Err(TargetError::Elsewhere(ValueError::new(shown(url.as_str()), accepted)));
        }
        url.set_fragment(None);
        if !self.seeds.contains(&url) {
            self.seeds.push(url);
        }
        Ok(self)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The URLs to begin with, at least one, all of the origin.
    pub fn seeds(&self) -> &[Url] {
        &self.seeds
    }

    /// Whether a URL is of this target: same scheme, same host, same port, and no user named.
    pub fn admits(&self, url: &Url) -> bool {
        origin_of(url).is_some_and(|origin| origin == self.origin)
    }
}

/// The origin of a URL that may be scanned; `None` for other schemes than `http` and `https`, for URLs that name a
/// user, and for hosts and ports that cannot be part of an [`Origin`].
///
/// ```
/// use dast_core::origin_of;
///
/// let origin = origin_of(&"https://shop.test:443/cart".parse()?);
/// assert_eq!(origin, Some("https://shop.test".parse()?));
/// assert_eq!(origin_of(&"http://shop.test@evil.test/".parse()?), None);
/// assert_eq!(origin_of(&"file:///etc/passwd".parse()?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn origin_of(url: &Url) -> Option<Origin> {
    let scheme = match url.scheme() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = url.host_str()?;
    let labels = host.strip_suffix('.').unwrap_or(host);
    // A name with an empty label can be written, but never found (RFC 1035, section 3.1).
    if !host.starts_with('[') && labels.split('.').any(str::is_empty) {
        return None;
    }
    Origin::new(scheme, host, url.port_or_known_default()?).ok()
}

/// The part between the slashes after the scheme and the path, of a text that begins like a web URL.
fn authority(text: &str) -> Result<&str, TargetError> {
    let missing = || TargetError::Scheme(ValueError::new(shown(text), WEB));
    let (scheme, rest) = text.split_once(':').ok_or_else(missing)?;
    let web = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if web {
        let rest = rest.strip_prefix("//").ok_or_else(missing)?;
        return Ok(rest.split(['/', '?', '#', '\\']).next().unwrap_or_default());
    }
    // `shop.test:8080` and `user:password@host` are no schemes; `ftp:`, `file:` and `javascript:` are.
    let port = rest.starts_with(|c: char| c.is_ascii_digit());
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-');
    if port || rest.contains('@') || scheme.is_empty() || !scheme.bytes().all(legal) {
        return Err(missing());
    }
    Err(TargetError::Scheme(ValueError::new(format!("{scheme}:"), WEB)))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Target {
        Target::parse(text).unwrap()
    }

    #[test]
    fn what_people_type_becomes_canonical() {
        for (text, origin, seed) in [
            ("http://shop.test", "http://shop.test", "http://shop.test/"),
            (" https://shop.test/ \n", "https://shop.test", "https://shop.test/"),
            ("HTTPS://SHOP.Test:443/A", "https://shop.test", "https://shop.test/A"),
            ("http://shop.test:443", "http://shop.test:443", "http://shop.test:443/"),
            ("http://shop.test:/", "http://shop.test", "http://shop.test/"),
            ("http://bücher.test", "http://xn--bcher-kva.test", "http://xn--bcher-kva.test/"),
            ("http://shop.test./", "http://shop.test.", "http://shop.test./"),
            ("http://my_svc.ns.svc:8080", "http://my_svc.ns.svc:8080", "http://my_svc.ns.svc:8080/"),
            ("http://0x7f.1/", "http://127.0.0.1", "http://127.0.0.1/"),
            ("http://2130706433/", "http://127.0.0.1", "http://127.0.0.1/"),
            ("http://127.1:80/", "http://127.0.0.1", "http://127.0.0.1/"),
            ("http://[::1]:8080", "http://[::1]:8080", "http://[::1]:8080/"),
            ("http://[0:0:0:0:0:0:0:1]", "http://[::1]", "http://[::1]/"),
            ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]", "http://[::ffff:7f00:1]/"),
            ("http://[2001:DB8::1]/a", "http://[2001:db8::1]", "http://[2001:db8::1]/a"),
            ("http://a/b/../c?q=1&r#frag", "http://a", "http://a/c?q=1&r"),
            ("http://a/x@y", "http://a", "http://a/x@y"),
        ] {
            let target = parse(text);
            assert_eq!(target.origin().to_string(), origin, "{text}");
            assert_eq!(target.seeds()[0].as_str(), seed, "{text}");
            assert!(target.admits(&target.seeds()[0]), "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused_for_its_reason() {
        for (text, category) in [
            ("", "scheme"),
            ("shop.test", "scheme"),
            ("shop.test/a?b", "scheme"),
            ("localhost:3000", "scheme"),
            ("//shop.test", "scheme"),
            ("http:shop.test", "scheme"),
            ("http:/shop.test", "scheme"),
            ("file:///etc/passwd", "scheme"),
            ("ftp://shop.test", "scheme"),
            ("javascript:alert(1)", "scheme"),
            ("bob:pw@shop.test", "scheme"),
            ("http://bob@shop.test", "userinfo"),
            ("http://bob:pw@shop.test", "userinfo"),
            ("http://@shop.test", "userinfo"),
            ("http://svc@evil", "userinfo"),
            ("http://", "host"),
            ("http:///shop.test", "host"),
            ("http://?a", "host"),
            ("http://.", "host"),
            ("http://a..b", "host"),
            ("http://a!b", "host"),
            ("http://:80", "syntax"),
            ("http://a:65536", "syntax"),
            ("http://a:b", "syntax"),
            ("http://a b/", "syntax"),
            ("http://[fe80::1%25eth0]/", "syntax"),
            ("http://[fe80::1%eth0]/", "syntax"),
            ("http://svc\\@evil/", "syntax"),
            ("http://sv\nc/", "syntax"),
            ("http://sv\tc/", "syntax"),
            ("http://a:0/", "port"),
        ] {
            match Target::parse(text) {
                Err(error) => assert_eq!(error.category(), category, "{text}: {error}"),
                Ok(target) => panic!("{text} became {target:?}"),
            }
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        let say = |text: &str| Target::parse(text).unwrap_err().to_string();
        assert_eq!(say("localhost:3000"), format!("`localhost:3000` is not accepted: expected {WEB}"));
        assert_eq!(say("javascript:alert(1)"), format!("`javascript:` is not accepted: expected {WEB}"));
        let error = say("https://bob:hunter2@shop.test/?q=1");
        assert!(
            error.contains("`https://…@shop.test/`") && error.contains("authentication options"),
            "{error}"
        );
        let error = Target::parse("http://a:b").unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), "invalid port number");
    }

    #[test]
    fn only_the_exact_origin_is_admitted() {
        let admits = |target: &str, url: &str| parse(target).admits(&url.parse().unwrap());
        assert!(admits("http://svc", "http://svc:80/a?b#c"));
        assert!(admits("http://svc", "HTTP://SVC/"));
        for url in [
            "http://svc-b/",
            "http://svc.evil/",
            "http://svc./",
            "http://svc:8080/",
            "https://svc/",
            "https://svc:80/",
            "http://svc@evil/",
            "http://svc:80@evil/",
            "http://evil@svc/",
            "http://:pw@svc/",
            "http://evil/http://svc/",
            "ws://svc/",
            "blob:http://svc/1",
            "data:,http://svc/",
        ] {
            assert!(!admits("http://svc", url), "{url}");
        }
        assert!(!admits("http://svc:8080", "http://svc:80/"));
    }

    #[test]
    fn seeds_are_of_the_origin_and_kept_once() {
        let target = parse("http://svc/a");
        let target = target.with_seed("http://svc/b#x".parse().unwrap()).unwrap();
        let target = target.with_seed("http://svc/b".parse().unwrap()).unwrap();
        let seeds: Vec<_> = target.seeds().iter().map(Url::as_str).collect();
        assert_eq!(seeds, ["http://svc/a", "http://svc/b"]);
        let error = target.with_seed("http://bob:pw@svc/?token=x".parse().unwrap()).unwrap_err();
        assert_eq!(error.category(), "elsewhere");
        assert_eq!(error.to_string(), "`http://…@svc/` is not accepted: expected a URL of `http://svc`");
    }

    #[test]
    fn the_name_is_the_url_without_secrets_unless_another_is_given() {
        let target = parse("http://svc/a?id=1&token=abcd");
        assert_eq!(target.name(), "http://svc/a?id=1&token=REDACTED");
        assert_eq!(target.named("shop/web:http").name(), "shop/web:http");
    }

    proptest! {
        #[test]
        fn any_text_is_a_target_or_an_error(text in "\\PC{0,40}") {
            let _ = Target::parse(&text);
            let _ = Target::parse(&format!("http://{text}"));
        }

        #[test]
        fn a_target_reads_itself_again(host in "[a-z0-9_.-]{1,12}", port in 0_u16.., path in "[ -~]{0,12}") {
            if let Ok(target) = Target::parse(&format!("http://{host}:{port}/{path}")) {
                let again = parse(target.seeds()[0].as_str());
                prop_assert_eq!(&again, &target);
                prop_assert!(again.origin().to_string().parse() == Ok(target.origin().clone()));
            }
        }

        #[test]
        fn no_error_repeats_a_password(
            scheme in "(https?://|ftp://|https?:|)", password in "[A-Z/?#@:\\\\ ]{4,12}", host in "[a-z0-9.\\[\\]: ]{0,8}",
        ) {
            let text = format!("{scheme}bob:{password}@{host}");
            if let Err(error) = Target::parse(&text) {
                // Upper case stands in the password only.
                let told = format!("{error} {:?}", error.source().map(ToString::to_string));
                let told = told.replace("URL", "").replace("IPv", "");
                for piece in password.split(['/', '?', '#', '@', ':', '\\', ' ']) {
                    prop_assert!(piece.is_empty() || !told.split_once(" is not accepted").is_some_and(|(shown, _)| shown.contains(piece)), "{}", told);
                }
            }
        }
    }
}
