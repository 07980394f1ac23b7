//! The active scanner: an attack on the shop from beginning to end, and some that are halted and ended.

use std::time::Duration;

use dast_zap_client::alert::Source;
use dast_zap_client::ascan::{ActiveScanner, RuleState, Scan, ScanState};
use dast_zap_client::{ActiveScanId, ErrorCode, RuleId};

use super::stage::{Stage, eventually, refused};

pub(crate) async fn calls(stage: &Stage) {
    halted(stage).await;
    all_at_once(stage).await;
    whole(stage).await;
}

/// An attack with a second between requests can be watched.
async fn halted(stage: &Stage) {
    let ascan = stage.zap.ascan();
    refused(ascan.scan(&"http://nobody.test/".parse().unwrap()).send().await, &ErrorCode::UrlNotFound);
    ascan.set_delay(Duration::from_secs(1)).send().await.unwrap();
    let scan =
        ascan.scan(&stage.page("")).recurse(true).scan_policy_name("Default Policy").send().await.unwrap();
    assert_eq!(scan, ActiveScanId::new(0));
    assert!(ascan.status(scan).send().await.unwrap() < 100);
    let running = async |id: i32| {
        let progress = ascan.scan_progress(scan).send().await.unwrap();
        let rules = progress.hosts.into_iter().flat_map(|host| host.rules);
        rules
            .into_iter()
            .any(|rule| rule.id == RuleId::new(id) && matches!(rule.state, RuleState::Running(_)))
    };
    eventually("the first rule", async || running(40012).await).await;
    ascan.skip_scanner(scan, RuleId::new(40012)).send().await.unwrap();
    eventually("the next rule", async || running(40014).await).await;
    ascan.pause(scan).send().await.unwrap();
    assert_eq!(state(&ascan, scan).await.unwrap().state, ScanState::Paused);
    ascan.resume(scan).send().await.unwrap();
    assert_eq!(state(&ascan, scan).await.unwrap().state, ScanState::Running);
    ascan.stop(scan).send().await.unwrap();
    finished(&ascan, scan).await;
    assert_eq!(ascan.status(scan).send().await.unwrap(), 100);
    ascan.remove_scan(scan).send().await.unwrap();
    refused(ascan.status(scan).send().await, &ErrorCode::DoesNotExist);
}

async fn all_at_once(stage: &Stage) {
    let ascan = stage.zap.ascan();
    let (root, products) = (stage.page(""), stage.page("products"));
    let both = async || {
        let one = ascan.scan(&root).recurse(true).in_scope_only(false).method("GET").send().await.unwrap();
        [one, ascan.scan(&products).recurse(true).send().await.unwrap()]
    };
    let known = async |state: ScanState| {
        let scans = ascan.scans().send().await.unwrap();
        assert!(scans.iter().all(|scan| scan.state == state), "{scans:?}");
        scans.iter().map(|scan| scan.id).collect::<Vec<_>>()
    };
    let scans = both().await;
    assert_eq!(known(ScanState::Running).await, scans);
    ascan.pause_all_scans().send().await.unwrap();
    assert_eq!(known(ScanState::Paused).await, scans);
    // ZAP 2.17.0 forgets them instead.
    ascan.resume_all_scans().send().await.unwrap();
    assert_eq!(known(ScanState::Running).await, []);

    let scans = both().await;
    ascan.stop_all_scans().send().await.unwrap();
    for scan in scans {
        finished(&ascan, scan).await;
    }
    assert_eq!(known(ScanState::Finished).await, scans);
    // Interrupted: it reads as done by its status alone.
    assert_eq!(ascan.status(scans[0]).send().await.unwrap(), 100);
    assert!(state(&ascan, scans[0]).await.unwrap().progress < 100);
    ascan.remove_all_scans().send().await.unwrap();
    assert_eq!(known(ScanState::Finished).await, []);
    ascan.set_delay(Duration::ZERO).send().await.unwrap();
}

async fn whole(stage: &Stage) {
    let ascan = stage.zap.ascan();
    let scan = ascan.scan(&stage.page("")).send().await.unwrap();
    finished(&ascan, scan).await;
    let done = state(&ascan, scan).await.unwrap();
    assert_eq!((done.progress, done.alert_count > 0), (100, true), "{done:?}");
    let progress = ascan.scan_progress(scan).send().await.unwrap();
    assert_eq!((progress.hosts.len(), progress.hosts[0].host.as_str()), (1, stage.site().as_str()));
    assert!(progress.hosts[0].rules.iter().all(|rule| rule.state == RuleState::Complete), "{progress:?}");
    let sent: u64 = progress.hosts[0].rules.iter().map(|rule| rule.requests).sum();
    assert!(sent > 0 && sent <= done.req_count, "{sent} of {}", done.req_count);

    let alerts = ascan.alerts_ids(scan).send().await.unwrap();
    assert_eq!(alerts.len() as u64, done.alert_count);
    let alert = stage.zap.alert().alert(alerts[0]).send().await.unwrap();
    assert_eq!((alert.id, alert.source), (alerts[0], Source::Active));
    let messages = ascan.messages_ids(scan).send().await.unwrap();
    let message = stage.zap.core().message(messages[0]).send().await.unwrap();
    assert_eq!(message.id, messages[0]);
}

async fn state(ascan: &ActiveScanner, scan: ActiveScanId) -> Option<Scan> {
    ascan.scans().send().await.unwrap().into_iter().find(|known| known.id == scan)
}

pub(crate) async fn finished(ascan: &ActiveScanner, scan: ActiveScanId) {
    eventually("the attack", async || state(ascan, scan).await.unwrap().state == ScanState::Finished).await;
}
