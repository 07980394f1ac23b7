//! What is not there, or not known.

use std::time::Duration;

use dast_zap_client::testing::FakeZap;
use dast_zap_client::watch::Ended;
use dast_zap_client::{ErrorCode, ZapClient, ZapError};
use serde_json::{Value as Json, json};

use crate::form::Refused;
use crate::shop::{SHOP, asked, fake};

#[tokio::test]
async fn what_was_not_uploaded_is_not_there() {
    let fake = FakeZap::builder().site(SHOP).start().await.unwrap();
    let zap = fake.client();
    let path = "${XFER}/plan.yaml";
    let error = zap.automation().run_plan(path).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::DoesNotExist));
    let answer = zap.core().file_upload("plan.yaml", "jobs: []").send().await.unwrap();
    let answer: Json = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer, json!({ "Uploaded": "/zap/transfer/plan.yaml" }));
    let plan = zap.automation().run_plan(path).send().await.unwrap();
    let watch = zap.watch_plan(plan, ["spider"]).every(Duration::from_millis(1));
    assert_eq!(watch.ended().await.unwrap(), Ended::Finished);
    let stopped = zap.automation().run_plan(path).send().await.unwrap();
    zap.automation().stop_plan(stopped).send().await.unwrap();
    let ended = zap.watch_plan(stopped, ["spider"]).ended().await.unwrap();
    assert!(matches!(ended, Ended::Failed { .. }), "{ended}");
    assert_eq!(zap.core().urls(SHOP).send().await.unwrap(), [SHOP]);
    let error = zap.core().file_upload("../plan.yaml", "jobs: []").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::IllegalParameter));
}

#[tokio::test]
async fn words_and_names_that_zap_does_not_know_are_refused() {
    let fake = fake().await;
    asked(&fake, "ascan/action/addScanPolicy", &[("scanPolicyName", "p")]).await;
    let cases: &[Refused] = &[
        (
            "ascan/action/addScanPolicy",
            &[("scanPolicyName", "q"), ("attackStrength", "NOPE")],
            "attackStrength",
        ),
        ("ascan/action/removeScanPolicy", &[("scanPolicyName", "nope")], "scanPolicyName"),
        ("ascan/view/scanners", &[("scanPolicyName", "nope")], "scanPolicyName"),
        ("ascan/action/setScannerAttackStrength", &[("id", "999"), ("attackStrength", "LOW")], "999"),
        ("ascan/action/setScannerAlertThreshold", &[("id", "999"), ("alertThreshold", "LOW")], "999"),
        ("pscan/action/setScannerAlertThreshold", &[("id", "999"), ("alertThreshold", "LOW")], "id"),
        (
            "pscan/action/setScannerAlertThreshold",
            &[("id", "10020"), ("alertThreshold", "NO")],
            "alertThreshold",
        ),
        ("network/action/removeRateLimitRule", &[("description", "nope")], "description"),
        ("context/action/removeContext", &[("contextName", "nope")], "nope"),
        ("spider/action/scan", &[("url", SHOP), ("contextName", "nope")], "nope"),
    ];
    for (endpoint, parameters, detail) in cases {
        let found = asked(&fake, endpoint, parameters).await;
        assert_eq!(
            (&found["code"], &found["detail"]),
            (&json!("does_not_exist"), &json!(detail)),
            "{endpoint}"
        );
    }
    let off = [("id", "40018"), ("alertThreshold", "OFF"), ("scanPolicyName", "p")];
    asked(&fake, "ascan/action/setScannerAlertThreshold", &off).await;
    let of = async |policy| {
        let scanners = asked(&fake, "ascan/view/scanners", &[("scanPolicyName", policy)]).await;
        (scanners["scanners"][1]["alertThreshold"].clone(), scanners["scanners"][1]["enabled"].clone())
    };
    assert_eq!(of("p").await, (json!("OFF"), json!("false")));
    assert_eq!(of("Default Policy").await, (json!("DEFAULT"), json!("true")));
}

#[tokio::test]
async fn what_was_left_out_is_absent_and_what_was_taught_is_known() {
    let fake = FakeZap::builder().without("openapi").start().await.unwrap();
    let zap = fake.client();
    let error = zap.raw().action("openapi", "importUrl").text("url", SHOP).send().await.unwrap_err();
    assert!(matches!(error, ZapError::ComponentAbsent(_)), "{error:?}");
    let addons = asked(&fake, "autoupdate/view/installedAddons", &[]).await;
    assert!(addons["installedAddons"].as_array().unwrap().iter().all(|addon| addon["id"] != "openapi"));
    fake.answer("ajaxSpider/view/status", json!({ "status": "running" }));
    assert_eq!(asked(&fake, "ajaxSpider/view/status", &[]).await["status"], "running");
}

#[tokio::test]
async fn it_ends_with_its_handle() {
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client();
    zap.raw().view("core", "version").send().await.unwrap();
    drop(fake);
    let error = zap.raw().view("core", "version").send().await.unwrap_err();
    assert!(matches!(error, ZapError::Transport(_)), "{error:?}");
}

#[test]
fn tls_without_a_provider_is_an_error() {
    let error = ZapClient::builder("https://zap.test").build().unwrap_err();
    assert!(matches!(error, ZapError::NoTlsProvider), "{error:?}");
    assert!(!error.is_retryable());
    assert!(ZapClient::builder("http://zap.test").build().is_ok());
}
