//! The fake answers in the form in which ZAP answered when it was recorded. No provider for TLS is installed here.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use dast_zap_client::context::{CheckingStrategy, PollUnits};
use dast_zap_client::testing::{FakeAlert, FakeZap};
use dast_zap_client::watch::Ended;
use dast_zap_client::{ActiveScanId, ErrorCode, SpiderScanId, Url, ZapClient, ZapError};
use serde_json::{Value as Json, json};

const SHOP: &str = "http://shop.test/";

async fn fake() -> FakeZap {
    let found = |rule, name| FakeAlert::new(rule, name, SHOP);
    FakeZap::builder()
        .site(SHOP)
        .site("http://shop.test/cart")
        .reports_error_details()
        .alerts(vec![found(-1, "by hand"), found(2, "again").risk("High").tag("CWE-79", "")])
        .active_alerts(vec![found(40012, "script").risk("High")])
        .start()
        .await
        .unwrap()
}

/// An endpoint, what it is asked with, and what of it is unknown.
type Refused = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// An endpoint, what it is asked with, and the file in which the answer of a ZAP is.
type Recorded = (&'static str, &'static [(&'static str, &'static str)], &'static str);

fn recorded(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name);
    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
}

/// Where two replies do not have the same keys and types. Elements of lists are compared with the first of the other, or
/// place by place if those are not alike.
/// `open` are objects whose keys are data.
fn differences(at: &str, ours: &Json, theirs: &Json, open: &[&str]) -> Vec<String> {
    match (ours, theirs) {
        (Json::Object(_), Json::Object(_)) if open.iter().any(|name| at.ends_with(name)) => Vec::new(),
        (Json::Object(ours), Json::Object(theirs)) => {
            let keys = ours.keys().chain(theirs.keys()).collect::<std::collections::BTreeSet<_>>();
            let each = keys.into_iter().flat_map(|key| match (ours.get(key), theirs.get(key)) {
                (Some(ours), Some(theirs)) => differences(&format!("{at}.{key}"), ours, theirs, open),
                (Some(_), None) => vec![format!("{at}.{key} is ours alone")],
                (None, _) => vec![format!("{at}.{key} is missing")],
            });
            each.collect()
        }
        (Json::Array(ours), Json::Array(theirs)) => {
            let Some(first) = theirs.first() else { return Vec::new() };
            let keys = |item: &Json| item.as_object().map(|item| item.keys().cloned().collect::<Vec<_>>());
            let mixed = theirs.iter().any(|item| (kind(item), keys(item)) != (kind(first), keys(first)));
            let each = ours.iter().enumerate().flat_map(|(index, ours)| {
                let theirs = if mixed { theirs.get(index).unwrap_or(first) } else { first };
                differences(&format!("{at}[{index}]"), ours, theirs, open)
            });
            each.collect()
        }
        _ if kind(ours) == kind(theirs) => Vec::new(),
        _ => vec![format!("{at} is {}, not {}", kind(ours), kind(theirs))],
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// The body of an answer, whatever it is.
async fn asked(fake: &FakeZap, endpoint: &str, parameters: &[(&str, &str)]) -> Json {
    let zap = fake.client();
    let (component, rest) = endpoint.split_once('/').unwrap();
    let (kind, name) = rest.split_once('/').unwrap();
    let request =
        if kind == "view" { zap.raw().view(component, name) } else { zap.raw().action(component, name) };
    let request = parameters.iter().fold(request, |request, (name, value)| request.text(*name, value));
    match request.send().await {
        Ok(reply) => reply,
        Err(ZapError::Api(error)) => {
            let mut body = json!({ "code": error.code().as_str(), "message": error.message() });
            if let Some(detail) = error.detail() {
                body["detail"] = json!(detail);
            }
            body
        }
        Err(other) => panic!("{endpoint}: {other}"),
    }
}

#[tokio::test]
async fn answers_have_the_form_of_the_recorded_ones() {
    let fake = fake().await;
    let context: &'static [_] = &[("contextName", "ctx")];
    let scan: &'static [_] = &[("scanId", "0")];
    let user: &'static [_] = &[("contextId", "2"), ("name", "bob")];
    let include: &'static [_] = &[("contextName", "ctx"), ("regex", r"\Qhttp://shop.test\E.*")];
    let plan: &'static [_] = &[("planId", "0")];
    let poll: &'static [_] = &[
        ("contextName", "ctx"),
        ("checkingStrategy", "POLL_URL"),
        ("pollUrl", SHOP),
        ("pollData", ""),
        ("pollHeaders", ""),
        ("pollFrequency", "20"),
        ("pollFrequencyUnits", "REQUESTS"),
    ];
    let method: &'static [_] = &[
        ("contextId", "2"),
        ("authMethodName", "formBasedAuthentication"),
        ("authMethodConfigParams", "loginUrl=http%3A%2F%2Fshop.test%2Flogin"),
    ];
    let password: &'static [_] =
        &[("contextId", "2"), ("userId", "0"), ("authCredentialsConfigParams", "username=a&password=b")];
    let bob: &'static [_] = &[("contextId", "2"), ("userId", "0")];
    let as_bob: &'static [_] = &[("contextId", "2"), ("userId", "0"), ("url", SHOP)];
    let rate: &'static [_] = &[
        ("description", "a"),
        ("enabled", "true"),
        ("matchRegex", "false"),
        ("matchString", "shop.test"),
        ("requestsPerSecond", "5"),
        ("groupBy", "RULE"),
    ];
    let rule = [
        ("description", "a"),
        ("enabled", "true"),
        ("matchType", "REQ_HEADER"),
        ("matchRegex", "false"),
        ("matchString", "Authorization"),
    ];
    assert_eq!(asked(&fake, "replacer/action/addRule", &rule).await, json!({ "Result": "OK" }));
    // In the order in which one follows from the other.
    let calls: &[Recorded] = &[
        ("core/view/version", &[], "core_view_version"),
        ("core/view/mode", &[], "core_view_mode"),
        ("context/action/newContext", context, "context_action_newContext"),
        ("context/action/includeInContext", include, "context_action_includeInContext"),
        ("context/view/context", context, "context_view_context"),
        ("context/view/contextList", &[], "context_view_contextList"),
        ("context/view/includeRegexs", context, "context_view_includeRegexs"),
        ("users/action/newUser", user, "users_action_newUser"),
        ("users/view/usersList", &[("contextId", "2")], "users_view_usersList"),
        ("core/action/accessUrl", &[("url", SHOP)], "core_action_accessUrl"),
        ("search/view/urlsByUrlRegex", &[("regex", "/")], "search_view_urlsByUrlRegex"),
        ("spider/action/scan", &[("url", SHOP)], "spider_action_scan"),
        ("spider/view/status", scan, "spider_view_status_running"),
        ("spider/view/status", scan, "spider_view_status_done"),
        ("spider/view/scans", &[], "spider_view_scans"),
        ("spider/view/results", scan, "spider_view_results"),
        ("spider/view/fullResults", scan, "spider_view_fullResults"),
        ("spider/view/addedNodes", scan, "spider_view_addedNodes"),
        ("core/view/sites", &[], "core_view_sites"),
        ("core/view/hosts", &[], "core_view_hosts"),
        ("core/view/urls", &[], "core_view_urls"),
        ("core/view/childNodes", &[], "core_view_childNodes"),
        // Two alerts of before took the first two numbers.
        ("core/view/message", &[("id", "3")], "core_view_message"),
        ("core/view/messages", &[], "core_view_messages"),
        ("ascan/action/scan", &[("url", SHOP)], "ascan_action_scan"),
        ("ascan/view/scans", &[], "ascan_view_scans_running"),
        ("ascan/view/scanProgress", scan, "ascan_view_scanProgress"),
        ("ascan/view/status", scan, "ascan_view_status_done"),
        ("ascan/view/scans", &[], "ascan_view_scans_done"),
        ("ascan/view/scanProgress", scan, "ascan_view_scanProgress_done"),
        ("ascan/view/alertsIds", scan, "ascan_view_alertsIds"),
        ("ascan/view/scanners", &[], "ascan_view_scanners"),
        ("ascan/view/policies", &[], "ascan_view_policies"),
        ("pscan/view/recordsToScan", &[], "pscan_view_recordsToScan"),
        ("pscan/view/scanners", &[], "pscan_view_scanners"),
        ("alert/view/alert", &[("id", "0")], "alert_view_alert"),
        ("alert/view/alerts", &[], "alert_view_alerts"),
        ("alert/view/alerts", &[], "alert_view_alerts_full_run"),
        ("alert/view/alertsSummary", &[], "alert_view_alertsSummary"),
        ("alert/view/alertCountsByRisk", &[], "alert_view_alertCountsByRisk"),
        ("alert/view/numberOfAlerts", &[], "alert_view_numberOfAlerts"),
        (
            "authentication/view/getSupportedAuthenticationMethods",
            &[],
            "authentication_view_getSupportedAuthenticationMethods",
        ),
        ("automation/action/runPlan", &[("filePath", "/p.yaml")], "automation_action_runPlan"),
        ("automation/view/planProgress", plan, "automation_view_planProgress_running"),
        ("automation/view/planProgress", plan, "automation_view_planProgress_done"),
        ("autoupdate/view/installedAddons", &[], "autoupdate_view_installedAddons"),
        ("network/view/getConnectionTimeout", &[], "network_view_getConnectionTimeout"),
        ("network/view/getHttpProxy", &[], "network_view_getHttpProxy"),
        ("openapi/action/importUrl", &[("url", SHOP)], "openapi_action_importUrl"),
        ("replacer/view/rules", &[], "replacer_view_rules"),
        ("stats/view/stats", &[], "stats_view_stats"),
        ("network/action/addRateLimitRule", rate, "context_action_includeInContext"),
        ("network/view/getRateLimitRules", &[], "network_view_getRateLimitRules"),
        ("ascan/action/addScanPolicy", &[("scanPolicyName", "p")], "context_action_includeInContext"),
        ("ascan/view/scanPolicyNames", &[], "ascan_view_scanPolicyNames"),
        ("users/action/pollAsUser", bob, "err_illegal_parameter"),
        ("users/action/authenticateAsUser", bob, "context_action_includeInContext"),
        ("authentication/action/setAuthenticationMethod", method, "context_action_includeInContext"),
        ("users/action/setAuthenticationCredentials", password, "context_action_includeInContext"),
        ("context/action/setContextCheckingStrategy", poll, "context_action_includeInContext"),
        ("users/action/authenticateAsUser", bob, "users_action_authenticateAsUser"),
        ("users/action/pollAsUser", bob, "users_action_pollAsUser"),
        ("users/view/usersList", &[("contextId", "2")], "users_view_usersList"),
        ("spider/action/scanAsUser", as_bob, "spider_action_scanAsUser"),
        ("ascan/action/scanAsUser", as_bob, "spider_action_scanAsUser"),
        ("core/action/deleteSiteNode", &[("url", "http://shop.test")], "context_action_includeInContext"),
        ("core/action/deleteSiteNode", &[("url", "http://shop.test")], "err_does_not_exist"),
        ("context/action/setContextCheckingStrategy", &poll[..3], "err_illegal_parameter"),
        ("context/action/newContext", context, "err_already_exists"),
        ("core/view/nothing", &[], "err_bad_view"),
        ("users/action/newUser", &[("contextId", "77"), ("name", "x")], "err_context_not_found"),
        ("spider/view/status", &[("scanId", "77")], "err_does_not_exist"),
        ("users/action/pollAsUser", &[("contextId", "2"), ("userId", "9")], "err_user_not_found"),
        (
            "ascan/action/scanAsUser",
            &[("contextId", "2"), ("userId", "0"), ("url", "http://other.test/")],
            "err_url_not_in_context",
        ),
        ("alert/view/alerts", &[("riskId", "9")], "err_illegal_parameter"),
        ("alert/view/alert", &[], "err_missing_parameter"),
        ("ascan/action/scan", &[("url", "http://other.test/")], "err_url_not_found_detail"),
    ];
    for (endpoint, parameters, file) in calls {
        let (ours, theirs) = (asked(&fake, endpoint, parameters).await, recorded(&format!("{file}.json")));
        let found = differences(file, &ours, &theirs, &[".tags", "stats_view_stats"]);
        assert_eq!(found, Vec::<String>::new(), "{endpoint} answered {ours}");
        if file.starts_with("err_") {
            assert_eq!((&ours["code"], &ours["message"]), (&theirs["code"], &theirs["message"]), "{file}");
        }
    }
}

