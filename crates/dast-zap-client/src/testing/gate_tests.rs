#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::settings::Settings;
use super::*;

fn headers(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn view(target: &str, given: &[(&str, &str)]) -> FakeCall {
    FakeCall::new("GET", target, headers(given), b"")
}

const PERMITTED: &[(&str, &str)] = &[("host", "zap:8080"), ("x-zap-api-key", "a fake key")];

fn read(reply: Reply) -> (u16, Json) {
    let Reply::Answer { status, body, .. } = reply else { return (0, Json::Null) };
    (status, serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body))))
}

#[test]
fn who_has_no_key_is_hung_up_on_or_told() {
    let mut state = State::new(Settings::default());
    let wrong = [("host", "zap"), ("x-zap-api-key", "another")];
    assert_eq!(state.answer(view("/JSON/core/view/version/", &wrong)), Reply::Closed);
    assert_eq!(state.answer(view("/JSON/core/view/version/", &[("host", "zap")])), Reply::Closed);
    state.settings.reports_permission_errors = true;
    let (status, body) = read(state.answer(view("/JSON/core/view/version/", &wrong)));
    assert_eq!((status, &body["code"]), (400, &json!("bad_api_key")));
    assert_eq!(state.calls.len(), 3);
}

#[test]
fn another_host_is_a_request_to_be_passed_on() {
    let mut state = State::new(Settings::default());
    let given = [("host", "localhost:8080"), ("x-zap-api-key", "a fake key")];
    assert_eq!(read(state.answer(view("/JSON/core/view/version/", &given))).0, 502);
}

#[test]
fn what_is_unknown_is_told_apart() {
    let mut state = State::new(Settings::default());
    for (target, status, code) in [
        ("/JSON/nothing/view/version/", 400, "no_implementor"),
        ("/JSON/core/view/nothing/", 400, "bad_view"),
        ("/JSON/core/action/nothing/", 400, "bad_action"),
        ("/JSON/core/thing/nothing/", 400, "bad_type"),
        ("/OTHER/core/other/nothing/", 200, "bad_other"),
        ("/JSON/spider/view/status/?scanId=3", 400, "does_not_exist"),
        ("/JSON/context/view/context/?contextName=no", 400, "does_not_exist"),
        ("/JSON/ascan/action/scan/?url=http://a.test/", 400, "url_not_found"),
        ("/JSON/ascan/action/scan/", 400, "missing_parameter"),
        ("/JSON/alert/view/alerts/?riskId=9", 400, "illegal_parameter"),
    ] {
        let (found, body) = read(state.answer(view(target, PERMITTED)));
        assert_eq!((found, &body["code"]), (status, &json!(code)), "{target}");
    }
    assert_eq!(read(state.answer(view("/FOO/core/view/version/", PERMITTED))), (400, json!("Bad Format")));
    assert_eq!(read(state.answer(view("/OTHER/exim/other/exportHar/", PERMITTED))), (400, json!("")));
}

#[test]
fn a_form_needs_its_exact_type_and_replaces_the_query() {
    let mut state = State::new(Settings::default());
    let form = |kind: &str| {
        let mut given = headers(PERMITTED);
        given.push(("content-type".to_owned(), kind.to_owned()));
        FakeCall::new("POST", "/JSON/core/action/setMode/?mode=safe", given, b"mode=protect")
    };
    let (status, body) = read(state.answer(form("application/x-www-form-urlencoded; charset=utf-8")));
    assert_eq!((status, &body["code"]), (400, &json!("content_type_not_supported")));
    assert_eq!(read(state.answer(form("application/x-www-form-urlencoded"))).0, 200);
    assert_eq!(state.mode, "protect");
}

#[test]
fn numbers_that_are_none_are_not_there() {
    let settings = Settings { pages: vec!["http://shop.test/".to_owned()], ..Settings::default() };
    let mut state = State::new(settings);
    state.session.spiders.start("http://shop.test/", 2);
    let (status, body) = read(state.answer(view("/JSON/spider/view/status/?scanId=abc", PERMITTED)));
    assert_eq!((status, body), (200, json!({ "status": "50" })));
}
