//! Errors that pass, and errors that do not.

use dast_zap_client::watch::{Ended, Update};
use dast_zap_client::{ClientSpiderScanId, ZapError};
use futures_util::StreamExt;

use crate::replies::{LONG, SHORT, active, scan, spider, updates};
use crate::scripted::{Answer, Zap};

#[tokio::test]
async fn that_pass_are_borne() {
    let zap = Zap::start().await;
    let failing = || Answer::error(r#"{"code":"internal_error","message":"Internal Error"}"#);
    let answers = [scan(0, 10, "RUNNING"), failing(), Answer::closed(), failing(), scan(0, 100, "FINISHED")];
    zap.says("spider/view/scans", answers);
    let updates = updates(spider(&zap).tolerate(LONG)).await;
    assert_eq!(updates.len(), 3);
    assert_eq!(updates.last(), Some(&Update::Ended(Ended::Finished)));
    assert_eq!(zap.calls().len(), 5);
}

#[tokio::test]
async fn are_borne_no_longer_than_told() {
    let zap = Zap::start().await;
    zap.says("spider/view/scans", [scan(0, 10, "RUNNING"), Answer::closed()]);
    let results: Vec<_> = spider(&zap).tolerate(10 * SHORT).progress().collect().await;
    assert_eq!(results.len(), 2);
    assert!(matches!(results.last(), Some(Err(ZapError::Transport(_)))), "{results:?}");
    assert!(zap.calls().len() > 3, "it was asked again");
}

#[tokio::test]
async fn of_a_zap_that_is_gone_are_no_end() {
    let zap = Zap::start().await;
    zap.says("spider/view/scans", [scan(0, 10, "RUNNING")]);
    let mut updates = spider(&zap).tolerate(SHORT).progress();
    assert!(matches!(updates.next().await, Some(Ok(Update::Progress(_)))));
    zap.stop();
    let last = loop {
        match updates.next().await {
            Some(Ok(Update::Progress(_))) => {}
            Some(last) => break last,
            None => panic!("no last item"),
        }
    };
    assert!(matches!(last, Err(ZapError::Transport(_))), "{last:?}");
}

#[tokio::test]
async fn that_do_not_pass_are_told_at_once() {
    let zap = Zap::start().await;
    let absent = Answer::error(include_str!("../recorded/err_no_implementor.json"));
    zap.says("clientSpider/view/status", [absent.clone()]);
    zap.says("clientSpider/action/stop", [absent]);
    zap.says("ascan/action/stop", [Answer::ok()]);
    zap.says(
        "ascan/view/scans",
        [Answer::json(r#"{"scans":[{"id":"0","progress":"many","state":"RUNNING"}]}"#)],
    );
    let watch = zap.client().watch_client_spider(ClientSpiderScanId::new(0)).tolerate(LONG);
    assert!(matches!(watch.ended().await, Err(ZapError::ComponentAbsent(_))));
    assert!(matches!(active(&zap).tolerate(LONG).ended().await, Err(ZapError::Decode(_))));
    let asked = [
        "clientSpider/view/status scanId=0",
        "clientSpider/action/stop scanId=0",
        "ascan/view/scans",
        "ascan/action/stop scanId=0",
    ];
    assert_eq!(zap.calls(), asked, "what nobody can watch any more is stopped");
}
