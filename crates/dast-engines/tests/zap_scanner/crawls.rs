//! Crawls, with or without an attack after them.

use std::time::Duration;

use dast_engines::zap::{BrowserCrawler, ZapLimits, ZapProfile};
use dast_policy::{Completion, Exposure};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::zap_shop::*;

#[tokio::test]
async fn a_baseline_crawls_and_attacks_nothing() {
    let fake = zap().passive_alerts(vec![weak()]).active_alerts(vec![broken()]).start().await.unwrap();
    let report = scan(scanner(&fake)).await;
    assert_complete(&report);
    assert_eq!(found(&report), ["10038-1"]);
    let scan = report.evidence.scan();
    assert_eq!((scan.engine.name.as_str(), scan.engine.version.as_str()), ("zap", "2.17.0"));
    assert!(scan.engine.passive);
    assert_eq!((scan.coverage.pages, scan.coverage.failed, scan.coverage.skipped), (2, 0, 0));
    assert_eq!(
        actions(&fake),
        [
            "context/action/newContext",
            "context/action/newContext",
            "context/action/includeInContext",
            "pscan/action/setEnabled",
            "core/action/deleteSiteNode",
            "core/action/accessUrl",
            "spider/action/scan",
            "core/action/accessUrl",
            "context/action/removeContext",
            "context/action/removeContext",
        ]
    );
    let included = call(&fake, "context/action/includeInContext");
    let name = included.parameter("contextName").unwrap();
    assert!(name.starts_with(NAME), "{name}");
    assert_eq!(parameters(&included), [("contextName", name), ("regex", PATTERN)]);
    assert_eq!(parameters(&call(&fake, "core/action/deleteSiteNode")), [("url", "http://shop.test")]);
    let crawl = call(&fake, "spider/action/scan");
    assert_eq!(parameters(&crawl), [("contextName", name), ("recurse", "true"), ("url", SHOP)]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_full_scan_attacks_what_the_crawl_found() {
    let fake = zap().passive_alerts(vec![weak()]).active_alerts(vec![broken()]).start().await.unwrap();
    let report = scan(scanner(&fake).profile(ZapProfile::Full)).await;
    assert_complete(&report);
    assert_eq!(found(&report), ["10038-1", "40012"]);
    assert!(!report.evidence.scan().engine.passive);
    let actions = actions(&fake);
    let at = |endpoint: &str| actions.iter().position(|action| action == endpoint).unwrap();
    assert!(at("spider/action/scan") < at("ascan/action/scan"), "{actions:?}");
    let attack = call(&fake, "ascan/action/scan");
    assert_eq!(parameters(&attack), [("contextId", "3"), ("recurse", "true"), ("url", SHOP)]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn what_is_excluded_is_no_part_of_the_context() {
    let fake = zap().start().await.unwrap();
    assert_complete(&scan(scanner(&fake).exclude(".*/logout").exclude(".*/admin.*")).await);
    let excluded =
        fake.calls().into_iter().filter(|call| call.endpoint() == "context/action/excludeFromContext");
    let excluded: Vec<_> = excluded.map(|call| call.parameter("regex").unwrap().to_owned()).collect();
    assert_eq!(excluded, [".*/logout", ".*/admin.*"]);
}

#[tokio::test]
async fn a_crawl_begins_at_every_place_that_is_asked_for() {
    let fake = zap().start().await.unwrap();
    let mut request = request();
    request.exposures = vec![
        Exposure::new("shop.test", "/cart"),
        Exposure::new("shop.test", "/never"),
        Exposure::new("other.test", "/elsewhere"),
    ];
    // The fake answers wherever it is asked on a site that it knows.
    fake.answer("spider/view/fullResults", json!({ "fullResults": [{ "urlsInScope": [{
        "processed": "true", "statusReason": "OK", "method": "GET", "reasonNotProcessed": "", "messageId": "4",
        "url": CART, "statusCode": "200",
    }] }, { "urlsOutOfScope": [] }, { "urlsIoError": [] }] }));
    let report = scan_until(scanner(&fake), request, CancellationToken::new()).await;
    let crawls = fake.calls().into_iter().filter(|call| call.endpoint() == "spider/action/scan");
    let crawls: Vec<_> = crawls.map(|call| call.parameter("url").unwrap().to_owned()).collect();
    assert_eq!(crawls, [SHOP, CART, "http://shop.test/never"]);
    assert_eq!(report.evidence.scan().subject.covered, [Exposure::new("shop.test", "/cart")]);
}

/// Whether a scan is complete, and how many crawls it began, if ZAP overlooks the end of that many.
async fn overlooked(ends: usize) -> (bool, usize) {
    let fake = zap().start().await.unwrap();
    let state = |id| if id < ends { "RUNNING" } else { "FINISHED" };
    let crawls = (0..3).map(|id| json!({ "id": id.to_string(), "progress": "100", "state": state(id) }));
    fake.answer("spider/view/scans", json!({ "scans": crawls.collect::<Vec<_>>() }));
    let limits = ZapLimits { stall: Duration::from_millis(50), ..limits() };
    let report = scan(scanner(&fake).limits(limits)).await;
    assert_tidy(&fake).await;
    (report.evidence.scan().completion == Completion::Complete, fake.count("spider/action/scan"))
}

#[tokio::test]
async fn a_crawl_whose_end_zap_overlooked_begins_anew() {
    assert_eq!(overlooked(1).await, (true, 2));
    assert_eq!(overlooked(2).await, (true, 3));
    assert_eq!(overlooked(3).await, (false, 3));
}

#[tokio::test]
async fn what_only_a_browser_finds_counts() {
    for crawler in [BrowserCrawler::Ajax, BrowserCrawler::Client] {
        let fake = zap().browser_page("http://shop.test/#/only").browser_takes(3).start().await.unwrap();
        let report = scan(scanner(&fake).browser(crawler)).await;
        assert_complete(&report);
        assert_eq!(report.evidence.scan().coverage.pages, 3, "{crawler:?}");
        let start = call(&fake, &format!("{}Spider/action/scan", crawler.as_str()));
        assert_eq!(start.parameter("url"), Some(SHOP));
        assert!(start.parameter("contextName").unwrap().starts_with(NAME));
        assert_eq!(fake.count(&format!("{}Spider/view/status", crawler.as_str())), 3);
        assert_tidy(&fake).await;
    }
}
