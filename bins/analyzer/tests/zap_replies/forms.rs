//! Replies of another form than that of ZAP, or of hardly any.

use std::collections::BTreeSet;
use std::{fs, thread};

use dast_zap_client::ErrorCode;
use dast_zap_client::testing::Fault;
use serde_json::{Value as Json, json};

use crate::scan::{SHOP, fake, medium, outcome};
use crate::support::lab::Scan;

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
