//! What the commands that talk to a ZAP say where it is not there, or not whole.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::sync::LazyLock;

use assert_cmd::cargo::CommandCargoExt as _;
use dast_zap_client::ErrorCode;
use dast_zap_client::testing::{FakeAlert, FakeZap, FakeZapBuilder, Fault};
use support::lab::Scan;
use tokio::runtime::Runtime;

const SHOP: &str = "http://shop.test/";
const KEY: &str = "a fake key";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn start(builder: FakeZapBuilder) -> FakeZap {
    RUNTIME.block_on(builder.start()).unwrap()
}

/// Exit code and words of `zap status`, with that key.
fn status(zap: &str, key: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), key).unwrap();
    let mut program = Command::cargo_bin("dast-analyzer").unwrap();
    program.args(["zap", "status", "--zap-url", zap, "--zap-api-key-file", "key"]).current_dir(folder.path());
    said(program)
}

fn said(mut program: Command) -> (i32, String) {
    let output = program.output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), said.concat())
}

#[test]
fn a_zap_that_can_scan_is_told_from_one_that_cannot() {
    let whole = start(FakeZap::builder());
    let (code, words) = status(whole.url(), KEY);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("ZAP 2.17.0") && words.contains("present  openapi"), "{words}");

    let poor = start(FakeZap::builder().without("openapi"));
    let (code, words) = status(poor.url(), KEY);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("absent   openapi"), "{words}");

    let useless = start(FakeZap::builder().without("pscan"));
    let (code, words) = status(useless.url(), KEY);
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("install the add-on that brings `pscan`"), "{words}");
}

#[test]
fn what_is_not_known_of_a_zap_is_not_said_to_be_there() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, words) = status(&format!("http://{nobody}"), KEY);
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("start one, say where it is (--zap-url)"), "{words}");

    let fake = start(FakeZap::builder());
    assert_eq!(status(fake.url(), "a wrong key").0, 3);
    for fault in [Fault::Drop, Fault::Html, Fault::ApiError(ErrorCode::InternalError)] {
        let fake = start(FakeZap::builder());
        fake.fail_always("soap/view/isThere", fault.clone());
        let (code, words) = status(fake.url(), KEY);
        assert_eq!(code, 3, "{fault:?}: {words}");
        assert!(!words.contains("present  soap"), "{fault:?}: {words}");
    }
}

/// Nothing is attacked for evidence that nobody can have.
#[test]
fn a_port_that_is_taken_is_noticed_before_the_scan() {
    let fake = start(FakeZap::builder().site(SHOP));
    // If this fails, somebody else has it.
    let taken = TcpListener::bind("0.0.0.0:3000");
    let mut program = Command::cargo_bin("dast-analyzer").unwrap();
    program.args(["scanner", "-t", SHOP, "-p", fake.url(), "-a", KEY, "-s"]);
    let (code, words) = said(program);
    drop(taken);
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("cannot serve at 0.0.0.0:3000"), "{words}");
    assert_eq!(fake.calls().len(), 0);
}

#[test]
fn certificates_are_read_and_are_for_zap_alone() {
    let fake = start(FakeZap::builder());
    let run = |arguments: &[&str], pem: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), pem).unwrap();
        let mut program = Command::cargo_bin("dast-analyzer").unwrap();
        program.args(arguments).args(["--zap-ca-file", "ca.pem"]).current_dir(folder.path());
        said(program)
    };
    let (code, words) = run(&["zap", "status", "--zap-url", fake.url()], "no certificate");
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("certificates in PEM, at least one"), "{words}");
    let (code, words) = run(&["scan", "http://127.0.0.1:9/"], "");
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("`--zap-ca-file` is for ZAP"), "{words}");
}

#[test]
fn the_key_of_zap_is_in_no_evidence() {
    let echo =
        FakeAlert::new(10038, "Echo", SHOP).evidence("it is `a fake key`").field("other", "a+fake+key");
    let fake = start(FakeZap::builder().site(SHOP).records_per_look(9).passive_alerts(vec![echo]));
    let outcome = Scan::by(fake.url(), SHOP).key(KEY).run();
    assert_eq!(outcome.instances("10038"), 1, "{outcome:?}");
    let evidence = outcome.evidence.to_string();
    assert!(!evidence.contains(KEY) && !evidence.contains("a+fake+key"), "{evidence}");
}
