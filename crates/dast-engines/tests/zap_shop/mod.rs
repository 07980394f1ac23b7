//! A shop that a fake ZAP can reach, and scans of it.

#![allow(dead_code, reason = "no file of tests needs all of it")]

use std::time::Duration;

use dast_core::{ScanRequest, Target};
use dast_engines::zap::{
    AlertThreshold, LoggedIn, Login, ZapLimits, ZapProfile, ZapRules, ZapScanner, ZapScannerBuilder,
};
use dast_engines::{DriveSettings, drive};
use dast_policy::{Cause, Completion, Report};
use dast_zap_client::RuleId;
use dast_zap_client::testing::{FakeAlert, FakeCall, FakeZap, FakeZapBuilder};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub(crate) const SHOP: &str = "http://shop.test/";
pub(crate) const CART: &str = "http://shop.test/cart";
/// All of the shop, in a regular expression of Java.
pub(crate) const PATTERN: &str = r"\Qhttp://shop.test\E(?:[/?#].*)?";
/// The names of contexts and rules of scans begin so.
pub(crate) const NAME: &str = "dast http://shop.test session-marker-";

const SETTINGS: DriveSettings = DriveSettings {
    deadline: Duration::from_secs(60),
    grace: Duration::from_secs(30),
    max_attempts: 1,
    backoff: Duration::from_millis(1),
    max_backoff: Duration::from_millis(1),
};

/// A ZAP that knows nothing yet, and a shop of two pages.
pub(crate) fn zap() -> FakeZapBuilder {
    FakeZap::builder().site(SHOP).site(CART).records_per_look(9)
}

/// A finding of the passive rules, in both pages together.
pub(crate) fn weak() -> FakeAlert {
    FakeAlert::new(10038, "Content Security Policy", CART).alert_ref("10038-1").risk("Medium")
}

/// A finding of the active rules.
pub(crate) fn broken() -> FakeAlert {
    FakeAlert::new(40012, "Cross Site Scripting (Reflected)", CART).risk("High").param("q")
}

pub(crate) fn limits() -> ZapLimits {
    ZapLimits {
        time: Duration::from_secs(30),
        poll: Duration::from_millis(1),
        outage: Duration::from_millis(50),
        ..ZapLimits::default()
    }
}

/// A scanner that asks often.
pub(crate) fn scanner(fake: &FakeZap) -> ZapScannerBuilder {
    ZapScanner::builder(fake.client()).limits(limits())
}

pub(crate) fn request() -> ScanRequest {
    ScanRequest::new(Target::parse(SHOP).unwrap())
}

pub(crate) async fn scan(scanner: ZapScannerBuilder) -> Report {
    scan_until(scanner, request(), CancellationToken::new()).await
}

pub(crate) async fn scan_until(
    scanner: ZapScannerBuilder,
    request: ScanRequest,
    cancel: CancellationToken,
) -> Report {
    drive(&scanner.build().unwrap(), request, SETTINGS, cancel, |_, _| {}).await
}

/// Everything that a scan can put into ZAP.
pub(crate) fn everything(fake: &FakeZap) -> ZapScannerBuilder {
    scanner(fake)
        .profile(ZapProfile::Full)
        .limits(ZapLimits { requests_per_second: Some(5), threads: Some(2), ..limits() })
        .rules(ZapRules::new().rule_threshold(RuleId::new(40012), AlertThreshold::Low))
        .exclude(".*/logout")
        .header("X-Team", "shop")
        .login(Login::basic("demo", "hunter2"))
        .logged_in(LoggedIn::hides("/", "Log in"))
}

/// Starts a scan, and waits until ZAP is asked for something.
pub(crate) async fn begun(
    fake: &FakeZap,
    scanner: ZapScannerBuilder,
    cancel: &CancellationToken,
    until: &str,
) -> JoinHandle<Report> {
    let before = fake.count(until);
    let running = tokio::spawn(scan_until(scanner, request(), cancel.clone()));
    while fake.count(until) == before {
        assert!(!running.is_finished(), "it ended before {until}");
        sleep(Duration::from_millis(1)).await;
    }
    running
}

/// The rules of the findings, in the order of their names.
pub(crate) fn found(report: &Report) -> Vec<&str> {
    let mut found: Vec<_> = report.findings.iter().map(|finding| finding.alert_ref().as_str()).collect();
    found.sort_unstable();
    found
}

pub(crate) fn assert_complete(report: &Report) {
    assert_eq!(report.evidence.scan().completion, Completion::Complete);
}

/// Checks what a scan says of itself, and gives its words.
#[track_caller]
pub(crate) fn assert_incomplete(report: &Report, expected: Cause, words: &str) -> String {
    match report.evidence.scan().completion {
        Completion::Incomplete { cause, detail } if cause == expected && detail.contains(words) => detail,
        other => panic!("{other:?} is not {expected:?} with `{words}`"),
    }
}

/// The endpoints that change something, in the order in which they were called.
pub(crate) fn actions(fake: &FakeZap) -> Vec<String> {
    let endpoints = fake.calls().into_iter().map(|call| call.endpoint());
    endpoints.filter(|endpoint| !endpoint.contains("/view/")).collect()
}

/// The only call of an endpoint.
#[track_caller]
pub(crate) fn call(fake: &FakeZap, endpoint: &str) -> FakeCall {
    let mut calls = fake.calls().into_iter().filter(|call| call.endpoint() == endpoint);
    let call = calls.next().unwrap_or_else(|| panic!("{endpoint} was not called"));
    assert_eq!(calls.next(), None, "{endpoint} was called again");
    call
}

/// Name and value of all parameters but the key, in the order of the names.
pub(crate) fn parameters(call: &FakeCall) -> Vec<(&str, &str)> {
    let parameters = call.parameters().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut parameters: Vec<_> = parameters.filter(|(name, _)| *name != "apikey").collect();
    parameters.sort_unstable();
    parameters
}

/// Checks that a scan left nothing in ZAP but what it found.
pub(crate) async fn assert_tidy(fake: &FakeZap) {
    let zap = fake.client();
    assert_eq!(zap.context().contexts().send().await.unwrap(), ["Default Context"]);
    assert_eq!(zap.ascan().scan_policy_names().send().await.unwrap(), ["Default Policy"]);
    assert_eq!(zap.replacer().rules().send().await.unwrap(), []);
    assert_eq!(zap.network().rate_limit_rules().send().await.unwrap(), []);
    let threads = (zap.spider().thread_count().send().await, zap.ascan().threads_per_host().send().await);
    assert_eq!((threads.0.unwrap(), threads.1.unwrap()), (4, 4));
    for rule in zap.pscan().scanners().send().await.unwrap() {
        assert_eq!(rule.alert_threshold.as_str(), "DEFAULT", "{}", rule.name);
    }
}
