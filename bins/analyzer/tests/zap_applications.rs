//! Web applications that others wrote, scanned by a real ZAP: what the analyzer says is what ZAP lists.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;

use assert_cmd::Command;
use dast_lab::application::Application;
use dast_lab::zap::{Daemon, Installation, Options};
use dast_zap_client::Url;
use serde_json::Value;

/// How many instances there are of an alert reference at a level, such as `("10038-1", "Medium")`.
type Counts = BTreeMap<(String, String), u64>;

/// From the list that ZAP gives of everything, since ZAP itself takes a site for a beginning of text.
fn listed_by_zap(zap: &Daemon, site: &str) -> Counts {
    let site = Url::parse(site).unwrap().origin();
    let mut counts = Counts::new();
    for alert in zap.api().get("JSON/alert/view/alerts/").unwrap()["alerts"].as_array().unwrap() {
        if Url::parse(alert["url"].as_str().unwrap()).unwrap().origin() == site {
            *counts.entry(key(&alert["alertRef"], &alert["risk"])).or_default() += 1;
        }
    }
    counts
}

fn counted_in(evidence: &Value) -> Counts {
    let mut counts = Counts::new();
    for row in evidence["counts"].as_array().unwrap() {
        *counts.entry(key(&row["alertRef"], &row["severity"])).or_default() +=
            row["instances"].as_u64().unwrap();
    }
    counts
}

fn key(reference: &Value, level: &Value) -> (String, String) {
    (reference.as_str().unwrap().to_owned(), level.as_str().unwrap().to_owned())
}

#[test]
#[ignore = "needs a real ZAP"]
fn applications_of_others_have_the_alerts_that_zap_lists_for_them() {
    let say = |line: &str| eprintln!("{line}");
    // Both in one ZAP, so that the alerts of each lie among those of the other.
    let zap = Installation::ensure(say).unwrap().start(Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (key, report) = (folder.path().join("key"), folder.path().join("evidence.json"));
    fs::write(&key, zap.api_key()).unwrap();

    for application in Application::ALL {
        let server = application.ensure(say).unwrap().start().unwrap();
        let mut scan = Command::cargo_bin("dast-analyzer").unwrap();
        scan.args(["scan", &server.url(), "--engine", "zap", "--profile", "full", "--quiet"]);
        scan.arg("--zap-url").arg(zap.url()).arg("--zap-api-key-file").arg(&key);
        scan.arg("--report").arg(format!("json={}", report.display()));
        let said = scan.output().unwrap();

        let evidence: Value = serde_json::from_str(&fs::read_to_string(&report).unwrap()).unwrap();
        let counts = counted_in(&evidence);
        eprintln!("{application}: {} {counts:?}", evidence["scan"]["completion"]);
        assert_eq!(evidence["scan"]["completion"]["complete"], true, "{application}: {said:?}");
        assert!(counts.len() > 2 && counts.values().any(|count| *count > 5), "{application}: {counts:?}");
        assert_eq!(counts, listed_by_zap(&zap, &server.url()), "{application}");
    }
}
