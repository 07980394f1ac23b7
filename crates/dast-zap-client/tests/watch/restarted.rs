//! Another session than the one that was watched.

use std::time::Duration;

use dast_zap_client::watch::Ended;
use dast_zap_client::{CancellationToken, ErrorCode, PlanId, ZapError};
use futures_util::StreamExt;

use crate::replies::{active, attack, scan, spider, unknown};
use crate::scripted::{Answer, Zap};

#[tokio::test]
async fn when_the_id_is_forgotten() {
    let zap = Zap::start().await;
    zap.says("spider/view/scans", [scan(0, 10, "RUNNING"), Answer::json(r#"{"scans":[]}"#)]);
    zap.says("spider/view/status", [unknown()]);
    assert_eq!(spider(&zap).ended().await.unwrap(), Ended::Restarted);
    assert_eq!(zap.calls().last().unwrap(), "spider/view/status scanId=0");
}

#[tokio::test]
async fn but_an_id_that_was_never_known_is_an_error() {
    let zap = Zap::start().await;
    zap.says("ascan/view/scans", [Answer::json(r#"{"scans":[]}"#)]);
    zap.says("ascan/view/status", [unknown()]);
    let results: Vec<_> = active(&zap).progress().collect().await;
    assert_eq!(results.len(), 1);
    let Some(Err(error)) = results.first() else { panic!("{results:?}") };
    assert_eq!(error.code(), Some(&ErrorCode::DoesNotExist));
}

#[tokio::test]
async fn when_another_scan_has_the_id() {
    let zap = Zap::start().await;
    zap.says("ascan/view/scans", [attack(10, 70, "RUNNING"), attack(80, 3, "RUNNING")]);
    assert_eq!(active(&zap).ended().await.unwrap(), Ended::Restarted);
}

#[tokio::test]
async fn but_not_when_only_the_percentage_falls() {
    let zap = Zap::start().await;
    let answers = [attack(90, 70, "RUNNING"), attack(45, 71, "RUNNING"), attack(100, 90, "FINISHED")];
    zap.says("ascan/view/scans", answers);
    assert_eq!(active(&zap).ended().await.unwrap(), Ended::Finished);
}

#[tokio::test]
async fn the_guard_is_asked_before_a_finish_is_believed() {
    let zap = Zap::start().await;
    zap.says("context/action/newContext", [Answer::json(r#"{"contextId":"2"}"#)]);
    let marker = zap.client().mark_session().await.unwrap();
    assert_eq!(zap.calls(), [format!("context/action/newContext contextName={}", marker.name())]);

    let holds = || Answer::json(format!(r#"{{"contextList":["Default Context","{}"]}}"#, marker.name()));
    let gone = || Answer::json(r#"{"contextList":["Default Context"]}"#);
    let scans = [scan(0, 10, "RUNNING"), scan(0, 100, "FINISHED")];
    zap.says("spider/view/scans", scans.clone());
    zap.says("context/view/contextList", [holds(), holds()]);
    assert!(marker.holds().await.unwrap());
    assert_eq!(spider(&zap).guarded_by(&marker).ended().await.unwrap(), Ended::Finished);

    zap.says("spider/view/scans", scans);
    zap.says("context/view/contextList", [holds(), gone()]);
    assert_eq!(spider(&zap).guarded_by(&marker).ended().await.unwrap(), Ended::Restarted);

    zap.says("ajaxSpider/view/status", [Answer::json(r#"{"status":"stopped"}"#)]);
    zap.says("ajaxSpider/view/numberOfResults", [Answer::json(r#"{"numberOfResults":"0"}"#)]);
    assert_eq!(zap.client().watch_ajax_spider().guarded_by(&marker).ended().await.unwrap(), Ended::Restarted);

    zap.says(
        "context/action/removeContext",
        [Answer::error(include_str!("../recorded/err_context_not_found.json"))],
    );
    marker.remove().await.unwrap();
}

#[tokio::test]
async fn an_unknown_id_of_a_session_that_is_gone_is_a_restart_from_the_first_look() {
    let zap = Zap::start().await;
    zap.says("context/action/newContext", [Answer::json(r#"{"contextId":"2"}"#)]);
    let marker = zap.client().mark_session().await.unwrap();
    zap.says("context/view/contextList", [Answer::json(r#"{"contextList":[]}"#)]);
    zap.says("automation/view/planProgress", [unknown()]);
    let watch = zap.client().watch_plan(PlanId::new(0), ["spider"]).guarded_by(&marker);
    assert_eq!(watch.ended().await.unwrap(), Ended::Restarted);
}

#[tokio::test]
async fn nothing_is_stopped_in_a_session_of_somebody_else() {
    let zap = Zap::start().await;
    zap.says("context/action/newContext", [Answer::json(r#"{"contextId":"2"}"#)]);
    let marker = zap.client().mark_session().await.unwrap();
    zap.says("context/view/contextList", [Answer::json(r#"{"contextList":[]}"#)]);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let watch = spider(&zap).guarded_by(&marker).cancel(cancel);
    assert_eq!(watch.ended().await.unwrap(), Ended::Cancelled);
    assert!(!zap.calls().iter().any(|call| call.contains("stop")), "{:?}", zap.calls());
}

#[tokio::test]
async fn a_guard_that_cannot_be_asked_proves_nothing() {
    let zap = Zap::start().await;
    zap.says("context/action/newContext", [Answer::json(r#"{"contextId":"2"}"#)]);
    let marker = zap.client().mark_session().await.unwrap();
    zap.says("spider/view/scans", [scan(0, 100, "FINISHED")]);
    zap.says("context/view/contextList", [Answer::closed()]);
    let error = spider(&zap).guarded_by(&marker).tolerate(Duration::ZERO).ended().await.unwrap_err();
    assert!(matches!(error, ZapError::Transport(_)), "{error:?}");
}
