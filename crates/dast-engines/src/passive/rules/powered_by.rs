//! 10037: the server tells what it is made of.

use dast_policy::{Confidence, Severity};

use crate::passive::exchange::Exchange;
use crate::passive::rule::{Alert, Hit, Rule};

pub(super) static RULE: Rule = Rule { id: "10037", alerts: &[&TOLD], check };

static TOLD: Alert = Alert {
    reference: "10037",
    name: "Server Leaks Information via \"X-Powered-By\" HTTP Response Header Field(s)",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: Some(497),
    wasc: Some(13),
    description: "The response names the framework or language behind it. That spares an attacker the work of \
                  finding out which known weaknesses to try.",
    solution: "Configure the framework, the server or the proxy not to send `X-Powered-By`.",
    references: &["https://owasp.org/www-project-secure-headers/"],
};

const HEADER: &str = "x-powered-by";

fn check(exchange: &Exchange) -> Vec<Hit> {
    if !exchange.headers().has(HEADER) {
        return Vec::new();
    }
    // Other headers whose names begin like it count as soon as it is there.
    let begins =
        |name: &str| name.get(..HEADER.len()).is_some_and(|start| start.eq_ignore_ascii_case(HEADER));
    let mut lines = exchange.headers().iter().filter(|(name, _)| begins(name));
    let evidence = lines.next().map(line).unwrap_or_default();
    let others: Vec<_> = lines.map(line).collect();
    vec![TOLD.hit().evidence(evidence).other(others.join("\n"))]
}

fn line((name, value): (&str, &str)) -> String {
    format!("{name}: {value}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passive::rules::testing::{exchange, hits, references};

    #[test]
    fn the_first_line_whose_name_begins_so_is_shown() {
        let headers = [("X-Powered-By-Plesk", "1"), ("x-powered-by", "PHP/5")];
        let hits = hits(&RULE, &exchange("GET http://shop.test/", 500, &headers, ""));
        assert_eq!(hits, [("10037".into(), String::new(), "X-Powered-By-Plesk: 1".into())]);
    }

    #[test]
    fn without_the_header_itself_nothing_is_reported() {
        assert!(references(&RULE, &[("X-Powered-By-Plesk", "1"), ("X-Powered", "PHP/5")], "").is_empty());
    }
}
