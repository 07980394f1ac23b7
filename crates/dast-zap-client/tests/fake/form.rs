//! The form of answers: that of recorded ones.

use std::path::Path;

use dast_zap_client::testing::FakeZap;
use serde_json::{Value as Json, json};

use crate::shop::{SHOP, asked, fake};

/// An endpoint, what it is asked with, and what of it is unknown.
pub(crate) type Refused = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// An endpoint, what it is asked with, and the file in which the answer of a ZAP is.
type Recorded = (&'static str, &'static [(&'static str, &'static str)], &'static str);

pub(crate) fn recorded(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name);
    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
}

/// Where two replies do not have the same keys and types. Elements of lists are compared with the first of the other, or
/// place by place if those are not alike.
/// `open` are objects whose keys are data.
pub(crate) fn differences(at: &str, ours: &Json, theirs: &Json, open: &[&str]) -> Vec<String> {
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

#[test]
fn differences_are_found() {
    let (ours, theirs) = (json!({ "a": "1", "b": [1] }), json!({ "a": 1, "b": ["x"], "c": null }));
    let found = differences("", &ours, &theirs, &[]);
    assert_eq!(found, [".a is text, not a number", ".b[0] is a number, not text", ".c is missing"]);
}

#[tokio::test]
async fn rules_of_its_configuration_have_the_form_of_those_that_are_added() {
    let settings = [
        ("description", "a"),
        ("enabled", "true"),
        ("matchtype", "REQ_HEADER"),
        ("matchstr", "Authorization"),
        ("replacement", "Bearer abc"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let told = FakeZap::builder().replacement(settings.into()).start().await.unwrap();
    let added = FakeZap::start().await.unwrap();
    let rule = [
        ("description", "a"),
        ("enabled", "true"),
        ("matchType", "REQ_HEADER"),
        ("matchRegex", "false"),
        ("matchString", "Authorization"),
        ("replacement", "Bearer abc"),
    ];
    asked(&added, "replacer/action/addRule", &rule).await;
    let rules = asked(&told, "replacer/view/rules", &[]).await;
    assert_eq!(rules["rules"][0]["replacement"], "Bearer abc");
    assert_eq!(rules, asked(&added, "replacer/view/rules", &[]).await);
}
