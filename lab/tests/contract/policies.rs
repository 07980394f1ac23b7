//! How the active scanner attacks: rules, their categories, policies; and how the passive scanner looks.

use std::time::Duration;

use dast_zap_client::ascan::{AlertThreshold, AttackStrength, Scanner};
use dast_zap_client::{ErrorCode, RuleId, pscan};

use super::options::kept;
use super::stage::{Stage, refused};

const REFLECTED: RuleId = RuleId::new(40012);
const STORED: RuleId = RuleId::new(40014);
/// The category that ZAP calls "Injection".
const INJECTION: u32 = 4;

pub(crate) async fn calls(stage: &Stage) {
    rules(stage).await;
    categories(stage).await;
    policies(stage).await;
    options(stage).await;
    passive_rules(stage).await;
    passive_options(stage).await;
}

async fn rule(stage: &Stage, id: RuleId, policy: Option<&str>) -> Scanner {
    let request = stage.zap.ascan().scanners();
    let request = match policy {
        Some(policy) => request.scan_policy_name(policy),
        None => request,
    };
    request.send().await.unwrap().into_iter().find(|rule| rule.id == id).unwrap()
}

async fn rules(stage: &Stage) {
    let ascan = stage.zap.ascan();
    let reflected = rule(stage, REFLECTED, None).await;
    assert_eq!((reflected.category, reflected.cwe_id, reflected.wasc_id), (INJECTION, Some(79), Some(8)));
    assert_eq!(reflected.attack_strength, AttackStrength::Default);

    ascan.set_scanner_attack_strength(REFLECTED, AttackStrength::High).send().await.unwrap();
    ascan.set_scanner_alert_threshold(REFLECTED, AlertThreshold::Low).send().await.unwrap();
    let changed = rule(stage, REFLECTED, None).await;
    let is = (changed.attack_strength, changed.alert_threshold);
    assert_eq!(is, (AttackStrength::High, AlertThreshold::Low));
    ascan.set_scanner_attack_strength(REFLECTED, AttackStrength::Default).send().await.unwrap();
    ascan.set_scanner_alert_threshold(REFLECTED, AlertThreshold::Default).send().await.unwrap();

    ascan.disable_all_scanners().send().await.unwrap();
    assert!(ascan.scanners().send().await.unwrap().iter().all(|rule| !rule.enabled));
    ascan.enable_scanners(&[REFLECTED, STORED]).send().await.unwrap();
    assert!(rule(stage, REFLECTED, None).await.enabled && rule(stage, STORED, None).await.enabled);
    ascan.disable_scanners(&[REFLECTED]).send().await.unwrap();
    assert!(!rule(stage, REFLECTED, None).await.enabled && rule(stage, STORED, None).await.enabled);
    ascan.enable_all_scanners().send().await.unwrap();
    assert_eq!(rule(stage, REFLECTED, None).await, reflected);
}

async fn categories(stage: &Stage) {
    let ascan = stage.zap.ascan();
    let injection = async || {
        let all = ascan.policies().send().await.unwrap();
        all.into_iter().find(|category| category.id == INJECTION).unwrap()
    };
    assert_eq!((injection().await.name.as_str(), injection().await.enabled), ("Injection", true));
    ascan.set_policy_attack_strength(INJECTION, AttackStrength::Low).send().await.unwrap();
    ascan.set_policy_alert_threshold(INJECTION, AlertThreshold::High).send().await.unwrap();
    let changed = injection().await;
    let is = (changed.attack_strength, changed.alert_threshold);
    assert_eq!(is, (Some(AttackStrength::Low), Some(AlertThreshold::High)));
    ascan.set_policy_attack_strength(INJECTION, AttackStrength::Default).send().await.unwrap();
    ascan.set_policy_alert_threshold(INJECTION, AlertThreshold::Default).send().await.unwrap();
}

