//! 10038: no Content Security Policy, or one that browsers do not apply.

use dast_policy::{Confidence, Severity};

use crate::passive::exchange::Exchange;
use crate::passive::rule::{Alert, Hit, Rule};

pub(super) static RULE: Rule = Rule { id: "10038", alerts: &[&NOT_SET, &OBSOLETE, &REPORT_ONLY], check };

static NOT_SET: Alert = Alert {
    reference: "10038-1",
    name: "Content Security Policy (CSP) Header Not Set",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(693),
    wasc: Some(15),
    description: "The page does not say which scripts, styles and frames belong to it. Whatever an attacker manages \
                  to inject will run.",
    solution: "Send a `Content-Security-Policy` header with every page; begin with `default-src 'self'`.",
    references: REFERENCES,
};

static OBSOLETE: Alert = Alert {
    reference: "10038-2",
    name: "Obsolete Content Security Policy (CSP) Header Found",
    severity: Severity::Informational,
    confidence: Confidence::High,
    cwe: Some(693),
    wasc: Some(15),
    description: "The page sends its policy under a name from before the standard. Today's browsers ignore it.",
    solution: "Send the policy as `Content-Security-Policy` and drop the old headers.",
    references: REFERENCES,
};

static REPORT_ONLY: Alert = Alert {
    reference: "10038-3",
    name: "Content Security Policy (CSP) Report-Only Header Found",
    severity: Severity::Informational,
    confidence: Confidence::High,
    cwe: Some(693),
    wasc: Some(15),
    description: "The page has a policy on trial: browsers report what violates it, and do it all the same.",
    solution: "Once the reports are clean, send the policy as `Content-Security-Policy`.",
    references: REFERENCES,
};

const REFERENCES: &[&str] =
    &["https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP", "https://www.w3.org/TR/CSP3/"];

fn check(exchange: &Exchange) -> Vec<Hit> {
    if !exchange.is_html() || exchange.is_redirect() {
        return Vec::new();
    }
    let has = |name| exchange.headers().has(name);
    let mut hits = Vec::new();
    if !has("content-security-policy") && !is_set_by_meta(exchange) {
        hits.push(NOT_SET.hit());
    }
    if has("x-content-security-policy") || has("x-webkit-csp") {
        hits.push(OBSOLETE.hit());
    }
    if has("content-security-policy-report-only") {
        hits.push(REPORT_ONLY.hit());
    }
    hits
}

fn is_set_by_meta(exchange: &Exchange) -> bool {
    let metas = exchange.document().written_tags("meta");
    let mut kinds = metas.iter().filter_map(|meta| meta.attribute("http-equiv"));
    kinds.any(|kind| kind.eq_ignore_ascii_case("content-security-policy"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passive::rules::testing::{exchange, hits, references};

    const HTML: (&str, &str) = ("Content-Type", "text/html");

    #[test]
    fn a_page_needs_a_policy_even_if_it_is_an_error() {
        assert_eq!(references(&RULE, &[HTML], ""), ["10038-1"]);
        assert_eq!(hits(&RULE, &exchange("GET http://shop.test/", 500, &[HTML], "x")).len(), 1);
        assert!(hits(&RULE, &exchange("GET http://shop.test/", 301, &[HTML], "x")).is_empty());
        assert!(references(&RULE, &[("Content-Type", "application/json")], "{}").is_empty());
    }

    #[test]
    fn a_header_or_a_meta_tag_is_a_policy() {
        assert!(references(&RULE, &[HTML, ("content-security-policy", "")], "").is_empty());
        assert!(references(&RULE, &[HTML], "<META Http-Equiv=content-security-policy>").is_empty());
        assert_eq!(
            references(&RULE, &[HTML], "<!--<meta http-equiv=Content-Security-Policy>-->"),
            ["10038-1"]
        );
    }

    #[test]
    fn headers_that_do_not_protect_are_told_apart() {
        let headers = [HTML, ("X-WebKit-CSP", "x"), ("Content-Security-Policy-Report-Only", "x")];
        assert_eq!(references(&RULE, &headers, ""), ["10038-1", "10038-2", "10038-3"]);
    }
}
