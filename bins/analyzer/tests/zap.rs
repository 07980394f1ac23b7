//! The analyzer with a real ZAP, and with what looks like one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use dast_shop::{Care, Shop};
use serde_json::Value;
use support::lab::Lab;
use tokio::runtime::Runtime;

fn shop(care: Care) -> Shop {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    let _guard = RUNTIME.enter();
    Shop::start(care, "127.0.0.1:0".parse().unwrap()).unwrap()
}

/// Instances by alert reference, as ZAP itself lists them and as evidence counts them.
fn listed(alerts: &Value) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for alert in alerts["alerts"].as_array().unwrap() {
        *counts.entry(alert["alertRef"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

fn counted(evidence: &Value) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in evidence["counts"].as_array().unwrap() {
        *counts.entry(row["alertRef"].as_str().unwrap().to_owned()).or_default() +=
            row["instances"].as_u64().unwrap();
    }
    counts
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_careless_shop_fails_with_what_zap_itself_lists_and_a_repaired_one_passes() {
    let lab = Lab::start();
    let careless = shop(Care::Careless);
    lab.scan(&careless.url(), "full", &lab.key()).assert().code(1);
    let evidence = lab.evidence();
    let counts = counted(&evidence);
    assert_eq!(counts, listed(&lab.zap.api().get("JSON/alert/view/alerts").unwrap()));
    assert!(counts.contains_key("40012") && counts.contains_key("40014"), "attacks found: {counts:?}");
    assert_eq!(evidence["scan"]["engine"]["version"], "2.17.0");
    assert_eq!(evidence["scan"]["completion"]["complete"], true);

    // The same ZAP, another site: nothing of the first is mixed in.
    let repaired = shop(Care::Repaired);
    lab.scan(&repaired.url(), "full", &lab.key()).assert().code(0);
    assert_eq!(counted(&lab.evidence()), BTreeMap::new());
    // And nothing of ours stays behind.
    let contexts = lab.zap.api().get("JSON/context/view/contextList").unwrap();
    assert_eq!(contexts["contextList"].as_array().unwrap().len(), 0, "{contexts}");
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_wrong_key_and_a_dead_target_are_no_pass() {
    let lab = Lab::start();
    let wrong = lab.folder.path().join("wrong");
    fs::write(&wrong, "not the key").unwrap();
    let shop = shop(Care::Repaired);
    lab.scan(&shop.url(), "baseline", &wrong).assert().code(3);
    let detail = lab.evidence()["scan"]["completion"].to_string();
    assert!(detail.contains("EngineError"), "{detail}");

    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    lab.scan(&format!("http://{dead}/"), "full", &lab.key()).assert().code(3);
    assert_eq!(lab.evidence()["scan"]["completion"]["cause"], "Unreachable");
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_zap_that_dies_or_hangs_in_the_middle_is_no_pass() {
    for how in ["kill", "suspend"] {
        let lab = Lab::start();
        let shop = shop(Care::Repaired);
        thread::scope(|scope| {
            let mut command = lab.scan(&shop.url(), "full", &lab.key());
            command.args(["--timeout", "20s"]);
            let scan = scope.spawn(move || command.assert().code(3));
            // The scan is under way once ZAP has a context of ours.
            for _ in 0..1000 {
                let contexts = lab.zap.api().get("JSON/context/view/contextList");
                if contexts.is_ok_and(|contexts| {
                    contexts["contextList"].as_array().is_some_and(|list| list.len() > 1)
                }) {
                    break;
                }
                thread::sleep(Duration::from_millis(10));
            }
            if how == "kill" {
                lab.zap.kill().unwrap()
            } else {
                lab.zap.suspend().unwrap()
            }
            scan.join().unwrap();
        });
        assert_eq!(lab.evidence()["scan"]["completion"]["complete"], false, "{how}");
    }
}

#[test]
fn a_report_in_xml_is_judged_too() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.xml");
    let xml = |risk: u8| {
        format!(
            r#"<?xml version="1.0"?>
            <OWASPZAPReport programName="ZAP" version="2.17.0" generated="Thu, 1 Jan 2026 10:00:00" created="{}">
            <site name="http://shop.test" host="shop.test" port="80" ssl="false"><alerts><alertitem>
            <pluginid>10021</pluginid><alertRef>10021</alertRef><alert>X</alert><name>X</name><riskcode>{risk}</riskcode>
            <confidence>2</confidence><riskdesc>X</riskdesc><desc></desc><instances><instance>
            <uri>http://shop.test/?a=1&amp;b=2</uri><method>GET</method><param></param><attack></attack>
            <evidence></evidence><otherinfo></otherinfo></instance></instances><count>1</count><solution></solution>
            <otherinfo></otherinfo><reference></reference><cweid>693</cweid><wascid>15</wascid><sourceid>1</sourceid>
            </alertitem></alerts></site></OWASPZAPReport>"#,
            jiff::Timestamp::now()
        )
    };
    for (text, args, code) in [
        (xml(1), &[][..], 3),
        (xml(1), &["--complete"], 0),
        (xml(3), &[], 1),
        (xml(1).replace("</OWASPZAPReport>", ""), &["--complete"], 2),
        (xml(9), &["--complete"], 2),
    ] {
        fs::write(&report, &text).unwrap();
        let mut command = Command::cargo_bin("dast-analyzer").unwrap();
        command.arg("import").arg(&report).args(args).assert().code(code);
    }
}

#[test]
fn no_zap_and_no_key_file_say_what_to_do() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let scan = |args: &[&str]| {
        let mut command = Command::cargo_bin("dast-analyzer").unwrap();
        command.args(["scan", "http://127.0.0.1:9/", "--quiet"]).args(args);
        command.assert()
    };
    scan(&["--engine", "zap", "--zap-url", &url]).code(3);
    let missing = scan(&["--engine", "zap", "--zap-api-key-file", "/nowhere/key"]).code(2);
    assert!(String::from_utf8_lossy(&missing.get_output().stderr).contains("cannot read `/nowhere/key`"));
    let unused = scan(&["--zap-url", &url]).code(2);
    assert!(String::from_utf8_lossy(&unused.get_output().stderr).contains("add `--engine zap`"));
    let unheeded = scan(&["--engine", "zap", "--max-pages", "5"]).code(2);
    assert!(String::from_utf8_lossy(&unheeded.get_output().stderr).contains("ZAP would not heed it"));
}

#[test]
fn an_imported_report_passes_only_on_somebodys_word() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let text = r#"{"@programName":"ZAP","@version":"2.17.0","@generated":"Thu, 1 Jan 2026 10:00:00","created":"CREATED",
        "site":[{"@name":"http://shop.test","@host":"shop.test","@port":"80","@ssl":"false","alerts":[{"pluginid":"10021",
        "alertRef":"10021","alert":"X","name":"X","riskcode":"1","confidence":"2","riskdesc":"Low (Medium)","desc":"",
        "instances":[{"id":"1","uri":"http://shop.test/","method":"GET","param":"","attack":"","evidence":"",
        "otherinfo":""}],"count":"1","solution":"","otherinfo":"","reference":"","cweid":"693","wascid":"15",
        "sourceid":"1"}]}]}"#;
    fs::write(&report, text.replace("CREATED", &jiff::Timestamp::now().to_string())).unwrap();
    let import = |args: &[&str]| {
        let mut command = Command::cargo_bin("dast-analyzer").unwrap();
        command.arg("import").arg(&report).args(args).assert()
    };
    import(&[]).code(3);
    import(&["--complete"]).code(0);
    fs::write(&report, "<html>").unwrap();
    import(&["--complete"]).code(2);
}
