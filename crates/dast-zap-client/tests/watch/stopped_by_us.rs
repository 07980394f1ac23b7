//! Ends that are ours: then it is stopped in ZAP.

use std::time::Duration;

use dast_zap_client::watch::{Ended, Update};
use dast_zap_client::{ActiveScanId, CancellationToken, ClientSpiderScanId, PlanId, SpiderScanId};
use futures_util::StreamExt;

use crate::replies::{LONG, SHORT, TICK, active, attack, scan, spider, unknown, updates};
use crate::scripted::{Answer, Zap};

#[tokio::test]
async fn cancelled() {
    let zap = Zap::start().await;
    zap.says("ascan/view/scans", [attack(10, 1, "RUNNING")]);
    zap.says("ascan/action/stop", [Answer::ok()]);
    let cancel = CancellationToken::new();
    let mut updates = active(&zap).cancel(cancel.clone()).progress();
    assert!(matches!(updates.next().await, Some(Ok(Update::Progress(_)))));
    cancel.cancel();
    assert_eq!(updates.next().await.unwrap().unwrap(), Update::Ended(Ended::Cancelled));
    assert!(updates.next().await.is_none());
    assert_eq!(zap.calls().last().unwrap(), "ascan/action/stop scanId=0");
}

#[tokio::test]
async fn the_stop_is_sent_though_the_client_is_cancelled_too() {
    let zap = Zap::start().await;
    zap.says("spider/action/stop", [Answer::ok()]);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let client = zap.client().with_cancellation(cancel.clone());
    let ended = client.watch_spider(SpiderScanId::new(3)).cancel(cancel).ended().await.unwrap();
    assert_eq!(ended, Ended::Cancelled);
    assert_eq!(zap.calls(), ["spider/action/stop scanId=3"]);
}

#[tokio::test]
async fn cancelled_through_the_client() {
    let zap = Zap::start().await;
    zap.says("ascan/view/scans", [attack(10, 1, "RUNNING")]);
    zap.says("ascan/action/stop", [Answer::ok()]);
    let cancel = CancellationToken::new();
    let client = zap.client().with_cancellation(cancel.clone());
    let mut updates = client.watch_active_scan(ActiveScanId::new(0)).every(TICK).progress();
    assert!(matches!(updates.next().await, Some(Ok(Update::Progress(_)))));
    cancel.cancel();
    assert_eq!(updates.next().await.unwrap().unwrap(), Update::Ended(Ended::Cancelled));
    assert_eq!(zap.calls().last().unwrap(), "ascan/action/stop scanId=0");
}

#[tokio::test]
async fn a_refused_stop_is_no_other_end() {
    let zap = Zap::start().await;
    zap.says("spider/action/stop", [unknown()]);
    let cancel = CancellationToken::new();
    cancel.cancel();
    assert_eq!(spider(&zap).cancel(cancel).ended().await.unwrap(), Ended::Cancelled);
}

#[tokio::test]
async fn late() {
    let zap = Zap::start().await;
    zap.says("spider/view/scans", [scan(0, 10, "RUNNING")]);
    zap.says("spider/action/stop", [Answer::ok()]);
    assert_eq!(spider(&zap).deadline(SHORT).ended().await.unwrap(), Ended::DeadlineExceeded);
    assert_eq!(zap.calls().last().unwrap(), "spider/action/stop scanId=0");
}

#[tokio::test]
async fn late_while_zap_does_not_answer() {
    let zap = Zap::start().await;
    zap.says("spider/view/scans", [Answer::never()]);
    zap.says("spider/action/stop", [Answer::ok()]);
    assert_eq!(spider(&zap).deadline(SHORT).ended().await.unwrap(), Ended::DeadlineExceeded);
    assert_eq!(zap.calls().last().unwrap(), "spider/action/stop scanId=0");
}

