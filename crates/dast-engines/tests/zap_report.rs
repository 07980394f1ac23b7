//! Reports of ZAP in all their shapes become evidence that is no better than what was found.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write;

use dast_core::Redactor;
use dast_engines::zap::report::{ReportError, Site, Vouch, ZapReport};
use dast_policy::{
    AlertRef, Authentication, Cause, Collector, Completion, Confidence, Evaluation, Evidence, Finding,
    Knowledge, Layer, Policy, PolicyDocument, Report, Scope, Severity, UnknownReason, Verdict, evaluate,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const SYSTEMIC: &str = include_str!("zap_report/systemic.json");
const PLUS: &str = include_str!("zap_report/plus.json");
const PLAIN_XML: &str = include_str!("zap_report/plain.xml");
const PLUS_XML: &str = include_str!("zap_report/plus.xml");
const CONVERTED: &str = include_str!("zap_report/converted.json");
const IPV6: &str = include_str!("zap_report/ipv6.json");
const SAMPLES: [&str; 6] = [SYSTEMIC, PLUS, PLAIN_XML, PLUS_XML, CONVERTED, IPV6];

/// Everything that can be vouched for.
const VOUCHED: Vouch = Vouch {
    complete: true,
    systemic_as_listed: true,
    pages: Some(10),
    authentication: Authentication::Held,
    ended: None,
};

fn parse(text: &str) -> ZapReport {
    ZapReport::parse(text.as_bytes()).unwrap()
}

fn error(text: impl AsRef<[u8]>) -> ReportError {
    ZapReport::parse(text.as_ref()).unwrap_err()
}

/// The single site of a report.
fn site(text: &str) -> Site {
    let report = parse(text);
    let [site] = report.sites() else { panic!("{} sites", report.sites().len()) };
    site.clone()
}

fn evidence(site: &Site, vouch: &Vouch) -> Evidence {
    site.report(vouch).unwrap().evidence
}

/// Rows of counts as reference, severity, confidence and number.
fn rows(evidence: &Evidence) -> Vec<(String, Severity, Confidence, u64)> {
    let row = |count: &dast_policy::Count| {
        let alert = count.alert.as_ref().map_or_else(String::new, ToString::to_string);
        (alert, count.severity, count.confidence, count.instances)
    };
    evidence.counts().iter().map(row).collect()
}

/// Judges on the day of the scan.
fn judge(evidence: &Evidence, policy: &str) -> Evaluation {
    let document = PolicyDocument::from_json(policy).unwrap();
    let policy = Policy::from(Layer::new(Scope::File, "policy", document).unwrap());
    evaluate(&policy, &Knowledge::of(evidence.clone()), evidence.scan().ended)
}

/// Accepts everything.
const LENIENT: &str = r#"{"thresholds": {"alerts": {"high": {"fail": 4294967295}}}}"#;

/// A report with one site and these alerts.
fn report(alerts: Value) -> Value {
    json!({
        "@programName": "ZAP", "@version": "2.17.0",
        "@generated": "Thu, 4 Jul 2024 10:11:12", "created": "2024-07-04T10:11:12Z",
        "site": [{
            "@name": "http://shop.test", "@host": "shop.test", "@port": "80", "@ssl": "false", "alerts": alerts
        }]
    })
}

/// An alert with one instance.
fn alert() -> Value {
    json!({
        "pluginid": "10021", "alertRef": "10021", "name": "No header", "riskcode": "1", "confidence": "2",
        "count": "1", "instances": [{"uri": "http://shop.test/", "method": "GET"}]
    })
}

/// A report with one alert, of which one field is changed.
fn with(field: &str, value: Value) -> String {
    let mut alert = alert();
    alert[field] = value;
    report(json!([alert])).to_string()
}

/// A report about another place, or from another time.
fn changed(pointer: &str, value: Value) -> String {
    let mut report = report(json!([alert()]));
    *report.pointer_mut(pointer).unwrap() = value;
    report.to_string()
}

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

#[test]
fn no_import_passes_until_it_is_vouched_for() {
    for sample in SAMPLES {
        for site in parse(sample).sites() {
            let evaluation = judge(&evidence(site, &Vouch::default()), LENIENT);
            assert_eq!(
                evaluation.verdict(),
                Verdict::Unknown(UnknownReason::Inconclusive),
                "{}",
                site.origin()
            );
            let expected =
                if site.astray() > 0 { Verdict::Unknown(UnknownReason::Inconclusive) } else { Verdict::Pass };
            assert_eq!(judge(&evidence(site, &VOUCHED), LENIENT).verdict(), expected, "{}", site.origin());
        }
    }
}

#[test]
fn each_thing_has_to_be_vouched_for() {
    let incomplete = |site: &Site, vouch: &Vouch| match evidence(site, vouch).scan().completion.clone() {
        Completion::Complete => None,
        Completion::Incomplete { cause, detail } => Some((cause, detail)),
    };
    let complete = Vouch { complete: true, ..Vouch::default() };
    let plain = site(&report(json!([alert()])).to_string());
    let told = "a report does not say that its scan came to its end; vouch for it";
    assert_eq!(incomplete(&plain, &Vouch::default()), Some((Cause::Interrupted, told.into())));
    assert_eq!(incomplete(&plain, &complete), None);

    let systemic = site(&with("systemic", true.into()));
    let told = "systemic alerts, listed in part only: 1; vouch for them";
    assert_eq!(incomplete(&systemic, &complete), Some((Cause::EngineError, told.into())));
    assert_eq!(incomplete(&systemic, &Vouch { systemic_as_listed: true, ..complete }), None);

    // Nobody saw a page, as far as the report tells.
    let nothing = site(&report(json!([])).to_string());
    assert_eq!(incomplete(&nothing, &Vouch::default()).unwrap().0, Cause::NothingCrawled);
    assert_eq!(incomplete(&nothing, &complete).unwrap().0, Cause::NothingCrawled);
    let pages = Vouch { pages: Some(12), ..complete };
    assert_eq!(incomplete(&nothing, &pages), None);
    assert_eq!(evidence(&nothing, &pages).scan().coverage.pages, 12);
    assert_eq!(incomplete(&plain, &Vouch { pages: Some(0), ..complete }).unwrap().0, Cause::NothingCrawled);

    let lost = Vouch { authentication: Authentication::Lost, ..complete };
    assert_eq!(incomplete(&plain, &lost).unwrap().0, Cause::AuthenticationFailed);
}

#[test]
fn a_report_that_says_it_failed_is_believed() {
    let mut stopped = report(json!([alert()]));
    stopped["stoppingInsight"] = json!({"key": "insight.auth.failure", "statistic": "75"});
    let mut failed = report(json!([alert()]));
    failed["afPlanErrors"] = json!(["Job spider failed to access URL"]);
    for (report, expected) in [(stopped, Cause::Interrupted), (failed, Cause::EngineError)] {
        let evidence = evidence(&site(&report.to_string()), &VOUCHED);
        let Completion::Incomplete { cause, .. } = evidence.scan().completion else { panic!("complete") };
        assert_eq!(cause, expected);
    }
    let mut fine = report(json!([alert()]));
    fine["afPlanErrors"] = json!([]);
    fine["stoppingInsight"] = Value::Null;
    assert_eq!(evidence(&site(&fine.to_string()), &VOUCHED).scan().completion, Completion::Complete);
}

#[test]
fn a_time_that_cannot_be_read_is_never_now() {
    let mut timeless = report(json!([alert()]));
    timeless["@generated"] = "Do., 4 Juli 2024 10:11:12".into();
    timeless["created"] = Value::Null;
    let timeless = parse(&timeless.to_string());
    assert_eq!(timeless.generated(), None);
    let error = timeless.sites()[0].report(&VOUCHED).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`@generated`: `Do., 4 Juli 2024 10:11:12` is not accepted: expected a time such as `2024-07-04T10:11:12Z` \
         or `Thu, 4 Jul 2024 10:11:12`"
    );
    let ended = "2024-07-04T08:11:12Z".parse().unwrap();
    let vouched = Vouch { ended: Some(ended), ..VOUCHED };
    assert_eq!(evidence(&timeless.sites()[0], &vouched).scan().ended, ended);
    // The newer field is not passed over for the older one.
    let broken = parse(&changed("/created", "yesterday".into()));
    assert!(
        broken.sites()[0].report(&VOUCHED).unwrap_err().to_string().starts_with("`created`: `yesterday`")
    );
}

