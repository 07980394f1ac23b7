//! What goes wrong on the wire, and which error comes of it.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use dast_zap_client::replacer::MatchType;
use dast_zap_client::testing::{FakeZap, Fault};
use dast_zap_client::{CancellationToken, ErrorCode, SpiderScanId, Url, ZapClient, ZapError};
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig, pki_types::PrivateKeyDer};

const STATUS: &str = "spider/view/status";
const VERSION: &str = "core/view/version";

/// What the status of a crawl that is there becomes with a fault.
async fn status(fault: Fault) -> Result<u8, ZapError> {
    let fake = FakeZap::start().await.unwrap();
    let scan = started(&fake).await;
    fake.fail_always(STATUS, fault);
    fake.client().spider().status(scan).send().await
}

async fn started(fake: &FakeZap) -> SpiderScanId {
    fake.client().spider().scan(&"http://shop.test/".parse::<Url>().unwrap()).send().await.unwrap()
}

async fn version(zap: &ZapClient) -> Result<Json, ZapError> {
    zap.raw().view("core", "version").send().await
}

async fn version_with(fault: Fault) -> (Result<Json, ZapError>, usize) {
    let fake = FakeZap::start().await.unwrap();
    fake.fail_always(VERSION, fault);
    (version(&fake.client()).await, fake.count(VERSION))
}

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
async fn nobody_there_is_a_transport_error() {
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client();
    drop(fake);
    let error = version(&zap).await.unwrap_err();
    assert!(matches!(&error, ZapError::Transport(transport) if transport.is_unconnected()), "{error:?}");
    assert!(error.is_retryable());
}

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

#[tokio::test]
async fn the_raw_door_is_safe_too() {
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client();
    let status = || zap.raw().view("spider", "status");
    for request in [status(), status().text("scanId", "abc"), status().text("scanId", "")] {
        let error = request.await.unwrap_err();
        assert!(matches!(&error, ZapError::Configuration(wrong) if wrong.field() == "scanId"), "{error:?}");
    }
    assert!(fake.calls().is_empty());
    let scan = started(&fake).await;
    assert!(status().number("scanId", i32::try_from(scan.get()).unwrap()).await.is_ok());

    fake.fail_once("core/action/newSession", Fault::Body(br#"{"Result":"FAIL"}"#.to_vec()));
    let error = zap.raw().action("core", "newSession").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Unstated), "{error:?}");
}

#[tokio::test]
async fn a_version_that_is_too_old_is_named() {
    let fake = FakeZap::builder().version("2.15.0").start().await.unwrap();
    let error = fake.client().probe().await.unwrap_err();
    assert!(matches!(&error, ZapError::TooOld(old) if old.found() == "2.15.0"), "{error:?}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn replies_that_have_secrets_in_them_are_not_shown() {
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client();
    let proxy = br#"{"getHttpProxy":{"host":"p","port":"hunter2","password":"hunter2"}}"#;
    fake.fail_once("network/view/getHttpProxy", Fault::Body(proxy.to_vec()));
    let error = zap.network().http_proxy().send().await.unwrap_err();
    assert!(matches!(&error, ZapError::Decode(_)), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap();
    assert!(!format!("{error:?} {error} {cause}").contains("hunter2"), "{error} {cause}");

    let rule = zap.replacer().add_rule("login", true, MatchType::RequestHeader, false, "Authorization");
    rule.replacement("Bearer hunter2").await.unwrap();
    let rules = zap.replacer().rules().await.unwrap();
    assert_eq!(rules[0].replacement, "Bearer hunter2");
    assert!(!format!("{rules:?}").contains("hunter2"), "{rules:?}");
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

#[tokio::test]
async fn secrets_stay_out_of_addresses_and_the_host_is_zap() {
    let fake = FakeZap::builder().api_key("the-key").start().await.unwrap();
    let zap = fake.client();
    let raw = zap.raw();
    raw.view("alert", "alerts").text("baseurl", "http://a.test/?x=1&y=ä #").send().await.unwrap();
    raw.action("core", "newSession").text("name", "the-secret").send().await.unwrap();
    let _ = raw.other("core", "fileDownload").text("fileName", "the-secret").send().await;
    assert!(matches!(
        raw.view("core", "version").text("apikey", "the-key").send().await,
        Err(ZapError::Configuration(_))
    ));
    let calls = fake.calls();
    assert_eq!(calls.len(), 3);
    for call in &calls {
        assert_eq!(call.header("host"), Some("zap"));
        assert_eq!(call.header("x-zap-api-key"), Some("the-key"));
        assert!(!call.target().contains("the-"), "{}", call.target());
        assert!(!call.parameters().iter().any(|(_, value)| value == "the-key"));
        assert!(!format!("{call:?}").contains("the-key"));
    }
    let [view, action, other] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!((view.method(), action.method(), other.method()), ("GET", "POST", "POST"));
    assert_eq!(view.parameter("baseurl"), Some("http://a.test/?x=1&y=ä #"));
    assert_eq!(action.parameter("name"), Some("the-secret"));
    assert_eq!(action.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(
        (action.target(), other.endpoint()),
        ("/JSON/core/action/newSession/", "core/other/fileDownload".to_owned())
    );
}

/// A server that speaks TLS under the name `localhost` alone, and what signs for it.
async fn secure() -> (u16, String, tokio::task::JoinHandle<()>) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..length]).to_ascii_lowercase();
            let body = if request.contains("host: zap\r\n") { r#"{"version":"1"}"# } else { "{}" };
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
            let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (port, certified.cert.pem(), task)
}

#[tokio::test]
async fn tls_checks_the_name_that_was_connected_to() {
    let (port, authority, server) = secure().await;
    let client = |host: &str| ZapClient::builder(format!("https://{host}:{port}")).api_key("k");

    let right = client("localhost").ca_certificates(authority.clone()).build().unwrap();
    assert_eq!(version(&right).await.unwrap()["version"], "1", "the host is `zap` all the same");

    let other_name = client("127.0.0.1").ca_certificates(authority.clone()).build().unwrap();
    let unknown_authority = client("localhost").build().unwrap();
    for zap in [other_name, unknown_authority] {
        let error = version(&zap).await.unwrap_err();
        assert!(matches!(&error, ZapError::Transport(transport) if transport.is_unconnected()), "{error:?}");
    }

    let trusting = client("127.0.0.1").danger_accept_invalid_certificates().build().unwrap();
    assert_eq!(version(&trusting).await.unwrap()["version"], "1");
    let alone = client("localhost").ca_certificates(authority).only_given_ca_certificates().build().unwrap();
    assert_eq!(version(&alone).await.unwrap()["version"], "1");
    let nobody = client("localhost").only_given_ca_certificates().build().unwrap_err();
    assert!(
        matches!(&nobody, ZapError::Configuration(wrong) if wrong.field() == "ca_certificates"),
        "{nobody:?}"
    );
    server.abort();
}
