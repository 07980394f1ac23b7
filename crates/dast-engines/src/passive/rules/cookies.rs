//! 10010, 10011, 10054: cookies without the attributes that protect them.

use dast_policy::{Confidence, Severity};
use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;

use crate::passive::exchange::Exchange;
use crate::passive::rule::{Alert, Hit, Rule};

pub(super) static HTTP_ONLY: Rule = Rule { id: "10010", alerts: &[&NO_HTTP_ONLY], check: check_http_only };
pub(super) static SECURE: Rule = Rule { id: "10011", alerts: &[&NO_SECURE], check: check_secure };
pub(super) static SAME_SITE: Rule = Rule {
    id: "10054",
    alerts: &[&NO_SAME_SITE, &SAME_SITE_NONE, &SAME_SITE_INVALID],
    check: check_same_site,
};

static NO_HTTP_ONLY: Alert = Alert {
    reference: "10010",
    name: "Cookie No HttpOnly Flag",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: Some(1004),
    wasc: Some(13),
    description: "Scripts can read this cookie. A script that an attacker managed to inject can send it away, and \
                  with it perhaps the session.",
    solution: "Set `HttpOnly` on every cookie that no script of the page needs.",
    references: REFERENCES,
};

static NO_SECURE: Alert = Alert {
    reference: "10011",
    name: "Cookie Without Secure Flag",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: Some(614),
    wasc: Some(13),
    description: "The cookie was set over TLS, but browsers will send it over plain HTTP too, where anybody on the \
                  way can read it.",
    solution: "Set `Secure` on every cookie of a site that is served over TLS.",
    references: REFERENCES,
};

static NO_SAME_SITE: Alert = Alert {
    reference: "10054-1",
    name: "Cookie without SameSite Attribute",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: Some(1275),
    wasc: Some(13),
    description: "The cookie does not say whether it goes along with requests that other sites cause. Not every \
                  browser takes that for a no.",
    solution: "Set `SameSite=Lax`, or `Strict` where no other site needs to link to what the cookie opens.",
    references: REFERENCES,
};

static SAME_SITE_NONE: Alert = Alert {
    reference: "10054-2",
    name: "Cookie with SameSite Attribute None",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: Some(1275),
    wasc: Some(13),
    description: "The cookie goes along with requests that any other site causes, which cross-site request forgery \
                  lives on.",
    solution: "Set `SameSite=Lax` or `Strict` unless other sites must embed this one; then protect what changes \
               something with tokens.",
    references: REFERENCES,
};

static SAME_SITE_INVALID: Alert = Alert {
    reference: "10054-3",
    name: "Cookie with Invalid SameSite Attribute",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    cwe: Some(1275),
    wasc: Some(13),
    description: "Browsers do not know the value of the cookie's `SameSite` attribute and act as if it were absent.",
    solution: "Set `SameSite` to `Strict`, `Lax` or `None`.",
    references: REFERENCES,
};

const REFERENCES: &[&str] = &[
    "https://developer.mozilla.org/docs/Web/HTTP/Guides/Cookies",
    "https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html",
];

fn check_http_only(exchange: &Exchange) -> Vec<Hit> {
    let unprotected = cookies(exchange).filter(|cookie| !cookie.has("httponly"));
    unprotected.map(|cookie| cookie.hit(&NO_HTTP_ONLY)).collect()
}

fn check_secure(exchange: &Exchange) -> Vec<Hit> {
    let unprotected = cookies(exchange).filter(|cookie| exchange.is_https() && !cookie.has("secure"));
    unprotected.map(|cookie| cookie.hit(&NO_SECURE)).collect()
}

fn check_same_site(exchange: &Exchange) -> Vec<Hit> {
    let problem = |cookie: &Cookie<'_>| match cookie.value("samesite").map(str::to_lowercase).as_deref() {
        None => Some(&NO_SAME_SITE),
        Some("none") => Some(&SAME_SITE_NONE),
        Some("strict" | "lax") => None,
        Some(_) => Some(&SAME_SITE_INVALID),
    };
    cookies(exchange).filter_map(|cookie| problem(&cookie).map(|alert| cookie.hit(alert))).collect()
}

