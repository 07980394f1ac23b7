//! Lists of alerts that are not what they should be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use dast_zap_client::testing::{FakeAlert, FakeZap};
use serde_json::json;

use crate::scan::{SHOP, address, fake, meddled, medium, outcome};
use crate::support::lab::Scan;
use crate::support::relay::{Fate, relay};

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
