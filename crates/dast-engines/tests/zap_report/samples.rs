//! Reports that ZAP wrote, in each of their forms.

use dast_core::Redactor;
use dast_engines::zap::report::{ReportError, ZapReport};
use dast_policy::{Authentication, Cause, Completion, Confidence, Severity, UnknownReason, Verdict};
use serde_json::{Value, json};

use crate::report::{
    CONVERTED, IPV6, LENIENT, PLAIN_XML, PLUS, PLUS_XML, SYSTEMIC, VOUCHED, alert, changed, error, evidence,
    judge, parse, report, rows, site,
};

#[test]
fn json_of_today() {
    let report = parse(SYSTEMIC);
    assert_eq!(report.version(), "2.17.0");
    assert_eq!(report.generated(), Some("2026-03-02T09:15:00.123456789Z".parse().unwrap()));
    let [shop, admin] = report.sites() else { panic!("two sites") };
    assert_eq!(
        (shop.origin().to_string().as_str(), admin.origin().to_string().as_str()),
        ("http://shop.test", "http://shop.test:8080")
    );
    assert_eq!((shop.findings().len(), shop.unlisted(), shop.systemic(), shop.pages()), (4, 0, 1, 3));
    assert_eq!(
        rows(&evidence(shop, &VOUCHED)),
        [
            ("10038-1".into(), Severity::Medium, Confidence::High, 2),
            ("10021".into(), Severity::Low, Confidence::Medium, 2)
        ]
    );
    let csp = &shop.rules()[0];
    assert_eq!(
        csp.description,
        "Nothing says what the page may load.\nSo it may load <b>anything</b> & more."
    );
    assert_eq!(csp.solution, "Send the header.");
    assert_eq!(csp.references, ["https://docs.test/csp", "https://docs.test/more"]);
    let finding = &shop.findings()[1];
    assert_eq!((finding.name(), finding.method()), ("Content Security Policy (CSP) Header Not Set", "GET"));
    assert_eq!((finding.url(), finding.path()), ("http://shop.test/cart?id=7", "/cart"));
    assert_eq!((finding.cwe_id(), finding.wasc_id()), (Some(693), Some(15)));
}

#[test]
fn what_zap_lists_for_a_name_that_only_begins_alike_is_told_and_kept() {
    let report = parse(SYSTEMIC);
    let [shop, admin] = report.sites() else { panic!("two sites") };
    assert_eq!((shop.astray(), shop.problems().len()), (1, 1));
    let problem = &shop.problems()[0];
    assert_eq!(problem.path(), "site[0].alerts[1].instances[1].uri");
    assert_eq!(problem.value(), "http://shop.test:8080/admin");
    assert_eq!(problem.accepted(), "a URL at `http://shop.test`");
    let evidence_of_shop = evidence(shop, &VOUCHED);
    let Completion::Incomplete { cause: Cause::EngineError, detail } = &evidence_of_shop.scan().completion
    else {
        panic!("{:?}", evidence_of_shop.scan().completion)
    };
    assert_eq!(detail, "instances that are not at this site: 1");
    assert_eq!(judge(&evidence_of_shop, LENIENT).verdict(), Verdict::Unknown(UnknownReason::Inconclusive));
    // They are not lost: a limit that they break is broken.
    let strict = r#"{"thresholds": {"instances": {"low": {"fail": 1}}}}"#;
    assert_eq!(judge(&evidence_of_shop, strict).verdict(), Verdict::Fail);
    assert_eq!((admin.astray(), judge(&evidence(admin, &VOUCHED), strict).verdict()), (0, Verdict::Pass));
}

#[test]
fn json_with_requests_and_responses() {
    let site = site(PLUS);
    assert_eq!((site.origin().port(), site.findings().len(), site.unlisted()), (8443, 2, 5));
    let injected = evidence(&site, &VOUCHED);
    assert_eq!(
        rows(&injected),
        [
            ("40018".into(), Severity::High, Confidence::Medium, 5),
            ("10096".into(), Severity::Low, Confidence::FalsePositive, 1),
            ("-1".into(), Severity::Informational, Confidence::Confirmed, 1),
        ]
    );
    // False positives never count.
    assert_eq!(injected.instances(), 6);
    let scan = injected.scan();
    assert_eq!((scan.engine.name.as_str(), scan.engine.version.as_str()), ("zap", "2.14.0"));
    assert!(scan.engine.rule_set.starts_with("imported") && !scan.engine.passive);
    assert_eq!((scan.profile.name.as_str(), scan.profile.hash.len()), ("import", 64));
    assert_eq!((scan.started, scan.authentication), (scan.ended, Authentication::Held));
    // The report names no time zone.
    assert_eq!(scan.ended, "2024-07-03T20:11:12Z".parse().unwrap());
    assert_eq!((site.rules()[2].name.as_str(), site.findings()[1].cwe_id()), ("Seen by a person", None));
    assert_eq!(site.findings()[1].url(), "https://shop.test:8443/a%20b");
    assert_eq!(site.astray(), 0);
}

#[test]
fn secrets_do_not_get_into_findings() {
    let finding = site(PLUS).findings()[0].clone();
    assert_eq!(finding.url(), "https://shop.test:8443/item?id=1&token=REDACTED");
    assert_eq!(finding.evidence(), "Set-Cookie: sid=REDACTED; HttpOnly");
    let report = ZapReport::parse_with(PLUS.as_bytes(), &Redactor::new(["answers differ"])).unwrap();
    assert_eq!(report.sites()[0].findings()[0].other(), "Two REDACTED.\nThe third does not.");
    assert_eq!(report.sites()[0].findings()[0].attack(), "1 AND 1=1 -- ");
}