/// The cookies that the response sets. One that it deletes by an expiry in the past is none; nor is one with an
/// expiry that cannot be read. Max-Age is not looked at.
fn cookies(exchange: &Exchange) -> impl Iterator<Item = Cookie<'_>> {
    let headers = exchange.headers();
    let fields = headers.fields("set-cookie").chain(headers.fields("set-cookie2"));
    let is_expired = |cookie: &Cookie<'_>| {
        cookie
            .value("expires")
            .is_some_and(|date| parse_date(date).is_none_or(|date| date < exchange.received()))
    };
    fields.map(|(header, value)| Cookie { header, value }).filter(move |cookie| !is_expired(cookie))
}

/// One field that sets a cookie.
struct Cookie<'a> {
    header: &'a str,
    value: &'a str,
}

impl Cookie<'_> {
    /// Empty if the cookie has none.
    fn name(&self) -> &str {
        let first = self.value.split(';').next().unwrap_or_default();
        first.split_once('=').map_or("", |(name, _)| name).trim()
    }

    /// The attributes: names, and what follows `=`.
    fn attributes(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.value.split(';').skip(1).map(|part| match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (part.trim(), None),
        })
    }

    fn has(&self, attribute: &str) -> bool {
        self.attributes().any(|(name, _)| name.eq_ignore_ascii_case(attribute))
    }

    /// The first value of an attribute; without `=` it has none.
    fn value(&self, attribute: &str) -> Option<&str> {
        self.attributes().find_map(|(name, value)| value.filter(|_| name.eq_ignore_ascii_case(attribute)))
    }

    fn hit(&self, alert: &'static Alert) -> Hit {
        alert.hit().param(self.name()).evidence(self.evidence())
    }

    /// The header line up to the first place where the name stands, as ZAP cuts it: that is never behind the name
    /// itself, so that no cookie's value gets into evidence. Of a cookie without name ZAP shows the value; this
    /// does not.
    fn evidence(&self) -> String {
        if self.value.is_empty() {
            return String::new();
        }
        let line = format!("{}: {}", self.header, self.value);
        let name = self.name();
        if name.is_empty() {
            let mark = if self.value.starts_with('=') { " =" } else { "" };
            return format!("{}:{mark}", self.header);
        }
        let end = line.find(name).map(|at| at + name.len());
        end.and_then(|end| line.get(..end)).unwrap_or_default().to_owned()
    }
}