#[tokio::test]
async fn what_a_login_lacks_is_told_as_recorded() {
    let fake = fake().await;
    let poll = [
        ("contextName", "ctx"),
        ("checkingStrategy", "POLL_URL"),
        ("pollUrl", SHOP),
        ("pollFrequencyUnits", "REQUESTS"),
        ("pollFrequency", "20"),
    ];
    asked(&fake, "context/action/newContext", &[("contextName", "ctx")]).await;
    let broken = asked(&fake, "context/action/setContextCheckingStrategy", &poll).await;
    assert_eq!(broken, recorded("err_internal_error.json"));
    let without = |given: &'static str| [("contextId", "2"), ("authMethodName", given)];
    for (method, code, detail) in [
        ("formBasedAuthentication", "missing_parameter", "loginUrl"),
        ("nope", "does_not_exist", "No authentication method type matches the provided value: nope"),
    ] {
        let found = asked(&fake, "authentication/action/setAuthenticationMethod", &without(method)).await;
        assert_eq!((&found["code"], &found["detail"]), (&json!(code), &json!(detail)));
    }
    // A method comes without what was said for the one before.
    let poll = poll.into_iter().chain([("pollData", ""), ("pollHeaders", "")]).collect::<Vec<_>>();
    asked(&fake, "context/action/setContextCheckingStrategy", &poll).await;
    asked(&fake, "users/action/newUser", &[("contextId", "2"), ("name", "bob")]).await;
    let bob = [("contextId", "2"), ("userId", "0")];
    assert_eq!(asked(&fake, "users/action/pollAsUser", &bob).await["pollSuccessful"], "true");
    asked(&fake, "authentication/action/setAuthenticationMethod", &without("manualAuthentication")).await;
    assert_eq!(asked(&fake, "users/action/pollAsUser", &bob).await["code"], "illegal_parameter");
}

