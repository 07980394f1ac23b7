//! ZAP itself: `core`, `autoupdate`, `ruleConfig`; at the end a new session, and no ZAP.

use std::fs;
use std::path::Path;

use dast_zap_client::ErrorCode;
use dast_zap_client::autoupdate::InstallationStatus;
use dast_zap_client::core::Mode;

use super::stage::{Stage, eventually, refused};

pub(crate) async fn calls(stage: &Stage) {
    facts(stage).await;
    modes(stage).await;
    files(stage).await;
    rule_settings(stage).await;
}

async fn facts(stage: &Stage) {
    let core = stage.zap.core();
    assert_eq!(core.version().send().await.unwrap(), "2.17.0");
    assert_eq!(Path::new(&core.zap_home_path().send().await.unwrap()), stage.daemon.home());
    // A session that was not saved has no file.
    assert_eq!(core.session_location().send().await.unwrap(), "");

    let add_ons = stage.zap.autoupdate().installed_addons().send().await.unwrap();
    let spider = add_ons.iter().find(|add_on| add_on.id == "spider").unwrap();
    assert_eq!(spider.installation_status, InstallationStatus::Installed);
    assert!(!spider.version.is_empty() && spider.file.is_some());

    // Reports are made by an add-on that the lab does not have.
    refused(core.json_report().send().await, &ErrorCode::InternalError);
    refused(core.xml_report().send().await, &ErrorCode::InternalError);
    refused(core.html_report().send().await, &ErrorCode::InternalError);
}

async fn modes(stage: &Stage) {
    let core = stage.zap.core();
    assert_eq!(core.mode().send().await.unwrap(), Mode::Standard);
    core.set_mode(Mode::Safe).send().await.unwrap();
    assert_eq!(core.mode().send().await.unwrap(), Mode::Safe);
    refused(stage.zap.spider().scan(&stage.page("")).send().await, &ErrorCode::ModeViolation);
    core.set_mode(Mode::Standard).send().await.unwrap();

    core.exclude_from_proxy(r"\Qhttp://nobody.test/\E.*").send().await.unwrap();
    assert_eq!(core.excluded_from_proxy().send().await.unwrap(), [r"\Qhttp://nobody.test/\E.*"]);
    core.clear_excluded_from_proxy().send().await.unwrap();
    assert_eq!(core.excluded_from_proxy().send().await.unwrap(), [""; 0]);
}

async fn files(stage: &Stage) {
    let core = stage.zap.core();
    let uploaded = core.file_upload("greeting.txt", "grüß Gott & more\n").send().await.unwrap();
    let uploaded: serde_json::Value = serde_json::from_slice(&uploaded).unwrap();
    let file = uploaded["Uploaded"].as_str().unwrap();
    assert_eq!(Path::new(file), stage.daemon.home().join("transfer/greeting.txt"));
    assert_eq!(fs::read_to_string(file).unwrap(), "grüß Gott & more\n");
    let downloaded = core.file_download("greeting.txt").send().await.unwrap();
    assert_eq!(String::from_utf8(downloaded).unwrap(), "grüß Gott & more\n");
    refused(core.file_download("../config.xml").send().await, &ErrorCode::IllegalParameter);
}

async fn rule_settings(stage: &Stage) {
    const SLEEP: &str = "rules.common.sleep";
    let settings = stage.zap.rule_config();
    let all = settings.all().send().await.unwrap();
    let sleep = all.iter().find(|setting| setting.key == SLEEP).unwrap();
    assert_eq!((sleep.value.as_str(), sleep.default_value.as_str()), ("15", "15"));

    settings.set_value(SLEEP).value("5").send().await.unwrap();
    assert_eq!(settings.value(SLEEP).send().await.unwrap(), "5");
    settings.reset_value(SLEEP).send().await.unwrap();
    assert_eq!(settings.value(SLEEP).send().await.unwrap(), "15");
    settings.set_value(SLEEP).value("7").send().await.unwrap();
    settings.reset_all_values().send().await.unwrap();
    assert_eq!(settings.all().send().await.unwrap(), all);
}

/// A new session forgets everything but how rules are set, and after the end nobody answers.
pub(crate) async fn end(stage: &Stage) {
    let core = stage.zap.core();
    let file = stage.file("session");
    core.access_url(&stage.page("")).send().await.unwrap();
    // ZAP plants its tree a moment after it has answered.
    eventually("the site", async || core.sites().send().await.unwrap().contains(&stage.site())).await;
    core.new_session().name(file.to_str().unwrap()).send().await.unwrap();
    let location = core.session_location().send().await.unwrap();
    assert!(location.starts_with(file.to_str().unwrap()), "{location}");
    assert_eq!(core.sites().send().await.unwrap(), [""; 0]);
    assert_eq!(stage.zap.alert().number_of_alerts("").send().await.unwrap(), 0);
    refused(core.new_session().name(file.to_str().unwrap()).send().await, &ErrorCode::AlreadyExists);
    core.new_session().name(file.to_str().unwrap()).overwrite(true).send().await.unwrap();

    core.shutdown().send().await.unwrap();
    eventually("the end of ZAP", async || !stage.daemon.is_running().unwrap()).await;
}
