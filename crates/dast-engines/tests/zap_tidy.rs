//! What a scan puts into ZAP, and that nothing of it stays there, whatever happens.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod zap_shop;

use std::time::Duration;

use dast_core::{ScanRequest, Target};
use dast_engines::zap::{Memory, ZapLimits, ZapProfile};
use dast_policy::Cause;
use dast_zap_client::ErrorCode;
use dast_zap_client::replacer::MatchType;
use dast_zap_client::testing::Fault;
use tokio_util::sync::CancellationToken;
use zap_shop::*;

#[tokio::test]
async fn nothing_stays_behind_however_a_scan_ends() {
    let fake = zap().start().await.unwrap();
    assert_complete(&scan(everything(&fake)).await);
    assert_tidy(&fake).await;
    for endpoint in [
        "context/action/includeInContext",
        "context/action/excludeFromContext",
        "context/view/contextList",
        "core/action/deleteSiteNode",
        "core/view/urls",
        "network/action/addRateLimitRule",
        "spider/view/optionThreadCount",
        "ascan/action/setOptionThreadPerHost",
        "replacer/action/addRule",
        "ascan/action/addScanPolicy",
        "network/view/getRateLimitRules",
        "replacer/view/rules",
        "ascan/action/setScannerAlertThreshold",
        "core/action/accessUrl",
        "authentication/action/setAuthenticationMethod",
        "users/action/newUser",
        "users/action/authenticateAsUser",
        "spider/action/scanAsUser",
        "spider/view/fullResults",
        "ascan/action/scanAsUser",
        "alert/view/alerts",
    ] {
        let fake = zap().start().await.unwrap();
        fake.fail_once(endpoint, Fault::ApiError(ErrorCode::BadFormat));
        let report = scan(everything(&fake)).await;
        assert_incomplete(&report, Cause::EngineError, "");
        assert!(fake.count(endpoint) > 0, "{endpoint}");
        assert_tidy(&fake).await;
    }
}

