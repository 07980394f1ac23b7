//! Policies and evidence that are wrong, and commands that need no network.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use support::run;
use tempfile::TempDir;

#[test]
fn everything_wrong_with_a_policy_is_told() {
    let folder = TempDir::new().unwrap();
    let policy = "thresholds: {alerts: {high: {fail: -1}}}\nlevels: []\nmaxAge: soon\n";
    fs::write(folder.path().join("policy.yaml"), policy).unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["policy", "check", "policy.yaml"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert_eq!(
        stderr,
        "error: policy `policy.yaml` has 3 problems:
  `levels`: `levels` is not accepted: expected one of the fields thresholds, minimumConfidence, rules, exemptions, \
maxAge, grace, engines, profiles, coverage, authenticationRequired, enforcement
  `thresholds.alerts.high.fail`: `-1` is not accepted: expected a whole number from 0 to 4294967295
  `maxAge`: `soon` is not accepted: expected a time span such as `168h` or `7d`, at most ten years
"
    );
    let (code, _, stderr) = run(folder.path(), &["scan", "http://127.0.0.1:1/", "--policy", "policy.yaml"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("3 problems"), "nothing is scanned under a bad policy: {stderr}");
}

#[test]
fn one_bad_policy_does_not_hide_the_others() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("good.json"), "{\"thresholds\": {\"alerts\": {\"high\": {\"fail\": 0}}}}")
        .unwrap();
    fs::write(folder.path().join("bad.json"), "{").unwrap();
    let (code, stdout, stderr) =
        run(folder.path(), &["policy", "check", "bad.json", "good.json", "none.yaml"]);
    assert_eq!(code, 2);
    assert!(stdout.contains("good.json: accepted"), "{stdout}");
    assert!(stderr.contains("bad.json") && stderr.contains("cannot read `none.yaml`"), "{stderr}");
}

#[test]
fn an_exemption_that_has_expired_is_a_warning() {
    let folder = TempDir::new().unwrap();
    let policy = "thresholds: {alerts: {high: {fail: 0}}}\nexemptions:\n- {rule: 10038, path: /old, reason: r, \
                  owner: team-shop, expires: 2020-01-01T00:00:00Z}\n";
    fs::write(folder.path().join("policy.yaml"), policy).unwrap();
    let (code, _, stderr) = run(folder.path(), &["policy", "check", "policy.yaml"]);
    assert_eq!(code, 0);
    assert!(
        stderr.contains("`exemptions[0]` (rule 10038, /old) expired at 2020-01-01T00:00:00Z"),
        "{stderr}"
    );
    assert!(stderr.contains("team-shop"), "{stderr}");
}

#[test]
fn evidence_that_does_not_read_is_an_error() {
    let folder = TempDir::new().unwrap();
    for (text, message) in [
        ("", "not a readable evidence document"),
        ("[]", "there is no evidence in it"),
        ("{\"schemaVersion\": 2}", "evidence of schema version `2`"),
        ("{\"schemaVersion\": 1, \"scan\": {", "not a readable evidence document"),
        ("[{\"schemaVersion\": 1}]", "evidence number 1"),
        ("\u{0}\u{1}", "not a readable evidence document"),
    ] {
        fs::write(folder.path().join("evidence.json"), text).unwrap();
        for command in ["gate", "explain"] {
            let (code, stdout, stderr) = run(folder.path(), &[command, "evidence.json"]);
            assert_eq!((code, stdout.as_str()), (2, ""), "{text}");
            assert!(stderr.contains(message), "{text}: {stderr}");
        }
    }
    fs::write(folder.path().join("evidence.json"), b"\xff\xfe").unwrap();
    assert_eq!(run(folder.path(), &["gate", "evidence.json"]).0, 2);
    assert_eq!(run(folder.path(), &["gate", "none.json"]).0, 2);
}

#[test]
fn wrong_usage_is_told_with_what_is_accepted() {
    let folder = TempDir::new().unwrap();
    for (args, message) in [
        (vec![], "Usage"),
        (vec!["scan"], "<URL>"),
        (vec!["scan", "http://a/", "--report", "evidence.json"], "FORMAT=PATH"),
        (vec!["scan", "http://a/", "--report", "sarif=x"], "accepted: json"),
        (vec!["scan", "http://a/", "--report", "json="], "expected a path"),
        (vec!["scan", "http://a/", "--report", "json=x", "--report", "json=x"], "same destination"),
        (vec!["scan", "http://a/", "--timeout", "soon"], "expected a time span"),
        (vec!["scan", "http://a/", "--max-pages", "0"], "1..=100000"),
        (vec!["scan", "http://a/", "--header", "secret-without-colon"], "--header number 1"),
        (vec!["scan", "http://a/", "--ca-file", "none.pem"], "none.pem"),
        (vec!["polcy"], "policy"),
    ] {
        let (code, _, stderr) = run(folder.path(), &args);
        assert_eq!(code, 2, "{args:?}");
        assert!(stderr.contains(message), "{args:?}: {stderr}");
        assert!(!stderr.contains("secret-without-colon"), "{stderr}");
    }
}

#[test]
fn the_schema_and_completions_are_printed() {
    let folder = TempDir::new().unwrap();
    let (code, stdout, _) = run(folder.path(), &["policy", "schema"]);
    assert_eq!(code, 0);
    let schema: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(schema["properties"]["thresholds"]["description"].as_str().map(str::is_empty), Some(false));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, stdout, _) = run(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        assert!(stdout.contains("dast-analyzer"), "{shell}");
    }
}

#[test]
fn help_teaches() {
    let folder = TempDir::new().unwrap();
    for args in [
        vec!["--help"],
        vec!["scan", "--help"],
        vec!["gate", "--help"],
        vec!["report", "--help"],
        vec!["policy", "--help"],
    ] {
        let (code, stdout, _) = run(folder.path(), &args);
        assert_eq!(code, 0);
        insta::assert_snapshot!(args.join(" "), stdout);
    }
}
