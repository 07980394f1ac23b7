//! Refusals, and whoever answers in place of ZAP.

use dast_zap_client::testing::{FakeZap, Fault};
use dast_zap_client::{ErrorCode, ZapError};

use crate::calls::{status, version, version_with};

#[tokio::test]
async fn a_connection_closed_without_a_word_is_a_refusal() {
    let (result, calls) = version_with(Fault::Drop).await;
    let error = result.unwrap_err();
    assert!(
        matches!(&error, ZapError::Dropped(dropped) if dropped.endpoint().name() == "version"),
        "{error:?}"
    );
    assert!(!error.is_retryable());
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn a_key_that_worked_is_no_refusal_later() {
    let error = status(Fault::Drop).await.unwrap_err();
    assert!(matches!(error, ZapError::Transport(_)), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_wrong_key_is_a_refusal() {
    let fake = FakeZap::builder().api_key("right-key").start().await.unwrap();
    let wrong = fake.client_builder().api_key("wrong-key").build().unwrap();
    let error = version(&wrong).await.unwrap_err();
    assert!(matches!(error, ZapError::Dropped(_)), "{error:?}");
    assert!(!format!("{error:?} {error} {wrong:?}").contains("wrong-key"));

    let fake = FakeZap::builder().reports_permission_errors().start().await.unwrap();
    let wrong = fake.client_builder().api_key("wrong-key").build().unwrap();
    let error = version(&wrong).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::BadApiKey));
    assert!(!error.is_retryable());
    assert!(!format!("{:?} {wrong:?}", fake.client_builder().api_key("wrong-key")).contains("wrong-key"));
}

#[tokio::test]
async fn a_proxy_that_answers_is_told_apart() {
    for code in [502, 503, 504, 407] {
        let (result, calls) = version_with(Fault::Status(code, "no route".to_owned())).await;
        let error = result.unwrap_err();
        let ZapError::Proxied(answer) = &error else { panic!("{error:?}") };
        assert_eq!((answer.status(), answer.excerpt()), (code, "no route"));
        assert!(!error.is_retryable());
        assert_eq!(calls, 1);
    }
}

#[tokio::test]
async fn something_else_that_answers_is_told_apart() {
    for fault in [Fault::Html, Fault::Status(404, "not here".to_owned())] {
        let error = status(fault.clone()).await.unwrap_err();
        assert!(matches!(error, ZapError::NotZap(_)), "{fault:?}: {error:?}");
        assert!(!error.is_retryable());
        let error = version_with(fault.clone()).await.0.unwrap_err();
        assert!(matches!(error, ZapError::NotZap(_)), "raw, {fault:?}: {error:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_a_transport_error() {
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client();
    drop(fake);
    let error = version(&zap).await.unwrap_err();
    assert!(matches!(&error, ZapError::Transport(transport) if transport.is_unconnected()), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_version_that_is_too_old_is_named() {
    let fake = FakeZap::builder().version("2.15.0").start().await.unwrap();
    let error = fake.client().probe().await.unwrap_err();
    assert!(matches!(&error, ZapError::TooOld(old) if old.found() == "2.15.0"), "{error:?}");
    assert!(!error.is_retryable());
}
