//! 10021: browsers may guess the type of what is sent.

use dast_policy::{Confidence, Severity};

use crate::passive::exchange::Exchange;
use crate::passive::rule::{Alert, Hit, Rule};

pub(super) static RULE: Rule = Rule { id: "10021", alerts: &[&MISSING], check };

static MISSING: Alert = Alert {
    reference: "10021",
    name: "X-Content-Type-Options Header Missing",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: Some(693),
    wasc: Some(15),
    description: "Nothing keeps browsers from guessing the type of this response from its bytes. What a visitor \
                  uploaded as a picture may then run as a script.",
    solution: "Send `X-Content-Type-Options: nosniff` and a correct `Content-Type` with every response.",
    references: &["https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Content-Type-Options"],
};

const HEADER: &str = "x-content-type-options";

fn check(exchange: &Exchange) -> Vec<Hit> {
    if exchange.is_empty() || !exchange.is_success() {
        return Vec::new();
    }
    if !exchange.headers().has(HEADER) {
        return vec![MISSING.hit().param(HEADER)];
    }
    let wrong = exchange.headers().all(HEADER).filter(|value| !value.to_lowercase().contains("nosniff"));
    wrong.map(|value| MISSING.hit().param(HEADER).evidence(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passive::rules::testing::{exchange, hits, references};

    #[test]
    fn a_body_without_the_header_is_reported() {
        assert_eq!(references(&RULE, &[], "x"), ["10021"]);
        assert!(references(&RULE, &[], "").is_empty());
        assert!(hits(&RULE, &exchange("GET http://shop.test/", 404, &[], "x")).is_empty());
    }

    #[test]
    fn every_other_value_is_reported() {
        let headers = [("X-Content-Type-Options", "NoSniff"), ("x-content-type-options", "sniff")];
        let hits = hits(&RULE, &exchange("GET http://shop.test/", 200, &headers, "x"));
        assert_eq!(hits, [("10021".into(), HEADER.into(), "sniff".into())]);
    }
}
