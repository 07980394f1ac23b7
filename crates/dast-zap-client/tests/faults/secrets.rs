//! Secrets, and with whom one speaks.

use std::sync::Arc;

use dast_zap_client::replacer::MatchType;
use dast_zap_client::testing::{FakeZap, Fault};
use dast_zap_client::{ErrorCode, ZapClient, ZapError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{self, ServerConfig};

use crate::calls::{started, version};

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
