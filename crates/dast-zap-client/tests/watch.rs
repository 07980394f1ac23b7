//! Waiting: each way to end, and what ZAP is asked on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "watch/scripted.rs"]
mod scripted;

use std::time::Duration;

use dast_zap_client::watch::{Ended, Update, Watch};
use dast_zap_client::{
    ActiveScanId, CancellationToken, ClientSpiderScanId, ErrorCode, PlanId, SpiderScanId, ZapError,
};
use futures_util::{StreamExt, TryStreamExt};
use scripted::{Answer, Zap};

const TICK: Duration = Duration::from_millis(2);
const SHORT: Duration = Duration::from_millis(40);
/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3600);

fn scan(id: u32, progress: u8, state: &str) -> Answer {
    Answer::json(format!(r#"{{"scans":[{{"id":"{id}","progress":"{progress}","state":"{state}"}}]}}"#))
}

fn attack(progress: u8, requests: u64, state: &str) -> Answer {
    Answer::json(format!(
        r#"{{"scans":[{{"reqCount":"{requests}","alertCount":"0","progress":"{progress}","newAlertCount":"0","id":"0","state":"{state}"}}]}}"#
    ))
}

fn unknown() -> Answer {
    Answer::error(include_str!("recorded/err_does_not_exist.json"))
}

fn plan(started: &str, finished: &str, errors: &str) -> Answer {
    Answer::json(format!(
        r#"{{"warn":[],"planId":0,"started":"{started}","finished":"{finished}","error":[{errors}],"info":[]}}"#
    ))
}

/// All items; the end is the last one, and the only one.
async fn updates(watch: Watch) -> Vec<Update> {
    let updates: Vec<_> = watch.progress().try_collect().await.unwrap();
    let ends = updates.iter().filter(|update| matches!(update, Update::Ended(_))).count();
    assert_eq!(ends, 1, "{updates:?}");
    assert!(matches!(updates.last(), Some(Update::Ended(_))), "{updates:?}");
    updates
}

fn spider(zap: &Zap) -> Watch {
    zap.client().watch_spider(SpiderScanId::new(0)).every(TICK)
}

fn active(zap: &Zap) -> Watch {
    zap.client().watch_active_scan(ActiveScanId::new(0)).every(TICK)
}

mod spider_and_active_scan {
    use super::*;

    #[tokio::test]
    async fn finish() {
        let zap = Zap::start().await;
        // A crawl finds more to do: its percentage falls, and that is no restart.
        zap.says(
            "spider/view/scans",
            [scan(0, 50, "RUNNING"), scan(0, 20, "RUNNING"), scan(0, 100, "FINISHED")],
        );
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
        zap.says("spider/view/scans", [Answer::json(include_str!("recorded/spider_view_scans.json"))]);
        assert_eq!(spider(&zap).ended().await.unwrap(), Ended::Finished);

        let running = Answer::json(include_str!("recorded/ascan_view_scans_running.json"));
        zap.says(
            "ascan/view/scans",
            [running, Answer::json(include_str!("recorded/ascan_view_scans_done.json"))],
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
}

mod stopped_by_us {
    use super::*;

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
            Answer::json(format!(
                r#"{{"fullResults":[{{"urlsInScope":[{}]}}]}}"#,
                vec![page; pages].join(",")
            ))
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
            (
                client.watch_client_spider(ClientSpiderScanId::new(7)),
                Some("clientSpider/action/stop scanId=7"),
            ),
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
}

mod restarted {
    use super::*;

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
        assert_eq!(
            zap.client().watch_ajax_spider().guarded_by(&marker).ended().await.unwrap(),
            Ended::Restarted
        );

        zap.says(
            "context/action/removeContext",
            [Answer::error(include_str!("recorded/err_context_not_found.json"))],
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
}

mod errors {
    use super::*;

    #[tokio::test]
    async fn that_pass_are_borne() {
        let zap = Zap::start().await;
        let failing = || Answer::error(r#"{"code":"internal_error","message":"Internal Error"}"#);
        let answers =
            [scan(0, 10, "RUNNING"), failing(), Answer::closed(), failing(), scan(0, 100, "FINISHED")];
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
        let absent = Answer::error(include_str!("recorded/err_no_implementor.json"));
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
}

mod others {
    use super::*;

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
        let running = Answer::json(include_str!("recorded/automation_view_planProgress_running.json"));
        let done = Answer::json(include_str!("recorded/automation_view_planProgress_done.json"));
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
            [super::plan("t", "", ""), super::plan("t", "u", r#""no such job""#)],
        );
        let failed = Ended::Failed { errors: vec!["no such job".to_owned()] };
        assert_eq!(watch().ended().await.unwrap(), failed);

        zap.says("automation/view/planProgress", [super::plan("t", "", ""), super::plan("u", "v", "")]);
        assert_eq!(watch().ended().await.unwrap(), Ended::Restarted, "it began at another time");

        zap.says("automation/view/planProgress", [super::plan("", "", ""), super::plan("t", "v", "")]);
        assert_eq!(watch().ended().await.unwrap(), Ended::Finished, "it had not begun before");

        zap.says("automation/view/planProgress", [super::plan("t", "", ""), unknown()]);
        assert_eq!(watch().ended().await.unwrap(), Ended::Restarted);
    }
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