#[test]
fn what_is_counted_but_not_listed_counts() {
    let counted = |count: Value| evidence(&site(&with("count", count)), &VOUCHED);
    assert_eq!(rows(&counted(json!("7")))[0].3, 7);
    assert_eq!(rows(&counted(json!(7)))[0].3, 7);
    // No count, or less than is listed: what is listed.
    for count in [json!(null), json!(""), json!("0"), json!("1")] {
        assert_eq!(rows(&counted(count))[0].3, 1);
    }
    let limit = |fail: u64| format!(r#"{{"thresholds": {{"instances": {{"low": {{"fail": {fail}}}}}}}}}"#);
    let seven = counted(json!("7"));
    assert_eq!(judge(&seven, &limit(6)).verdict(), Verdict::Fail);
    assert_eq!(judge(&seven, &limit(7)).verdict(), Verdict::Pass);
    // Nobody knows where they are, so they may be where a level applies.
    let levelled = r#"{"thresholds": {"alerts": {"high": {"fail": 0}}},
        "rules": [{"rule": "10021", "level": "FAIL", "path": "/admin/**"}]}"#;
    assert_eq!(judge(&seven, levelled).verdict(), Verdict::Fail);
    assert_eq!(judge(&counted(json!("1")), levelled).verdict(), Verdict::Pass);
}