async fn policies(stage: &Stage) {
    let ascan = stage.zap.ascan();
    let names = async || ascan.scan_policy_names().send().await.unwrap();
    assert_eq!(names().await, ["Default Policy"]);
    ascan
        .add_scan_policy("contract")
        .attack_strength(AttackStrength::Low)
        .alert_threshold(AlertThreshold::Medium)
        .send()
        .await
        .unwrap();
    assert_eq!(names().await, ["Default Policy", "contract"]);
    refused(ascan.add_scan_policy("contract").send().await, &ErrorCode::AlreadyExists);
    ascan.disable_scanners(&[STORED]).scan_policy_name("contract").send().await.unwrap();
    assert!(!rule(stage, STORED, Some("contract")).await.enabled);
    assert!(rule(stage, STORED, None).await.enabled, "the default has not changed");
    ascan.update_scan_policy("contract").attack_strength(AttackStrength::High).send().await.unwrap();

    // What ZAP wrote for one policy is read as another, once the first is gone.
    let file = stage.daemon.home().join("policies/contract.policy");
    let copy = stage.file("copy.policy");
    std::fs::copy(file, &copy).unwrap();
    ascan.remove_scan_policy("contract").send().await.unwrap();
    assert_eq!(names().await, ["Default Policy"]);
    ascan.import_scan_policy(copy.to_str().unwrap()).send().await.unwrap();
    assert_eq!(names().await, ["Default Policy", "contract"]);
    assert!(!rule(stage, STORED, Some("contract")).await.enabled);
}

async fn options(stage: &Stage) {
    let ascan = stage.zap.ascan();
    kept!(ascan, max_scan_duration, set_max_scan_duration, Duration::from_secs(600));
    kept!(ascan, max_rule_duration, set_max_rule_duration, Duration::from_secs(120));
    kept!(ascan, max_alerts_per_rule, set_max_alerts_per_rule, 5);
    kept!(ascan, threads_per_host, set_threads_per_host, 3);
    kept!(ascan, hosts_per_scan, set_hosts_per_scan, 4);
    kept!(ascan, delay, set_delay, Duration::from_millis(20));
    kept!(ascan, handles_anti_csrf_tokens, set_handle_anti_csrf_tokens, false);
    kept!(ascan, target_params_injectable, set_target_params_injectable, 1);
    kept!(ascan, target_params_enabled_rpc, set_target_params_enabled_rpc, 2);
    ascan.exclude_from_scan(".*/about").send().await.unwrap();
    assert_eq!(ascan.excluded_from_scan().send().await.unwrap(), [".*/about"]);
    ascan.clear_excluded_from_scan().send().await.unwrap();
    assert_eq!(ascan.excluded_from_scan().send().await.unwrap(), [""; 0]);
}

async fn passive_rules(stage: &Stage) {
    const FRAMING: RuleId = RuleId::new(10020);
    let pscan = stage.zap.pscan();
    let framing = async || {
        let rules: Vec<pscan::Scanner> = pscan.scanners().send().await.unwrap();
        rules.into_iter().find(|rule| rule.id == FRAMING).unwrap()
    };
    assert!(framing().await.enabled);
    pscan.set_scanner_alert_threshold(FRAMING, AlertThreshold::High).send().await.unwrap();
    assert_eq!(framing().await.alert_threshold, AlertThreshold::High);
    pscan.set_scanner_alert_threshold(FRAMING, AlertThreshold::Default).send().await.unwrap();
    pscan.disable_scanners(&[FRAMING]).send().await.unwrap();
    assert!(!framing().await.enabled);
    pscan.enable_scanners(&[FRAMING]).send().await.unwrap();
    assert!(framing().await.enabled);
    pscan.disable_all_scanners().send().await.unwrap();
    assert!(pscan.scanners().send().await.unwrap().iter().all(|rule| !rule.enabled));
    pscan.enable_all_scanners().send().await.unwrap();
    assert!(pscan.scanners().send().await.unwrap().iter().all(|rule| rule.enabled));
}

async fn passive_options(stage: &Stage) {
    let pscan = stage.zap.pscan();
    kept!(pscan, scan_only_in_scope, set_scan_only_in_scope, true);
    kept!(pscan, max_alerts_per_rule, set_max_alerts_per_rule, 3);
    // The core's part of ZAP, which answers here, leaves these to the add-on.
    refused(pscan.max_body_size().send().await, &ErrorCode::BadView);
    refused(pscan.set_max_body_size(100_000).send().await, &ErrorCode::BadAction);
    stage.passive_scan().await;
    pscan.set_enabled(false).send().await.unwrap();
    pscan.set_enabled(true).send().await.unwrap();
    pscan.clear_queue().send().await.unwrap();
    assert_eq!(pscan.records_to_scan().send().await.unwrap(), 0);
    refused(pscan.current_tasks().send().await, &ErrorCode::InternalError);
}
