//! The spider: a crawl of the shop from beginning to end, one that is halted and ended, and its options.

use std::time::{Duration, Instant};

use dast_zap_client::network::GroupBy;
use dast_zap_client::spider::{Scan, ScanState, Spider};
use dast_zap_client::{ErrorCode, SpiderScanId};

use super::options::kept;
use super::stage::{Stage, eventually, refused};

pub(crate) async fn calls(stage: &Stage) {
    options(stage).await;
    exclusions(stage).await;
    whole(stage).await;
    halted(stage).await;
}

async fn options(stage: &Stage) {
    let spider = stage.zap.spider();
    kept!(spider, max_duration, set_max_duration, Duration::from_secs(180));
    kept!(spider, max_depth, set_max_depth, 7);
    kept!(spider, max_children, set_max_children, 11);
    kept!(spider, thread_count, set_thread_count, 3);
    kept!(spider, option_parse_robots_txt, set_parse_robots_txt, false);
    kept!(spider, option_parse_sitemap_xml, set_parse_sitemap_xml, false);
    kept!(spider, option_process_form, set_process_form, false);
    kept!(spider, option_post_form, set_post_form, false);
    // The lab's spider is older than that.
    refused(spider.set_logout_avoidance(true).send().await, &ErrorCode::BadAction);
}

/// A crawl at one request a second can be watched.
async fn halted(stage: &Stage) {
    let (spider, network) = (stage.zap.spider(), stage.zap.network());
    network.add_rate_limit_rule("crawl", true, false, "127.0.0.1", 1, GroupBy::Rule).send().await.unwrap();
    let scan = spider.scan(&stage.page("")).send().await.unwrap();
    assert_eq!(scan, SpiderScanId::new(1));
    assert!(spider.status(scan).send().await.unwrap() < 100);
    spider.pause(scan).send().await.unwrap();
    assert_eq!(state(&spider, scan).await.unwrap().state, ScanState::Paused);
    spider.resume(scan).send().await.unwrap();
    assert_eq!(state(&spider, scan).await.unwrap().state, ScanState::Running);
    spider.stop(scan).send().await.unwrap();
    network.remove_rate_limit_rule("crawl").send().await.unwrap();
    finished(&spider, scan).await;
    // Interrupted: it reads as done by its number alone.
    assert_eq!(spider.status(scan).send().await.unwrap(), 100);
    assert!(state(&spider, scan).await.unwrap().progress < 100);
    spider.remove_scan(scan).send().await.unwrap();
    assert_eq!(state(&spider, scan).await, None);
    refused(spider.status(scan).send().await, &ErrorCode::DoesNotExist);

    let scan = spider.scan(&stage.page("")).send().await.unwrap();
    spider.stop_all_scans().send().await.unwrap();
    finished(&spider, scan).await;
    spider.remove_all_scans().send().await.unwrap();
    assert_eq!(spider.scans().send().await.unwrap(), []);
}

async fn exclusions(stage: &Stage) {
    let spider = stage.zap.spider();
    spider.exclude_from_scan(".*/about").send().await.unwrap();
    assert_eq!(spider.excluded_from_scan().send().await.unwrap(), [".*/about"]);
    spider.clear_excluded_from_scan().send().await.unwrap();
    assert_eq!(spider.excluded_from_scan().send().await.unwrap(), [""; 0]);
    spider.exclude_from_scan(".*/robots.txt").send().await.unwrap();
}

async fn whole(stage: &Stage) {
    let spider = stage.zap.spider();
    let scan = spider.scan(&stage.page("")).recurse(true).subtree_only(true).send().await.unwrap();
    assert_eq!(scan, SpiderScanId::new(0));
    finished(&spider, scan).await;
    assert_eq!(spider.status(scan).send().await.unwrap(), 100);
    assert_eq!(state(&spider, scan).await.unwrap().progress, 100);

    let search = stage.page("search").to_string();
    assert!(spider.results(scan).send().await.unwrap().contains(&search));
    assert!(!spider.added_nodes(scan).send().await.unwrap().is_empty());
    let results = spider.full_results(scan).send().await.unwrap();
    let crawled = |path: &str, method: &str| {
        let url = stage.page(path).to_string();
        results.in_scope.iter().find(|crawled| crawled.url == url && crawled.method == method).unwrap()
    };
    assert_eq!(crawled("search", "GET").status, Some(200));
    assert!(crawled("search", "GET").processed);
    assert_eq!(crawled("account", "GET").status, Some(303));
    assert_eq!(crawled("login", "POST").status, Some(401));
    spider.clear_excluded_from_scan().send().await.unwrap();
}

async fn state(spider: &Spider, scan: SpiderScanId) -> Option<Scan> {
    spider.scans().send().await.unwrap().into_iter().find(|known| known.id == scan)
}

pub(crate) async fn finished(spider: &Spider, scan: SpiderScanId) {
    let began = Instant::now();
    eventually("the crawl", async || {
        let now = state(spider, scan).await.unwrap();
        // ZAP may have overlooked its end: see `dast_zap_client::watch`.
        if now.progress == 100 && began.elapsed() > Duration::from_secs(20) {
            spider.stop(scan).send().await.unwrap();
        }
        now.state == ScanState::Finished
    })
    .await;
}
