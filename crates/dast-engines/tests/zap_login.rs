//! Being logged in while ZAP scans: how it is set up, that it is checked, and that no secret gets out.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod zap_shop;

use dast_engines::zap::{
    ApiDefinition, BrowserCrawler, DefinitionSource, LoggedIn, Login, ZapProfile, ZapScannerBuilder,
};
use dast_policy::{Authentication, Cause, Report};
use dast_zap_client::ErrorCode;
use dast_zap_client::testing::{FakeZap, Fault};
use serde_json::json;
use zap_shop::*;

const PASSWORD: &str = "correct horse battery";
const TOKEN: &str = "eyJhbGciOiJub25lIn0.c2hvcA";

fn form() -> Login {
    Login::form("/login", "user={%username%}&password={%password%}", "demo", PASSWORD)
}

fn check() -> LoggedIn {
    LoggedIn::shows("/account", "Log out")
}

/// A full scan by somebody who logs in.
fn logged_in(fake: &FakeZap) -> ZapScannerBuilder {
    scanner(fake).profile(ZapProfile::Full).login(form()).logged_in(check())
}

fn authentication(report: &Report) -> Authentication {
    report.evidence.scan().authentication
}

#[tokio::test]
async fn a_login_is_made_ready_and_everything_is_asked_as_that_user() {
    let fake = zap().passive_alerts(vec![weak()]).active_alerts(vec![broken()]).start().await.unwrap();
    let report = scan(logged_in(&fake)).await;
    assert_complete(&report);
    assert_eq!((authentication(&report), found(&report)), (Authentication::Held, vec!["10038-1", "40012"]));
    let actions = actions(&fake);
    let from = actions.iter().position(|action| action == "authentication/action/setAuthenticationMethod");
    assert_eq!(
        actions[from.unwrap()..][..15],
        [
            "authentication/action/setAuthenticationMethod",
            "authentication/action/setLoggedInIndicator",
            "context/action/setContextCheckingStrategy",
            "users/action/newUser",
            "users/action/setAuthenticationCredentials",
            "users/action/setUserEnabled",
            "users/action/authenticateAsUser",
            // Before the scan, after the crawl, and after the attack.
            "users/action/pollAsUser",
            "spider/action/scanAsUser",
            // What everybody is answered, to see in the end whether anybody is still there.
            "core/action/accessUrl",
            "core/action/accessUrl",
            "users/action/pollAsUser",
            "ascan/action/scanAsUser",
            "core/action/accessUrl",
            "users/action/pollAsUser",
        ]
    );
    let strategy = call(&fake, "context/action/setContextCheckingStrategy");
    let name = strategy.parameter("contextName").unwrap();
    let expected = [
        ("checkingStrategy", "POLL_URL"),
        ("contextName", name),
        ("pollData", ""),
        ("pollFrequency", "20"),
        ("pollFrequencyUnits", "REQUESTS"),
        ("pollHeaders", ""),
        ("pollUrl", "http://shop.test/account"),
    ];
    assert_eq!(parameters(&strategy), expected);
    let credentials = call(&fake, "users/action/setAuthenticationCredentials");
    assert_eq!(
        credentials.parameter("authCredentialsConfigParams"),
        Some("username=demo&password=correct+horse+battery")
    );
    let crawl = call(&fake, "spider/action/scanAsUser");
    assert_eq!(parameters(&crawl), [("contextId", "3"), ("recurse", "true"), ("url", SHOP), ("userId", "0")]);
    let attack = call(&fake, "ascan/action/scanAsUser");
    assert_eq!(
        parameters(&attack),
        [("contextId", "3"), ("recurse", "true"), ("url", SHOP), ("userId", "0")]
    );
    assert_eq!((fake.count("spider/action/scan"), fake.count("ascan/action/scan")), (0, 0));
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn each_kind_of_login_is_told_in_the_words_of_zap() {
    let json = Login::json("/api/login", r#"{"u":"{%username%}","p":"{%password%}"}"#, "demo", PASSWORD);
    for (login, method, parameters) in [
        (
            form(),
            "formBasedAuthentication",
            "loginUrl=http%3A%2F%2Fshop.test%2Flogin\
             &loginRequestData=user%3D%7B%25username%25%7D%26password%3D%7B%25password%25%7D",
        ),
        (
            json,
            "jsonBasedAuthentication",
            "loginUrl=http%3A%2F%2Fshop.test%2Fapi%2Flogin\
             &loginRequestData=%7B%22u%22%3A%22%7B%25username%25%7D%22%2C%22p%22%3A%22%7B%25password%25%7D%22%7D",
        ),
        (Login::basic("demo", PASSWORD), "httpAuthentication", "hostname=shop.test&port=80"),
    ] {
        let fake = zap().start().await.unwrap();
        let report = scan(scanner(&fake).login(login).logged_in(LoggedIn::hides("/", "Log in"))).await;
        assert_complete(&report);
        assert_eq!(authentication(&report), Authentication::Held);
        let set = call(&fake, "authentication/action/setAuthenticationMethod");
        assert_eq!(set.parameter("authMethodName"), Some(method));
        assert_eq!(set.parameter("authMethodConfigParams"), Some(parameters));
        let hides = call(&fake, "authentication/action/setLoggedOutIndicator");
        assert_eq!(hides.parameter("loggedOutIndicatorRegex"), Some("Log in"));
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn crawlers_with_a_browser_and_imports_ask_as_the_user_too() {
    let fake = zap().start().await.unwrap();
    assert_complete(&scan(logged_in(&fake).browser(BrowserCrawler::Ajax)).await);
    let crawl = call(&fake, "ajaxSpider/action/scanAsUser");
    assert_eq!((crawl.parameter("userName"), crawl.parameter("url")), (Some("user"), Some(SHOP)));
    let fake = zap().start().await.unwrap();
    assert_complete(&scan(logged_in(&fake).browser(BrowserCrawler::Client)).await);
    assert_eq!(call(&fake, "clientSpider/action/scan").parameter("userName"), Some("user"));
    let fake = zap().start().await.unwrap();
    let definition = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    assert_complete(&scan(logged_in(&fake).profile(ZapProfile::Api(definition))).await);
    assert_eq!(call(&fake, "openapi/action/importUrl").parameter("userId"), Some("0"));
}

#[tokio::test]
async fn a_login_that_does_not_hold_all_the_time_is_lost() {
    for (looks, when, crawls, attacks) in [
        (0, "before the scan", 0, 0),
        (1, "after the target was explored", 1, 0),
        (2, "after the attack", 1, 1),
    ] {
        let fake = zap()
            .passive_alerts(vec![weak()])
            .active_alerts(vec![broken()])
            .login_holds_for(looks)
            .start()
            .await
            .unwrap();
        let report = scan(logged_in(&fake)).await;
        let words = format!("not logged in {when}: `/account` does not show `Log out`");
        assert_incomplete(&report, Cause::AuthenticationFailed, &words);
        assert_eq!(authentication(&report), Authentication::Lost);
        assert_eq!(fake.count("spider/action/scanAsUser"), crawls, "{when}");
        assert_eq!(fake.count("ascan/action/scanAsUser"), attacks, "{when}");
        // What was found until then counts.
        let expected: &[&str] = match (crawls, attacks) {
            (0, _) => &["10038-1"],
            (_, 0) => &["10038-1"],
            _ => &["10038-1", "40012"],
        };
        assert_eq!(found(&report), expected, "{when}");
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn a_login_that_cannot_be_checked_is_lost() {
    for fault in [Fault::ApiError(ErrorCode::IllegalParameter), Fault::Body(b"{}".to_vec()), Fault::Html] {
        let fake = zap().start().await.unwrap();
        fake.fail_always("users/action/pollAsUser", fault.clone());
        let report = scan(logged_in(&fake)).await;
        assert_incomplete(&report, Cause::EngineError, "");
        assert_eq!(authentication(&report), Authentication::Lost, "{fault:?}");
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn header_fields_go_to_the_origin_alone_and_are_taken_out_again() {
    let fake = zap().start().await.unwrap();
    let report =
        scan(scanner(&fake).header("Authorization", format!("Bearer {TOKEN}")).header("X-Team", "shop"))
            .await;
    assert_complete(&report);
    assert_eq!(authentication(&report), Authentication::NotUsed);
    let rules = fake.calls().into_iter().filter(|call| call.endpoint() == "replacer/action/addRule");
    let rules: Vec<_> = rules.collect();
    let bearer = format!("Bearer {TOKEN}");
    for (index, (name, value)) in
        [("Authorization", bearer.as_str()), ("X-Team", "shop")].into_iter().enumerate()
    {
        let description = rules[index].parameter("description").unwrap();
        assert!(
            description.starts_with(NAME) && description.ends_with(&format!(" {index}")),
            "{description}"
        );
        let expected = [
            ("description", description),
            ("enabled", "true"),
            ("matchRegex", "false"),
            ("matchString", name),
            ("matchType", "REQ_HEADER"),
            ("replacement", value),
            ("url", PATTERN),
        ];
        assert_eq!(parameters(&rules[index]), expected);
    }
    // Nothing is asked of the target without them.
    let actions = actions(&fake);
    let at = |endpoint: &str| actions.iter().position(|action| action == endpoint).unwrap();
    let last = actions.iter().rposition(|action| action == "replacer/action/addRule").unwrap();
    assert!(last < at("core/action/accessUrl") && last < at("spider/action/scan"), "{actions:?}");
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn header_fields_that_log_in_are_checked_too() {
    for (looks, expected) in [(9, Authentication::Held), (1, Authentication::Lost)] {
        let fake = zap().login_holds_for(looks).start().await.unwrap();
        let told = scanner(&fake).header("Cookie", "sid=abcdef0123").logged_in(check());
        let report = scan(told).await;
        assert_eq!(authentication(&report), expected);
        let set = call(&fake, "authentication/action/setAuthenticationMethod");
        assert_eq!(set.parameter("authMethodName"), Some("manualAuthentication"));
        assert_eq!(fake.count("users/action/authenticateAsUser"), 0);
        // It is no user of ZAP's that is logged in.
        assert_eq!((fake.count("spider/action/scan"), fake.count("spider/action/scanAsUser")), (1, 0));
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn addresses_elsewhere_are_refused_and_zap_never_hears_of_them() {
    let elsewhere = "https://evil.test/x";
    let login = |url: &str| Login::form(url, "u={%username%}&p={%password%}", "demo", PASSWORD);
    let json = Login::json(elsewhere, "{%username%}{%password%}", "demo", PASSWORD);
    let url = || DefinitionSource::Url(elsewhere.into());
    let graphql = |endpoint: &str, schema| ApiDefinition::GraphQl { endpoint: endpoint.into(), schema };
    type Told<'a> = Box<dyn Fn(ZapScannerBuilder) -> ZapScannerBuilder + 'a>;
    let cases: Vec<Told<'_>> = vec![
        Box::new(|scanner| scanner.login(login(elsewhere)).logged_in(check())),
        Box::new(|scanner| scanner.login(login("//evil.test/x")).logged_in(check())),
        Box::new(|scanner| scanner.login(json.clone()).logged_in(check())),
        Box::new(|scanner| scanner.login(form()).logged_in(LoggedIn::shows(elsewhere, "a"))),
        Box::new(|scanner| scanner.profile(ZapProfile::Api(ApiDefinition::OpenApi(url())))),
        Box::new(|scanner| scanner.profile(ZapProfile::Api(ApiDefinition::Soap(url())))),
        Box::new(|scanner| scanner.profile(ZapProfile::Api(graphql(elsewhere, None)))),
        Box::new(|scanner| scanner.profile(ZapProfile::Api(graphql("/graphql", Some(url()))))),
    ];
    for told in cases {
        let fake = zap().site("https://evil.test/").start().await.unwrap();
        let report = scan(told(scanner(&fake))).await;
        assert_incomplete(&report, Cause::EngineError, "it is not of `http://shop.test`");
        for call in fake.calls() {
            assert!(!format!("{call:?}").contains("evil"), "{call:?}");
        }
        assert_tidy(&fake).await;
    }
}

/// Who is asked is no secret: a finding without its address would be missed.
#[tokio::test]
async fn a_secret_that_reads_like_the_target_hides_no_finding() {
    let fake = zap()
        .passive_alerts(vec![weak().field("url", "http://shop.test/shop?q=shop")])
        .start()
        .await
        .unwrap();
    let report = scan(scanner(&fake).header("X-Team", "shop")).await;
    assert_complete(&report);
    assert_eq!(report.findings[0].origin().to_string(), "http://shop.test");
    assert_eq!(report.findings[0].path(), "/REDACTED");
}

/// Everything that a scan tells, in one text.
fn told(report: &Report) -> String {
    format!("{}{:?}{:?}", report.evidence.to_json(), report.findings, report.rules)
}

#[tokio::test]
async fn secrets_are_in_nothing_that_is_told() {
    let cookie = "0123456789abcdef";
    let repeats = |secret: &str| {
        let url = format!("http://shop.test/cart?q={secret}");
        weak()
            .field("url", url.replace(' ', "%20"))
            .param(&format!("p-{secret}"))
            .attack(&format!("attack {secret}"))
            .evidence(secret)
            .field("other", format!("it says {secret}, twice: {secret}"))
            .field("name", format!("name {secret}"))
            .field("description", format!("description {secret}"))
            .field("solution", format!("solution {secret}"))
            .field("reference", format!("http://refer.test/{secret}"))
    };
    let secrets = [PASSWORD, TOKEN, cookie];
    let mut alerts: Vec<_> = secrets.into_iter().map(repeats).collect();
    let basic = "ZGVtbzpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=";
    alerts.push(weak().evidence(&format!("Basic {basic}")));
    let fake = zap().passive_alerts(alerts).start().await.unwrap();
    let scanner = logged_in(&fake)
        .header("Authorization", format!("Bearer {TOKEN}"))
        .header("Cookie", format!("theme=d; sid={cookie}"));
    let report = scan(scanner).await;
    assert_complete(&report);
    assert_eq!(report.findings.len(), 4);
    let told = told(&report);
    for secret in secrets.into_iter().chain(["correct%20horse", basic]) {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}

#[tokio::test]
async fn secrets_are_in_no_detail_of_what_went_wrong() {
    let fake = zap().start().await.unwrap();
    let refusal =
        json!({ "code": "illegal_parameter", "message": "No", "detail": format!("{PASSWORD} {TOKEN}") });
    fake.fail_always("users/action/setUserEnabled", Fault::Body(refusal.to_string().into_bytes()));
    let report = scan(logged_in(&fake).header("X-Api-Key", TOKEN)).await;
    let detail = assert_incomplete(&report, Cause::EngineError, "");
    assert!(!detail.contains(PASSWORD) && !detail.contains(TOKEN), "{detail}");
    let unreadable = weak().field("url", format!("no address {PASSWORD} {TOKEN}"));
    let fake = zap().start().await.unwrap();
    fake.answer("alert/view/alerts", json!({ "alerts": [unreadable.field("messageId", "99").json()] }));
    let report = scan(logged_in(&fake).header("X-Api-Key", TOKEN)).await;
    let detail = assert_incomplete(&report, Cause::EngineError, "1 alerts cannot be read");
    assert!(!told(&report).contains(PASSWORD) && !told(&report).contains(TOKEN), "{detail}");
}
