//! The built-in engine: a crawler that only reads, and passive checks of what a server answers. Rules send nothing.
//!
//! The rules have the ids, names, severities and confidences of ZAP's passive rules and agree with them on the same
//! exchanges, so that policies carry over. How to write one: `docs/adding-a-rule.md`.

mod builder;
mod crawl;
mod document;
mod exchange;
mod limits;
mod listing;
mod rule;
mod rules;
mod scanner;
mod settings;

pub use builder::PassiveScannerBuilder;
pub use document::{Document, Form, Tag};
pub use exchange::{Exchange, Headers, Request, Response};
pub use limits::Limits;
pub use listing::Listing;
pub use rule::{Alert, Hit, Rule};
pub use rules::RULES;
pub use scanner::PassiveScanner;
pub use settings::SettingsError;

use dast_policy::{Finding, RuleInfo};

/// Applies all rules to one exchange, in ZAP's order, and leaves out what repeats within it. A [`Listing`] leaves
/// out what repeats within a whole scan.
///
/// ```
/// use dast_engines::passive::{self, Exchange, Headers, Request, Response};
///
/// let headers = Headers::from_iter([("Set-Cookie", "sid=secret; HttpOnly; SameSite=Lax")]);
/// let response = Response::new(200, "OK", headers, Vec::new());
/// let request = Request::get("https://shop.test/login".parse()?);
/// let exchange = Exchange::new(request, response, jiff::Timestamp::UNIX_EPOCH)?;
///
/// let findings = passive::check(&exchange);
/// assert_eq!(findings.len(), 1);
/// assert_eq!(findings[0].name(), "Cookie Without Secure Flag");
/// assert_eq!(findings[0].evidence(), "Set-Cookie: sid");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(exchange: &Exchange) -> Vec<Finding> {
    let mut listing = Listing::default();
    let hits = RULES.iter().flat_map(|rule| (rule.check)(exchange).into_iter().map(|hit| (rule.id, hit)));
    // Making a finding cannot fail: an exchange has a URL that findings can name, and a test holds every alert's
    // reference against its rule.
    let findings = hits.filter_map(|(id, hit)| hit.into_finding(id, exchange).ok());
    findings.filter(|finding| listing.admit(finding)).collect()
}

/// What all alerts of all rules mean.
pub fn infos() -> Vec<RuleInfo> {
    let alerts = RULES.iter().flat_map(|rule| rule.alerts.iter().map(|alert| alert.info(rule.id)));
    alerts.filter_map(Result::ok).collect()
}

/// The name of the set of rules, such as `builtin-8-0.1.0`: how many there are and the version of this crate.
pub fn rule_set() -> String {
    format!("builtin-{}-{}", RULES.len(), env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passive::rules::testing::exchange;
    use proptest::prelude::*;

    #[test]
    fn every_alert_says_what_it_is_under_a_reference_of_its_rule() {
        let alerts: Vec<_> =
            RULES.iter().flat_map(|rule| rule.alerts.iter().map(move |alert| (rule, alert))).collect();
        let mut references = std::collections::BTreeSet::new();
        for (rule, alert) in &alerts {
            assert!(alert.info(rule.id).is_ok(), "{}", alert.reference);
            assert!(references.insert(alert.reference), "{} twice", alert.reference);
            for text in [alert.name, alert.description, alert.solution] {
                assert!(!text.is_empty() && text.trim() == text, "{}", alert.reference);
            }
            assert!(!alert.references.is_empty(), "{}", alert.reference);
            assert!(alert.references.iter().all(|link| link.starts_with("https://")), "{}", alert.reference);
        }
        assert_eq!(infos().len(), alerts.len());
        assert_eq!(rule_set(), format!("builtin-8-{}", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn what_repeats_in_an_exchange_is_told_once() {
        let twice =
            exchange("GET https://shop.test/", 404, &[("Set-Cookie", "a=1"), ("set-cookie", "a=2")], "");
        let findings = check(&twice);
        let of = |reference: &str| findings.iter().filter(|f| f.alert_ref().as_str() == reference).count();
        // The evidence shows the name of the header as it was sent.
        assert_eq!((of("10010"), of("10011"), of("10054-1")), (2, 2, 2));
        let twice =
            exchange("GET https://shop.test/", 404, &[("Set-Cookie", "a=1"), ("Set-Cookie", "a=2")], "");
        assert_eq!(check(&twice).len(), 3);
    }

    proptest! {
        #[test]
        fn anything_can_be_checked(
            status in 0u16..1000,
            names in proptest::collection::vec("Set-Cookie2?|Content-Type|X-.{0,9}|Content-Security-Policy", 0..5),
            values in proptest::collection::vec(".{0,30}|[a-z]*=.{0,9};.{0,20}|text/html", 0..5),
            body in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let headers: Headers = names.iter().cloned().zip(&values).collect();
            let request = Request::get("https://shop.test/".parse().unwrap());
            let response = Response::new(status, "", headers, body);
            let exchange = Exchange::new(request, response, jiff::Timestamp::UNIX_EPOCH).unwrap();
            for finding in check(&exchange) {
                let body = exchange.text();
                let sent = exchange.headers().iter().map(|(name, value)| format!("{name}: {value}"));
                let mut places = sent.chain([body.to_owned()]);
                prop_assert!(places.any(|place| place.contains(finding.evidence().trim_end())));
            }
            exchange.links();
        }
    }
}