#[test]
fn xml_of_one_alert() {
    let site = site(PLAIN_XML);
    assert_eq!(rows(&evidence(&site, &VOUCHED)), [("10202".into(), Severity::Low, Confidence::Low, 1)]);
    let finding = &site.findings()[0];
    assert_eq!(finding.url(), "http://shop.test/login?next=%2F&lang=en");
    assert_eq!(finding.evidence(), r#"<form action="/login">"#);
    assert_eq!(site.rules()[0].description, "A form has no token.\nOthers may send it.");
    assert!(evidence(&site, &VOUCHED).scan().engine.passive);
}

#[test]
fn xml_with_requests_and_responses() {
    let site = site(PLUS_XML);
    assert_eq!(
        rows(&evidence(&site, &VOUCHED)),
        [
            ("40012".into(), Severity::High, Confidence::Medium, 1),
            ("10035-1".into(), Severity::Low, Confidence::High, 2)
        ]
    );
    let script = &site.findings()[2];
    assert_eq!(
        (script.attack(), script.evidence()),
        ("<script>alert(1);</script>", "<script>alert(1);</script>")
    );
    assert_eq!(site.rules()[0].references, ["https://docs.test/hsts", "https://docs.test/rfc6797"]);
    assert_eq!(parse(PLUS_XML).generated(), Some("2026-03-02T09:15:00Z".parse().unwrap()));
}

#[test]
fn xml_in_which_the_alert_is_the_instance() {
    let old = r#"<?xml version="1.0"?><OWASPZAPReport version="2.11.0" generated="Fri, 10 Dec 2021 08:00:00">
        <site name="http://shop.test" host="shop.test" port="80" ssl="false"><alerts><alertitem>
        <pluginid>10010</pluginid><alert>Cookie</alert><riskcode>1</riskcode><confidence>2</confidence>
        <uri>http://shop.test/a</uri><param>sid</param></alertitem></alerts></site></OWASPZAPReport>"#;
    let site = site(old);
    assert_eq!((site.findings()[0].url(), site.findings()[0].param()), ("http://shop.test/a", "sid"));
    assert_eq!(site.unlisted(), 0);
}

#[test]
fn json_made_of_xml_by_another_tool() {
    let site = site(CONVERTED);
    assert_eq!(site.origin().to_string(), "http://127.0.0.1:8080");
    assert_eq!(rows(&evidence(&site, &VOUCHED)), [("10036".into(), Severity::Low, Confidence::High, 1)]);
    assert_eq!(site.rules()[0].name, "Server Leaks Version Information");
}

#[test]
fn ipv6_has_the_host_and_port_that_zap_makes_of_it() {
    let v6 = site(IPV6);
    assert_eq!((v6.origin().host(), v6.origin().port(), v6.astray()), ("[::1]", 8080, 0));
    for (field, value) in [("@host", "[::1]"), ("@host", "::1"), ("@port", "8080")] {
        let mut report: Value = serde_json::from_str(IPV6).unwrap();
        report["site"][0][field] = value.into();
        assert_eq!(site(&report.to_string()).origin(), v6.origin());
    }
    let mut report: Value = serde_json::from_str(IPV6).unwrap();
    report["site"][0]["@host"] = "[::2]".into();
    assert_eq!(error(report.to_string()).category(), "field");
}

#[test]
fn the_fields_of_a_site_agree() {
    for (field, value, accepted) in [
        ("@name", "shop.test", "`shop.test`"),
        ("@name", "", "``"),
        ("@name", "ftp://shop.test", "origin"),
        ("@name", "http://bob@shop.test", "origin"),
        ("@name", "http://shop.test/cart", "origin"),
        ("@name", "https://shop.test", "`https`"),
        ("@host", "shop.test-b", "`shop.test`"),
        ("@host", "[", "`shop.test`"),
        ("@port", "8080", "`80`"),
        ("@port", "http", "`80`"),
        ("@ssl", "true", "`false`"),
        ("@ssl", "no", "`false`"),
    ] {
        let error = error(changed(&format!("/site/0/{field}"), value.into()));
        let ReportError::Field(problem) = &error else { panic!("{error}") };
        // A name that says something else is found out by the other fields.
        assert!(problem.path() == format!("site[0].{field}") || value.starts_with("https:"), "{error}");
        assert!(accepted == "`https`" || error.to_string().contains(accepted), "{error}");
    }
    let idn = changed("/site/0/@name", "http://b\u{fc}cher.test".into());
    assert_eq!(
        error(&idn).to_string(),
        "`site[0].@host`: `shop.test` is not accepted: expected `xn--bcher-kva.test`, which `@name` says"
    );
    for value in [json!(""), json!(null), json!("SHOP.test")] {
        assert_eq!(site(&changed("/site/0/@host", value)).origin().host(), "shop.test");
    }
}

#[test]
fn a_site_that_is_listed_twice_is_one() {
    let mut twice = report(json!([alert()]));
    let mut again = twice["site"][0].clone();
    again["@name"] = "http://shop.test:80".into();
    again["alerts"][0]["count"] = 4.into();
    twice["site"].as_array_mut().unwrap().push(again);
    let site = site(&twice.to_string());
    assert_eq!((site.findings().len(), site.unlisted(), site.rules().len()), (2, 3, 1));
    assert_eq!(rows(&evidence(&site, &VOUCHED))[0].3, 5);
}
