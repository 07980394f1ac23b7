//! Reports that nobody wrote by hand.

use std::fmt::Write;

use dast_engines::zap::report::{Vouch, ZapReport};
use dast_policy::{
    AlertRef, Collector, Confidence, Evidence, Finding, Report, Severity, UnknownReason, Verdict,
};
use proptest::prelude::*;
use serde_json::json;

use crate::report::{LENIENT, SAMPLES, VOUCHED, judge, report, site};

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
    collector.finish(imported.evidence.scan())
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
