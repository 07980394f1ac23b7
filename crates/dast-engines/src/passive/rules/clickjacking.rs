//! 10020: other sites may show the page in a frame.

use dast_policy::{Confidence, Severity};

use crate::passive::exchange::Exchange;
use crate::passive::rule::{Alert, Hit, Rule};

pub(super) static RULE: Rule =
    Rule { id: "10020", alerts: &[&MISSING, &MULTIPLE, &BY_META, &MALFORMED], check };

static MISSING: Alert = Alert {
    reference: "10020-1",
    name: "Missing Anti-clickjacking Header",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    cwe: Some(1021),
    wasc: Some(15),
    description: "Any site may show this page in a frame, lay something else over it, and so make visitors click \
                  what they do not see.",
    solution: "Send `Content-Security-Policy: frame-ancestors 'none'` (or `'self'`), and `X-Frame-Options: DENY` for \
               old browsers.",
    references: REFERENCES,
};

static MULTIPLE: Alert = Alert {
    reference: "10020-2",
    name: "Multiple X-Frame-Options Header Entries",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    cwe: Some(1021),
    wasc: Some(15),
    description: "The response has several `X-Frame-Options` headers. Browsers differ in what they make of that; \
                  some ignore all of them.",
    solution: "Send the header once. It is often added both by the application and by a proxy before it.",
    references: REFERENCES,
};

static BY_META: Alert = Alert {
    reference: "10020-3",
    name: "X-Frame-Options Defined via META (Non-compliant with Spec)",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    cwe: Some(1021),
    wasc: Some(15),
    description: "The page forbids framing in a `meta` tag. Browsers obey this in a header only.",
    solution: "Send `X-Frame-Options` as a header and drop the tag.",
    references: REFERENCES,
};

static MALFORMED: Alert = Alert {
    reference: "10020-4",
    name: "X-Frame-Options Setting Malformed",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    cwe: Some(1021),
    wasc: Some(15),
    description: "The value of `X-Frame-Options` is none that browsers know, so that they ignore it.",
    solution: "Send `DENY` or `SAMEORIGIN`. For anything finer use `frame-ancestors` in a Content Security Policy.",
    references: REFERENCES,
};

const REFERENCES: &[&str] = &[
    "https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Frame-Options",
    "https://cheatsheetseries.owasp.org/cheatsheets/Clickjacking_Defense_Cheat_Sheet.html",
];

const HEADER: &str = "x-frame-options";

fn check(exchange: &Exchange) -> Vec<Hit> {
    let headers = exchange.headers();
    let is_covered = headers.all("content-security-policy").any(|policy| policy.contains("frame-ancestors"));
    if !exchange.is_html() || exchange.is_empty() || !exchange.is_success() || is_covered {
        return Vec::new();
    }
    let mut hits = Vec::new();
    match headers.all(HEADER).count() {
        0 => hits.push(MISSING.hit()),
        1 => {}
        _ => hits.push(MULTIPLE.hit()),
    }
    let is_known =
        |value: &str| ["deny", "sameorigin"].iter().any(|word| value.to_lowercase().contains(word));
    hits.extend(
        headers.all(HEADER).filter(|value| !is_known(value)).map(|value| MALFORMED.hit().evidence(value)),
    );
    hits.extend(meta(exchange).map(|tag| BY_META.hit().evidence(tag)));
    hits.into_iter().map(|hit| hit.param(HEADER)).collect()
}

/// The first `meta` tag that is meant to be the header.
fn meta(exchange: &Exchange) -> Option<String> {
    let page = exchange.document();
    let metas = page.written_tags("meta");
    let is_header = |kind: &str| kind.eq_ignore_ascii_case(HEADER);
    let meta = metas.iter().find(|meta| meta.attribute("http-equiv").is_some_and(is_header));
    meta.map(|meta| page.source_of(meta).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passive::rules::testing::{exchange, hits, references};

    const HTML: (&str, &str) = ("Content-Type", "text/html");

    #[test]
    fn a_page_without_the_header_is_reported() {
        assert_eq!(references(&RULE, &[HTML], "x"), ["10020-1"]);
        assert!(references(&RULE, &[HTML, ("X-FRAME-OPTIONS", "SameOrigin")], "x").is_empty());
        assert!(hits(&RULE, &exchange("GET http://shop.test/", 404, &[HTML], "x")).is_empty());
        assert!(references(&RULE, &[HTML], "").is_empty());
    }

    #[test]
    fn a_policy_on_ancestors_is_enough() {
        let csp = |name| references(&RULE, &[HTML, (name, "frame-ancestors 'none'")], "x").is_empty();
        assert!(csp("content-security-policy"));
        assert!(!csp("content-security-policy-report-only"));
    }

    #[test]
    fn every_unknown_value_and_the_first_meta_tag_are_shown() {
        let headers = [HTML, ("X-Frame-Options", "ALLOW-FROM x"), ("X-Frame-Options", "no")];
        let body =
            "<meta name=x><meta http-equiv=x-frame-options><META HTTP-EQUIV=X-Frame-Options content=deny>";
        let hits = hits(&RULE, &exchange("GET http://shop.test/", 200, &headers, body));
        let told: Vec<_> = hits.iter().map(|(reference, _, evidence)| (&**reference, &**evidence)).collect();
        assert_eq!(
            told,
            [
                ("10020-2", ""),
                ("10020-4", "ALLOW-FROM x"),
                ("10020-4", "no"),
                ("10020-3", "<meta http-equiv=x-frame-options>")
            ]
        );
        assert!(hits.iter().all(|(_, param, _)| param == HEADER));
    }
}
