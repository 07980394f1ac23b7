//! Crawls and active scans to their ends.

use dast_zap_client::SpiderScanId;
use dast_zap_client::watch::{Ended, Update};

use crate::replies::{active, attack, scan, spider, updates};
use crate::scripted::{Answer, Zap};

#[tokio::test]
async fn finish() {
    let zap = Zap::start().await;
    // A crawl finds more to do: its percentage falls, and that is no restart.
    zap.says("spider/view/scans", [scan(0, 50, "RUNNING"), scan(0, 20, "RUNNING"), scan(0, 100, "FINISHED")]);
    let percents: Vec<_> = updates(spider(&zap))
        .await
        .into_iter()
        .map(|update| match update {
            Update::Progress(progress) => Ok(progress.percent.unwrap()),
            Update::Ended(ended) => Err(ended),
        })
        .collect();
    assert_eq!(percents, [Ok(50), Ok(20), Ok(100), Err(Ended::Finished)]);
    assert_eq!(zap.calls(), ["spider/view/scans"; 3], "and nothing was stopped");
}

#[tokio::test]
async fn recorded_replies_are_read() {
    let zap = Zap::start().await;
    zap.says("spider/view/scans", [Answer::json(include_str!("../recorded/spider_view_scans.json"))]);
    assert_eq!(spider(&zap).ended().await.unwrap(), Ended::Finished);

    let running = Answer::json(include_str!("../recorded/ascan_view_scans_running.json"));
    zap.says(
        "ascan/view/scans",
        [running, Answer::json(include_str!("../recorded/ascan_view_scans_done.json"))],
    );
    let updates = updates(active(&zap)).await;
    let Some(Update::Progress(first)) = updates.first() else { panic!("{updates:?}") };
    assert_eq!((first.percent, first.requests, first.paused), (Some(14), Some(152), false));
    assert_eq!(updates.last(), Some(&Update::Ended(Ended::Interrupted { percent: 41 })));
}

#[tokio::test]
async fn full_but_still_running_is_not_finished() {
    let zap = Zap::start().await;
    zap.says(
        "ascan/view/scans",
        [attack(100, 9, "RUNNING"), attack(100, 9, "RUNNING"), attack(100, 9, "FINISHED")],
    );
    assert_eq!(active(&zap).ended().await.unwrap(), Ended::Finished);
    assert_eq!(zap.calls().len(), 3);
}

#[tokio::test]
async fn are_told_apart_by_id() {
    let zap = Zap::start().await;
    let both = r#"{"scans":[{"id":"0","progress":"100","state":"FINISHED"},{"id":"1","progress":"7","state":"FINISHED"}]}"#;
    zap.says("spider/view/scans", [Answer::json(both)]);
    let watch = zap.client().watch_spider(SpiderScanId::new(1));
    assert_eq!(watch.ended().await.unwrap(), Ended::Interrupted { percent: 7 });
}