#[tokio::test]
async fn a_login_holds_as_long_as_the_test_says() {
    let fake = FakeZap::builder().site(SHOP).login_holds_for(2).start().await.unwrap();
    let zap = fake.client();
    let context = zap.context().new_context("ctx").send().await.unwrap();
    let polled = zap.context().set_checking_strategy("ctx", CheckingStrategy::PollUrl);
    let polled = polled.poll_url(&SHOP.parse().unwrap()).poll_data("").poll_headers("");
    polled.poll_frequency(20).poll_frequency_units(PollUnits::Requests).send().await.unwrap();
    let user = zap.users().new_user(context, "bob").send().await.unwrap();
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(zap.users().poll(context, user).send().await.unwrap().successful);
    }
    assert_eq!(held, [true, true, false, false]);
}

#[tokio::test]
async fn what_was_not_uploaded_is_not_there() {
    let fake = FakeZap::builder().site(SHOP).start().await.unwrap();
    let zap = fake.client();
    let path = "${XFER}/plan.yaml";
    let error = zap.automation().run_plan(path).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::DoesNotExist));
    let answer = zap.core().file_upload("plan.yaml", "jobs: []").send().await.unwrap();
    let answer: Json = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer, json!({ "Uploaded": "/zap/transfer/plan.yaml" }));
    let plan = zap.automation().run_plan(path).send().await.unwrap();
    let watch = zap.watch_plan(plan, ["spider"]).every(Duration::from_millis(1));
    assert_eq!(watch.ended().await.unwrap(), Ended::Finished);
    let stopped = zap.automation().run_plan(path).send().await.unwrap();
    zap.automation().stop_plan(stopped).send().await.unwrap();
    let ended = zap.watch_plan(stopped, ["spider"]).ended().await.unwrap();
    assert!(matches!(ended, Ended::Failed { .. }), "{ended}");
    assert_eq!(zap.core().urls(SHOP).send().await.unwrap(), [SHOP]);
    let error = zap.core().file_upload("../plan.yaml", "jobs: []").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::IllegalParameter));
}

