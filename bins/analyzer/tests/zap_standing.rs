//! What somebody told a real ZAP, before a scan or in the middle of it: where it finds less for that, it is no pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use support::gate::Gate;
use support::lab::{Lab, Outcome, Scan};
use support::site::{Answer, Site};

/// A page with a link to another that takes a parameter.
const LINKS: &str = "<a href='/search?q=hello'>search</a>";

impl Lab {
    fn tell(&self, endpoint: &str) {
        self.zap.api().get(&format!("JSON/{endpoint}")).unwrap();
    }

    fn full(&self, target: &str) -> Scan {
        Scan::new(&self.zap.url(), target, "full").key(self.zap.api_key())
    }
}

fn is_complete(outcome: &Outcome) -> bool {
    outcome.evidence["scan"]["completion"]["complete"] == true
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_zap_that_was_told_to_find_less_is_no_pass_until_it_is_told_otherwise() {
    let lab = Lab::start();
    let site = Site::start(|target| match target {
        "/" => Answer::Careless(LINKS.to_owned()),
        _ => Answer::Page("<p>nothing</p>".to_owned()),
    });
    let healthy = lab.full(&site.url()).run();
    assert!(healthy.code == 1 && is_complete(&healthy), "{healthy:?}");
    let rules = healthy.evidence["scan"]["engine"]["ruleSet"].as_str().unwrap().to_owned();
    assert!(rules.contains(", 2+5 rules ("), "{rules}");
    for (told, undone, words) in [
        (
            "ascan/action/disableAllScanners/",
            "ascan/action/enableAllScanners/",
            "leave out the active rule 40012",
        ),
        (
            "pscan/action/disableScanners/?ids=10021",
            "pscan/action/enableScanners/?ids=10021",
            "leave out the passive rule 10021",
        ),
        (
            "pscan/action/setScannerAlertThreshold/?id=10021&alertThreshold=OFF",
            "pscan/action/setScannerAlertThreshold/?id=10021&alertThreshold=DEFAULT",
            "leave out the passive rule 10021",
        ),
        (
            "pscan/action/setMaxAlertsPerRule/?maxAlerts=1",
            "pscan/action/setMaxAlertsPerRule/?maxAlerts=0",
            "raise 1 alerts of a passive rule at most",
        ),
        ("ascan/action/excludeFromScan/?regex=.*", "ascan/action/clearExcludedFromScan/", "leave out `.*`"),
        ("spider/action/excludeFromScan/?regex=.*", "spider/action/clearExcludedFromScan/", "leave out `.*`"),
        ("core/action/excludeFromProxy/?regex=.*", "core/action/clearExcludedFromProxy/", "leave out `.*`"),
    ] {
        lab.tell(told);
        lab.full(&site.url()).run().is_incomplete(told, 3, "EngineError", words);
        lab.tell(undone);
    }
    // These take nothing away: what a scan is about is in scope, and it turns the passive scanner on.
    for told in
        ["pscan/action/setScanOnlyInScope/?onlyInScope=true", "pscan/action/setEnabled/?enabled=false"]
    {
        lab.tell(told);
        let outcome = lab.full(&site.url()).run();
        assert!(outcome.code == 1 && is_complete(&outcome), "{told}: {outcome:?}");
        assert_eq!(outcome.evidence["counts"], healthy.evidence["counts"], "{told}");
        assert_eq!(outcome.evidence["scan"]["engine"]["ruleSet"], rules, "{told}");
    }
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_rule_that_may_raise_one_alert_only_is_missed_once_it_did() {
    let lab = Lab::start();
    // Whatever is asked for stands in the page, as it is.
    let site = Site::start(|target| {
        let links: String = (0..4).map(|page| format!("<a href='/{page}?q=hello'>{page}</a>")).collect();
        let markup = target.replace("%3C", "<").replace("%3E", ">").replace("%3c", "<").replace("%3e", ">");
        Answer::Page(links + &markup)
    });
    lab.tell("ascan/action/setOptionMaxAlertsPerRule/?Integer=1");
    let outcome = lab.full(&site.url()).run();
    outcome.is_incomplete("one alert", 1, "Interrupted", "reached max alerts per rule");
    assert!(outcome.instances("40012") > 0);
}

#[test]
#[ignore = "needs a real ZAP"]
fn what_somebody_takes_away_in_the_middle_is_missed() {
    let lab = Lab::start();
    let names = |endpoint: &str, key: &str| -> Vec<String> {
        let list = lab.zap.api().get(&format!("JSON/{endpoint}/")).unwrap();
        list[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let remove_contexts = || {
        for name in names("context/view/contextList", "contextList") {
            let name = name.replace(' ', "%20");
            lab.tell(&format!("context/action/removeContext/?contextName={name}"));
        }
    };
    let remove_policies = || {
        let mut policies = names("ascan/view/scanPolicyNames", "scanPolicyNames");
        policies.retain(|name| name.starts_with("dast "));
        assert!(!policies.is_empty(), "the scan has none of its own");
        for name in policies {
            let name = name.replace(' ', "%20");
            lab.tell(&format!("ascan/action/removeScanPolicy/?scanPolicyName={name}"));
        }
    };
    let skip = || lab.tell("ascan/action/skipScanner/?scanId=0&scannerId=40012");
    type Blow<'a> = (&'a str, bool, &'a dyn Fn(), &'a str, &'a str);
    let blows: [Blow<'_>; 5] = [
        ("a rule", true, &skip, "Interrupted", "by user action"),
        ("the crawl", false, &|| lab.tell("spider/action/removeAllScans/"), "EngineError", ""),
        ("the attack", true, &|| lab.tell("ascan/action/removeAllScans/"), "EngineError", ""),
        ("the contexts", false, &remove_contexts, "EngineError", ""),
        ("the policy", false, &remove_policies, "EngineError", "does_not_exist"),
    ];
    for (what, is_attack, blow, cause, words) in blows {
        let gate = Gate::default();
        let held = gate.clone();
        let site = Site::start(move |target| {
            let is_attacked = target.starts_with("/search") && target != "/search?q=hello";
            if target.starts_with("/search") && is_attack == is_attacked {
                held.pass();
            }
            Answer::Page(if target == "/" { LINKS.to_owned() } else { "<p>nothing</p>".to_owned() })
        });
        let running = lab.full(&site.url()).with(&["--rule-threshold", "40014=low"]).start();
        assert!(gate.wait(), "{what}: not in the middle");
        blow();
        gate.open();
        let outcome = running.outcome();
        println!("{what}: {}", outcome.evidence["scan"]["completion"]);
        outcome.is_incomplete(what, 3, cause, words);
    }
}
