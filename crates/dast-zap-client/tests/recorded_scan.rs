//! Replies of ZAP as they were recorded, read by the handlers of scans and their findings.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read, Write};
use std::net::TcpListener;

use dast_zap_client::alert::{Alert, Confidence, Risk, Source};
use dast_zap_client::ascan::{AttackStrength, Quality, RuleState, ScanState};
use dast_zap_client::replacer::MatchType;
use dast_zap_client::{ActiveScanId, AlertId, MessageId, PlanId, RuleId, ZapClient};

/// A client of a server that answers one request with a recorded reply: a request for what the reply is named after.
fn recorded(name: &str) -> ZapClient {
    let endpoint = format!("/{}/", name.split('_').take(3).collect::<Vec<_>>().join("/"));
    let path = format!("{}/tests/recorded/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let body = std::fs::read(path).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut chunk = [0; 4096];
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let read = connection.read(&mut chunk).unwrap();
            assert!(read > 0, "no whole request");
            request.extend_from_slice(&chunk[..read]);
        }
        assert!(String::from_utf8_lossy(&request).contains(&endpoint), "it is no reply of what is asked");
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(&body).unwrap();
    });
    ZapClient::builder(url).build().unwrap()
}

const SCAN: ActiveScanId = ActiveScanId::new(0);

#[tokio::test]
async fn active_scans() {
    let url = "http://127.0.0.1:9901/".parse().unwrap();
    assert_eq!(recorded("ascan_action_scan").ascan().scan(&url).send().await.unwrap(), SCAN);
    assert_eq!(recorded("ascan_view_status_done").ascan().status(SCAN).send().await.unwrap(), 100);

    let running = recorded("ascan_view_scans_running").ascan().scans().send().await.unwrap();
    assert_eq!((running[0].id, &running[0].state, running[0].progress), (SCAN, &ScanState::Running, 14));
    let done = recorded("ascan_view_scans_done").ascan().scans().send().await.unwrap();
    assert_eq!((&done[0].state, done[0].progress, done[0].req_count), (&ScanState::Finished, 41, 566));
    assert_eq!((done[0].alert_count, done[0].new_alert_count), (4, 4));

    let ids = recorded("ascan_view_alertsIds").ascan().alerts_ids(SCAN).send().await.unwrap();
    assert_eq!(ids, [33, 34, 35, 36].map(AlertId::new));
}

#[tokio::test]
async fn progress_of_an_active_scan() {
    let progress = recorded("ascan_view_scanProgress").ascan().scan_progress(SCAN).send().await.unwrap();
    assert_eq!(progress.hosts.len(), 1);
    let host = &progress.hosts[0];
    assert_eq!((host.host.as_str(), host.rules.len()), ("http://127.0.0.1:9901", 48));
    let first = &host.rules[0];
    assert_eq!(
        (first.name.as_str(), first.id, &first.state),
        ("Path Traversal", RuleId::new(6), &RuleState::Complete)
    );
    assert_eq!((first.took.as_millis(), first.requests, first.alerts), (1319, 60, 0));
    assert_eq!(host.rules.iter().filter(|rule| rule.state == RuleState::Running(88)).count(), 1);
    assert_eq!(host.rules.iter().filter(|rule| rule.state == RuleState::Pending).count(), 41);

    let done = recorded("ascan_view_scanProgress_done").ascan().scan_progress(SCAN).send().await.unwrap();
    assert_eq!(done.hosts[0].rules.iter().filter(|rule| rule.state == RuleState::Pending).count(), 28);
}

#[tokio::test]
async fn active_rules_and_their_categories() {
    let rules = recorded("ascan_view_scanners").ascan().scanners().send().await.unwrap();
    assert_eq!(rules.len(), 48);
    assert_eq!(
        (rules[0].id, rules[0].category, rules[0].cwe_id, rules[0].wasc_id),
        (RuleId::new(6), 2, Some(22), Some(33))
    );
    assert_eq!((&rules[0].attack_strength, &rules[0].quality), (&AttackStrength::Default, &Quality::Release));
    assert!(rules.iter().any(|rule| rule.cwe_id.is_none()), "ZAP's 0 is none");
    assert_eq!(rules[47].dependencies, [RuleId::new(40016)]);

    let categories = recorded("ascan_view_policies").ascan().policies().send().await.unwrap();
    assert_eq!(categories[0].attack_strength, Some(AttackStrength::Default));
    assert_eq!((categories[1].name.as_str(), &categories[1].attack_strength), ("Client Browser", &None));
}

