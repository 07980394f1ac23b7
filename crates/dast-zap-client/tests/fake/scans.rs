//! Crawls, scans and logins.

use std::time::Duration;

use dast_zap_client::context::{CheckingStrategy, PollUnits};
use dast_zap_client::testing::FakeZap;
use dast_zap_client::{ActiveScanId, ErrorCode, SpiderScanId, Url};

use crate::shop::{SHOP, asked, fake};

#[tokio::test]
async fn a_login_holds_as_long_as_the_test_says() {
    let fake = FakeZap::builder().site(SHOP).login_holds_for(2).start().await.unwrap();
    let zap = fake.client();
    let context = zap.context().new_context("ctx").send().await.unwrap();
    let polled = zap.context().set_checking_strategy("ctx", CheckingStrategy::PollUrl);
    let polled = polled.poll_url(&SHOP.parse().unwrap()).poll_data("").poll_headers("");
    polled.poll_frequency(20).poll_frequency_units(PollUnits::Requests).send().await.unwrap();
    let user = zap.users().new_user(context, "bob").send().await.unwrap();
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(zap.users().poll(context, user).send().await.unwrap().successful);
    }
    assert_eq!(held, [true, true, false, false]);
}

#[tokio::test]
async fn a_browser_finds_what_it_is_said_to_find() {
    let fake = FakeZap::builder().site(SHOP).browser_page("http://shop.test/#/only").start().await.unwrap();
    let (zap, shop) = (fake.client(), SHOP.parse::<Url>().unwrap());
    zap.ajax_spider().scan(&shop).send().await.unwrap();
    let again = zap.ajax_spider().scan(&shop).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::ScanInProgress));
    let every = Duration::from_millis(1);
    zap.watch_ajax_spider().every(every).ended().await.unwrap();
    assert_eq!(zap.ajax_spider().number_of_results().send().await.unwrap(), 3);
    let crawl = zap.client_spider().scan(&shop).send().await.unwrap();
    assert_eq!(zap.client_spider().status(crawl).send().await.unwrap(), 50);
    zap.watch_client_spider(crawl).every(every).ended().await.unwrap();
}

#[tokio::test]
async fn a_crawl_of_what_nobody_answers_saw_nothing() {
    let fake = fake().await;
    let nobody = "http://nobody.test/".parse().unwrap();
    let crawl = fake.client().spider().scan(&nobody).send().await.unwrap();
    fake.client().watch_spider(crawl).ended().await.unwrap();
    let results = fake.client().spider().full_results(crawl).send().await.unwrap();
    let unanswered: Vec<_> = results.unanswered.iter().map(|found| found.url.as_str()).collect();
    assert_eq!((results.in_scope.len(), unanswered), (0, vec!["http://nobody.test/"]));
}

#[tokio::test]
async fn a_crawl_goes_on_and_begins_at_0_after_a_restart() {
    let fake = FakeZap::builder().site(SHOP).spider_takes(4).start().await.unwrap();
    let (zap, shop) = (fake.client(), SHOP.parse::<Url>().unwrap());
    let first = zap.spider().scan(&shop).send().await.unwrap();
    let second = zap.spider().scan(&shop).send().await.unwrap();
    assert_eq!((first, second), (SpiderScanId::new(0), SpiderScanId::new(1)));
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(zap.spider().status(second).send().await.unwrap());
    }
    assert_eq!(seen, [25, 50, 75, 100, 100]);
    fake.restart();
    let error = zap.spider().status(second).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::DoesNotExist));
    assert_eq!(zap.spider().scan(&shop).send().await.unwrap(), first);
}

#[tokio::test]
async fn a_scan_that_somebody_stopped_reads_100_but_was_not_done() {
    let fake = FakeZap::builder().site(SHOP).active_scan_takes(4).start().await.unwrap();
    asked(&fake, "core/action/accessUrl", &[("url", SHOP)]).await;
    asked(&fake, "ascan/action/scan", &[("url", SHOP)]).await;
    assert_eq!(asked(&fake, "ascan/view/status", &[("scanId", "0")]).await["status"], "25");
    fake.stop_scan_from_outside(ActiveScanId::new(0));
    assert_eq!(asked(&fake, "ascan/view/status", &[("scanId", "0")]).await["status"], "100");
    let scans = asked(&fake, "ascan/view/scans", &[]).await;
    assert_eq!(scans["scans"][0]["state"], "FINISHED");
    assert_eq!(scans["scans"][0]["progress"], "25");
}
