//! 10202: a form that another site could send.

use dast_policy::{Confidence, Severity};

use crate::passive::document::{Form, Tag};
use crate::passive::exchange::Exchange;
use crate::passive::rule::{Alert, Hit, Rule};

pub(super) static RULE: Rule = Rule { id: "10202", alerts: &[&NO_TOKEN], check };

static NO_TOKEN: Alert = Alert {
    reference: "10202",
    name: "Absence of Anti-CSRF Tokens",
    severity: Severity::Medium,
    confidence: Confidence::Low,
    cwe: Some(352),
    wasc: Some(9),
    description: "The form has no field that looks like an anti-CSRF token. If nothing else proves that a request \
                  comes from the page, any site can have its visitors send the form under their own name.",
    solution: "Use the framework's protection against cross-site request forgery: an unpredictable token in every \
               form that changes something, besides `SameSite` cookies.",
    references: &[
        "https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html",
        "https://cwe.mitre.org/data/definitions/352.html",
    ],
};

/// What the id or name of a field with a token contains, in lower case. ZAP knows fifteen names; each contains one
/// of these, which are among them.
const TOKENS: &[&str] = &["csrf", "_token", "__requestverificationtoken"];

fn check(exchange: &Exchange) -> Vec<Hit> {
    if !exchange.is_html() {
        return Vec::new();
    }
    let page = exchange.document();
    let forms = page.forms();
    let unprotected = forms.iter().zip(1..).filter(|(form, _)| is_unprotected(form));
    let hit = |(form, number): (&Form<'_>, u32)| {
        let fields: Vec<_> = form.inputs.iter().filter_map(|input| name(input)).collect();
        // The number keeps forms apart that look the same.
        let other = format!("Form {number} of the page, with the fields: {}", fields.join(", "));
        NO_TOKEN.hit().evidence(page.source_of(form.tag)).other(other)
    };
    unprotected.map(hit).collect()
}

/// ZAP leaves out forms that stand in no element.
fn is_unprotected(form: &Form<'_>) -> bool {
    !form.is_get() && form.has_parent && !form.inputs.iter().any(|input| is_token(input))
}

fn is_token(input: &Tag) -> bool {
    let marks = ["id", "name"].iter().filter_map(|&mark| input.attribute(mark));
    marks.map(str::to_lowercase).any(|mark| TOKENS.iter().any(|token| mark.contains(token)))
}

fn name(input: &Tag) -> Option<&str> {
    input.attribute("name").or_else(|| input.attribute("id"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passive::rules::testing::{exchange, hits, references};
    use crate::passive::{check as check_all, infos};

    const HTML: (&str, &str) = ("Content-Type", "text/html");

    fn reported(form: &str) -> usize {
        references(&RULE, &[HTML], &format!("<body>{form}</body>")).len()
    }

    #[test]
    fn a_form_without_token_is_shown() {
        let body = "<body><Form method = POST><input name=a></form></body>";
        let hits = hits(&RULE, &exchange("GET http://shop.test/", 302, &[HTML], body));
        assert_eq!(hits, [("10202".into(), String::new(), "<Form method = POST>".into())]);
        assert!(references(&RULE, &[("Content-Type", "text/plain")], body).is_empty());
    }

    #[test]
    fn a_token_is_an_input_with_a_telling_id_or_name() {
        assert_eq!(reported("<form method=post><input ID=my_CSRF_x></form>"), 0);
        assert_eq!(reported("<form method=post><input name=__RequestVerificationToken></form>"), 0);
        assert_eq!(reported("<form method=post><input name=authenticity_token></form>"), 0);
        assert_eq!(reported("<form method=post><input name=xsrf></form>"), 1);
        assert_eq!(reported("<form method=post><button name=csrf></button></form>"), 1);
        assert_eq!(reported("<form method=post></form><input name=csrf>"), 1);
    }

    #[test]
    fn only_a_form_sent_with_get_needs_none() {
        for (form, expected) in [
            ("<form>", 0),
            ("<form method>", 0),
            ("<form method=Get>", 0),
            ("<form method=''>", 1),
            ("<form method=dialog>", 1),
        ] {
            assert_eq!(reported(form), expected, "{form}");
        }
        assert!(references(&RULE, &[HTML], "<p>x</p><form method=post></form>").is_empty());
    }

    #[test]
    fn forms_that_look_the_same_are_told_apart() {
        let body = "<body><form method=post></form><form method=post></form></body>";
        let exchange = exchange("GET http://shop.test/", 200, &[HTML], body);
        let findings = check_all(&exchange);
        assert_eq!(findings.iter().filter(|finding| finding.alert_ref().as_str() == "10202").count(), 2);
        assert!(infos().iter().any(|info| info.alert_ref.as_str() == "10202"));
    }
}
