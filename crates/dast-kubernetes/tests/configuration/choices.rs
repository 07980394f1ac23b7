//! What people may choose: images, settings of ZAP, hosts outside.

use dast_kubernetes::configuration::check_external_address;
use proptest::prelude::*;

use super::{FULL, read};

#[test]
fn the_originals_analyzer_stands_for_ours() {
    let configuration = read(FULL);
    let ours = configuration.analyzer.image.as_str();
    for wish in [
        None,
        Some(""),
        Some("ghcr.io/banzaicloud/dast-analyzer"),
        Some("ghcr.io/banzaicloud/dast-analyzer:latest"),
        Some("ghcr.io/banzaicloud/dast-analyzer:0.4.1"),
        Some("ghcr.io/banzaicloud/dast-analyzer@sha256:00"),
        Some("dast-analyzer"),
        Some("dast-analyzer:latest"),
        Some(ours),
    ] {
        assert_eq!(configuration.analyzer_image(wish), Ok(ours), "{wish:?}");
    }
    let listed = "registry.example/analyzers/web:1";
    assert_eq!(configuration.analyzer_image(Some(listed)), Ok(listed));
    for wish in [
        "dast-analyzer:0.4.1",
        "ghcr.io/banzaicloud/dast-analyzer-evil:latest",
        "ghcr.io/banzaicloud/other",
        "evil.example/ghcr.io/banzaicloud/dast-analyzer:latest",
        "registry.example/analyzers",
        "registry.example/analyzers/a b",
        "registry.example/analyzers/a\nb",
        "registry.example/analyzers/$(X)",
    ] {
        let error = configuration.analyzer_image(Some(wish)).unwrap_err();
        assert!(error.accepted().contains("`allowed.analyzerImages`"), "{error}");
    }
    let error = configuration.zap_image(Some("evil.example/zap")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`evil.example/zap` is not accepted: expected `registry.example/zap:2.17.0`, or an image that the configuration \
         lists in `allowed.zapImages`",
    );
    assert_eq!(read("").zap_image(Some("ghcr.io/zaproxy/zaproxy:bare")), Ok("ghcr.io/zaproxy/zaproxy:bare"));
}

#[test]
fn zaps_settings_are_those_that_are_listed() {
    let configuration = read("");
    let good = [
        "replacer.full_list(0).description=auth1",
        "replacer.full_list(0).enabled=true",
        "replacer.full_list(0).replacement=Bearer a=b $(x) \"'; --",
        "formhandler.fields.field(0).fieldId=q",
        "scanner.threadPerHost=4",
        "spider.maxDepth=",
        "connection.timeoutInSecs=60",
        "network.connection.timeoutInSecs=60",
        "rules.common.sleep=5",
    ]
    .map(str::to_owned);
    assert_eq!(configuration.zap_options(&good), (good.iter().map(String::as_str).collect(), vec![]));
    let long = format!("spider.a={}", "x".repeat(4096));
    let bad = [
        "",
        "spider.maxDepth",
        "=1",
        "spider.=1",
        "spider.a b=1",
        " spider.a=1",
        "-config spider.a=1",
        "--spider.a=1",
        "spider.a=1\napi.disablekey=true",
        "spider.a=1\u{0}",
        "spider..a=1",
        "spider.a(x)=1",
        "spider.a()=1",
        "spider.a(0=1",
        "spider.[@x]=1",
        "api.disablekey=true",
        "API.disablekey=true",
        "Spider.maxDepth=1",
        "spiders.a=1",
        "start.checkForUpdates=true",
        "script.scripts.script.name=x",
        "selenium.firefoxBinary=/bin/sh",
        "network.localServers.mainProxy.address=0.0.0.0",
        "connection.proxyChain.hostName=evil",
        "connection.proxychain.hostName=evil",
        "network.connection.httpProxy.host=evil",
        "network.connection.socksProxy.host=evil",
        long.as_str(),
    ]
    .map(str::to_owned);
    let (accepted, refused) = configuration.zap_options(&bad);
    assert_eq!(accepted, [""; 0]);
    assert_eq!(refused.len(), bad.len());
    assert_eq!(refused[5].path(), "config[5]");

    let proxy = ["network.connection.httpProxy.host=proxy.example".to_owned()];
    assert_eq!(read(FULL).zap_options(&proxy).0.len(), 1, "it is listed by name");
    // No value, which may be a password, is repeated.
    let (_, refused) = configuration.zap_options(&["login.password=hunter2".to_owned()]);
    assert!(!refused[0].to_string().contains("hunter2"), "{}", refused[0]);
}

#[test]
fn only_listed_and_public_hosts_are_external_targets() {
    let configuration = read(FULL);
    let target = configuration.external("https://shop.example/start?a=1").unwrap();
    assert_eq!(target.origin().to_string(), "https://shop.example");
    for url in [
        "https://a.test.example",
        "http://a.b.test.example:8080/",
        "https://SHOP.example",
        "http://203.0.113.7/",
    ] {
        assert!(configuration.external(url).is_ok(), "{url}");
    }
    for url in [
        "",
        "shop.example",
        "ftp://shop.example",
        "https://test.example",
        "https://evil.example",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "https://atest.example",
        "https://shop.example@evil.example/",
        "https://203.0.113.8/",
        "https://user:password@shop.example/",
    ] {
        let error = configuration.external(url).unwrap_err();
        assert!(!error.to_string().contains("password@"), "{error}");
    }
    let everything = read("allowed: {externalHosts: [127.0.0.1, 10.0.0.1, '::1', 169.254.169.254]}");
    for url in [
        "http://127.0.0.1",
        "http://10.0.0.1:80",
        "http://[::1]",
        "http://169.254.169.254/latest",
        "http://2130706433",
    ] {
        let error = everything.external(url).unwrap_err();
        assert!(error.accepted().starts_with("a public address"), "{url}: {error}");
    }
}

#[test]
fn addresses_that_are_not_everybodys_are_refused() {
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.192",
        "192.168.1.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001::1",
    ] {
        assert!(check_external_address(address.parse().unwrap()).is_err(), "{address}");
    }
    for address in
        ["1.1.1.1", "100.63.0.1", "100.128.0.1", "172.32.0.1", "198.51.100.1", "2606:4700::1", "2001:4860::8"]
    {
        assert!(check_external_address(address.parse().unwrap()).is_ok(), "{address}");
    }
}

proptest! {
    /// Whatever is written, what is passed on is one line that begins with a listed name.
    #[test]
    fn no_setting_escapes(wish in "(spider\\.|replacer\\.|api\\.|-config |\\PC{0,3})[a-z.()=\\n;$ 0-9-]{0,30}\\PC{0,10}") {
        let wishes = [wish];
        let (accepted, refused) = read("").zap_options(&wishes);
        prop_assert_eq!(accepted.len() + refused.len(), 1);
        for option in accepted {
            let name = option.split('=').next().unwrap();
            prop_assert!(name.starts_with("spider.") || name.starts_with("replacer."), "{}", option);
            prop_assert!(!option.starts_with('-') && !option.chars().any(char::is_control));
        }
    }
}
