//! What goes wrong with a real ZAP or with what it scans: none of it is a pass, and what was found already still counts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use dast_lab::zap::{Options, Readiness};
use dast_zap_client::{ActiveScanId, ContextId, ErrorCode, SpiderScanId, Url, ZapClient, ZapError};
use support::Server;
use support::gate::Gate;
use support::lab::{Lab, Running, Scan, patient};
use support::relay::{Fate, relay};
use support::site::{Answer, Site};
use tokio::runtime::Runtime;

/// A page with a link to another that takes a parameter.
const LINKS: &str = "<a href='/search?q=hello'>search</a>";

/// Time for a scan that never comes to it.
const ENOUGH: &str = "240s";

impl Lab {
    /// A scan with the right key.
    fn permitted(&self, target: &str, profile: &str) -> Scan {
        Scan::new(&self.zap.url(), target, profile).key(self.zap.api_key()).with(&["--timeout", ENOUGH])
    }
}

fn is_attack(target: &str) -> bool {
    target.starts_with("/search") && target != "/search?q=hello"
}

/// What happens in the middle of a scan.
#[derive(Clone, Copy)]
enum Middle {
    Crawl,
    Attack,
    /// The list of alerts is asked for, for the first or the second time.
    List(usize),
}

/// A scan that is held in the middle.
struct Held {
    name: &'static str,
    code: i32,
    gate: Gate,
    running: Running,
    _site: Site,
    _relay: Server,
}