#[tokio::test]
async fn stalled_though_paused() {
    let zap = Zap::start().await;
    zap.says("ascan/view/scans", [attack(33, 70, "PAUSED")]);
    zap.says("ascan/action/stop", [Answer::ok()]);
    let updates = updates(active(&zap).stalled_after(SHORT).deadline(LONG)).await;
    assert!(matches!(updates.first(), Some(Update::Progress(progress)) if progress.paused));
    assert_eq!(updates.last(), Some(&Update::Ended(Ended::Stalled { percent: Some(33) })));
    assert_eq!(zap.calls().last().unwrap(), "ascan/action/stop scanId=0");
}

#[tokio::test]
async fn not_stalled_while_requests_are_sent() {
    let zap = Zap::start().await;
    let mut answers: Vec<_> = (1..=400).map(|requests| attack(33, requests, "RUNNING")).collect();
    answers.push(attack(100, 401, "FINISHED"));
    zap.says("ascan/view/scans", answers);
    // All the looks take longer than this, each of them much less.
    let watch = active(&zap).every(Duration::from_millis(5)).stalled_after(Duration::from_millis(1500));
    assert_eq!(watch.ended().await.unwrap(), Ended::Finished);
}

#[tokio::test]
async fn a_crawl_that_visits_is_not_stalled_though_its_percentage_stands() {
    let zap = Zap::start().await;
    let visited = |pages: usize| {
        let page = r#"{"processed":"true","statusReason":"OK","method":"GET","reasonNotProcessed":"","messageId":"1","url":"http://shop.test/","statusCode":"200"}"#;
        Answer::json(format!(r#"{{"fullResults":[{{"urlsInScope":[{}]}}]}}"#, vec![page; pages].join(",")))
    };
    zap.says("spider/view/scans", [scan(0, 10, "RUNNING")]);
    zap.says("spider/view/fullResults", [visited(1), visited(2), visited(3), visited(3)]);
    zap.says("spider/action/stop", [Answer::ok()]);
    let updates = updates(spider(&zap).stalled_after(SHORT)).await;
    assert_eq!(updates.last(), Some(&Update::Ended(Ended::Stalled { percent: Some(10) })));
    assert_eq!(zap.calls().iter().filter(|call| call.starts_with("spider/view/fullResults")).count(), 4);
}

#[tokio::test]
async fn every_kind_is_stopped_by_its_own_name() {
    let zap = Zap::start().await;
    let client = zap.client();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let kinds = [
        (client.watch_spider(SpiderScanId::new(5)), Some("spider/action/stop scanId=5")),
        (client.watch_active_scan(ActiveScanId::new(6)), Some("ascan/action/stop scanId=6")),
        (client.watch_client_spider(ClientSpiderScanId::new(7)), Some("clientSpider/action/stop scanId=7")),
        (client.watch_ajax_spider(), Some("ajaxSpider/action/stop")),
        (client.watch_plan(PlanId::new(8), ["spider"]), Some("automation/action/stopPlan planId=8")),
        (client.watch_passive_queue(), None),
    ];
    for stop in
        ["spider/action/stop", "ascan/action/stop", "clientSpider/action/stop", "ajaxSpider/action/stop"]
    {
        zap.says(stop, [Answer::ok()]);
    }
    zap.says("automation/action/stopPlan", [Answer::ok()]);
    for (watch, expected) in kinds {
        let before = zap.calls().len();
        assert_eq!(watch.cancel(cancel.clone()).ended().await.unwrap(), Ended::Cancelled);
        assert_eq!(zap.calls().get(before).map(String::as_str), expected);
    }
}

#[tokio::test]
async fn dropping_stops_nothing() {
    let zap = Zap::start().await;
    zap.says("spider/view/scans", [scan(0, 10, "RUNNING")]);
    let mut updates = spider(&zap).progress();
    assert!(updates.next().await.is_some());
    drop(updates);
    assert_eq!(zap.calls(), ["spider/view/scans"]);
}