#[test]
fn an_alert_without_an_instance_was_found_once() {
    for count in [json!(null), json!("0"), json!("1")] {
        let mut alert = alert();
        alert["instances"] = json!([]);
        alert["count"] = count;
        let site = site(&report(json!([alert])).to_string());
        assert_eq!(site.unlisted(), 1);
        let evidence = evidence(&site, &VOUCHED);
        assert_eq!(rows(&evidence), [("10021".into(), Severity::Low, Confidence::Medium, 1)]);
        assert!(evidence.findings().is_empty());
    }
}

#[test]
fn an_instance_without_a_web_url_counts_and_is_told() {
    for uri in ["ws://shop.test/socket", "/relative", "", "http://", "javascript:alert(1)"] {
        let site = site(&with("instances", json!([{"uri": uri}, {"uri": "http://shop.test/b"}])));
        assert_eq!((site.findings().len(), site.unlisted(), site.astray()), (1, 1, 1), "{uri}");
        assert_eq!(site.problems()[0].path(), "site[0].alerts[0].instances[0].uri");
        let evidence = evidence(&site, &VOUCHED);
        assert_eq!(rows(&evidence)[0].3, 2);
        assert_ne!(evidence.scan().completion, Completion::Complete);
    }
    let many: Vec<_> = (0..100).map(|at| json!({"uri": format!("http://other.test/{at}")})).collect();
    let site = site(&with("instances", many.into()));
    assert_eq!((site.astray(), site.problems().len()), (100, 20));
}

#[test]
fn absurd_counts_cost_nothing() {
    let most = u64::MAX;
    let evidence_of_most = evidence(&site(&with("count", json!(most.to_string()))), &VOUCHED);
    assert_eq!(rows(&evidence_of_most)[0].3, most);
    let limit = r#"{"thresholds": {"instances": {"low": {"fail": 4294967295}}}}"#;
    assert_eq!(judge(&evidence_of_most, limit).verdict(), Verdict::Fail);
    // More than a number can hold.
    let mut alert = alert();
    alert["count"] = most.into();
    let twice = site(&report(json!([alert, alert])).to_string());
    assert_eq!((twice.unlisted(), rows(&evidence(&twice, &VOUCHED))[0].3), (most, most));
}

#[test]
fn rules_beyond_the_bound_are_counted() {
    let alerts: Vec<_> = (0..400)
        .map(|rule| {
            let mut alert = alert();
            alert["pluginid"] = (20_000 + rule).into();
            alert["alertRef"] = Value::Null;
            alert["riskcode"] = (rule % 4).into();
            alert["count"] = 3.into();
            if rule % 3 == 0 {
                alert["instances"] = json!([]);
            }
            alert
        })
        .collect();
    let evidence = evidence(&site(&report(alerts.into()).to_string()), &VOUCHED);
    assert_eq!(evidence.instances(), 1200);
    for severity in Severity::ALL {
        let of = evidence.counts().iter().filter(|count| count.severity == severity);
        assert_eq!(of.map(|count| count.instances).sum::<u64>(), 300);
    }
    assert_eq!(evidence.counts().iter().filter(|count| count.alert.is_some()).count(), 150);
    assert_eq!(Evidence::from_json(&evidence.to_json()).unwrap(), evidence);
}

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

#[test]
fn many_rules_and_sites_are_read_in_their_order() {
    // What takes a look at all that came before would take minutes.
    let alerts: Vec<_> = (0..20_000)
        .map(|rule| json!({"pluginid": rule, "riskcode": 1, "confidence": 2, "count": 2}))
        .collect();
    let wide = site(&report(alerts.into()).to_string());
    assert_eq!((wide.rules().len(), wide.unlisted()), (20_000, 40_000));
    assert_eq!(evidence(&wide, &VOUCHED).instances(), 40_000);
    let sites: Vec<_> =
        (0..20_000).map(|at| json!({"@name": format!("http://s{at}.test"), "alerts": []})).collect();
    let sites = parse(&changed("/site", sites.into()));
    assert_eq!(sites.sites()[19_999].origin().host(), "s19999.test");
}

#[test]
fn the_profile_is_the_report() {
    let hash = |text: &str| evidence(&site(text), &VOUCHED).scan().profile.hash.clone();
    let report = with("count", json!(1));
    assert_eq!(hash(&report), hash(&report));
    assert_ne!(hash(&report), hash(&with("count", json!(2))));
}

/// What one alert of a report says: rule, risk, confidence, the listed pages, and how many are not listed.
type Alert = (u8, u8, u8, Vec<u8>, u8);

