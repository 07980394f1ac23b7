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
}
