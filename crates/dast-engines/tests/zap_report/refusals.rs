//! What is no report, or not the whole of one.

use std::fmt::Write;

use dast_engines::zap::report::{ReportError, ZapReport};
use serde_json::json;

use crate::report::{PLAIN_XML, SAMPLES, changed, error, parse, site, with};

#[test]
fn values_that_do_not_parse_say_what_is_accepted() {
    for (field, value) in [
        ("riskcode", json!("4")),
        ("riskcode", json!("High")),
        ("riskcode", json!("")),
        ("riskcode", json!(2.0)),
        ("riskcode", json!(-1)),
        ("confidence", json!("5")),
        ("confidence", json!(null)),
        ("count", json!("-1")),
        ("count", json!("1.5")),
        ("count", json!("many")),
        ("count", json!("18446744073709551616")),
        ("systemic", json!("yes")),
        ("cweid", json!("CWE-79")),
        ("wascid", json!("99999999999")),
        ("alertRef", json!("10038-1")),
    ] {
        let error = error(with(field, value));
        let ReportError::Field(problem) = &error else { panic!("{error}") };
        assert_eq!(problem.path(), format!("site[0].alerts[0].{field}"));
        assert!(!problem.accepted().is_empty() && error.to_string().contains(problem.accepted()));
    }
    assert_eq!(
        error(with("riskcode", json!(9))).to_string(),
        "`site[0].alerts[0].riskcode`: `9` is not accepted: expected 0, 1, 2 or 3"
    );
    assert!(matches!(error(with("pluginid", json!("<script>"))), ReportError::Field(_)));
    assert!(matches!(error(changed("/@version", "".into())), ReportError::Field(_)));
}

#[test]
fn what_is_no_report_is_refused() {
    let cases: [(&[u8], &str); 18] = [
        (b"", "not-a-report"),
        (b"  \n", "not-a-report"),
        (b"[]", "not-a-report"),
        (b"null", "not-a-report"),
        (b"{}", "not-a-report"),
        (br#"{"alerts": []}"#, "not-a-report"),
        (br#"{"@version": "2.17.0"}"#, "not-a-report"),
        (br#"{"@version": "2.17.0", "site": []}"#, "not-a-report"),
        (br#"{"site": [{"@name": "http://a", "alerts": []}]}"#, "not-a-report"),
        (br#"{"@version": "2.17.0", "site": [{"@name": "http://a"}]}"#, "syntax"),
        (
            br#"{"@version": "2.17.0", "site": [{"@name": "http://a", "alerts": {"alertitem": []}}]}"#,
            "syntax",
        ),
        (br#"{"@version": "2.17.0", "site": [{"@name": "http://a", "alerts": []}]} {}"#, "syntax"),
        (br#"{"@version": "2.17.0", "site": [{"@name": "http://a", "alerts": [], "alerts": []}]}"#, "syntax"),
        (b"<!DOCTYPE html><html></html>", "not-a-report"),
        (br#"<OWASPZAPReport version="2.17.0"></OWASPZAPReport>"#, "not-a-report"),
        (br#"<issues><OWASPZAPReport version="2.17.0"></OWASPZAPReport></issues>"#, "not-a-report"),
        (b"\xff\xfe{\0}\0", "not-a-report"),
        (b"<OWASPZAPReport", "syntax"),
    ];
    for (bytes, category) in cases {
        let error = error(bytes);
        assert_eq!(error.category(), category, "{}: {error}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn marks_and_blanks_before_a_report_do_not_matter() {
    for sample in SAMPLES {
        assert_eq!(parse(&format!("\u{feff}\n {sample}")).sites().len(), parse(sample).sites().len());
    }
}

#[test]
fn half_a_report_is_none() {
    for sample in SAMPLES {
        let whole = sample.trim_end();
        for end in (0..whole.len()).step_by(3).chain([whole.len() - 1]) {
            let half = &whole.as_bytes()[..end];
            assert!(ZapReport::parse(half).is_err(), "{}", String::from_utf8_lossy(half));
        }
    }
}

#[test]
fn two_roots_or_something_after_the_root_hide_nothing() {
    let two = format!("{PLAIN_XML}<OWASPZAPReport version=\"2.17.0\"></OWASPZAPReport>");
    assert_eq!(error(two).category(), "not-a-report");
    let split = PLAIN_XML.replace("</alerts>", "</alerts><alerts></alerts>");
    assert_eq!(error(split).category(), "syntax");
    let parted =
        PLAIN_XML.replace("</site>", "</site><statistics/><site name=\"http://b.test\"><alerts/></site>");
    assert_eq!(error(parted).category(), "syntax");
    let renamed = PLAIN_XML.replace("alerts>", "findings>");
    assert_eq!(error(renamed).category(), "syntax");
}

#[test]
fn entities_are_not_expanded() {
    let mut laughs = String::from("<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"ha\">");
    for (from, to) in ('a'..='y').zip('b'..='z') {
        write!(laughs, "<!ENTITY {to} \"{}\">", format!("&{from};").repeat(10)).unwrap();
    }
    laughs.push_str("<!ENTITY file SYSTEM \"file:///etc/hostname\">]>");
    for entity in ["z", "a", "file"] {
        let report = PLAIN_XML
            .replace("<?xml version=\"1.0\"?>", &laughs)
            .replace("No known token", &format!("&{entity};"));
        let evidence = report.replace("&lt;form", &format!("&{entity};"));
        assert_eq!(error(evidence).category(), "syntax");
        assert_eq!(error(report).category(), "syntax");
    }
}

#[test]
fn what_is_too_deep_or_too_large_is_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(error(with("name", json!("@")).replace("\"@\"", &deep)).category(), "syntax");
    // What is not looked at may be as deep as it likes: it is passed over without descending.
    let passed = site(&with("tags", json!("@")).replace("\"@\"", &deep));
    assert_eq!(passed.findings().len(), 1);
    let deep = format!("{}{}", "<x>".repeat(100_000), "</x>".repeat(100_000));
    assert_eq!(error(PLAIN_XML.replace("<alerts>", &format!("{deep}<alerts>"))).category(), "not-a-report");
    let mut tag = String::new();
    for number in 0..100_000 {
        write!(tag, " a{number}=''").unwrap();
    }
    assert_eq!(error(PLAIN_XML.replace("<site", &format!("<site {tag}"))).category(), "not-a-report");

    let large = vec![b' '; ZapReport::MOST_BYTES + 1];
    assert_eq!(
        error(large).to_string(),
        "a report of 67108865 bytes is too large: at most 67108864 are read"
    );
    let one = r#"{"uri":"http://a"},"#;
    let many = one.repeat(ZapReport::MOST_INSTANCES) + one.trim_end_matches(',');
    let many = with("instances", json!("@")).replace("\"@\"", &format!("[{many}]"));
    assert_eq!(error(many).category(), "too-large");
}
