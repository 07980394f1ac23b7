//! What a ZAP, or what stands in its place, may reply: whatever cannot be understood is no pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use dast_zap_client::ErrorCode;
use dast_zap_client::testing::{FakeAlert, FakeZap, FakeZapBuilder, Fault};
use serde_json::{Value as Json, json};
use support::lab::{Outcome, Scan};
use support::relay::{Call, Fate, relay};
use tokio::runtime::Runtime;

const SHOP: &str = "http://shop.test/";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A fake ZAP that finds these alerts in a shop of two pages.
fn fake(alerts: Vec<FakeAlert>) -> FakeZap {
    start(
        FakeZap::builder()
            .site(SHOP)
            .site("http://shop.test/cart")
            .records_per_look(9)
            .passive_alerts(alerts),
    )
}

fn start(builder: FakeZapBuilder) -> FakeZap {
    RUNTIME.block_on(builder.start()).unwrap()
}

fn medium() -> FakeAlert {
    FakeAlert::new(10038, "Content Security Policy (CSP) Header Not Set", SHOP)
        .alert_ref("10038-1")
        .risk("Medium")
}

/// A scan of the shop by that ZAP, or by what relays to it.
fn scan(zap: &str) -> Scan {
    Scan::new(zap, SHOP, "full").key("a fake key").with(&["--timeout", "60s", "--quiet"])
}

fn outcome(fake: &FakeZap) -> Outcome {
    scan(fake.url()).run()
}

