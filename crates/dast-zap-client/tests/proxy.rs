//! Proxies on the way to ZAP: what they are asked for, and what nobody gets to see.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use dast_zap_client::testing::FakeZap;
use dast_zap_client::{ClientBuilder, ZapClient, ZapError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Where the proxy is that a program started by a test is to use.
const CHILD: &str = "DAST_ZAP_CLIENT_TEST_CHILD";

/// A proxy that opens each tunnel to the same address, and remembers what it was asked.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, to) = (listener.local_addr().unwrap(), to.trim_start_matches("http://").to_owned());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (heard, to) = (heard.clone(), to.clone());
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        let Ok(byte) = client.read_u8().await else { return };
                        request.push(byte);
                    }
                    heard.lock().unwrap().push(String::from_utf8(request).unwrap());
                    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    let mut zap = TcpStream::connect(to).await.unwrap();
                    let _ = copy_bidirectional(&mut client, &mut zap).await;
                });
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn client(url: &str) -> ClientBuilder {
    ZapClient::builder(url).api_key("a fake key")
}

#[tokio::test]
async fn a_tunnel_goes_to_the_port_of_the_address() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let fake = FakeZap::start().await.unwrap();
    let proxy = Proxy::start(fake.url()).await;
    for (url, place) in [
        ("http://zap.test", "zap.test:80"),
        ("http://zap.test:80", "zap.test:80"),
        ("http://zap.test:8090", "zap.test:8090"),
        ("http://[::1]", "[::1]:80"),
        ("https://zap.test", "zap.test:443"),
        ("https://zap.test:8443", "zap.test:8443"),
    ] {
        let zap = client(url).proxy(format!("http://ann:hunter2@{}", proxy.address)).build().unwrap();
        let version = zap.core().version().send().await;
        let asked = proxy.asked();
        let first = asked.first().unwrap_or_else(|| panic!("{url}: {version:?}"));
        assert!(first.starts_with(&format!("CONNECT {place} HTTP/1.1\r\n")), "{url}: {first}");
        // `ann:hunter2`
        assert!(first.contains("Proxy-Authorization: Basic YW5uOmh1bnRlcjI=\r\n"), "{first}");
        // The fake behind it speaks no TLS.
        assert_eq!(version.is_ok(), url.starts_with("http:"), "{url}: {version:?}");
    }
    assert!(fake.calls().iter().all(|call| call.header("host") == Some("zap")));
}

/// The same program with other variables, since those are the whole program's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_names_a_proxy_to_those_who_ask_for_it() {
    if let Ok(mode) = std::env::var(CHILD) {
        let zap = client("http://zap.test:1234");
        let zap = if mode == "asked" { zap.proxy_from_environment() } else { zap };
        let version = zap.build().unwrap().core().version().send().await;
        // Nobody has that name but the one behind the proxy.
        assert_eq!(version.is_ok(), mode == "asked", "{version:?}");
        return;
    }
    let fake = FakeZap::start().await.unwrap();
    let proxy = Proxy::start(fake.url()).await;
    for (mode, tunnels) in [("asked", 1), ("not asked", 0)] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "the_environment_names_a_proxy_to_those_who_ask_for_it"]);
        child.env(CHILD, mode).env("HTTP_PROXY", format!("http://{}", proxy.address));
        child
            .env_remove("REQUEST_METHOD")
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env_remove("http_proxy");
        let said = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
        assert!(said.status.success(), "{mode}: {}", String::from_utf8_lossy(&said.stdout));
        assert!(String::from_utf8_lossy(&said.stdout).contains("1 passed"), "it was run");
        let asked = proxy.asked();
        assert_eq!(asked.iter().filter(|asked| asked.starts_with("CONNECT zap.test:1234 ")).count(), tunnels);
    }
}

#[test]
fn secrets_in_addresses_do_not_print() {
    let hidden = |builder: ClientBuilder| {
        let shown = format!("{builder:?}");
        let error = builder.build().err();
        let mut told = format!("{shown} {error:?}");
        let mut next = error.as_ref().map(|error| error as &dyn std::error::Error);
        while let Some(error) = next {
            told = format!("{told} {error}");
            next = error.source();
        }
        assert!(!told.contains("hunter2"), "{told}");
        error
    };
    for proxy in [
        "http://ann:hunter2@proxy.test:3128",
        "ann:hunter2@proxy.test:3128",
        "ann:hunter2",
        "http://ann:hunter2@proxy.test:port",
        "http://ann:x@hunter2@[",
        "socks5://ann:hunter2@proxy.test",
        "hunter2",
        "hunter2://[",
    ] {
        let error = hidden(client("http://zap.test").proxy(proxy));
        let refused = matches!(error, Some(ZapError::Configuration(error)) if error.field() == "proxy");
        assert_eq!(refused, proxy != "http://ann:hunter2@proxy.test:3128", "{proxy}");
    }
    for url in
        ["http://ann:hunter2@zap.test/", "http://zap.test?key=hunter2", "http://ann:hunter2@zap.test:port"]
    {
        let error = hidden(client(url));
        assert!(matches!(error, Some(ZapError::Configuration(error)) if error.field() == "url"), "{url}");
    }
}
