//! What ZAP is told to do, in which order, and what comes of it.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod zap_shop;

use std::time::Duration;

use dast_engines::zap::{
    AlertThreshold, ApiDefinition, AttackStrength, BrowserCrawler, DefinitionSource, LoggedIn, Login,
    ZapLimits, ZapProfile, ZapRules, ZapScannerBuilder,
};
use dast_policy::{Cause, Exposure};
use dast_zap_client::testing::{FakeAlert, FakeCall, FakeZap, Fault};
use dast_zap_client::{ErrorCode, RuleId};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use zap_shop::*;

#[tokio::test]
async fn a_baseline_crawls_and_attacks_nothing() {
    let fake = zap().passive_alerts(vec![weak()]).active_alerts(vec![broken()]).start().await.unwrap();
    let report = scan(scanner(&fake)).await;
    assert_complete(&report);
    assert_eq!(found(&report), ["10038-1"]);
    let scan = report.evidence.scan();
    assert_eq!((scan.engine.name.as_str(), scan.engine.version.as_str()), ("zap", "2.17.0"));
    assert!(scan.engine.passive);
    assert_eq!((scan.coverage.pages, scan.coverage.failed, scan.coverage.skipped), (2, 0, 0));
    assert_eq!(
        actions(&fake),
        [
            "context/action/newContext",
            "context/action/newContext",
            "context/action/includeInContext",
            "pscan/action/setEnabled",
            "core/action/deleteSiteNode",
            "core/action/accessUrl",
            "spider/action/scan",
            "core/action/accessUrl",
            "context/action/removeContext",
            "context/action/removeContext",
        ]
    );
    let included = call(&fake, "context/action/includeInContext");
    let name = included.parameter("contextName").unwrap();
    assert!(name.starts_with(NAME), "{name}");
    assert_eq!(parameters(&included), [("contextName", name), ("regex", PATTERN)]);
    assert_eq!(parameters(&call(&fake, "core/action/deleteSiteNode")), [("url", "http://shop.test")]);
    let crawl = call(&fake, "spider/action/scan");
    assert_eq!(parameters(&crawl), [("contextName", name), ("recurse", "true"), ("url", SHOP)]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_full_scan_attacks_what_the_crawl_found() {
    let fake = zap().passive_alerts(vec![weak()]).active_alerts(vec![broken()]).start().await.unwrap();
    let report = scan(scanner(&fake).profile(ZapProfile::Full)).await;
    assert_complete(&report);
    assert_eq!(found(&report), ["10038-1", "40012"]);
    assert!(!report.evidence.scan().engine.passive);
    let actions = actions(&fake);
    let at = |endpoint: &str| actions.iter().position(|action| action == endpoint).unwrap();
    assert!(at("spider/action/scan") < at("ascan/action/scan"), "{actions:?}");
    let attack = call(&fake, "ascan/action/scan");
    assert_eq!(parameters(&attack), [("contextId", "3"), ("recurse", "true"), ("url", SHOP)]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn what_is_excluded_is_no_part_of_the_context() {
    let fake = zap().start().await.unwrap();
    assert_complete(&scan(scanner(&fake).exclude(".*/logout").exclude(".*/admin.*")).await);
    let excluded =
        fake.calls().into_iter().filter(|call| call.endpoint() == "context/action/excludeFromContext");
    let excluded: Vec<_> = excluded.map(|call| call.parameter("regex").unwrap().to_owned()).collect();
    assert_eq!(excluded, [".*/logout", ".*/admin.*"]);
}

#[tokio::test]
async fn a_crawl_begins_at_every_place_that_is_asked_for() {
    let fake = zap().start().await.unwrap();
    let mut request = request();
    request.exposures = vec![
        Exposure::new("shop.test", "/cart"),
        Exposure::new("shop.test", "/never"),
        Exposure::new("other.test", "/elsewhere"),
    ];
    // The fake answers wherever it is asked on a site that it knows.
    fake.answer("spider/view/fullResults", json!({ "fullResults": [{ "urlsInScope": [{
        "processed": "true", "statusReason": "OK", "method": "GET", "reasonNotProcessed": "", "messageId": "4",
        "url": CART, "statusCode": "200",
    }] }, { "urlsOutOfScope": [] }, { "urlsIoError": [] }] }));
    let report = scan_until(scanner(&fake), request, CancellationToken::new()).await;
    let crawls = fake.calls().into_iter().filter(|call| call.endpoint() == "spider/action/scan");
    let crawls: Vec<_> = crawls.map(|call| call.parameter("url").unwrap().to_owned()).collect();
    assert_eq!(crawls, [SHOP, CART, "http://shop.test/never"]);
    assert_eq!(report.evidence.scan().subject.covered, [Exposure::new("shop.test", "/cart")]);
}

#[tokio::test]
async fn an_openapi_definition_is_asked_of_the_target_whatever_servers_it_names() {
    let served = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    let fake = zap().active_alerts(vec![broken()]).start().await.unwrap();
    let report = scan(scanner(&fake).profile(ZapProfile::Api(served))).await;
    assert_complete(&report);
    assert_eq!((found(&report), report.evidence.scan().coverage.pages), (vec!["40012"], 3));
    let import = call(&fake, "openapi/action/importUrl");
    let expected =
        [("contextId", "3"), ("hostOverride", "http://shop.test"), ("url", "http://shop.test/openapi.json")];
    assert_eq!(parameters(&import), expected);
    assert_eq!((fake.count("spider/action/scan"), fake.count("ascan/action/scan")), (0, 1));
    assert_tidy(&fake).await;

    let text = ApiDefinition::OpenApi(DefinitionSource::Text("openapi: 3.0.0".into()));
    let fake = zap().start().await.unwrap();
    assert_complete(&scan(scanner(&fake).profile(ZapProfile::Api(text))).await);
    let path = uploaded_and_emptied(&fake, "openapi: 3.0.0");
    let import = call(&fake, "openapi/action/importFile");
    assert_eq!(parameters(&import), [("contextId", "3"), ("file", &path), ("target", SHOP)]);
}

#[tokio::test]
async fn graphql_and_soap_are_learned_from_the_target_or_from_texts() {
    let graphql = |schema| ApiDefinition::GraphQl { endpoint: "/graphql".into(), schema };
    let url = || DefinitionSource::Url("/schema".into());
    let text = || DefinitionSource::Text("type Query { shop: String }".into());
    let (endpoint, schema) = (("endurl", "http://shop.test/graphql"), ("url", "http://shop.test/schema"));
    for (definition, endpoint, expected) in [
        (graphql(None), "graphql/action/importUrl", vec![endpoint]),
        (graphql(Some(url())), "graphql/action/importUrl", vec![endpoint, schema]),
        (graphql(Some(text())), "graphql/action/importFile", vec![endpoint, ("file", ".graphql")]),
        (ApiDefinition::Soap(url()), "soap/action/importUrl", vec![schema]),
        (ApiDefinition::Soap(text()), "soap/action/importFile", vec![("file", ".wsdl")]),
    ] {
        let fake = zap().active_alerts(vec![broken()]).start().await.unwrap();
        let report = scan(scanner(&fake).profile(ZapProfile::Api(definition))).await;
        assert_complete(&report);
        assert_eq!(found(&report), ["40012"], "{endpoint}");
        let import = call(&fake, endpoint);
        let given = parameters(&import);
        assert_eq!(given.len(), expected.len(), "{given:?}");
        for ((name, value), (expected_name, expected_value)) in given.into_iter().zip(expected) {
            assert_eq!(name, expected_name);
            assert!(value == expected_value || name == "file" && value.ends_with(expected_value), "{value}");
        }
        assert_tidy(&fake).await;
    }
}

/// Checks that a text was put on ZAP's disk and did not stay there; gives its path, as ZAP understands it.
fn uploaded_and_emptied(fake: &FakeZap, text: &str) -> String {
    let uploads = fake.calls().into_iter().filter(|call| call.endpoint() == "core/other/fileUpload");
    let of = |call: &FakeCall, name: &str| call.parameter(name).unwrap().to_owned();
    let uploads: Vec<_> = uploads.map(|call| (of(&call, "fileName"), of(&call, "fileContents"))).collect();
    let name = uploads[0].0.clone();
    assert_eq!(uploads, [(name.clone(), text.to_owned()), (name.clone(), "#".to_owned())]);
    format!("${{XFER}}/{name}")
}

#[tokio::test]
async fn a_plan_is_run_as_it_is() {
    let plan = "env: {}\njobs: []\n";
    let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
    let report = scan(scanner(&fake).profile(ZapProfile::Plan(plan.into()))).await;
    assert_complete(&report);
    assert_eq!((found(&report), report.evidence.scan().coverage.pages), (vec!["10038-1"], 2));
    let path = uploaded_and_emptied(&fake, plan);
    assert_eq!(parameters(&call(&fake, "automation/action/runPlan")), [("filePath", path.as_str())]);
    assert_eq!((fake.count("spider/action/scan"), fake.count("ascan/action/scan")), (0, 0));
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_plan_that_left_out_jobs_is_incomplete_and_what_it_found_counts() {
    let plan = ZapProfile::Plan("jobs: [{type: spider}, {type: activeScan}]".into());
    let all = zap().plan_jobs(["spider", "activeScan"]).start().await.unwrap();
    assert_complete(&scan(scanner(&all).profile(plan.clone())).await);
    let fake = zap().passive_alerts(vec![weak()]).plan_jobs(["spider"]).start().await.unwrap();
    let report = scan(scanner(&fake).profile(plan)).await;
    assert_incomplete(&report, Cause::EngineError, "the plan failed: the job activeScan was left out");
    assert_eq!(found(&report), ["10038-1"]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_plan_that_failed_is_incomplete_and_what_it_found_counts() {
    let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
    let failed = json!({
        "planId": 0, "started": "2026-01-01T00:00:00.000Z", "finished": "2026-01-01T00:00:10.000Z",
        "info": [], "warn": [], "error": ["no such job: crawl"],
    });
    fake.answer("automation/view/planProgress", failed);
    let report = scan(scanner(&fake).profile(ZapProfile::Plan("jobs: []".into()))).await;
    assert_incomplete(&report, Cause::EngineError, "the plan failed: no such job: crawl");
    assert_eq!(found(&report), ["10038-1"]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn what_only_a_browser_finds_counts() {
    for crawler in [BrowserCrawler::Ajax, BrowserCrawler::Client] {
        let fake = zap().browser_page("http://shop.test/#/only").browser_takes(3).start().await.unwrap();
        let report = scan(scanner(&fake).browser(crawler)).await;
        assert_complete(&report);
        assert_eq!(report.evidence.scan().coverage.pages, 3, "{crawler:?}");
        let start = call(&fake, &format!("{}Spider/action/scan", crawler.as_str()));
        assert_eq!(start.parameter("url"), Some(SHOP));
        assert!(start.parameter("contextName").unwrap().starts_with(NAME));
        assert_eq!(fake.count(&format!("{}Spider/view/status", crawler.as_str())), 3);
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn an_add_on_that_is_absent_is_named() {
    let openapi = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    let soap = ApiDefinition::Soap(DefinitionSource::Url("/wsdl".into()));
    let graphql = ApiDefinition::GraphQl { endpoint: "/graphql".into(), schema: None };
    type Told = Box<dyn Fn(ZapScannerBuilder) -> ZapScannerBuilder>;
    let api = |definition: ApiDefinition| -> Told {
        Box::new(move |scanner| scanner.profile(ZapProfile::Api(definition.clone())))
    };
    let cases: [(&str, Told); 7] = [
        ("replacer", Box::new(|scanner| scanner.header("Authorization", "Bearer abcdef"))),
        ("openapi", api(openapi)),
        ("soap", api(soap)),
        ("graphql", api(graphql)),
        ("ajaxSpider", Box::new(|scanner| scanner.browser(BrowserCrawler::Ajax))),
        ("clientSpider", Box::new(|scanner| scanner.browser(BrowserCrawler::Client))),
        ("automation", Box::new(|scanner| scanner.profile(ZapProfile::Plan("jobs: []".into())))),
    ];
    for (component, told) in cases {
        let fake = zap().without(component).start().await.unwrap();
        let report = scan(told(scanner(&fake))).await;
        assert_incomplete(&report, Cause::EngineError, component);
        if component == "replacer" {
            assert_eq!(fake.client().context().contexts().send().await.unwrap(), ["Default Context"]);
        } else {
            assert_tidy(&fake).await;
        }
    }
}

#[tokio::test]
async fn a_zap_that_takes_no_files_is_told_how_it_would() {
    let fake = zap().start().await.unwrap();
    fake.fail_always("core/other/fileUpload", Fault::ApiErrorOk(ErrorCode::Disabled));
    let report = scan(scanner(&fake).profile(ZapProfile::Plan("jobs: []".into()))).await;
    assert_incomplete(&report, Cause::EngineError, "`-config api.filexfer=true`");
    assert_tidy(&fake).await;
}

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
