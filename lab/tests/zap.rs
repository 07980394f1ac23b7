//! What the lab promises, against the real thing. `cargo test -p dast-lab --test zap -- --ignored` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests"
)]

use std::fs;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use dast_lab::zap::{Api, Daemon, Installation, Options, Readiness};
use dast_shop::{Care, Shop};
use serde_json::{Value, json};

fn installation() -> Installation {
    Installation::ensure(|step| eprintln!("{step}")).unwrap()
}

fn start(options: Options) -> Daemon {
    installation().start(options).unwrap()
}

fn alerts(zap: &Daemon) -> Vec<Value> {
    zap.api().get("JSON/alert/view/alerts/?falsePositive=true").unwrap()["alerts"].as_array().unwrap().clone()
}

/// Until `done` says so; a minute is a failure.
fn wait(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("in vain: {what}");
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_daemon_answers_who_calls_it_zap_and_has_the_key() {
    let zap = start(Options::default());
    let version = zap.api().get("JSON/core/view/version/").unwrap();
    assert_eq!(version, json!({ "version": installation().version() }));

    let stranger = Api::new(zap.address(), "another-key").reply("JSON/core/view/version/").unwrap();
    assert_eq!((stranger.status, stranger.body.contains("bad_api_key")), (400, true));
    let command_line = fs::read_to_string(format!("/proc/{}/cmdline", zap.pid())).unwrap();
    assert!(command_line.contains("-configfile") && !command_line.contains(zap.api_key()));
}

#[test]
#[ignore = "needs a real ZAP"]
fn an_item_of_the_configuration_replaces_the_labs() {
    let config = vec![("api.reportpermerrors".to_owned(), "false".to_owned())];
    let zap = start(Options { config, ..Options::default() });
    let error = Api::new(zap.address(), "another-key").reply("JSON/core/view/version/").unwrap_err();
    assert!(format!("{error:#}").contains("closed without a word"), "{error:#}");
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_daemon_whose_api_is_for_other_machines_can_be_started() {
    // It replaces the list of addresses, which has those of this machine.
    let config = vec![("api.addrs.addr.name".to_owned(), "192.0.2.1".to_owned())];
    let zap = start(Options { config, readiness: Readiness::Listening, ..Options::default() });
    assert!(zap.is_running().unwrap());
    assert!(zap.api().get("JSON/core/view/version/").is_err());
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_restart_empties_the_session_and_keeps_the_address() {
    let zap = start(Options::default());
    let site = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let page = format!("http://{}/", site.local_addr().unwrap());
    // A page that nobody serves is in the session all the same.
    drop(site);
    zap.api().get(&format!("JSON/spider/action/scan/?url={page}")).unwrap();
    let scans = || zap.api().get("JSON/spider/view/scans/").unwrap()["scans"].as_array().unwrap().len();
    assert_eq!(scans(), 1);
    let (pid, url) = (zap.pid(), zap.url());

    zap.restart().unwrap();

    assert_ne!(zap.pid(), pid);
    assert_eq!(zap.url(), url);
    assert_eq!(scans(), 0);
    assert_eq!(zap.api().get("JSON/core/view/sites/").unwrap(), json!({ "sites": [] }));
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_suspended_daemon_takes_connections_and_says_nothing_until_it_goes_on() {
    let zap = start(Options::default());
    let impatient = zap.api().clone().timeout(Duration::from_secs(1));
    zap.suspend().unwrap();
    assert!(impatient.reply("JSON/core/view/version/").is_err());
    assert!(zap.is_running().unwrap());
    zap.resume().unwrap();
    zap.api().get("JSON/core/view/version/").unwrap();
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_taken_port_is_an_error_that_says_so_though_zap_calls_it_success() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = installation().start(Options { port, ..Options::default() }).unwrap_err().to_string();
    let expected =
        format!("ZAP ended with exit status: 0 before it was ready: port {port} is taken; it printed:");
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
#[ignore = "needs a real ZAP"]
fn another_zap_with_the_same_port_and_key_is_not_taken_for_the_one_that_was_started() {
    let key = Some("the-same-key".to_owned());
    let first = start(Options { api_key: key.clone(), ..Options::default() });
    let second = Options { api_key: key, port: first.address().port(), ..Options::default() };
    assert!(installation().start(second).is_err());
    first.api().get("JSON/core/view/version/").unwrap();
}

#[test]
#[ignore = "needs a real ZAP"]
fn java_that_does_not_start_and_a_start_that_takes_too_long_are_errors_with_the_log() {
    let jvm_args = vec!["-XX:NoSuchOption".to_owned()];
    let error = installation().start(Options { jvm_args, ..Options::default() }).unwrap_err().to_string();
    assert!(error.contains("exit status: 1") && error.contains("NoSuchOption"), "{error}");

    let home = tempfile::tempdir().unwrap();
    let options =
        Options { startup: Duration::ZERO, home: Some(home.path().join("home")), ..Options::default() };
    let error = installation().start(options).unwrap_err().to_string();
    assert!(error.starts_with("ZAP was not ready after 0 s"), "{error}");
}

#[test]
#[ignore = "needs a real ZAP"]
fn daemons_run_side_by_side_and_nothing_is_left_of_them() {
    let (one, other) = (start(Options::default()), start(Options::default()));
    assert_ne!(one.url(), other.url());
    assert_ne!(one.api_key(), other.api_key());
    assert!(other.api().get("JSON/core/view/version/").is_ok());
    let (pid, home) = (one.pid(), one.home().to_owned());
    assert!(home.exists());
    drop(one);
    assert!(!home.exists());
    assert!(!fs::exists(format!("/proc/{pid}")).unwrap());

    assert!(other.shutdown().unwrap().success());
    assert!(!other.is_running().unwrap());
    assert!(other.suspend().is_err());
    other.kill().expect("one that has ended needs no killing");
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_detached_daemon_is_found_by_its_process_and_ended_over_the_api() {
    let home = tempfile::tempdir().unwrap();
    let home = Some(home.path().join("home"));
    let zap = installation().start_detached(Options { home, ..Options::default() }).unwrap();
    assert!(zap.is_running());
    assert!(zap.resident_bytes().unwrap() > 100 * 1024 * 1024);
    assert!(zap.end().unwrap(), "it had to be killed");
    assert!(!zap.is_running());
}

#[test]
#[ignore = "needs a real ZAP"]
fn every_rule_of_the_labs_is_there() {
    let zap = start(Options::default());
    let ids = |component: &str| {
        let scanners = zap.api().get(&format!("JSON/{component}/view/scanners/")).unwrap();
        let scanners = scanners["scanners"].as_array().unwrap().clone();
        let mut ids: Vec<_> =
            scanners.iter().map(|rule| rule["id"].as_str().unwrap().parse::<u32>().unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids("pscan"), [10010, 10020, 10021, 10038, 66001]);
    assert_eq!(ids("ascan"), [40012, 40014]);
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_page_gets_passive_alerts_and_odd_ones_if_it_asks() {
    let zap = start(Options::default());
    let site = Site::start("<p>lab-odd-alert</p>");
    zap.api().get(&format!("JSON/core/action/accessUrl/?url={}", site.url)).unwrap();
    wait("the passive rules", || {
        zap.api().get("JSON/pscan/view/recordsToScan/").unwrap()["recordsToScan"] == "0"
    });
    let alerts = alerts(&zap);
    let mut refs: Vec<_> = alerts.iter().map(|alert| alert["alertRef"].as_str().unwrap()).collect();
    refs.sort_unstable();
    assert_eq!(refs, ["10010", "10020-1", "10021", "10038-1", "66001-1", "66001-2", "66001-3"]);

    // What ZAP 2.17.0 makes of texts that look like something else, and of what is not set.
    let odd = |alert_ref: &str| alerts.iter().find(|alert| alert["alertRef"] == alert_ref).unwrap();
    let code = odd("66001-1");
    assert_eq!((&code["param"], &code["description"]), (&Value::Null, &Value::Null));
    assert_eq!(code["attack"], "\"function(){}\"");
    assert_eq!(code["evidence"], "{\"a\":[1,2],\"b\":null}");
    assert_eq!(code["other"], "[1,\"two\",null]");
    assert_eq!(code["tags"], json!({ "ODD": null, "ODDER": [1, 2] }));
    let unset = odd("66001-2");
    for name in
        ["param", "attack", "evidence", "other", "description", "solution", "reference", "inputVector"]
    {
        assert_eq!(unset[name], "", "{name}");
    }
    let null = odd("66001-3");
    assert_eq!(
        (&null["name"], &null["evidence"], &null["other"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!((&null["attack"], &null["param"]), (&json!("12"), &json!("true")));
}

#[test]
#[ignore = "needs a real ZAP"]
fn the_careless_shop_has_both_active_weaknesses_and_the_repaired_one_none() {
    assert_eq!(active_alerts(Care::Careless), ["40012 q", "40014 text"]);
    assert_eq!(active_alerts(Care::Repaired), [""; 0]);
}

/// What a whole scan of a shop raises: each rule with its parameter, once.
fn active_alerts(care: Care) -> Vec<String> {
    let shop = shop(care);
    let zap = start(Options::default());
    let scan = |component: &str| {
        let id = zap.api().get(&format!("JSON/{component}/action/scan/?url={shop}")).unwrap()["scan"].clone();
        let status = format!("JSON/{component}/view/status/?scanId={}", id.as_str().unwrap());
        wait(component, || zap.api().get(&status).unwrap()["status"] == "100");
    };
    scan("spider");
    scan("ascan");
    let of_active_rules = |alert: &&Value| alert["sourceid"] == "1";
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut found: Vec<_> = alerts(&zap)
        .iter()
        .filter(of_active_rules)
        .map(|alert| format!("{} {}", text(&alert["alertRef"]), text(&alert["param"])))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A shop that goes with the test's process.
fn shop(care: Care) -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let shop = Shop::start(care, ([127, 0, 0, 1], 0).into()).unwrap();
            tell.send(shop.url()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

/// Answers every request with one page, without a header that protects it and with a cookie for all.
struct Site {
    url: String,
}

impl Site {
    fn start(body: &'static str) -> Self {
        use std::io::{BufRead, BufReader, Write};
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                while lines.next().is_some_and(|line| !line.is_empty()) {}
                let head =
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=b\r\nConnection: close";
                let length = body.len();
                let _ = write!(&stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}");
            }
        });
        Self { url }
    }
}