impl Held {
    /// Starts one; `code` is what it has to end with, whatever becomes of ZAP.
    fn start(
        lab: &Lab,
        time: &str,
        (name, profile, middle, is_careless, code): (&'static str, &str, Middle, bool, i32),
    ) -> Self {
        let gate = Gate::default();
        let held = gate.clone();
        let site = Site::start(move |target| {
            match middle {
                Middle::Crawl if target.starts_with("/search") => held.pass(),
                Middle::Attack if is_attack(target) => held.pass(),
                _ => {}
            }
            let body = if target == "/" { LINKS.to_owned() } else { "<p>nothing</p>".to_owned() };
            if is_careless { Answer::Careless(body) } else { Answer::Page(body) }
        });
        let (held, lists) = (gate.clone(), AtomicUsize::new(0));
        let relay = relay(lab.zap.address(), move |call| {
            if let Middle::List(number) = middle
                && call.endpoint == "alert/view/alerts"
                && lists.fetch_add(1, Ordering::SeqCst) + 1 == number
            {
                held.pass();
            }
            Fate::On
        });
        let scan = Scan::new(&format!("http://{}", relay.address), &site.url(), profile);
        let running = scan.key(lab.zap.api_key()).with(&["--timeout", time]).start();
        Self { name, code, gate, running, _site: site, _relay: relay }
    }
}

/// Has scans in the middle of every stage when `blow` comes down on their ZAP.
fn strike(lab: &Lab, how: &str, time: &str, cause: &str, blow: impl FnOnce()) {
    let all = [
        ("listing", "baseline", Middle::List(1), true, 3),
        ("listing again", "full", Middle::List(2), true, 1),
        ("attacking", "full", Middle::Attack, false, 3),
        ("attacking, with alerts listed", "full", Middle::Attack, true, 1),
        ("crawling", "full", Middle::Crawl, false, 3),
    ];
    let mut held = Vec::new();
    for one in all {
        let one = Held::start(lab, time, one);
        if !one.gate.wait() {
            panic!("{how}: not in the middle: {}, {:?}", one.name, one.running.outcome());
        }
        held.push(one);
    }
    blow();
    for one in &held {
        one.gate.open();
    }
    for one in held {
        let what = format!("{how} while {}", one.name);
        let outcome = one.running.outcome();
        outcome.is_incomplete(&what, one.code, cause, "");
    }
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_zap_that_begins_anew_or_dies_in_any_stage_is_no_pass() {
    let lab = Lab::start_as(patient());
    strike(&lab, "new session", ENOUGH, "EngineError", || {
        lab.zap.api().get("JSON/core/action/newSession/").unwrap();
    });
    strike(&lab, "restart", ENOUGH, "EngineError", || lab.zap.restart().unwrap());
    strike(&lab, "kill", ENOUGH, "EngineError", || lab.zap.kill().unwrap());
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_zap_that_hangs_in_any_stage_is_no_pass() {
    let lab = Lab::start_as(patient());
    strike(&lab, "stop", "30s", "DeadlineExceeded", || lab.zap.suspend().unwrap());
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_zap_out_of_memory_is_no_pass_whether_it_ends_or_goes_on() {
    for (jvm_args, words) in [(Vec::new(), "memory"), (vec!["-XX:+ExitOnOutOfMemoryError".to_owned()], "")] {
        let lab = Lab::start_as(Options { heap_mib: 128, jvm_args, ..Options::default() });
        let site = Site::start(|target| match target {
            "/" => Answer::Page("<a href='/large'>large</a>".to_owned()),
            "/large" => Answer::Huge(256),
            _ => Answer::Status(404),
        });
        let ends = words.is_empty();
        let outcome = lab.permitted(&site.url(), "baseline").run();
        println!("out of memory: {}", outcome.evidence["scan"]["completion"]);
        outcome.is_incomplete("out of memory", 3, "EngineError", words);
        assert!(site.asked().contains(&"/large".to_owned()));
        assert_eq!(lab.zap.is_running().unwrap(), !ends);
    }
}

#[test]
#[ignore = "needs a real ZAP"]
fn who_may_not_ask_gets_no_pass() {
    let site = Site::start(|_| Answer::Page(LINKS.to_owned()));
    let lab = Lab::start();
    let no_key = Scan::new(&lab.zap.url(), &site.url(), "baseline").run();
    no_key.is_incomplete("no key", 3, "EngineError", "bad_api_key");

    // Where ZAP listens as a proxy alone, its API hangs up.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server =
        format!("JSON/network/action/addLocalServer/?address=127.0.0.1&port={port}&api=false&proxy=true");
    lab.zap.api().get(&server).unwrap();
    let no_api =
        Scan::new(&format!("http://127.0.0.1:{port}"), &site.url(), "baseline").key(lab.zap.api_key()).run();
    no_api.is_incomplete("no API", 3, "EngineError", "closed the connection");

    // Another server answers where ZAP is thought to be.
    for (answer, words) in [
        (
            Server::answering("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b"<html>Welcome</html>"),
            "not one of the API of ZAP",
        ),
        (
            Server::answering("HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n", b"<html>"),
            "not one of the API of ZAP",
        ),
        (Server::answering("HTTP/1.1 502 Bad Gateway\r\n", b"no route"), "a proxy answered"),
    ] {
        let other = Scan::new(&format!("http://{}", answer.address), &site.url(), "baseline").key("k").run();
        other.is_incomplete("another server", 3, "EngineError", words);
    }
    assert_eq!(site.asked(), [""; 0]);
}

#[test]
#[ignore = "needs a real ZAP"]
fn who_asks_from_an_address_that_is_not_permitted_gets_no_pass() {
    let site = Site::start(|_| Answer::Page(LINKS.to_owned()));
    let config = [("api.addrs.addr.name", "192.0.2.1"), ("api.reportpermerrors", "false")];
    let config = config.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let lab = Lab::start_as(Options { config, readiness: Readiness::Listening, ..Options::default() });
    let outcome = lab.permitted(&site.url(), "baseline").run();
    outcome.is_incomplete("not permitted", 3, "EngineError", "closed the connection");
    assert_eq!(site.asked(), [""; 0]);
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_target_that_is_broken_or_dies_is_no_pass() {
    let lab = Lab::start();
    let broken = Site::start(|_| Answer::Status(500));
    let outcome = lab.permitted(&broken.url(), "full").run();
    outcome.is_incomplete("500 to everything", 3, "Unreachable", "gave no usable answer");

    let elsewhere = Site::start(|_| Answer::Careless(LINKS.to_owned()));
    let (to, kept) = (elsewhere.url(), elsewhere.url());
    let leading =
        Site::start(move |target| Answer::Redirect(format!("{to}{}", target.trim_start_matches('/'))));
    let outcome = lab.permitted(&leading.url(), "full").run();
    println!("redirects: {}, {}", outcome.code, outcome.evidence["scan"]["completion"]);
    assert_eq!(outcome.code, 3, "{}", outcome.said);
    assert_eq!(outcome.evidence["scan"]["coverage"]["pages"], 0);
    assert!(!outcome.evidence.to_string().contains(&kept), "what is elsewhere is not counted");
    assert_eq!(elsewhere.asked(), [""; 0], "what is elsewhere is not asked");

    // It dies once it has answered for its root.
    let dying = Site::start(|target| match target {
        "/" => Answer::Page((0..4).map(|link| format!("<a href='/{link}'>{link}</a>")).collect()),
        _ => Answer::Nothing,
    });
    let outcome = lab.permitted(&dying.url(), "full").run();
    outcome.is_incomplete("dies while crawled", 3, "Unreachable", "gave no usable answer to 4 of");

    // It dies with the first attack.
    for (is_careless, code) in [(false, 3), (true, 1)] {
        let dead = AtomicUsize::new(0);
        let dying = Site::start(move |target| {
            dead.fetch_add(usize::from(is_attack(target)), Ordering::SeqCst);
            match (dead.load(Ordering::SeqCst), is_careless) {
                (0, true) => Answer::Careless(LINKS.to_owned()),
                (0, false) => Answer::Page(LINKS.to_owned()),
                _ => Answer::Nothing,
            }
        });
        let outcome = lab.permitted(&dying.url(), "full").run();
        outcome.is_incomplete("dies while attacked", code, "Unreachable", "stopped answering");
        assert!(dying.asked().iter().any(|target| is_attack(target)), "{:?}", dying.asked());
    }
}

#[test]
#[ignore = "needs a real ZAP"]
fn ids_that_zap_does_not_know_are_errors_of_their_own() {
    Runtime::new().unwrap().block_on(unknown_ids());
}

async fn unknown_ids() {
    let lab = Lab::start();
    let zap = ZapClient::builder(lab.zap.url()).api_key(lab.zap.api_key()).build().unwrap();
    let site = Site::start(|_| Answer::Page(LINKS.to_owned()));
    let site: Url = site.url().parse().unwrap();
    zap.core().access_url(&site).send().await.unwrap();
    let code = |error: ZapError| error.code().cloned().unwrap_or_else(|| panic!("{error:?}"));

    let (crawl, attack) = (SpiderScanId::new(77), ActiveScanId::new(77));
    assert_eq!(code(zap.spider().status(crawl).send().await.unwrap_err()), ErrorCode::DoesNotExist);
    assert_eq!(code(zap.spider().full_results(crawl).send().await.unwrap_err()), ErrorCode::DoesNotExist);
    assert_eq!(code(zap.watch_spider(crawl).ended().await.unwrap_err()), ErrorCode::DoesNotExist);
    assert_eq!(code(zap.ascan().status(attack).send().await.unwrap_err()), ErrorCode::DoesNotExist);
    assert_eq!(code(zap.watch_active_scan(attack).ended().await.unwrap_err()), ErrorCode::DoesNotExist);

    let context = ContextId::new(77);
    let scan = zap.ascan().scan(&site).context(context).send().await;
    assert_eq!(code(scan.unwrap_err()), ErrorCode::ContextNotFound);
    let scan = zap.spider().scan(&site).context_name("no such context").send().await;
    assert_eq!(code(scan.unwrap_err()), ErrorCode::DoesNotExist);
    let scan = zap.ascan().scan(&site).scan_policy_name("no such policy").send().await;
    assert_eq!(code(scan.unwrap_err()), ErrorCode::DoesNotExist);
    // None of them was begun.
    assert!(zap.ascan().scans().send().await.unwrap().is_empty());
}
