//! Regular expressions, of which the fake understands no more than is used to name addresses.

/// What stands behind an address in an expression for all that belongs to its site.
const OF_A_SITE: &str = "(?:[/?#].*)?";

/// Whether an expression is all of an address. Understands literal text between `\Q` and `\E`, alone or with
/// `(?:[/?#].*)?` behind it; whatever else stands there is taken for `.*`. Without `\Q`, all is literal but `.*` at the end.
pub(super) fn matches(expression: &str, url: &str) -> bool {
    let (literal, rest) = parts(expression);
    url.strip_prefix(literal).is_some_and(|behind| match rest {
        "" => behind.is_empty(),
        OF_A_SITE => behind.is_empty() || behind.starts_with(['/', '?', '#']),
        _ => true,
    })
}

/// Whether an expression is somewhere in an address. What may be empty is not looked for.
pub(super) fn is_in(expression: &str, url: &str) -> bool {
    url.contains(parts(expression).0)
}

fn parts(expression: &str) -> (&str, &str) {
    let quoted = expression.strip_prefix(r"\Q").and_then(|rest| rest.split_once(r"\E"));
    quoted
        .unwrap_or_else(|| expression.strip_suffix(".*").map_or((expression, ""), |literal| (literal, ".*")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_literal_text_with_something_behind() {
        assert!(matches(r"\Qhttp://a.test\E.*", "http://a.test/x"));
        assert!(!matches(r"\Qhttp://a.test\E", "http://a.test/x"));
        assert!(matches("http://a.test/.*", "http://a.test/x"));
        assert!(!matches(r"\Qhttp://b.test\E.*", "http://a.test/x"));
        let site = r"\Qhttp://a.test\E(?:[/?#].*)?";
        assert!(matches(site, "http://a.test"));
        assert!(matches(site, "http://a.test?x"));
        assert!(!matches(site, "http://a.test:8080/"));
    }

    #[test]
    fn a_search_finds_what_is_in_the_middle() {
        assert!(is_in(r"\Qa.test\E(?:[/?#].*)?", "http://a.test:8080/"));
        assert!(!is_in("/login", "http://a.test/"));
    }
}