#[tokio::test]
async fn words_and_names_that_zap_does_not_know_are_refused() {
    let fake = fake().await;
    asked(&fake, "ascan/action/addScanPolicy", &[("scanPolicyName", "p")]).await;
    let cases: &[Refused] = &[
        (
            "ascan/action/addScanPolicy",
            &[("scanPolicyName", "q"), ("attackStrength", "NOPE")],
            "attackStrength",
        ),
        ("ascan/action/removeScanPolicy", &[("scanPolicyName", "nope")], "scanPolicyName"),
        ("ascan/view/scanners", &[("scanPolicyName", "nope")], "scanPolicyName"),
        ("ascan/action/setScannerAttackStrength", &[("id", "999"), ("attackStrength", "LOW")], "999"),
        ("ascan/action/setScannerAlertThreshold", &[("id", "999"), ("alertThreshold", "LOW")], "999"),
        ("pscan/action/setScannerAlertThreshold", &[("id", "999"), ("alertThreshold", "LOW")], "id"),
        (
            "pscan/action/setScannerAlertThreshold",
            &[("id", "10020"), ("alertThreshold", "NO")],
            "alertThreshold",
        ),
        ("network/action/removeRateLimitRule", &[("description", "nope")], "description"),
        ("context/action/removeContext", &[("contextName", "nope")], "nope"),
        ("spider/action/scan", &[("url", SHOP), ("contextName", "nope")], "nope"),
    ];
    for (endpoint, parameters, detail) in cases {
        let found = asked(&fake, endpoint, parameters).await;
        assert_eq!(
            (&found["code"], &found["detail"]),
            (&json!("does_not_exist"), &json!(detail)),
            "{endpoint}"
        );
    }
    let off = [("id", "40018"), ("alertThreshold", "OFF"), ("scanPolicyName", "p")];
    asked(&fake, "ascan/action/setScannerAlertThreshold", &off).await;
    let of = async |policy| {
        let scanners = asked(&fake, "ascan/view/scanners", &[("scanPolicyName", policy)]).await;
        (scanners["scanners"][1]["alertThreshold"].clone(), scanners["scanners"][1]["enabled"].clone())
    };
    assert_eq!(of("p").await, (json!("OFF"), json!("false")));
    assert_eq!(of("Default Policy").await, (json!("DEFAULT"), json!("true")));
}

