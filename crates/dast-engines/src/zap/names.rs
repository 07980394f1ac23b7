//! How things that are made for a scan are called in ZAP.

use dast_policy::Origin;
use dast_zap_client::watch::SessionMarker;

/// What all names begin with.
pub(super) const PREFIX: &str = "dast";

/// What contexts of scans of an origin are called, before their mark.
pub(super) fn prefix(origin: &Origin) -> String {
    format!("{PREFIX} {origin} ")
}

/// The mark in the name of something of ours.
pub(super) fn mark(name: &str) -> Option<&str> {
    let words = name.strip_prefix(PREFIX)?.strip_prefix(' ')?;
    words.split(' ').find(|word| word.starts_with(SessionMarker::PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_mark_is_ours() {
        assert_eq!(mark("dast http://shop.test session-marker-1f 0"), Some("session-marker-1f"));
        assert_eq!(mark("dast session-marker-1f"), Some("session-marker-1f"));
        for other in ["session-marker-1f", "dast", "dast of mine", "daster session-marker-1f"] {
            assert_eq!(mark(other), None, "{other}");
        }
    }
}
