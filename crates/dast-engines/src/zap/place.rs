//! Addresses of a target, in the form in which ZAP is told of them.

use dast_core::origin_of;
use dast_policy::{Cause, Origin};
use dast_zap_client::Url;

use super::failure::{Shortfall, told};

/// The root of an origin as a URL.
pub(super) fn root(origin: &Origin) -> Result<Url, Shortfall> {
    Url::parse(&format!("{origin}/")).map_err(|error| Shortfall::new(Cause::EngineError, told(&error)))
}

/// A URL, or a path of the target. Other origins are refused: whoever names them could have ZAP ask anybody, and send a
/// password there.
pub(super) fn within(origin: &Origin, url: &str) -> Result<Url, Shortfall> {
    let refused = |why: String| Shortfall::new(Cause::EngineError, format!("cannot use `{url}`: {why}"));
    let joined = root(origin)?.join(url).map_err(|error| refused(error.to_string()))?;
    match origin_of(&joined) {
        Some(found) if found == *origin => Ok(joined),
        _ => Err(refused(format!("it is not of `{origin}`"))),
    }
}

/// Whether a text is a URL of the origin. ZAP compares the beginnings of texts, so that there may be others among what it
/// lists.
pub(super) fn is_of(url: &str, origin: &Origin) -> bool {
    Url::parse(url).ok().and_then(|url| origin_of(&url)).as_ref() == Some(origin)
}

/// A regular expression of Java for the URLs of an origin, and of no other whose text begins alike. ZAP leaves out
/// default ports, and the slash of a root.
pub(super) fn pattern(origin: &Origin) -> String {
    format!(r"\Q{origin}\E(?:[/?#].*)?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_of_the_target_and_other_origins_are_refused() {
        let origin: Origin = "http://shop.test:8080".parse().unwrap();
        assert_eq!(within(&origin, "/login").unwrap().as_str(), "http://shop.test:8080/login");
        assert_eq!(within(&origin, "http://shop.test:8080/a").unwrap().path(), "/a");
        for other in
            ["http://shop.test/", "https://shop.test:8080/", "//evil.test/", "javascript:1", "http://"]
        {
            assert!(within(&origin, other).is_err(), "{other}");
        }
    }

    #[test]
    fn an_origin_with_a_text_that_begins_alike_is_another() {
        let origin: Origin = "http://shop.test".parse().unwrap();
        assert!(is_of("http://shop.test:80/a", &origin));
        for other in ["http://shop.test:8080/", "http://shop.tester/", "https://shop.test/", "shop.test"] {
            assert!(!is_of(other, &origin), "{other}");
        }
    }

    #[test]
    fn a_pattern_quotes_the_origin_and_leaves_out_default_ports() {
        assert_eq!(pattern(&"http://shop.test:80".parse().unwrap()), r"\Qhttp://shop.test\E(?:[/?#].*)?");
        assert_eq!(pattern(&"http://[::1]:8080".parse().unwrap()), r"\Qhttp://[::1]:8080\E(?:[/?#].*)?");
    }
}