/// Reads a date in one of the forms that HTTP has had (RFC 9110, section 5.6.7, and those of Netscape's cookies).
/// A wrong day of the week makes it none.
fn parse_date(text: &str) -> Option<Timestamp> {
    const FORMS: &[&str] = &[
        "%a, %d %b %Y %H:%M:%S GMT",
        "%d %b %Y %H:%M:%S GMT",
        "%a, %d %b %Y %H:%M:%S +0000",
        "%d %b %Y %H:%M:%S +0000",
        "%a, %d-%b-%Y %H:%M:%S GMT",
        "%a %b %d %H:%M:%S %Y",
    ];
    const SHORT_YEAR: &str = "%A, %d-%b-%y %H:%M:%S GMT";
    let text = text.trim().to_ascii_uppercase();
    let read = |form: &&str| BrokenDownTime::parse(form, &text).ok()?.to_datetime().ok();
    let read_short = || {
        let mut date = BrokenDownTime::parse(SHORT_YEAR, &text).ok()?;
        // ZAP takes two digits for a year of this century, whatever they are.
        date.set_year(date.year().map(|year| 2000 + year.rem_euclid(100))).ok()?;
        date.to_datetime().ok()
    };
    let date = FORMS.iter().find_map(read).or_else(read_short)?;
    Offset::UTC.to_timestamp(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passive::rules::testing::{NOW, exchange, hits, references};

    fn reported(rule: &Rule, cookie: &str) -> Vec<String> {
        references(rule, &[("Set-Cookie", cookie)], "")
    }

    #[test]
    fn a_cookie_without_protection_is_reported_by_its_name() {
        let exchange = exchange("GET https://shop.test/", 404, &[("set-cookie", "sid=abc; Path=/")], "");
        let line = || "set-cookie: sid".to_owned();
        assert_eq!(hits(&HTTP_ONLY, &exchange), [("10010".into(), "sid".into(), line())]);
        assert_eq!(hits(&SECURE, &exchange), [("10011".into(), "sid".into(), line())]);
        assert_eq!(hits(&SAME_SITE, &exchange), [("10054-1".into(), "sid".into(), line())]);
    }

    #[test]
    fn a_protected_cookie_is_not_reported() {
        for rule in [&HTTP_ONLY, &SECURE, &SAME_SITE] {
            assert!(reported(rule, "a=b ;HTTPONLY; secure=x ; SameSite = LAX").is_empty());
            assert!(!reported(rule, "HttpOnly=1; Path=/").is_empty());
        }
        let plain = exchange("GET http://shop.test/", 200, &[("Set-Cookie", "a=b")], "");
        assert!(hits(&SECURE, &plain).is_empty());
    }

    #[test]
    fn cookies_of_the_old_kind_come_last() {
        let headers = [("Set-Cookie2", "b=1"), ("Set-Cookie", "a=1")];
        let hits = hits(&HTTP_ONLY, &exchange("GET http://shop.test/", 200, &headers, ""));
        let names: Vec<_> = hits.iter().map(|(_, name, _)| &**name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn same_site_is_none_wrong_or_missing() {
        assert_eq!(reported(&SAME_SITE, "a=b; samesite=NONE"), ["10054-2"]);
        assert_eq!(reported(&SAME_SITE, "a=b; SameSite; SameSite=\"Lax\""), ["10054-3"]);
        assert_eq!(reported(&SAME_SITE, "a=b; SameSite="), ["10054-3"]);
        assert_eq!(reported(&SAME_SITE, "a=b; SameSite"), ["10054-1"]);
    }

    #[test]
    fn no_value_of_a_cookie_is_ever_shown() {
        for (cookie, evidence) in [
            ("sid=secret", "Set-Cookie: sid"),
            ("e=secret", "Se"),
            ("=secret; Path=/", "Set-Cookie: ="),
            ("secret; Path=/", "Set-Cookie:"),
            (" =secret", "Set-Cookie: ="),
            ("", ""),
        ] {
            let exchange = exchange("GET http://shop.test/", 200, &[("Set-Cookie", cookie)], "");
            assert_eq!(hits(&HTTP_ONLY, &exchange)[0].2, evidence, "{cookie}");
        }
    }

    #[test]
    fn an_expired_cookie_is_none() {
        assert!(reported(&HTTP_ONLY, "a=b; Expires=Mon, 01 Jun 2026 11:59:59 GMT").is_empty());
        assert_eq!(reported(&HTTP_ONLY, "a=b; expires=Mon, 01 Jun 2026 12:00:01 GMT").len(), 1);
        assert_eq!(reported(&HTTP_ONLY, "a=b; Expires; Max-Age=-1").len(), 1);
        assert!(reported(&HTTP_ONLY, "a=b; Expires=").is_empty());
    }

    #[test]
    fn dates_are_read_in_all_forms_and_no_other() {
        for date in [
            "Mon, 01 Jun 2026 12:00:00 GMT",
            " mon, 1 jun 2026 12:00:00 gmt ",
            "01 Jun 2026 12:00:00 GMT",
            "Mon, 01 Jun 2026 12:00:00 +0000",
            "Mon, 01-Jun-2026 12:00:00 GMT",
            "Monday, 01-Jun-26 12:00:00 GMT",
            "Mon Jun  1 12:00:00 2026",
            "Mon Jun 1 12:00:00 2026",
        ] {
            assert_eq!(parse_date(date), Some(NOW.parse().unwrap()), "{date}");
        }
        for date in [
            "",
            "0",
            "tomorrow",
            "Tue, 01 Jun 2026 12:00:00 GMT",
            "Mon, 01 Jun 2026 12:00:00 UTC",
            "Mon, 31 Jun 2026 12:00:00 GMT",
            "Mon, 01 Jun 2026 12:00:00",
            "2026-06-01T12:00:00Z",
        ] {
            assert_eq!(parse_date(date), None, "{date}");
        }
    }
}