/// ZAP did what it was told, and its answer was lost.
#[tokio::test]
async fn nothing_stays_behind_that_zap_did_without_a_word() {
    for endpoint in [
        "context/action/includeInContext",
        "network/action/addRateLimitRule",
        "spider/action/setOptionThreadCount",
        "ascan/action/setOptionThreadPerHost",
        "replacer/action/addRule",
        "ascan/action/addScanPolicy",
        "users/action/newUser",
        "spider/action/scanAsUser",
        "ascan/action/scanAsUser",
    ] {
        let takes = |action: &str| if action == endpoint { 1_000_000 } else { 1 };
        let fake = zap()
            .spider_takes(takes("spider/action/scanAsUser"))
            .active_scan_takes(takes("ascan/action/scanAsUser"))
            .start()
            .await
            .unwrap();
        fake.fail_once(endpoint, Fault::BrokenOff);
        let report = scan(everything(&fake)).await;
        assert_incomplete(&report, Cause::EngineError, "");
        if let Some(component) = endpoint.strip_suffix("scanAsUser") {
            assert_eq!(fake.count(&format!("{component}stop")), 1, "{endpoint}");
        }
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn what_is_out_of_sight_is_stopped_before_its_header_fields_are_taken_away() {
    for (start, view, stop) in [
        ("spider/action/scanAsUser", "spider/view/scans", "spider/action/stop"),
        ("ascan/action/scanAsUser", "ascan/view/scans", "ascan/action/stop"),
    ] {
        let takes = |action: &str| if action == start { 1_000_000 } else { 1 };
        let fake = zap()
            .spider_takes(takes("spider/action/scanAsUser"))
            .active_scan_takes(takes("ascan/action/scanAsUser"))
            .start()
            .await
            .unwrap();
        let running = begun(&fake, everything(&fake), &CancellationToken::new(), start).await;
        fake.fail_always(view, Fault::ApiError(ErrorCode::InternalError));
        assert_incomplete(&running.await.unwrap(), Cause::EngineError, "");
        let actions = actions(&fake);
        let at = |endpoint: &str| actions.iter().rposition(|action| action == endpoint).unwrap();
        assert!(at(stop) < at("replacer/action/removeRule"), "{actions:?}");
        assert!(at(stop) < at("network/action/removeRateLimitRule"), "{actions:?}");
        assert_tidy(&fake).await;
    }
}

/// The last list decides.
#[tokio::test]
async fn a_list_that_fails_in_the_middle_of_an_attack_is_not_its_end() {
    let fake = zap().active_alerts(vec![broken()]).active_scan_takes(500).start().await.unwrap();
    let attack = scanner(&fake).profile(ZapProfile::Full);
    let running = begun(&fake, attack, &CancellationToken::new(), "ascan/action/scan").await;
    let before = fake.count("alert/view/alerts");
    fake.fail_once("alert/view/alerts", Fault::ApiError(ErrorCode::BadFormat));
    let report = running.await.unwrap();
    assert_complete(&report);
    assert_eq!(found(&report), ["40012"]);
    assert!(fake.count("alert/view/alerts") > before + 1);
}

#[tokio::test]
async fn what_zap_keeps_when_it_is_started_anew_is_found_by_its_mark() {
    let limits = ZapLimits { time: Duration::from_secs(3), ..limits() };
    for memory in [Memory::Forget, Memory::Keep, Memory::NewSession] {
        let fake = zap().spider_takes(1_000_000).start().await.unwrap();
        let cancel = CancellationToken::new();
        let killed = begun(&fake, everything(&fake), &cancel, "spider/action/scanAsUser").await;
        killed.abort();
        assert!(killed.await.unwrap_err().is_cancelled());
        fake.restart();
        let zap = fake.client();
        let header = |name: &str| {
            zap.replacer()
                .add_rule(name, true, MatchType::RequestHeader, false, "X-A")
                .replacement("b")
                .send()
        };
        // One of a scan that is under way, and one of nobody's.
        let (theirs, other) = ("dast http://other.test session-marker-1 0", "dast of somebody");
        zap.context().new_context("session-marker-1").send().await.unwrap();
        header(theirs).await.unwrap();
        header(other).await.unwrap();
        scan(scanner(&fake).limits(limits).memory(memory)).await;
        let rules = zap.replacer().rules().send().await.unwrap();
        let rules: Vec<_> = rules.iter().map(|rule| rule.description.as_str()).collect();
        let expected: &[&str] = if memory == Memory::NewSession { &[other] } else { &[theirs, other] };
        assert_eq!(rules, expected, "{memory:?}");
        for rule in expected {
            zap.replacer().remove_rule(rule).send().await.unwrap();
        }
        let _ = zap.context().remove_context("session-marker-1").send().await;
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn threads_are_set_by_one_scan_at_a_time() {
    let other = "http://other.test/";
    let fake = zap().site(other).spider_takes(1_000_000).start().await.unwrap();
    let limits = ZapLimits { threads: Some(1), ..limits() };
    let cancel = CancellationToken::new();
    let first = begun(&fake, scanner(&fake).limits(limits), &cancel, "spider/action/scan").await;
    let elsewhere = ScanRequest::new(Target::parse(other).unwrap());
    let second = scan_until(scanner(&fake).limits(limits), elsewhere, CancellationToken::new()).await;
    assert_incomplete(&second, Cause::EngineError, "another scan in this ZAP has set its threads");
    assert_eq!(fake.client().spider().thread_count().send().await.unwrap(), 1);
    cancel.cancel();
    assert_incomplete(&first.await.unwrap(), Cause::Interrupted, "");
    assert_tidy(&fake).await;
}

/// Not only what is waited for hears of it.
#[tokio::test]
async fn a_scan_is_cancelled_wherever_it_is() {
    for (endpoint, stage) in [
        ("replacer/action/addRule", "preparing"),
        ("core/action/accessUrl", "preparing"),
        ("users/action/pollAsUser", "looking at answers"),
        ("spider/view/fullResults", "exploring"),
    ] {
        let fake = zap().start().await.unwrap();
        fake.fail_always(endpoint, Fault::Stall);
        let cancel = CancellationToken::new();
        let running = begun(&fake, everything(&fake), &cancel, endpoint).await;
        cancel.cancel();
        let words = format!("the scan was cancelled while {stage}");
        assert_incomplete(&running.await.unwrap(), Cause::Interrupted, &words);
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn one_thing_that_hangs_does_not_keep_the_others_from_being_put_back() {
    let fake = zap().passive_alerts(vec![weak()]).spider_takes(1_000_000).start().await.unwrap();
    let cancel = CancellationToken::new();
    let running = begun(&fake, everything(&fake), &cancel, "spider/action/scanAsUser").await;
    fake.fail_once("spider/action/stop", Fault::Stall);
    cancel.cancel();
    let report = running.await.unwrap();
    assert_incomplete(&report, Cause::Interrupted, "cancelled while exploring");
    assert_eq!(found(&report), ["10038-1"]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_scan_that_is_cancelled_is_stopped_in_zap_and_tidies_up() {
    for (until, stop) in
        [("spider/action/scanAsUser", "spider/action/stop"), ("ascan/action/scanAsUser", "ascan/action/stop")]
    {
        let takes = |slow: bool| if slow { 1_000_000 } else { 1 };
        let is_crawl = until.starts_with("spider");
        let fake = zap()
            .passive_alerts(vec![weak()])
            .spider_takes(takes(is_crawl))
            .active_scan_takes(takes(!is_crawl))
            .start()
            .await
            .unwrap();
        let cancel = CancellationToken::new();
        let running = begun(&fake, everything(&fake), &cancel, until).await;
        cancel.cancel();
        let report = running.await.unwrap();
        assert_incomplete(&report, Cause::Interrupted, "");
        assert_eq!(found(&report), ["10038-1"], "{until}");
        assert_eq!(fake.count(stop), 1, "{stop}");
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn contexts_that_a_plan_makes_are_taken_away_and_others_are_not() {
    let plan = "env: {contexts: [{name: of the plan}, {name: from before}]}\njobs: []\n";
    let fake = zap().plan_takes(1_000_000).start().await.unwrap();
    let make = async |name: &str| fake.client().context().new_context(name).send().await.unwrap();
    make("from before").await;
    let cancel = CancellationToken::new();
    let scanner = scanner(&fake).profile(ZapProfile::Plan(plan.into()));
    let running = begun(&fake, scanner, &cancel, "automation/action/runPlan").await;
    make("of the plan").await;
    make("of somebody").await;
    cancel.cancel();
    assert_incomplete(&running.await.unwrap(), Cause::Interrupted, "");
    assert_eq!(fake.count("automation/action/stopPlan"), 1);
    let left = fake.client().context().contexts().send().await.unwrap();
    assert_eq!(left, ["Default Context", "from before", "of somebody"]);
}
