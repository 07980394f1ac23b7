//! What somebody told ZAP before a scan: where it would find less without a word, the scan is none.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod zap_shop;

use dast_engines::zap::{AlertThreshold, ApiDefinition, DefinitionSource, ZapProfile, ZapRules};
use dast_policy::Cause;
use dast_zap_client::RuleId;
use dast_zap_client::testing::FakeZap;
use serde_json::{Value as Json, json};
use zap_shop::*;

fn rule(id: i32, threshold: &str, enabled: bool) -> Json {
    json!({
        "id": id.to_string(), "name": "A Rule", "policyId": "4", "cweId": "0", "wascId": "0",
        "attackStrength": "DEFAULT", "alertThreshold": threshold, "enabled": enabled.to_string(),
        "quality": "release", "status": "release", "allDependenciesAvailable": "true", "dependencies": [],
    })
}

/// Checks that a scan ends before the target was asked for anything.
async fn refused(fake: &FakeZap, profile: ZapProfile, words: &str) {
    let report = scan(scanner(fake).profile(profile)).await;
    let detail = assert_incomplete(&report, Cause::EngineError, words);
    assert!(detail.len() <= 200 && !detail.ends_with('…'), "{detail}");
    assert_eq!((fake.count("core/action/accessUrl"), fake.count("spider/action/scan")), (0, 0));
    assert_tidy_contexts(fake).await;
}

async fn assert_tidy_contexts(fake: &FakeZap) {
    assert_eq!(fake.client().context().contexts().send().await.unwrap(), ["Default Context"]);
}

#[tokio::test]
async fn a_rule_that_somebody_turned_off_is_missed_unless_the_scan_leaves_it_out_itself() {
    for (component, id) in [("pscan", 10_020), ("ascan", 40_012)] {
        for (threshold, enabled) in [("OFF", true), ("OFF", false), ("DEFAULT", false)] {
            let scanners = json!({ "scanners": [rule(1, "DEFAULT", true), rule(id, threshold, enabled)] });
            let endpoint = format!("{component}/view/scanners");
            let fake = zap().start().await.unwrap();
            fake.answer(&endpoint, scanners.clone());
            let words =
                format!("rule {id}: undo it (`{component}/enableScanners`, or `--rule-threshold {id}=off`)");
            refused(&fake, ZapProfile::Full, &words).await;

            let fake = zap().start().await.unwrap();
            fake.answer(&endpoint, scanners);
            let rules = ZapRules::new().rule_threshold(RuleId::new(id), AlertThreshold::Off);
            assert_complete(&scan(scanner(&fake).profile(ZapProfile::Full).rules(rules)).await);
        }
    }
    // What attacks does not matter where nothing is attacked.
    let fake = zap().start().await.unwrap();
    fake.answer("ascan/view/scanners", json!({ "scanners": [rule(40_012, "OFF", false)] }));
    assert_complete(&scan(scanner(&fake)).await);
}

#[tokio::test]
async fn a_zap_without_rules_finds_nothing() {
    for (component, kind) in [("pscan", "passive"), ("ascan", "active")] {
        let fake = zap().start().await.unwrap();
        fake.answer(&format!("{component}/view/scanners"), json!({ "scanners": [] }));
        refused(&fake, ZapProfile::Full, &format!("no {kind} rule that may run: install `{component}rules`"))
            .await;
    }
}

#[tokio::test]
async fn limits_of_the_passive_scanner_are_refused_and_its_switch_is_turned_on() {
    let fake = zap().start().await.unwrap();
    fake.client().pscan().set_max_alerts_per_rule(5).send().await.unwrap();
    refused(&fake, ZapProfile::Baseline, "raise 5 alerts of a passive rule at most").await;
    fake.client().pscan().set_max_alerts_per_rule(0).send().await.unwrap();
    fake.client().pscan().set_max_body_size(1).send().await.unwrap();
    refused(&fake, ZapProfile::Baseline, "look at 1 bytes of an answer at most").await;
    fake.client().pscan().set_max_body_size(0).send().await.unwrap();
    assert_complete(&scan(scanner(&fake)).await);
    assert_eq!(parameters(&call(&fake, "pscan/action/setEnabled")), [("enabled", "true")]);
}

