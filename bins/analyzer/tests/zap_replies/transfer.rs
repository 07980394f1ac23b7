//! Replies that come slowly, never end or are huge.

use std::thread;
use std::time::Duration;

use dast_zap_client::testing::Fault;

use crate::scan::{SHOP, address, fake, meddled, medium, outcome};
use crate::support::lab::Scan;
use crate::support::relay::{Fate, relay};

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