#[tokio::test]
async fn a_browser_finds_what_it_is_said_to_find() {
    let fake = FakeZap::builder().site(SHOP).browser_page("http://shop.test/#/only").start().await.unwrap();
    let (zap, shop) = (fake.client(), SHOP.parse::<Url>().unwrap());
    zap.ajax_spider().scan(&shop).send().await.unwrap();
    let again = zap.ajax_spider().scan(&shop).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::ScanInProgress));
    let every = Duration::from_millis(1);
    zap.watch_ajax_spider().every(every).ended().await.unwrap();
    assert_eq!(zap.ajax_spider().number_of_results().send().await.unwrap(), 3);
    let crawl = zap.client_spider().scan(&shop).send().await.unwrap();
    assert_eq!(zap.client_spider().status(crawl).send().await.unwrap(), 50);
    zap.watch_client_spider(crawl).every(every).ended().await.unwrap();
}

#[tokio::test]
async fn alerts_by_risk_are_a_tree_as_recorded() {
    let fake = fake().await;
    let (ours, theirs) = (
        asked(&fake, "alert/view/alertsByRisk", &[]).await["alertsByRisk"].clone(),
        recorded("alert_view_alertsByRisk.json")["alertsByRisk"].clone(),
    );
    let keys = |object: &Json| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let risks = |tree: &Json| tree.as_array().unwrap().iter().flat_map(keys).collect::<Vec<_>>();
    assert_eq!(risks(&ours), risks(&theirs));
    // The first alert of the first name of a risk that has any.
    let low = |tree: &Json| tree[1]["Low"][0].as_object().unwrap().values().next().unwrap()[0].clone();
    assert_eq!(differences("", &low(&ours), &low(&theirs), &[]), Vec::<String>::new());
    let typed = fake.client().alert().alerts_by_risk().send().await.unwrap();
    assert_eq!(typed[3]["High"][0]["again"][0].name, "again");
}

#[tokio::test]
async fn a_crawl_of_what_nobody_answers_saw_nothing() {
    let fake = fake().await;
    let nobody = "http://nobody.test/".parse().unwrap();
    let crawl = fake.client().spider().scan(&nobody).send().await.unwrap();
    fake.client().watch_spider(crawl).ended().await.unwrap();
    let results = fake.client().spider().full_results(crawl).send().await.unwrap();
    let unanswered: Vec<_> = results.unanswered.iter().map(|found| found.url.as_str()).collect();
    assert_eq!((results.in_scope.len(), unanswered), (0, vec!["http://nobody.test/"]));
}

#[test]
fn differences_are_found() {
    let (ours, theirs) = (json!({ "a": "1", "b": [1] }), json!({ "a": 1, "b": ["x"], "c": null }));
    let found = differences("", &ours, &theirs, &[]);
    assert_eq!(found, [".a is text, not a number", ".b[0] is a number, not text", ".c is missing"]);
}

