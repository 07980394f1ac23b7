//! What a scripted ZAP says, and watches of it.

use std::time::Duration;

use dast_zap_client::watch::{Update, Watch};
use dast_zap_client::{ActiveScanId, SpiderScanId};
use futures_util::TryStreamExt;

use crate::scripted::{Answer, Zap};

pub(crate) const TICK: Duration = Duration::from_millis(2);
pub(crate) const SHORT: Duration = Duration::from_millis(40);
/// Longer than any test takes.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

pub(crate) fn scan(id: u32, progress: u8, state: &str) -> Answer {
    Answer::json(format!(r#"{{"scans":[{{"id":"{id}","progress":"{progress}","state":"{state}"}}]}}"#))
}

pub(crate) fn attack(progress: u8, requests: u64, state: &str) -> Answer {
    Answer::json(format!(
        r#"{{"scans":[{{"reqCount":"{requests}","alertCount":"0","progress":"{progress}","newAlertCount":"0","id":"0","state":"{state}"}}]}}"#
    ))
}

pub(crate) fn unknown() -> Answer {
    Answer::error(include_str!("../recorded/err_does_not_exist.json"))
}

pub(crate) fn plan_progress(started: &str, finished: &str, errors: &str) -> Answer {
    Answer::json(format!(
        r#"{{"warn":[],"planId":0,"started":"{started}","finished":"{finished}","error":[{errors}],"info":[]}}"#
    ))
}

/// All items; the end is the last one, and the only one.
pub(crate) async fn updates(watch: Watch) -> Vec<Update> {
    let updates: Vec<_> = watch.progress().try_collect().await.unwrap();
    let ends = updates.iter().filter(|update| matches!(update, Update::Ended(_))).count();
    assert_eq!(ends, 1, "{updates:?}");
    assert!(matches!(updates.last(), Some(Update::Ended(_))), "{updates:?}");
    updates
}

pub(crate) fn spider(zap: &Zap) -> Watch {
    zap.client().watch_spider(SpiderScanId::new(0)).every(TICK)
}

pub(crate) fn active(zap: &Zap) -> Watch {
    zap.client().watch_active_scan(ActiveScanId::new(0)).every(TICK)
}