fn any_alerts() -> impl Strategy<Value = Vec<Alert>> {
    let pages = proptest::collection::vec(0..5u8, 0..4);
    proptest::collection::vec((0..6u8, 0..4u8, 0..5u8, pages, 0..6u8), 0..12)
}

fn count_of(alert: &Alert) -> usize {
    (alert.3.len() + usize::from(alert.4)).max(1)
}

fn as_json(alerts: &[Alert]) -> String {
    let alert = |alert: &Alert| {
        let (rule, risk, confidence, pages, _) = alert;
        let instances =
            pages.iter().map(|page| json!({"uri": format!("http://shop.test/{page}"), "method": "GET"}));
        json!({
            "pluginid": format!("1000{rule}"), "riskcode": risk, "confidence": confidence.to_string(),
            "instances": instances.collect::<Vec<_>>(), "count": count_of(alert)
        })
    };
    report(alerts.iter().map(alert).collect()).to_string()
}

fn as_xml(alerts: &[Alert]) -> String {
    let mut xml = String::from(
        "<OWASPZAPReport version='2.17.0' generated='x' created='2024-07-04T10:11:12Z'>\n<site name='http://shop.test'><alerts>\n",
    );
    for alert in alerts {
        let (rule, risk, confidence, pages, _) = alert;
        write!(
            xml,
            "<alertitem><pluginid>1000{rule}</pluginid><riskcode>{risk}</riskcode>\
             <confidence>{confidence}</confidence><count>{}</count><instances>",
            count_of(alert)
        )
        .unwrap();
        for page in pages {
            write!(xml, "<instance><uri>http://shop.test/{page}</uri><method>GET</method></instance>")
                .unwrap();
        }
        xml.push_str("</instances></alertitem>\n");
    }
    xml + "</alerts></site></OWASPZAPReport>"
}

/// What the evidence would be with every finding at hand, the unlisted ones on one page.
fn with_all(alerts: &[Alert], imported: &Report) -> Evidence {
    let mut collector = Collector::new();
    for alert in alerts {
        let (rule, risk, confidence, pages, _) = alert;
        let severity = Severity::ALL[3 - usize::from(*risk)];
        let confidence = Confidence::ALL[4 - usize::from(*confidence)];
        for at in 0..count_of(alert) {
            let page = pages.get(at).copied().unwrap_or(9);
            let alert = AlertRef::of(&format!("1000{rule}")).unwrap();
            let url = format!("http://shop.test/{page}");
            collector.add(&Finding::new(alert, severity, confidence, "GET", &url).unwrap());
        }
    }
    collector.finish(imported.evidence.scan().clone())
}

proptest! {
    #[test]
    fn counts_are_those_of_the_report_and_the_verdict_is_no_better(
        alerts in any_alerts(),
        xml in any::<bool>(),
        (instances, distinct) in (0..9u32, 0..4u32),
        severity in proptest::sample::select(Severity::ALL.to_vec()),
        level in proptest::sample::select(vec!["IGNORE", "INFO", "WARN", "FAIL"]),
        page in proptest::sample::select(vec![0, 9]),
    ) {
        let site = site(&if xml { as_xml(&alerts) } else { as_json(&alerts) });
        let listed: usize = alerts.iter().map(|alert| alert.3.len()).sum();
        let counted: usize = alerts.iter().map(count_of).sum();
        prop_assert_eq!((site.findings().len(), site.unlisted()), (listed, (counted - listed) as u64));
        let imported = site.report(&VOUCHED).unwrap();
        let full = with_all(&alerts, &imported);
        prop_assert_eq!(imported.evidence.counts(), full.counts());
        prop_assert_eq!(&Evidence::from_json(&imported.evidence.to_json()).unwrap(), &imported.evidence);

        let policy = json!({
            "thresholds": {
                "alerts": {severity.key(): {"fail": distinct}},
                "instances": {severity.key(): {"fail": instances + 2, "warn": instances}}
            },
            "rules": [{"rule": "10001", "level": level, "path": format!("/{page}")}]
        });
        let policy = policy.to_string();
        prop_assert!(judge(&imported.evidence, &policy).verdict() >= judge(&full, &policy).verdict());
        let doubted = site.report(&Vouch::default()).unwrap().evidence;
        prop_assert!(judge(&doubted, &policy).verdict() >= Verdict::Unknown(UnknownReason::Inconclusive));
    }

    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = ZapReport::parse(&bytes);
    }

    #[test]
    fn a_report_with_a_flaw_is_read_or_refused(
        sample in proptest::sample::select(SAMPLES.to_vec()),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = sample.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(report) = ZapReport::parse(&bytes) {
            for site in report.sites() {
                if let Ok(report) = site.report(&Vouch::default()) {
                    prop_assert!(judge(&report.evidence, LENIENT).verdict() > Verdict::Warn);
                }
            }
        }
    }
}
