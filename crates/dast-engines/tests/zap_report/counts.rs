//! What is counted, listed or neither.

use dast_policy::{Completion, Confidence, Evidence, Severity, Verdict};
use serde_json::{Value, json};

use crate::report::{VOUCHED, alert, changed, evidence, judge, parse, report, rows, site, with};

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
        let counts = evidence.counts();
        let of = counts.iter().filter(|count| count.severity == severity);
        assert_eq!(of.map(|count| count.instances).sum::<u64>(), 300);
    }
    assert_eq!(evidence.counts().iter().filter(|count| count.alert.is_some()).count(), 150);
    assert_eq!(Evidence::from_json(&evidence.to_json()).unwrap(), evidence);
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
