//! The queue, browsers and plans, and many watches at once.

use std::time::Duration;

use dast_zap_client::watch::{Ended, Update};
use dast_zap_client::{ClientSpiderScanId, PlanId, SpiderScanId};

use crate::replies::{LONG, TICK, plan_progress, scan, unknown, updates};
use crate::scripted::{Answer, Zap};

#[tokio::test]
async fn passive_queue() {
    let zap = Zap::start().await;
    let queue = |length: u64| Answer::json(format!(r#"{{"recordsToScan":"{length}"}}"#));
    zap.says("pscan/view/recordsToScan", [queue(5), queue(9), queue(0)]);
    let updates = updates(zap.client().watch_passive_queue().every(TICK)).await;
    let queued: Vec<_> = updates
        .iter()
        .filter_map(|update| match update {
            Update::Progress(progress) => progress.queued,
            Update::Ended(_) => None,
        })
        .collect();
    assert_eq!(queued, [5, 9, 0]);
    assert_eq!(updates.last(), Some(&Update::Ended(Ended::Finished)));
}

#[tokio::test]
async fn ajax_spider() {
    let zap = Zap::start().await;
    let state = |state| Answer::json(format!(r#"{{"status":"{state}"}}"#));
    let found = |found| Answer::json(format!(r#"{{"numberOfResults":"{found}"}}"#));
    let watch = || zap.client().watch_ajax_spider().every(TICK);
    zap.says("ajaxSpider/view/status", [state("running"), state("stopped")]);
    zap.says("ajaxSpider/view/numberOfResults", [found(3), found(8)]);
    assert_eq!(watch().ended().await.unwrap(), Ended::Finished);

    zap.says("ajaxSpider/view/status", [state("running"), state("stopped")]);
    zap.says("ajaxSpider/view/numberOfResults", [found(3), found(0)]);
    assert_eq!(watch().ended().await.unwrap(), Ended::Restarted, "the addresses are gone");
}

#[tokio::test]
async fn client_spider() {
    let zap = Zap::start().await;
    let status = |percent| Answer::json(format!(r#"{{"status":"{percent}"}}"#));
    zap.says("clientSpider/view/status", [status(60), status(30), status(100)]);
    let watch = zap.client().watch_client_spider(ClientSpiderScanId::new(4)).every(TICK);
    assert_eq!(watch.ended().await.unwrap(), Ended::Finished);
    assert_eq!(zap.calls(), ["clientSpider/view/status scanId=4"; 3]);
}

#[tokio::test]
async fn plan() {
    let zap = Zap::start().await;
    let running = Answer::json(include_str!("../recorded/automation_view_planProgress_running.json"));
    let done = Answer::json(include_str!("../recorded/automation_view_planProgress_done.json"));
    let watch_of = |jobs: &[&str]| zap.client().watch_plan(PlanId::new(0), jobs.to_vec()).every(TICK);
    let watch = || watch_of(&[]);
    let jobs = ["spider", "passiveScan-wait", "activeScan"];
    zap.says("automation/view/planProgress", [running.clone(), done.clone()]);
    let updates = updates(watch_of(&jobs).stalled_after(Duration::ZERO)).await;
    let Some(Update::Progress(first)) = updates.first() else { panic!("{updates:?}") };
    assert_eq!(first.notes.len(), 7);
    assert_eq!(updates.last(), Some(&Update::Ended(Ended::Finished)));

    zap.says("automation/view/planProgress", [running, done]);
    let ended = watch_of(&["spider", "activeScan", "report"]).ended().await.unwrap();
    assert_eq!(ended.to_string(), "finished with errors: `the job report was left out, or did not end`");

    zap.says(
        "automation/view/planProgress",
        [plan_progress("t", "", ""), plan_progress("t", "u", r#""no such job""#)],
    );
    let failed = Ended::Failed { errors: vec!["no such job".to_owned()] };
    assert_eq!(watch().ended().await.unwrap(), failed);

    zap.says("automation/view/planProgress", [plan_progress("t", "", ""), plan_progress("u", "v", "")]);
    assert_eq!(watch().ended().await.unwrap(), Ended::Restarted, "it began at another time");

    zap.says("automation/view/planProgress", [plan_progress("", "", ""), plan_progress("t", "v", "")]);
    assert_eq!(watch().ended().await.unwrap(), Ended::Finished, "it had not begun before");

    zap.says("automation/view/planProgress", [plan_progress("t", "", ""), unknown()]);
    assert_eq!(watch().ended().await.unwrap(), Ended::Restarted);
}

#[tokio::test]
async fn looks_are_few() {
    let zap = Zap::start().await;
    zap.says("spider/view/scans", [scan(0, 10, "RUNNING")]);
    zap.says("spider/action/stop", [Answer::ok()]);
    let watch =
        zap.client().watch_spider(SpiderScanId::new(0)).every(LONG).deadline(Duration::from_millis(500));
    assert_eq!(watch.ended().await.unwrap(), Ended::DeadlineExceeded);
    let looks = zap.calls().len() - 1;
    // Every 50 milliseconds of the first second; fewer on a slow machine.
    assert!((1..=10).contains(&looks), "{looks}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once() {
    let zap = Zap::start().await;
    let all = |state: &str, progress: u8| {
        let scans: Vec<_> = (0..64)
            .map(|id| {
                format!(
                    r#"{{"id":"{id}","progress":"{}","state":"{state}"}}"#,
                    if id % 2 == 0 { progress } else { 40 }
                )
            })
            .collect();
        Answer::json(format!(r#"{{"scans":[{}]}}"#, scans.join(",")))
    };
    // All of them see them run first.
    let mut answers = vec![all("RUNNING", 10); 256];
    answers.push(all("FINISHED", 100));
    zap.says("spider/view/scans", answers);
    let client = zap.client();
    let watches = (0..64).map(|id| client.watch_spider(SpiderScanId::new(id)).every(TICK).ended());
    let ends = futures_util::future::try_join_all(watches).await.unwrap();
    for (id, ended) in ends.into_iter().enumerate() {
        let expected = if id % 2 == 0 { Ended::Finished } else { Ended::Interrupted { percent: 40 } };
        assert_eq!(ended, expected, "{id}");
    }
}