#[tokio::test]
async fn a_crawl_goes_on_and_begins_at_0_after_a_restart() {
    let fake = FakeZap::builder().site(SHOP).spider_takes(4).start().await.unwrap();
    let (zap, shop) = (fake.client(), SHOP.parse::<Url>().unwrap());
    let first = zap.spider().scan(&shop).send().await.unwrap();
    let second = zap.spider().scan(&shop).send().await.unwrap();
    assert_eq!((first, second), (SpiderScanId::new(0), SpiderScanId::new(1)));
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(zap.spider().status(second).send().await.unwrap());
    }
    assert_eq!(seen, [25, 50, 75, 100, 100]);
    fake.restart();
    let error = zap.spider().status(second).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::DoesNotExist));
    assert_eq!(zap.spider().scan(&shop).send().await.unwrap(), first);
}

#[tokio::test]
async fn a_scan_that_somebody_stopped_reads_100_but_was_not_done() {
    let fake = FakeZap::builder().site(SHOP).active_scan_takes(4).start().await.unwrap();
    asked(&fake, "core/action/accessUrl", &[("url", SHOP)]).await;
    asked(&fake, "ascan/action/scan", &[("url", SHOP)]).await;
    assert_eq!(asked(&fake, "ascan/view/status", &[("scanId", "0")]).await["status"], "25");
    fake.stop_scan_from_outside(ActiveScanId::new(0));
    assert_eq!(asked(&fake, "ascan/view/status", &[("scanId", "0")]).await["status"], "100");
    let scans = asked(&fake, "ascan/view/scans", &[]).await;
    assert_eq!(scans["scans"][0]["state"], "FINISHED");
    assert_eq!(scans["scans"][0]["progress"], "25");
}

#[tokio::test]
async fn pages_of_alerts_begin_at_1_and_addresses_are_beginnings() {
    let alerts = (0..5).map(|number| FakeAlert::new(number, "a", "http://shop.test:8080/")).collect();
    let fake = FakeZap::builder().alerts(alerts).start().await.unwrap();
    let mut pages = Vec::new();
    for start in ["0", "1", "2", "4", "6", "x"] {
        let page = asked(&fake, "alert/view/alerts", &[("start", start), ("count", "2")]).await;
        let ids =
            page["alerts"].as_array().unwrap().iter().map(|alert| alert["id"].as_str().unwrap().to_owned());
        pages.push(ids.collect::<Vec<_>>().join(","));
    }
    assert_eq!(pages, ["0,1", "0,1", "1,2", "3,4", "", "0,1"]);
    let base = [("baseurl", "http://shop.test:80")];
    assert_eq!(asked(&fake, "alert/view/numberOfAlerts", &base).await["numberOfAlerts"], "5");
    assert_eq!(fake.raise(FakeAlert::new(9, "late", SHOP)).get(), 5);
}

#[tokio::test]
async fn what_was_left_out_is_absent_and_what_was_taught_is_known() {
    let fake = FakeZap::builder().without("openapi").start().await.unwrap();
    let zap = fake.client();
    let error = zap.raw().action("openapi", "importUrl").text("url", SHOP).send().await.unwrap_err();
    assert!(matches!(error, ZapError::ComponentAbsent(_)), "{error:?}");
    let addons = asked(&fake, "autoupdate/view/installedAddons", &[]).await;
    assert!(addons["installedAddons"].as_array().unwrap().iter().all(|addon| addon["id"] != "openapi"));
    fake.answer("ajaxSpider/view/status", json!({ "status": "running" }));
    assert_eq!(asked(&fake, "ajaxSpider/view/status", &[]).await["status"], "running");
}

#[tokio::test]
async fn it_ends_with_its_handle() {
    let fake = FakeZap::start().await.unwrap();
    let zap = fake.client();
    zap.raw().view("core", "version").send().await.unwrap();
    drop(fake);
    let error = zap.raw().view("core", "version").send().await.unwrap_err();
    assert!(matches!(error, ZapError::Transport(_)), "{error:?}");
}

#[test]
fn tls_without_a_provider_is_an_error() {
    let error = ZapClient::builder("https://zap.test").build().unwrap_err();
    assert!(matches!(error, ZapError::NoTlsProvider), "{error:?}");
    assert!(!error.is_retryable());
    assert!(ZapClient::builder("http://zap.test").build().is_ok());
}
