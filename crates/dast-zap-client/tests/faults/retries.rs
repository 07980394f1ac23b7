//! What is tried again, and what is not.

use std::time::Duration;

use dast_zap_client::testing::{FakeZap, Fault};
use dast_zap_client::{ErrorCode, Url, ZapError};

use crate::calls::{STATUS, started, version};

#[tokio::test]
async fn views_are_tried_again_and_nothing_else_is() {
    let fake = FakeZap::start().await.unwrap();
    let scan = started(&fake).await;
    fake.fail_once(STATUS, Fault::BrokenOff);
    fake.fail_once(STATUS, Fault::BrokenOff);
    assert!(fake.client().spider().status(scan).send().await.is_ok());
    assert_eq!(fake.count(STATUS), 3);
    fake.fail_always(STATUS, Fault::BrokenOff);
    let error = fake.client().spider().status(scan).send().await.unwrap_err();
    assert!(matches!(&error, ZapError::Transport(transport) if !transport.is_unconnected()), "{error:?}");
    assert_eq!(fake.count(STATUS), 3 + 4);

    for fault in [Fault::BrokenOff, Fault::ApiError(ErrorCode::InternalError), Fault::Drop] {
        let fake = FakeZap::start().await.unwrap();
        fake.fail_always("core/action/newSession", fault.clone());
        fake.fail_always("core/other/jsonreport", fault.clone());
        let raw = fake.client().raw();
        assert!(raw.action("core", "newSession").send().await.is_err(), "{fault:?}");
        assert!(raw.other("core", "jsonreport").send().await.is_err(), "{fault:?}");
        assert_eq!(fake.calls().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn what_zap_may_have_carried_out_is_not_to_be_tried_again() {
    const SCAN: &str = "spider/action/scan";
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client();
    let shop: Url = "http://shop.test/".parse().unwrap();
    let scan =
        async || zap.spider().scan(&shop).deadline(Duration::from_millis(200)).send().await.unwrap_err();
    for fault in [Fault::BrokenOff, Fault::Stall, Fault::ApiError(ErrorCode::InternalError), Fault::Truncated]
    {
        fake.fail_once(SCAN, fault.clone());
        let error = scan().await;
        assert!(!error.is_retryable(), "{fault:?}: {error:?}");
    }
    for code in [ErrorCode::ScanInProgress, ErrorCode::BadState] {
        fake.fail_once(SCAN, Fault::ApiError(code));
        assert!(scan().await.is_retryable());
    }
    drop(fake);
    let error = scan().await;
    assert!(error.is_retryable(), "nobody was there: {error:?}");
}

#[tokio::test]
async fn views_that_are_answered_prove_nothing_about_actions() {
    // As with `api.nokeyforsafeops`.
    const NEW_SESSION: &str = "core/action/newSession";
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client();
    version(&zap).await.unwrap();
    fake.fail_once(NEW_SESSION, Fault::Drop);
    let error = zap.raw().action("core", "newSession").send().await.unwrap_err();
    assert!(matches!(error, ZapError::Dropped(_)), "{error:?}");
    zap.raw().action("core", "newSession").send().await.unwrap();
    fake.fail_once(NEW_SESSION, Fault::Drop);
    let error = zap.raw().action("core", "newSession").send().await.unwrap_err();
    assert!(matches!(error, ZapError::Transport(_)), "{error:?}");
}
