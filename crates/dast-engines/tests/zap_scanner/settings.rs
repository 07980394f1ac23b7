//! Limits and rules, and settings that nobody can mean.

use std::time::Duration;

use dast_engines::zap::{
    AlertThreshold, ApiDefinition, AttackStrength, BrowserCrawler, DefinitionSource, LoggedIn, Login,
    ZapLimits, ZapProfile, ZapRules, ZapScannerBuilder,
};
use dast_policy::Cause;
use dast_zap_client::RuleId;
use dast_zap_client::testing::{FakeAlert, FakeZap};

use crate::zap_shop::*;

#[tokio::test]
async fn limits_are_set_for_the_scan_and_put_back() {
    let fake = zap().start().await.unwrap();
    let limits =
        ZapLimits { max_children: Some(7), requests_per_second: Some(5), threads: Some(2), ..limits() };
    assert_complete(&scan(scanner(&fake).profile(ZapProfile::Full).limits(limits)).await);
    assert_eq!(call(&fake, "spider/action/scan").parameter("maxChildren"), Some("7"));
    let added = fake.calls().into_iter().filter(|call| call.endpoint() == "network/action/addRateLimitRule");
    let [rule, memory] = <[_; 2]>::try_from(added.collect::<Vec<_>>()).unwrap();
    // One that is off remembers the threads.
    assert_eq!((memory.parameter("enabled"), memory.parameter("matchString")), (Some("false"), Some("4 4")));
    let name = rule.parameter("description").unwrap();
    assert!(name.starts_with(NAME), "{name}");
    let expected = [
        ("description", name),
        ("enabled", "true"),
        ("groupBy", "RULE"),
        ("matchRegex", "false"),
        ("matchString", "shop.test"),
        ("requestsPerSecond", "5"),
    ];
    assert_eq!(parameters(&rule), expected);
    for endpoint in ["spider/action/setOptionThreadCount", "ascan/action/setOptionThreadPerHost"] {
        let calls = fake.calls().into_iter().filter(|call| call.endpoint() == endpoint);
        let threads: Vec<_> = calls.map(|call| call.parameter("Integer").unwrap().to_owned()).collect();
        assert_eq!(threads, ["2", "4"], "{endpoint}");
    }
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn rules_are_set_in_a_policy_of_the_scan() {
    let fake = zap().start().await.unwrap();
    let rules = ZapRules::new()
        .strength(AttackStrength::Low)
        .threshold(AlertThreshold::High)
        .rule_strength(RuleId::new(40012), AttackStrength::Insane)
        .rule_threshold(RuleId::new(40018), AlertThreshold::Off)
        .rule_threshold(RuleId::new(10020), AlertThreshold::Off)
        .rule_threshold(RuleId::new(10038), AlertThreshold::Medium);
    assert_complete(&scan(scanner(&fake).profile(ZapProfile::Full).rules(rules)).await);
    let added = call(&fake, "ascan/action/addScanPolicy");
    let policy = added.parameter("scanPolicyName").unwrap();
    let expected = [("alertThreshold", "HIGH"), ("attackStrength", "LOW"), ("scanPolicyName", policy)];
    assert_eq!(parameters(&added), expected);
    let strength = call(&fake, "ascan/action/setScannerAttackStrength");
    let expected = [("attackStrength", "INSANE"), ("id", "40012"), ("scanPolicyName", policy)];
    assert_eq!(parameters(&strength), expected);
    let threshold = call(&fake, "ascan/action/setScannerAlertThreshold");
    assert_eq!(
        parameters(&threshold),
        [("alertThreshold", "OFF"), ("id", "40018"), ("scanPolicyName", policy)]
    );
    assert_eq!(call(&fake, "ascan/action/scan").parameter("scanPolicyName"), Some(policy));
    assert_tidy(&fake).await;
}

/// Their thresholds are those of all that use that ZAP.
#[tokio::test]
async fn passive_rules_are_left_alone_and_what_is_off_does_not_count() {
    let cookie = FakeAlert::new(10010, "Cookie No HttpOnly Flag", CART).alert_ref("10010");
    let fake = zap().passive_alerts(vec![weak(), cookie]).start().await.unwrap();
    let told = |threshold| ZapRules::new().rule_threshold(RuleId::new(10038), threshold);
    let report = scan(scanner(&fake).rules(told(AlertThreshold::Off))).await;
    assert_complete(&report);
    assert_eq!(found(&report), ["10010"]);
    let report = scan(scanner(&fake).rules(told(AlertThreshold::High))).await;
    assert_incomplete(&report, Cause::EngineError, "the passive rule 10038 has the threshold DEFAULT");
    let active = ZapRules::new().rule_threshold(RuleId::new(40012), AlertThreshold::Low);
    let report = scan(scanner(&fake).rules(active)).await;
    assert_incomplete(&report, Cause::EngineError, "40012 is no passive rule");
    assert_eq!(fake.count("pscan/action/setScannerAlertThreshold"), 0);
    assert_eq!(fake.count("ascan/action/addScanPolicy"), 0);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_rule_that_zap_does_not_have_is_named_and_nothing_was_asked_of_the_target() {
    let strength = ZapRules::new().rule_strength(RuleId::new(999), AttackStrength::Low);
    let threshold = ZapRules::new().rule_threshold(RuleId::new(998), AlertThreshold::Low);
    for (rules, words) in [(strength, "no active rule 999"), (threshold, "no rule 998")] {
        let fake = zap().start().await.unwrap();
        let report = scan(scanner(&fake).profile(ZapProfile::Full).rules(rules)).await;
        assert_incomplete(&report, Cause::EngineError, words);
        assert_eq!((fake.count("core/action/accessUrl"), fake.count("spider/action/scan")), (0, 0));
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_and_it_says_what_can() {
    let fake = FakeZap::start().await.unwrap();
    let login = || Login::form("/login", "u={%username%}&p={%password%}", "demo", "hunter2");
    let check = || LoggedIn::shows("/", "Log out");
    let plan = |scanner: ZapScannerBuilder| scanner.profile(ZapProfile::Plan("jobs: []".into()));
    let api = |definition| scanner(&fake).profile(ZapProfile::Api(definition));
    let limited = |change: fn(&mut ZapLimits)| {
        let mut limits = limits();
        change(&mut limits);
        scanner(&fake).limits(limits)
    };
    let ruled = |rules| scanner(&fake).rules(rules);
    let empty = || DefinitionSource::Text(" ".into());
    for (scanner, accepted) in [
        (limited(|limits| limits.time = Duration::ZERO), "a length of time above 0"),
        (limited(|limits| limits.poll = Duration::ZERO), "a length of time above 0"),
        (limited(|limits| limits.threads = Some(0)), "a number above 0"),
        (limited(|limits| limits.requests_per_second = Some(0)), "a number above 0"),
        (limited(|limits| limits.max_children = Some(0)), "a number above 0"),
        (ruled(ZapRules::new().strength("hard".into())), "LOW, MEDIUM, HIGH, INSANE or DEFAULT"),
        (
            ruled(ZapRules::new().rule_threshold(RuleId::new(1), "sure".into())),
            "OFF, LOW, MEDIUM, HIGH or DEFAULT",
        ),
        (ruled(ZapRules::new().threshold(AlertThreshold::Off)), "a threshold at which rules run"),
        (scanner(&fake).header("X Y", "abc"), "the name of a header field"),
        (scanner(&fake).header("X-Y", "a\nb"), "text without line breaks"),
        (scanner(&fake).exclude(""), "a regular expression of Java for whole URLs"),
        (scanner(&fake).login(login()), "a login with a check that it holds"),
        (scanner(&fake).logged_in(check()), "a login, or a header field, besides"),
        (scanner(&fake).login(Login::basic("", "x")).logged_in(check()), "both"),
        (
            scanner(&fake)
                .login(Login::form("/", "k=hunter2&u={%username%}", "a", "abcd"))
                .logged_in(check()),
            "text with `{%password%}` in it",
        ),
        (scanner(&fake).login(Login::basic("demo", "abc")).logged_in(check()), "one of at least 4 bytes"),
        (ruled(ZapRules::new().strength(AttackStrength::Low)), "a profile that attacks"),
        (
            limited(|limits| limits.max_children = Some(7)).profile(ZapProfile::Plan("jobs: []".into())),
            "a profile in which the spider crawls",
        ),
        (
            scanner(&fake).login(login()).logged_in(LoggedIn::hides("/", "")),
            "a URL or a path, and what it shows",
        ),
        (plan(scanner(&fake)).login(login()).logged_in(check()), "a plan that logs in by itself"),
        (
            plan(scanner(&fake)).rules(ZapRules::new().strength(AttackStrength::Low)),
            "a plan that sets its rules",
        ),
        (plan(scanner(&fake)).exclude("x"), "a plan that excludes by itself"),
        (plan(scanner(&fake)).browser(BrowserCrawler::Ajax), "a plan that crawls by itself"),
        (
            scanner(&fake).profile(ZapProfile::Plan(" \n".into())),
            "a plan of ZAP's automation framework in YAML",
        ),
        (api(ApiDefinition::Soap(DefinitionSource::Url(String::new()))), "a URL or a path of the target"),
        (api(ApiDefinition::OpenApi(empty())), "the definition of an API"),
        (api(ApiDefinition::GraphQl { endpoint: String::new(), schema: None }), "of a GraphQL endpoint"),
        (
            api(ApiDefinition::OpenApi(DefinitionSource::Url("/".into()))).browser(BrowserCrawler::Client),
            "for pages",
        ),
    ] {
        let error = scanner.build().unwrap_err().to_string();
        assert!(error.contains(accepted), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert_eq!(fake.calls().len(), 0);
}