#[tokio::test]
async fn passive_scanner() {
    assert_eq!(recorded("pscan_view_recordsToScan").pscan().records_to_scan().send().await.unwrap(), 0);
    let rules = recorded("pscan_view_scanners").pscan().scanners().send().await.unwrap();
    assert_eq!((rules.len(), rules[0].id, rules[0].enabled), (54, RuleId::new(10020), true));
}

#[tokio::test]
async fn an_alert() {
    let alert = recorded("alert_view_alert").alert().alert(AlertId::new(0)).send().await.unwrap();
    assert_eq!(
        (alert.id, alert.rule, alert.alert_ref.as_deref()),
        (AlertId::new(0), RuleId::new(10020), Some("10020-1"))
    );
    assert_eq!(
        (&alert.risk, &alert.confidence, &alert.source),
        (&Risk::Medium, &Confidence::Medium, &Source::Passive)
    );
    assert_eq!((alert.cwe_id, alert.wasc_id), (Some(1021), Some(15)));
    assert_eq!((alert.message_id, alert.source_message_id), (MessageId::new(4), Some(MessageId::new(4))));
    assert_eq!(alert.node_name.as_deref(), Some("http://127.0.0.1:9901/"));
    assert_eq!((alert.param.as_str(), alert.name == alert.alert), ("x-frame-options", true));
    assert!(alert.tags.contains_key("SYSTEMIC"));
}

#[tokio::test]
async fn alerts() {
    let list = async |name| -> Vec<Alert> {
        recorded(name).alert().alerts("http://127.0.0.1:9901").send().await.unwrap()
    };
    assert_eq!(list("alert_view_alerts").await.len(), 33);
    let full = list("alert_view_alerts_full_run").await;
    assert_eq!((full.len(), full.last().unwrap().id), (46, AlertId::new(49)));
    assert!(full.iter().any(|alert| alert.cwe_id.is_none() && alert.wasc_id.is_none()), "ZAP's 0 is none");

    let count = recorded("alert_view_numberOfAlerts").alert().number_of_alerts("http://127.0.0.1:9901");
    assert_eq!(count.send().await.unwrap(), 33);
    let summary = recorded("alert_view_alertsSummary")
        .alert()
        .alerts_summary("http://127.0.0.1:9901")
        .send()
        .await
        .unwrap();
    assert_eq!((summary.high, summary.medium, summary.low, summary.informational), (4, 11, 17, 1));
    let counts =
        recorded("alert_view_alertCountsByRisk").alert().alert_counts_by_risk().send().await.unwrap();
    assert_eq!(
        (counts.high, counts.medium, counts.low, counts.informational, counts.false_positive),
        (2, 3, 5, 1, 0)
    );
    let by_risk = recorded("alert_view_alertsByRisk").alert().alerts_by_risk().send().await.unwrap();
    assert_eq!(by_risk[3]["High"][0]["Cross Site Scripting (Reflected)"].len(), 3);
}

#[tokio::test]
async fn plans_imports_and_replacements() {
    let plan = PlanId::new(0);
    assert_eq!(
        recorded("automation_action_runPlan").automation().run_plan("/plan.yaml").send().await.unwrap(),
        plan
    );
    let running = recorded("automation_view_planProgress_running")
        .automation()
        .plan_progress(plan)
        .send()
        .await
        .unwrap();
    assert_eq!((running.finished, running.infos.len()), (None, 7));
    let done =
        recorded("automation_view_planProgress_done").automation().plan_progress(plan).send().await.unwrap();
    assert_eq!((done.finished.as_deref(), done.errors.len()), (Some("2026-11-21T00:01:25.995Z"), 0));

    let document = "http://shop.test/openapi.json".parse().unwrap();
    let warnings = recorded("openapi_action_importUrl").openapi().import_url(&document).send().await.unwrap();
    assert!(warnings.is_empty());

    let rules = recorded("replacer_view_rules").replacer().rules().send().await.unwrap();
    assert_eq!((rules.len(), &rules[0].match_type, rules[0].enabled), (6, &MatchType::ResponseHeader, false));
    assert!(rules[3].is_regex && rules[3].initiators.is_empty());
}
