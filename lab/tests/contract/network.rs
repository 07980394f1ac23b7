//! Connections that ZAP makes and takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use dast_zap_client::network::GroupBy;
use dast_zap_client::{ErrorCode, ZapError};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};

use super::stage::{Stage, refused};

pub(crate) async fn calls(stage: &Stage) {
    what_is_sent(stage).await;
    proxies(stage).await;
    rate_limits(stage).await;
    local_servers(stage).await;
    certificates(stage).await;
}

async fn what_is_sent(stage: &Stage) {
    let network = stage.zap.network();
    assert_eq!(network.connection_timeout().send().await.unwrap(), Duration::from_secs(20));
    network.set_connection_timeout(Duration::from_secs(10)).send().await.unwrap();
    assert_eq!(network.connection_timeout().send().await.unwrap(), Duration::from_secs(10));

    let browser = network.default_user_agent().send().await.unwrap();
    assert!(browser.starts_with("Mozilla/5.0"), "{browser}");
    network.set_default_user_agent("contract/1").send().await.unwrap();
    assert_eq!(network.default_user_agent().send().await.unwrap(), "contract/1");
    let messages = stage.zap.core().access_url(&stage.page("healthz")).send().await.unwrap();
    assert!(messages[0].request_header.to_lowercase().contains("user-agent: contract/1\r\n"), "{messages:?}");
    network.set_default_user_agent(&browser).send().await.unwrap();
}

async fn proxies(stage: &Stage) {
    let network = stage.zap.network();
    network.set_http_proxy("127.0.0.1", 1).realm("r").username("ann").password("p&w=").send().await.unwrap();
    let proxy = network.http_proxy().send().await.unwrap();
    let is = (proxy.host.as_str(), proxy.port, proxy.realm.as_str(), proxy.username.as_str());
    assert_eq!(is, ("127.0.0.1", 1, "r", "ann"));

    network.set_http_proxy_auth_enabled(true).send().await.unwrap();
    assert!(network.is_http_proxy_auth_enabled().send().await.unwrap());
    network.set_http_proxy_auth_enabled(false).send().await.unwrap();
    assert!(!network.is_http_proxy_auth_enabled().send().await.unwrap());

    network.add_http_proxy_exclusion("nobody.test").enabled(false).send().await.unwrap();
    let exclusions = network.http_proxy_exclusions().send().await.unwrap();
    assert_eq!((exclusions[0].host.as_str(), exclusions[0].enabled), ("nobody.test", false));
    network.remove_http_proxy_exclusion("nobody.test").send().await.unwrap();
    assert_eq!(network.http_proxy_exclusions().send().await.unwrap(), []);

    // Nobody listens at that port, so nothing is reached through it.
    network.set_http_proxy_enabled(true).send().await.unwrap();
    assert!(network.is_http_proxy_enabled().send().await.unwrap());
    let unreached = stage.zap.core().access_url(&stage.page("about")).send().await;
    assert!(unreached.is_err() || unreached.unwrap()[0].status() != Some(200));
    network.set_http_proxy_enabled(false).send().await.unwrap();
    let reached = stage.zap.core().access_url(&stage.page("about")).send().await.unwrap();
    assert_eq!(reached[0].status(), Some(200));
}

async fn rate_limits(stage: &Stage) {
    let network = stage.zap.network();
    network.add_rate_limit_rule("slow", false, true, r"127\..*", 7, GroupBy::Host).send().await.unwrap();
    network.set_rate_limit_rule_enabled("slow", true).send().await.unwrap();
    let rules = network.rate_limit_rules().send().await.unwrap();
    assert_eq!(rules.len(), 1);
    let rule = &rules[0];
    assert_eq!((rule.description.as_str(), rule.match_string.as_str()), ("slow", r"127\..*"));
    assert_eq!((rule.enabled, rule.is_regex, rule.requests_per_second), (true, true, 7));
    assert_eq!(rule.group_by, GroupBy::Host);
    network.remove_rate_limit_rule("slow").send().await.unwrap();
    assert_eq!(network.rate_limit_rules().send().await.unwrap(), []);
}

async fn local_servers(stage: &Stage) {
    let network = stage.zap.network();
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    network.add_local_server("127.0.0.1", port).api(true).proxy(false).send().await.unwrap();
    let servers = network.local_servers().send().await.unwrap();
    assert_eq!(servers.len(), 1);
    assert_eq!((servers[0].address.as_str(), servers[0].port), ("127.0.0.1", port));
    assert_eq!((servers[0].api, servers[0].proxy, servers[0].enabled), (true, false, true));
    network.remove_local_server("127.0.0.1", port).send().await.unwrap();
    assert_eq!(network.local_servers().send().await.unwrap(), []);

    network.add_alias("zap.contract.test").enabled(true).send().await.unwrap();
    let aliases = network.aliases().send().await.unwrap();
    assert_eq!((aliases[0].name.as_str(), aliases[0].enabled), ("zap.contract.test", true));
    network.remove_alias("zap.contract.test").send().await.unwrap();
    assert_eq!(network.aliases().send().await.unwrap(), []);
}

async fn certificates(stage: &Stage) {
    let network = stage.zap.network();
    let current = async || String::from_utf8(network.root_ca_certificate().send().await.unwrap()).unwrap();
    let first = current().await;
    assert!(first.starts_with("-----BEGIN CERTIFICATE-----"), "{first}");
    network.generate_root_ca_certificate().send().await.unwrap();
    assert_ne!(current().await, first);

    let (pem, certificate) = authority(stage);
    network.import_root_ca_certificate(pem.to_str().unwrap()).send().await.unwrap();
    let lines = |pem: &str| pem.lines().filter(|line| !line.starts_with("--")).collect::<String>();
    assert_eq!(lines(&current().await), lines(&certificate));

    let store = key_store(&stage.file("client.p12"));
    let add = |password| network.add_client_certificate(store.to_str().unwrap(), password, 0);
    let wrong: Result<(), ZapError> = add("another").send().await;
    refused(wrong, &ErrorCode::BadExternalData);
    add(PASSWORD).send().await.unwrap();
    network.set_use_client_certificate(false).send().await.unwrap();
}

/// A file with an authority's certificate and key, and the certificate. ZAP takes RSA keys only.
fn authority(stage: &Stage) -> (PathBuf, String) {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let mut parameters = CertificateParams::new(["contract.test".to_owned()]).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = parameters.self_signed(&key).unwrap().pem();
    let file = stage.file("authority.pem");
    fs::write(&file, format!("{certificate}{}", key.serialize_pem())).unwrap();
    (file, certificate)
}

const PASSWORD: &str = "a-password";

/// A PKCS#12 file with one key and its certificate. `keytool` is part of the Java that ZAP needs.
fn key_store(file: &Path) -> PathBuf {
    let options = ["-genkeypair", "-alias", "client", "-keyalg", "EC", "-dname", "CN=contract.test"];
    let store = ["-storetype", "PKCS12", "-storepass", PASSWORD, "-keystore"];
    let made = Command::new("keytool").args(options).args(store).arg(file).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    file.to_owned()
}