#[tokio::test]
async fn addresses_that_the_session_leaves_out_are_missed() {
    for component in ["spider", "ascan", "core"] {
        let fake = zap().start().await.unwrap();
        let zap = fake.client();
        match component {
            "spider" => zap.spider().exclude_from_scan(".*").send().await.unwrap(),
            "ascan" => zap.ascan().exclude_from_scan(".*").send().await.unwrap(),
            _ => zap.core().exclude_from_proxy(".*").send().await.unwrap(),
        }
        refused(&fake, ZapProfile::Full, &format!("leave out `.*`: undo it (`{component}/clearExcludedFrom"))
            .await;
    }
}

#[tokio::test]
async fn filters_that_change_alerts_are_missed_wherever_they_stand() {
    let filter = |enabled: bool| json!([{ "ruleId": "10038", "newLevel": "-1", "enabled": enabled.to_string(), "url": "", "urlIsRegex": "false" }]);
    for (global, of_context, is_refused) in [
        (filter(true), json!([]), true),
        (json!([]), filter(true), true),
        (filter(false), filter(false), false),
        (json!([]), json!([]), false),
    ] {
        let fake = zap().start().await.unwrap();
        fake.answer("alertFilter/view/globalAlertFilterList", json!({ "globalAlertFilterList": global }));
        fake.answer("alertFilter/view/alertFilterList", json!({ "alertFilterList": of_context }));
        if is_refused {
            let words = "make alerts of rule 10038 False Positive: undo it (remove its alert filters";
            refused(&fake, ZapProfile::Baseline, words).await;
        } else {
            assert_complete(&scan(scanner(&fake)).await);
        }
    }
}

#[tokio::test]
async fn a_zap_that_attacks_by_itself_does_not_only_look() {
    let fake = zap().start().await.unwrap();
    fake.client().core().set_mode(dast_zap_client::core::Mode::Attack).send().await.unwrap();
    refused(&fake, ZapProfile::Baseline, "`mode=standard`").await;
    assert_complete(&scan(scanner(&fake).profile(ZapProfile::Full)).await);
}

#[tokio::test]
async fn a_plan_is_its_authors_affair() {
    let fake = zap().start().await.unwrap();
    fake.client().pscan().set_max_alerts_per_rule(5).send().await.unwrap();
    assert_complete(&scan(scanner(&fake).profile(ZapProfile::Plan("jobs: []".into()))).await);
}

#[tokio::test]
async fn the_rules_stand_in_the_evidence() {
    let fake = zap().start().await.unwrap();
    let set = |report: &dast_policy::Report| report.evidence.scan().engine.rule_set.clone();
    let baseline = set(&scan(scanner(&fake)).await);
    let full = set(&scan(scanner(&fake).profile(ZapProfile::Full)).await);
    assert!(baseline.contains(", 2 rules ("), "{baseline}");
    assert!(full.contains(", 2+2 rules ("), "{full}");
    let strict = ZapRules::new().rule_threshold(RuleId::new(40_012), AlertThreshold::High);
    let strict = set(&scan(scanner(&fake).profile(ZapProfile::Full).rules(strict)).await);
    assert!(strict != full && strict.contains(", 2+2 rules ("), "{strict}");
}

#[tokio::test]
async fn rules_that_others_change_meanwhile_are_noticed() {
    let fake = zap().active_scan_takes(200).start().await.unwrap();
    let openapi = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    let scanner = scanner(&fake).profile(ZapProfile::Api(openapi));
    let zap = fake.client();
    let meddling = async {
        while fake.count("ascan/action/scan") == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        zap.pscan()
            .set_scanner_alert_threshold(RuleId::new(10_020), AlertThreshold::High)
            .send()
            .await
            .unwrap();
    };
    let (report, ()) = tokio::join!(scan(scanner), meddling);
    assert_incomplete(&report, Cause::EngineError, "somebody changed the rules of ZAP meanwhile");
}
