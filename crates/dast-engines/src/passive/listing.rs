//! Findings without repetitions.

use std::collections::HashSet;

use dast_policy::Finding;
use url::form_urlencoded;

/// Remembers findings, so that repetitions can be left out as ZAP leaves them out of its listings.
///
/// Two findings are the same when they agree in everything but the values in the query and the case of the parameter
/// and of what else the rule has to say.
#[derive(Debug, Default)]
pub struct Listing(HashSet<Vec<String>>);

impl Listing {
    /// Whether `finding` is none of those admitted before; from now on it is one of them.
    pub fn admit(&mut self, finding: &Finding) -> bool {
        self.0.insert(vec![
            finding.alert_ref().as_str().to_owned(),
            finding.severity().to_string(),
            finding.confidence().to_string(),
            finding.name().to_owned(),
            finding.method().to_owned(),
            node(finding.url()),
            finding.param().to_lowercase(),
            finding.other().to_lowercase(),
            finding.evidence().to_owned(),
        ])
    }
}

/// The URL with its query reduced to the names of the parameters, in order.
fn node(url: &str) -> String {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let Some((place, query)) = url.split_once('?') else { return url.to_owned() };
    let mut names: Vec<_> = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    format!("{place}?{}", names.join("&"))
}

#[cfg(test)]
mod tests {
    use dast_policy::{AlertRef, Confidence, Severity};

    use super::*;

    fn at(url: &str) -> Finding {
        let alert_ref = AlertRef::of("10010").unwrap();
        Finding::new(alert_ref, Severity::Low, Confidence::Medium, "GET", url).unwrap()
    }

    #[test]
    fn values_in_the_query_make_no_difference() {
        let mut listing = Listing::default();
        assert!(listing.admit(&at("http://shop.test/a?x=1&y=1")));
        assert!(!listing.admit(&at("http://shop.test/a?y=3&x=2")));
        assert!(listing.admit(&at("http://shop.test/a?x=1")));
        assert!(listing.admit(&at("http://shop.test/b?x=1")));
    }

    #[test]
    fn case_matters_in_evidence_only() {
        let mut listing = Listing::default();
        let finding = || at("http://shop.test/");
        assert!(listing.admit(&finding().with_param("SID").with_other("Form").with_evidence("a")));
        assert!(!listing.admit(&finding().with_param("sid").with_other("form").with_evidence("a")));
        assert!(listing.admit(&finding().with_param("sid").with_other("form").with_evidence("A")));
    }
}
