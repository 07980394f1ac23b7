//! The rules, one file each; rules of one family share a file.

mod anti_csrf;
mod clickjacking;
mod content_security_policy;
mod cookies;
mod nosniff;
mod powered_by;

use super::rule::Rule;

/// All rules, in the order in which ZAP runs them.
pub static RULES: &[&Rule] = &[
    &clickjacking::RULE,
    &content_security_policy::RULE,
    &cookies::HTTP_ONLY,
    &cookies::SAME_SITE,
    &cookies::SECURE,
    &anti_csrf::RULE,
    &nosniff::RULE,
    &powered_by::RULE,
];

/// What the tests of rules share.
#[cfg(test)]
pub(in crate::passive) mod testing {
    use jiff::Timestamp;

    use crate::passive::{Exchange, Headers, Request, Response, Rule};

    /// When the exchanges of tests are received.
    pub(in crate::passive) const NOW: &str = "2026-06-01T12:00:00Z";

    /// An exchange; `request` is such as `GET http://shop.test/`.
    pub(in crate::passive) fn exchange(
        request: &str,
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Exchange {
        let (method, url) = request.split_once(' ').unwrap();
        let request = Request { method: method.to_owned(), ..Request::get(url.parse().unwrap()) };
        let response = Response::new(status, "", headers.iter().copied().collect::<Headers>(), body.into());
        let received: Timestamp = NOW.parse().unwrap();
        Exchange::new(request, response, received).unwrap()
    }

    /// What `rule` reports: reference, parameter and evidence of each finding.
    pub(in crate::passive) fn hits(rule: &Rule, exchange: &Exchange) -> Vec<(String, String, String)> {
        let finding = |hit: crate::passive::Hit| hit.into_finding(rule.id, exchange).unwrap();
        let triple = |f: dast_policy::Finding| {
            (f.alert_ref().to_string(), f.param().to_owned(), f.evidence().to_owned())
        };
        (rule.check)(exchange).into_iter().map(finding).map(triple).collect()
    }

    /// What `rule` reports of an answer to `GET https://shop.test/` with status 200: references only.
    pub(in crate::passive) fn references(rule: &Rule, headers: &[(&str, &str)], body: &str) -> Vec<String> {
        let exchange = exchange("GET https://shop.test/", 200, headers, body);
        hits(rule, &exchange).into_iter().map(|(reference, ..)| reference).collect()
    }
}