/// The outcome where `meddle` answers for the fake if it likes.
fn meddled(fake: &FakeZap, meddle: impl Fn(&mut Call<'_>) -> Fate + Send + Sync + 'static) -> (Outcome, u64) {
    let relay = relay(address(fake), meddle);
    scan(&format!("http://{}", relay.address)).start().measured()
}

fn address(fake: &FakeZap) -> SocketAddr {
    fake.url().trim_start_matches("http://").parse().unwrap()
}

/// What the tests below lean on: that nothing else is wrong.
#[test]
fn good_replies_are_judged() {
    let clean = outcome(&fake(Vec::new()));
    assert_eq!(
        (clean.code, &clean.evidence["scan"]["completion"]["complete"]),
        (0, &json!(true)),
        "{clean:?}"
    );
    let weak = outcome(&fake(vec![medium()]));
    assert_eq!((weak.code, weak.instances("10038-1")), (1, 1), "{weak:?}");
}

/// Whatever a scan asks ZAP, a reply that makes no sense is no pass.
#[test]
fn no_call_of_a_scan_takes_nonsense_for_an_answer() {
    let good = fake(Vec::new());
    assert_eq!(outcome(&good).code, 0);
    // Whether something stays behind in ZAP is no question of the verdict.
    let asked: BTreeSet<String> = good.calls().iter().map(|call| call.endpoint()).collect();
    let asked: Vec<_> =
        asked.into_iter().filter(|endpoint| endpoint != "context/action/removeContext").collect();
    assert!(asked.len() >= 10, "{asked:?}");
    let nonsense = [
        Fault::Html,
        Fault::Truncated,
        Fault::Status(404, "not here".to_owned()),
        Fault::Status(502, "no route".to_owned()),
        Fault::Body(Vec::new()),
        Fault::Body(b"null".to_vec()),
        Fault::Body(b"[]".to_vec()),
        Fault::ApiErrorOk(ErrorCode::IllegalParameter),
        Fault::Body(br#"{"Result":"FAIL"}"#.to_vec()),
    ];
    let check = |endpoint: &str, fault: &Fault| {
        let fake = fake(Vec::new());
        fake.fail_always(endpoint, fault.clone());
        let outcome = outcome(&fake);
        let completion = &outcome.evidence["scan"]["completion"];
        assert_eq!(outcome.code, 3, "{endpoint}, {fault:?}: {completion}");
        assert_eq!(completion["complete"], false, "{endpoint}, {fault:?}");
        assert!(fake.count(endpoint) > 0);
    };
    thread::scope(|scope| {
        for fault in &nonsense {
            let (asked, check) = (&asked, &check);
            scope.spawn(move || asked.iter().for_each(|endpoint| check(endpoint, fault)));
        }
    });
}

#[test]
fn wrong_types_are_no_pass() {
    for (endpoint, body) in [
        ("core/view/version", json!({ "version": ["2.17.0"] })),
        ("core/action/accessUrl", json!({ "accessUrl": [{ "id": "first" }] })),
        ("core/action/accessUrl", json!({ "accessUrl": "OK" })),
        ("core/action/accessUrl", json!({ "accessUrl": [] })),
        ("stats/view/stats", json!({ "stats.error.core.uncaught": "many" })),
        ("stats/view/stats", json!([])),
        ("pscan/view/scanners", json!({ "scanners": [{ "id": "10038" }] })),
        ("pscan/view/maxAlertsPerRule", json!({ "maxAlertsPerRule": "few" })),
        ("ascan/view/scanProgress", json!({ "scanProgress": ["http://shop.test"] })),
        ("spider/action/scan", json!({ "scan": "first" })),
        ("spider/action/scan", json!({ "scan": -1 })),
        ("spider/view/scans", json!({ "scans": [{ "id": "0", "progress": "all", "state": "FINISHED" }] })),
        ("spider/view/scans", json!({ "scans": "none" })),
        ("spider/view/fullResults", json!({ "fullResults": [{ "urlsInScope": [{ "url": SHOP }] }] })),
        ("context/view/contextList", json!({ "contextList": {} })),
        ("pscan/view/recordsToScan", json!({ "recordsToScan": true })),
        ("pscan/view/recordsToScan", json!({ "recordsToScan": null })),
        ("ascan/view/scans", json!({ "scans": [[]] })),
        ("alert/view/alerts", json!({ "alerts": [{ "id": "0" }] })),
        ("alert/view/alerts", json!({ "alerts": {} })),
        ("alert/view/alerts", json!({ "alerts": [medium().field("id", "0").field("tags", 3).json()] })),
    ] {
        let fake = fake(Vec::new());
        fake.answer(endpoint, body.clone());
        let cause = if body == json!({ "accessUrl": [] }) { "Unreachable" } else { "EngineError" };
        outcome(&fake).is_incomplete(&format!("{endpoint}, {body}"), 3, cause, "");
    }
    for (profile, option, endpoint, bodies) in [
        (
            "api",
            "--openapi-file=given",
            "openapi/action/importFile",
            [json!({ "importFile": "OK" }), json!({ "importFile": [{}] }), json!({ "importUrl": [] })],
        ),
        (
            "plan",
            "--automation-plan=given",
            "automation/view/planProgress",
            [
                json!({ "planId": 0, "started": "", "finished": "today", "info": [], "warn": "none", "error": [] }),
                json!({ "planId": 0, "started": "", "finished": "today", "info": [], "warn": [] }),
                json!({ "planProgress": {} }),
            ],
        ),
    ] {
        for body in bodies {
            let fake = fake(Vec::new());
            fake.answer(endpoint, body.clone());
            let scan = Scan::by(fake.url(), SHOP).key("a fake key").with(&["--timeout", "60s", option]);
            let scan = if profile == "api" { scan.with(&["--profile", profile]) } else { scan };
            fs::write(scan.folder().join("given"), "openapi: 3.0.0").unwrap();
            scan.run().is_incomplete(&format!("{endpoint}, {body}"), 3, "EngineError", "");
        }
    }
}

/// ZAP writes `null` for a text that reads so, and numbers as text; whether it always will, nobody has promised.
#[test]
fn null_for_text_and_numbers_as_text_or_not_are_understood() {
    let null =
        ["param", "attack", "evidence", "other", "solution", "reference", "description", "inputVector"];
    let null = null.into_iter().fold(medium(), |alert, field| alert.field(field, Json::Null));
    let numbers = [("pluginId", 10038), ("cweid", 693), ("wascid", 15), ("sourceid", 3), ("messageId", 4)];
    let numbers = numbers.into_iter().fold(medium(), |alert, (field, value)| alert.field(field, value));
    let texts = medium().field("sourceMessageId", "7").param("another");
    let alerts = [null.field("id", "0"), numbers.field("id", 1).param("a"), texts.field("id", "2")];
    let fake = fake(Vec::new());
    fake.answer("alert/view/alerts", json!({ "alerts": alerts.map(|alert| alert.json()) }));
    let scans = json!([{ "id": 0, "progress": 100, "state": "FINISHED", "reqCount": 5 }]);
    fake.answer("spider/view/scans", json!({ "scans": scans }));
    fake.answer("spider/view/fullResults", seen());
    fake.answer("pscan/view/recordsToScan", json!({ "recordsToScan": 0 }));
    let outcome = outcome(&fake);
    assert_eq!((outcome.code, outcome.instances("10038-1")), (1, 3), "{outcome:?}");
    assert_eq!(outcome.evidence["scan"]["completion"]["complete"], true, "{outcome:?}");
}

/// What the spider saw, with numbers as numbers.
fn seen() -> Json {
    let page = |id: u32, url: &str| {
        json!({
            "processed": true, "statusReason": null, "method": "GET", "reasonNotProcessed": "", "messageId": id,
            "url": url, "statusCode": 200,
        })
    };
    let pages = [page(1, SHOP), page(2, "http://shop.test/cart")];
    json!({ "fullResults": [{ "urlsInScope": pages }, { "urlsOutOfScope": [] }, { "urlsIoError": [] }] })
}

#[test]
fn a_reply_that_comes_a_byte_at_a_time_is_understood() {
    let fake = fake(vec![medium()]);
    for endpoint in ["core/view/version", "spider/view/fullResults", "alert/view/alerts"] {
        fake.fail_always(endpoint, Fault::Slow(Duration::from_millis(1)));
    }
    let outcome = outcome(&fake);
    assert_eq!((outcome.code, outcome.instances("10038-1")), (1, 1), "{outcome:?}");
}

#[test]
fn a_reply_that_never_ends_is_no_pass() {
    let fake = fake(vec![medium()]);
    let dripping = relay(address(&fake), |call| {
        if call.endpoint != "spider/view/scans" {
            return Fate::On;
        }
        call.answer((0..).map(|_| {
            thread::sleep(Duration::from_millis(50));
            " "
        }));
        Fate::Done
    });
    let scan = Scan::new(&format!("http://{}", dripping.address), SHOP, "full");
    let outcome = scan.key("a fake key").with(&["--timeout", "5s"]).run();
    // What the first page showed is told all the same.
    outcome.is_incomplete("a drip", 1, "DeadlineExceeded", "");
}

#[test]
fn a_reply_of_300_megabytes_is_not_taken_in() {
    let (outcome, mebibytes) = meddled(&fake(vec![medium()]), |call| {
        if call.endpoint != "alert/view/alerts" {
            return Fate::On;
        }
        let part = " ".repeat(1_000_000);
        call.answer(["{\"alerts\":["].into_iter().chain((0..300).map(|_| part.as_str())).chain(["]}"]));
        Fate::Done
    });
    outcome.is_incomplete("300 MB", 3, "EngineError", "");
    println!("300 MB: {mebibytes} MiB resident at most");
    assert!((1..200).contains(&mebibytes), "{mebibytes} MiB");
}

/// ZAP counts the errors that ended a thread, and goes on as if what that thread was about had been done.
#[test]
fn a_zap_that_lost_a_thread_meanwhile_is_no_pass() {
    let counts = AtomicUsize::new(4);
    let (outcome, _) = meddled(&fake(Vec::new()), move |call| {
        if call.endpoint != "stats/view/stats" || !call.target.contains("uncaught") {
            return Fate::On;
        }
        let count = counts.fetch_add(1, Ordering::SeqCst);
        call.answer([json!({ "stats.error.core.uncaught": count.to_string() }).to_string()].into_iter());
        Fate::Done
    });
    outcome.is_incomplete("a lost thread", 3, "EngineError", "5 now and 4 before");
}

/// ZAP calls a scan of a target that died meanwhile a success.
#[test]
fn a_target_that_stopped_answering_is_no_pass() {
    for (alerts, code) in [(Vec::new(), 3), (vec![medium()], 1)] {
        let fake = Arc::new(fake(alerts));
        let (dying, asked) = (fake.clone(), AtomicUsize::new(0));
        let (outcome, _) = meddled(&fake, move |call| {
            // The first page still came.
            if call.endpoint == "core/action/accessUrl" && asked.fetch_add(1, Ordering::SeqCst) == 1 {
                dying.fail_always("core/action/accessUrl", Fault::ApiError(ErrorCode::InternalError));
            }
            Fate::On
        });
        outcome.is_incomplete("it died", code, "Unreachable", "stopped answering");
    }
}

/// Nor does it find anything where nobody ever answered.
#[test]
fn a_target_that_never_answered_is_no_pass() {
    let fake = fake(vec![medium()]);
    fake.fail_always("core/action/accessUrl", Fault::ApiError(ErrorCode::InternalError));
    outcome(&fake).is_incomplete("nobody there", 3, "Unreachable", "did not answer ZAP");
    assert_eq!(fake.count("spider/action/scan"), 0);
}

#[test]
fn a_new_session_while_alerts_are_listed_again_takes_nothing_away() {
    let fake = Arc::new(fake(vec![medium()]));
    let (restarted, lists) = (fake.clone(), AtomicUsize::new(0));
    let (outcome, _) = meddled(&fake, move |call| {
        if call.endpoint == "alert/view/alerts" && lists.fetch_add(1, Ordering::SeqCst) == 1 {
            restarted.restart();
        }
        Fate::On
    });
    outcome.is_incomplete("a new session", 1, "EngineError", "began a new session");
    assert_eq!(outcome.instances("10038-1"), 1);
}

#[test]
fn an_alert_whose_address_does_not_parse_is_missed() {
    for url in ["", "no address", "http://shop.test:99999/", "http://[", "http:///"] {
        let outcome = outcome(&alerting(medium().field("url", url)));
        outcome.is_incomplete(&format!("`{url}`"), 3, "EngineError", "1 alerts cannot be read");
    }
    // What can be read still counts.
    let fake = fake(Vec::new());
    let alerts = [medium().field("id", "0"), medium().field("id", "1").field("url", "no address")];
    fake.answer("alert/view/alerts", json!({ "alerts": alerts.map(|alert| alert.json()) }));
    outcome(&fake).is_incomplete("one of two", 1, "EngineError", "1 alerts cannot be read");
}

#[test]
fn an_alert_of_an_unknown_risk_or_confidence_is_missed() {
    for alert in [medium().risk("Critical"), medium().risk(""), medium().confidence("Perhaps")] {
        outcome(&alerting(alert)).is_incomplete("unknown words", 3, "EngineError", "1 alerts cannot be read");
    }
}

/// A fake whose list of alerts is this one, whatever it is asked.
fn alerting(alert: FakeAlert) -> FakeZap {
    let fake = fake(Vec::new());
    fake.answer("alert/view/alerts", json!({ "alerts": [alert.field("id", "0").json()] }));
    fake
}

/// What goes wrong with the second page of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Missing,
    Late,
    BrokenOff,
    Changed,
}

#[test]
fn a_list_of_alerts_that_ends_between_two_pages_or_within_one_is_no_pass() {
    const SIZE: usize = 1000;
    let template = medium().field("id", "ID").param("PARAM").json().to_string();
    let alerts = move |ids: std::ops::Range<usize>| {
        let alerts =
            ids.map(|id| template.replace("ID", &id.to_string()).replace("PARAM", &format!("p{id}")));
        alerts.collect::<Vec<_>>().join(",")
    };
    for (page, cause) in [
        (Page::Missing, "EngineError"),
        (Page::Late, "DeadlineExceeded"),
        (Page::BrokenOff, "EngineError"),
        (Page::Changed, "EngineError"),
    ] {
        let (fake, alerts, asked) = (fake(Vec::new()), alerts.clone(), AtomicBool::new(false));
        let relay = relay(address(&fake), move |call| {
            if call.endpoint != "alert/view/alerts" {
                return Fate::On;
            }
            let first = call.number("start").unwrap_or(1).saturating_sub(1);
            let parts = match page {
                // Somebody has deleted the last alert of the first page, so that what was before the next is not known.
                Page::Changed if first == 0 && asked.swap(true, Ordering::Relaxed) => {
                    vec![format!("{{\"alerts\":[{},{}]}}", alerts(0..SIZE - 1), alerts(SIZE..SIZE + 2))]
                }
                _ if first == 0 => vec![format!("{{\"alerts\":[{}]}}", alerts(0..SIZE))],
                Page::Missing => return Fate::Done,
                Page::Late => {
                    thread::sleep(Duration::from_secs(30));
                    return Fate::Done;
                }
                Page::BrokenOff => vec![format!("{{\"alerts\":[{}", alerts(first..first + 5))],
                Page::Changed => vec![format!("{{\"alerts\":[{}]}}", alerts(first + 1..first + 5))],
            };
            call.answer(parts.into_iter());
            Fate::Done
        });
        let scan = Scan::new(&format!("http://{}", relay.address), SHOP, "full").key("a fake key");
        let time = if page == Page::Late { "5s" } else { "60s" };
        let outcome = scan.with(&["--timeout", time, "--quiet"]).run();
        // What the first page told is over a limit already.
        outcome.is_incomplete(&format!("{page:?}"), 1, cause, "");
        // Where a list can be had whole in the end, it is.
        let told = if page == Page::Changed { SIZE + 4 } else { SIZE };
        assert_eq!(outcome.instances("10038-1"), told as u64, "{page:?}");
    }
}

#[test]
fn a_hundred_thousand_alerts_are_all_counted() {
    const ALERTS: usize = 100_000;
    let template = medium().field("id", "ID").param("PARAM").json().to_string();
    let (outcome, mebibytes) = meddled(&fake(Vec::new()), move |call| {
        if call.endpoint != "alert/view/alerts" {
            return Fate::On;
        }
        let first = call.number("start").unwrap_or(1) - 1;
        let last = ALERTS.min(first + call.number("count").unwrap_or(ALERTS));
        let alerts = (first..last).map(|id| {
            let comma = if id == first { "" } else { "," };
            comma.to_owned() + &template.replace("ID", &id.to_string()).replace("PARAM", &format!("p{id}"))
        });
        call.answer(["{\"alerts\":[".to_owned()].into_iter().chain(alerts).chain(["]}".to_owned()]));
        Fate::Done
    });
    assert_eq!((outcome.code, outcome.instances("10038-1")), (1, ALERTS as u64), "{}", outcome.said);
    assert_eq!(outcome.evidence["scan"]["completion"]["complete"], true);
    println!("100,000 alerts: {mebibytes} MiB resident at most");
    assert!((1..200).contains(&mebibytes), "{mebibytes} MiB");
}
