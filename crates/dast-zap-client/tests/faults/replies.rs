//! Replies that are wrong, too long or too slow.

use std::time::Duration;

use dast_zap_client::testing::{FakeZap, Fault};
use dast_zap_client::{CancellationToken, ErrorCode, SpiderScanId, ZapError};

use crate::calls::{STATUS, VERSION, status, version, version_with};

#[tokio::test]
async fn a_reply_that_does_not_decode_says_where() {
    for (body, path) in [
        (r#"{"status":[]}"#, "status"),
        (r#"{"status":"many"}"#, "status"),
        (r#"{"status":"256"}"#, "status"),
        (r#"{"status":-1}"#, "status"),
        (r#"{"status":null}"#, "status"),
        (r#"{"other":"1"}"#, "."),
        (r#"["status"]"#, "."),
        ("", "."),
    ] {
        let error = status(Fault::Body(body.into())).await.unwrap_err();
        let ZapError::Decode(wrong) = &error else { panic!("{body}: {error:?}") };
        assert_eq!(wrong.path(), path, "{body}");
        assert!(!error.is_retryable());
    }
    let error = status(Fault::Truncated).await.unwrap_err();
    assert!(matches!(error, ZapError::Decode(_)), "{error:?}");
    let truncated =
        Fault::Body(br#"{"scans":[{"id":"0","progress":"1","state":"RUNNING"},{"id":"1","prog"#.to_vec());
    let fake = FakeZap::start().await.unwrap();
    fake.fail_always("spider/view/scans", truncated);
    let error = fake.client().spider().scans().send().await.unwrap_err();
    let ZapError::Decode(wrong) = &error else { panic!("{error:?}") };
    assert!(wrong.path().starts_with("scans[1]"), "{}", wrong.path());
    assert!(wrong.excerpt().contains("progress"), "{}", wrong.excerpt());
    assert_eq!(fake.count("spider/view/scans"), 1);
}

#[tokio::test]
async fn numbers_may_be_text_and_the_reverse() {
    for body in [r#"{"status":"42"}"#, r#"{"status":42}"#, r#"{"more":{},"status":"42"}"#] {
        assert_eq!(status(Fault::Body(body.into())).await.unwrap(), 42, "{body}");
    }
}

#[tokio::test]
async fn an_error_is_one_whatever_its_status() {
    for fault in [Fault::ApiError(ErrorCode::DoesNotExist), Fault::ApiErrorOk(ErrorCode::DoesNotExist)] {
        for error in
            [status(fault.clone()).await.unwrap_err(), version_with(fault.clone()).await.0.unwrap_err()]
        {
            let ZapError::Api(said) = &error else { panic!("{fault:?}: {error:?}") };
            assert_eq!(said.code(), &ErrorCode::DoesNotExist);
            assert!(!error.is_retryable());
        }
    }
    let (result, calls) = version_with(Fault::ApiError(ErrorCode::InternalError)).await;
    let error = result.unwrap_err();
    assert!(matches!(&error, ZapError::Api(said) if said.status() == 500), "{error:?}");
    assert!(error.is_retryable());
    assert_eq!(calls, 4);
}

#[tokio::test]
async fn a_failure_without_a_reason_is_one() {
    let fail = || Fault::Body(br#"{"Result":"FAIL"}"#.to_vec());
    let fake = FakeZap::start().await.unwrap();
    fake.fail_always("spider/action/setOptionMaxDuration", fail());
    fake.fail_always(STATUS, fail());
    let spider = fake.client().spider();
    let action = spider.set_max_duration(Duration::from_secs(60)).send().await.unwrap_err();
    let view = spider.status(SpiderScanId::new(0)).send().await.unwrap_err();
    for error in [action, view] {
        assert_eq!(error.code(), Some(&ErrorCode::Unstated), "{error:?}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_reply_over_the_limit_is_not_taken_in() {
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client_builder().max_reply_bytes(1000).build().unwrap();
    for (fault, fits) in [
        (Fault::Oversized(1000), true),
        (Fault::Oversized(1001), false),
        (Fault::OversizedUnannounced(1000), true),
        (Fault::OversizedUnannounced(1001), false),
        (Fault::Oversized(300_000_000), false),
    ] {
        fake.fail_once(VERSION, fault.clone());
        match version(&zap).await {
            Ok(_) => assert!(fits, "{fault:?}"),
            Err(error) => {
                assert!(!fits, "{fault:?}: {error:?}");
                assert!(matches!(&error, ZapError::TooLarge(large) if large.limit() == 1000), "{error:?}");
                assert!(!error.is_retryable());
            }
        }
    }
    assert_eq!(fake.count(VERSION), 5);
}

#[tokio::test]
async fn a_slow_reply_is_taken_until_the_deadline() {
    let fake = FakeZap::start().await.unwrap();
    fake.fail_once(VERSION, Fault::Slow(Duration::from_millis(1)));
    assert_eq!(version(&fake.client()).await.unwrap()["version"], "2.17.0");
    for fault in [Fault::Slow(Duration::from_secs(60)), Fault::Stall] {
        fake.fail_once(VERSION, fault);
        let deadline = Duration::from_millis(50);
        let error = fake.client().raw().view("core", "version").deadline(deadline).send().await.unwrap_err();
        assert!(matches!(&error, ZapError::Timeout(timeout) if timeout.after() == deadline), "{error:?}");
        assert!(error.is_retryable());
    }
    fake.fail_once(VERSION, Fault::Stall);
    let impatient = fake.client_builder().deadline(Duration::from_millis(50)).build().unwrap();
    assert!(matches!(version(&impatient).await, Err(ZapError::Timeout(_))));
    assert_eq!(fake.count(VERSION), 4);
}

#[tokio::test]
async fn a_call_that_was_cancelled_says_so() {
    let fake = FakeZap::start().await.unwrap();
    fake.fail_always(VERSION, Fault::Stall);
    let cancel = CancellationToken::new();
    let zap = fake.client().with_cancellation(cancel.clone());
    let call = tokio::spawn(async move { version(&zap).await });
    while fake.count(VERSION) == 0 {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    let error = call.await.unwrap().unwrap_err();
    assert!(matches!(error, ZapError::Cancelled), "{error:?}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_error_of_an_endpoint_that_answers_bytes_is_one() {
    let fake = FakeZap::start().await.unwrap();
    let error = fake.client().raw().other("core", "nothing").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::BadOther), "status 200");
    fake.fail_once("exim/other/exportHar", Fault::Status(400, String::new()));
    let error = fake.client().raw().other("exim", "exportHar").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Unstated), "{error:?}");
    fake.fail_once("exim/other/exportHar", Fault::Html);
    assert!(
        fake.client().raw().other("exim", "exportHar").send().await.is_ok_and(|page| page.starts_with(b"<"))
    );
}
