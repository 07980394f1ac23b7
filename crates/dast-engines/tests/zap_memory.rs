//! One ZAP for several scans: what it forgets, whose alerts count, and that nothing is left behind.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod zap_shop;

use std::sync::Arc;
use std::time::Duration;

use dast_core::{ScanRequest, Scanner, Target};
use dast_engines::zap::{AlertThreshold, Memory, ZapLimits, ZapProfile, ZapRules};
use dast_policy::Cause;
use dast_zap_client::testing::Fault;
use dast_zap_client::{ErrorCode, RuleId};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use zap_shop::*;

#[tokio::test]
async fn a_scan_that_forgets_takes_only_its_own_alerts() {
    let earlier = weak().alert_ref("10038-9");
    let fake = zap()
        .alerts(vec![earlier])
        .passive_alerts(vec![weak()])
        .active_alerts(vec![broken()])
        .start()
        .await
        .unwrap();
    for _ in 0..3 {
        let report = scan(scanner(&fake).profile(ZapProfile::Full)).await;
        assert_complete(&report);
        assert_eq!(found(&report), ["10038-1", "40012"]);
    }
    let all = fake.client().alert().alerts(SHOP).send().await.unwrap();
    assert_eq!(all.len(), 1 + 3 * 2);
}

#[tokio::test]
async fn a_scan_that_keeps_takes_all_there_is() {
    let fake =
        zap().alerts(vec![weak().alert_ref("10038-9")]).passive_alerts(vec![weak()]).start().await.unwrap();
    for _ in 0..2 {
        let report = scan(scanner(&fake).memory(Memory::Keep)).await;
        assert_complete(&report);
        // What ZAP knows, it does not raise again.
        assert_eq!(found(&report), ["10038-1", "10038-9"]);
    }
    assert_eq!(fake.count("core/action/deleteSiteNode"), 0);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_new_session_comes_first_and_forgets_everything() {
    let fake =
        zap().alerts(vec![weak().alert_ref("10038-9")]).passive_alerts(vec![weak()]).start().await.unwrap();
    fake.client().context().new_context("somebody else's").send().await.unwrap();
    let before = actions(&fake).len();
    let report = scan(scanner(&fake).memory(Memory::NewSession)).await;
    assert_complete(&report);
    assert_eq!(found(&report), ["10038-1"]);
    assert_eq!(actions(&fake)[before..][..2], ["core/action/newSession", "context/action/newContext"]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn where_zap_does_not_forget_everything_counts() {
    let fake =
        zap().alerts(vec![weak().alert_ref("10038-9")]).passive_alerts(vec![weak()]).start().await.unwrap();
    fake.answer("core/view/urls", json!({ "urls": ["http://shop.test.evil.test/", "http://shop.test/old"] }));
    let report = scan(scanner(&fake)).await;
    assert_complete(&report);
    assert_eq!(found(&report), ["10038-1", "10038-9"]);
    // Pages of others are no sign of that.
    fake.answer("core/view/urls", json!({ "urls": ["http://shop.test.evil.test/", "http://shop.test:81/"] }));
    assert_eq!(found(&scan(scanner(&fake)).await), ["10038-1"]);
}

#[tokio::test]
async fn an_alert_of_no_message_counts() {
    for message in ["0", "-1", "9999"] {
        let by_hand = weak().alert_ref("10038-7").field("messageId", message);
        let fake = zap().alerts(vec![by_hand]).start().await.unwrap();
        assert_eq!(found(&scan(scanner(&fake)).await), ["10038-7"], "{message}");
    }
}

#[tokio::test]
async fn scans_of_other_origins_are_left_alone() {
    let other = "http://other.test/";
    let theirs = weak().field("url", other);
    let fake = zap().site(other).passive_alerts(vec![weak(), theirs]).spider_takes(50).start().await.unwrap();
    let elsewhere = ScanRequest::new(Target::parse(other).unwrap());
    let cancel = CancellationToken::new();
    let first = begun(&fake, scanner(&fake), &cancel, "spider/action/scan").await;
    let second = scan_until(scanner(&fake), elsewhere, cancel.clone()).await;
    let first = first.await.unwrap();
    for report in [&first, &second] {
        assert_complete(report);
        assert_eq!(report.findings.len(), 1);
    }
    assert_eq!((first.findings[0].url(), second.findings[0].url()), (CART, other));
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn an_earlier_scan_of_the_same_origin_is_given_up() {
    let fake = zap().passive_alerts(vec![weak()]).spider_takes(100).start().await.unwrap();
    let cancel = CancellationToken::new();
    let first = begun(&fake, scanner(&fake), &cancel, "spider/action/scan").await;
    let second = scan(scanner(&fake)).await;
    assert_complete(&second);
    assert_eq!(found(&second), ["10038-1"]);
    assert_incomplete(&first.await.unwrap(), Cause::EngineError, "scans the same origin anew");
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn what_a_scan_that_was_killed_left_behind_is_taken_out_by_the_next() {
    let fake = zap().spider_takes(1_000_000).start().await.unwrap();
    let cancel = CancellationToken::new();
    // The settings of the whole ZAP can be put back only by who remembers them.
    let told = everything(&fake)
        .limits(ZapLimits { requests_per_second: Some(5), ..limits() })
        .rules(ZapRules::new().rule_threshold(RuleId::new(40012), AlertThreshold::Low));
    let killed = begun(&fake, told, &cancel, "spider/action/scanAsUser").await;
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    assert_eq!(fake.client().replacer().rules().send().await.unwrap().len(), 1);
    let next = scan(scanner(&fake).limits(ZapLimits { time: Duration::from_secs(3), ..limits() })).await;
    assert_incomplete(&next, Cause::DeadlineExceeded, "the crawl did not end in time");
    // Its crawl, which would go on for ever, was stopped before its pages were forgotten.
    let (stop, forget) = ("spider/action/stop", "core/action/deleteSiteNode");
    let actions = actions(&fake);
    let first = |endpoint: &str| actions.iter().position(|action| action == endpoint).unwrap();
    let last = |endpoint: &str| actions.iter().rposition(|action| action == endpoint).unwrap();
    assert!(first(stop) < last(forget), "{actions:?}");
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_failure_before_the_first_page_tells_nothing_of_an_earlier_scan() {
    let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
    assert_eq!(found(&scan(scanner(&fake)).await), ["10038-1"]);
    let broken = [("core/action/accessUrl", Cause::Unreachable), ("stats/view/stats", Cause::EngineError)];
    for (endpoint, cause) in broken {
        fake.fail_always(endpoint, Fault::ApiError(ErrorCode::InternalError));
        let report = scan(scanner(&fake)).await;
        assert_eq!(found(&report), [""; 0], "{endpoint}");
        assert_incomplete(&report, cause, "");
        fake.heal(endpoint);
        assert_tidy(&fake).await;
    }
}

/// Without a number nobody could tell an earlier scan's alerts from those of this one.
#[tokio::test]
async fn a_first_page_without_a_message_is_no_pass() {
    let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
    fake.fail_once("core/action/accessUrl", Fault::Body(br#"{"accessUrl":[]}"#.to_vec()));
    let report = scan(scanner(&fake)).await;
    assert_incomplete(&report, Cause::Unreachable, "`http://shop.test` did not answer ZAP");
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn alerts_that_cannot_be_read_are_missed_and_the_others_count() {
    let fake = zap()
        .passive_alerts(vec![weak(), weak().risk("Severe"), weak().confidence("Perhaps")])
        .start()
        .await
        .unwrap();
    let report = scan(scanner(&fake)).await;
    let detail =
        assert_incomplete(&report, Cause::EngineError, "2 alerts cannot be read; the first: alert 1:");
    assert!(detail.contains("`Severe`") && detail.contains("a risk from Informational to High"), "{detail}");
    assert_eq!(found(&report), ["10038-1"]);
}

#[tokio::test]
async fn a_zap_that_is_not_there_gives_no_scan() {
    let fake = zap().start().await.unwrap();
    let scanner = Arc::new(scanner(&fake).build().unwrap());
    drop(fake);
    let error = scanner.start(request()).await.err().unwrap();
    assert!(error.is_retryable(), "{error}");
}
