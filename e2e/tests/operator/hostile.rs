//! Applications that fight whoever scans them: the scan ends, asks nobody else, and what they say stays text.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_e2e::{Stage, image_of, quick, until, until_within};
use serde_json::{Value, json};

const HOSTILE: &str = "hostile";
const BYSTANDER: &str = "bystander";
/// Of the configuration. A scan that is over its time is not left alone for long.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Pods have to start and to end, too.
const MORE: Duration = Duration::from_secs(60);
/// A ZAP takes its time until it answers.
const ZAP: Duration = Duration::from_secs(180);
/// What a status may weigh, in bytes of JSON.
const MOST_STATUS: usize = 64 << 10;
/// The applications of which every page is elsewhere, and where.
const ASTRAY: [(&str, &str); 3] = [
    ("aside", "http://bystander.bystander.svc/"),
    ("credentials", "http://169.254.169.254/latest/meta-data/"),
    ("secrets", "https://kubernetes.default.svc/api/v1/namespaces/kube-system/secrets"),
];
/// Pages of the hostile one that a scan has to have looked at, or it has proven nothing.
const FOUGHT: [&str; 11] = [
    "/away/0", "/chain/8", "/circle", "/maze/9", "/endless", "/drip", "/bomb", "/bytes", "/nested",
    "/headers", "/texts",
];

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_fights_its_scan_harms_nobody() -> Result<()> {
    let stage = Stage::begin("hostile")?;
    let mut scans = quick();
    scans["timeout"] = json!(format!("{}s", TIMEOUT.as_secs()));
    stage.install(&json!({
        "configuration": {"scans": scans, "zap": stage.load_zap()?},
        "defaultScanner": {"profile": "passive"},
    }))?;
    let shop = image_of("dast-shop");
    stage.apply(&include_str!("manifests/bystander.yaml").replace("IMAGE", &shop))?;
    rolled_out(&stage, BYSTANDER, BYSTANDER)?;
    let lures = lures(&stage)?;
    let lured: Vec<_> = lures.iter().map(|lure| json!(format!("--lure={lure}")).to_string()).collect();
    for fighting in [include_str!("manifests/hostile.yaml"), include_str!("manifests/attended.yaml")] {
        stage.apply(&fighting.replace("IMAGE", &shop).replace("LURES", &lured.join(", ")))?;
    }
    for (name, elsewhere) in ASTRAY {
        let astray = include_str!("manifests/astray.yaml").replace("NAME", name).replace("IMAGE", &shop);
        stage.apply(&astray.replace("ELSEWHERE", elsewhere))?;
    }

    it_ends_in_time(&stage)?;
    it_ends_for_a_zap_too(&stage)?;
    nobody_else_was_asked(&stage)?;
    what_leads_elsewhere_is_no_pass(&stage)?;
    statuses_are_bounded(&stage)?;
    what_it_says_stays_text(&stage)?;
    stage.end()
}

/// The bystander and what no pod should be led to, by all names and in all forms.
fn lures(stage: &Stage) -> Result<Vec<String>> {
    let service = stage.get(&["service", BYSTANDER, "--namespace", BYSTANDER])?;
    let pods = stage.get(&["pods", "--namespace", BYSTANDER])?;
    let address = service["spec"]["clusterIP"].as_str().context("the bystander has no address")?;
    let pod = pods["items"][0]["status"]["podIP"].as_str().context("its pod has no address")?;
    let name = "bystander.bystander.svc";
    let mut lures: Vec<_> = ASTRAY.iter().map(|(_, elsewhere)| (*elsewhere).to_owned()).collect();
    lures.extend([
        format!("http://{name}.cluster.local/lure"),
        format!("http://{address}/lure"),
        format!("http://{pod}:8080/lure"),
        format!("//{name}/lure"),
        format!("/\\{name}/lure"),
        format!("http:\\\\{name}\\lure"),
        format!("http://hostile.hostile.svc@{name}/lure"),
        format!("http://hostile.hostile.svc.{name}/lure"),
        "http://hostile.hostile.svc:8080/lure".to_owned(),
        "file:///etc/passwd".to_owned(),
        "javascript:FORGED".to_owned(),
    ]);
    Ok(lures)
}

fn it_ends_in_time(stage: &Stage) -> Result<()> {
    let run = until_within(TIMEOUT + MORE, "the end of the scan", || ended(stage, "hostile-80"))?;
    let status = &run["status"];
    ensure!(status["attempt"] == 1, "it was tried again: {status}");
    let target = stage.judged(HOSTILE, "hostile-80", "Fail")?;
    ensure!(target["status"]["counts"]["medium"].as_u64() >= Some(1), "{}", target["status"]["counts"]);
    let asked = log(stage, HOSTILE, HOSTILE)?;
    for page in FOUGHT {
        ensure!(asked.iter().any(|line| line == &format!("GET {page}")), "{page} was never asked for");
    }
    ensure!(!asked.iter().any(|line| line.contains("/lure")), "what is elsewhere was asked for here");
    Ok(())
}

/// What it takes a ZAP to read has no end and no bounds: it has the time of any scan for that, and its container's memory.
fn it_ends_for_a_zap_too(stage: &Stage) -> Result<()> {
    let patience = TIMEOUT + ZAP + MORE;
    let run = until_within(patience, "the end of the scan by a ZAP", || ended(stage, "attended-80"))?;
    let (status, cause) = (&run["status"], &run["status"]["completion"]["cause"]);
    let engine = status["engine"].as_str().unwrap_or_default();
    ensure!(status["attempt"] == 1 && engine.starts_with("zap "), "it was not one scan by a ZAP: {status}");
    ensure!(*cause == "DeadlineExceeded", "it ended otherwise: {status}");
    let target = stage.judged(HOSTILE, "attended-80", "Fail")?;
    ensure!(target["status"]["counts"]["medium"].as_u64() >= Some(1), "{}", target["status"]["counts"]);
    let asked = log(stage, HOSTILE, "attended")?;
    for page in
        ["/away/0", "/maze/9", "/endless", "/drip", "/bomb", "/bytes", "/nested", "/headers", "/texts"]
    {
        ensure!(asked.iter().any(|line| line == &format!("GET {page}")), "{page} was never asked for");
    }
    Ok(())
}

fn nobody_else_was_asked(stage: &Stage) -> Result<()> {
    let asked = log(stage, BYSTANDER, BYSTANDER)?;
    ensure!(asked.is_empty(), "the bystander was asked for {asked:?}");
    let anonymous = stage.requests_of("system:anonymous")?;
    ensure!(
        anonymous.iter().all(|request| request.right.resource != "secrets"),
        "somebody asked for Secrets"
    );
    // It would have been written down.
    stage
        .kubectl(&["get", "--raw", "/api/v1/namespaces/bystander/services/bystander:http/proxy/counted"])
        .err();
    let asked = log(stage, BYSTANDER, BYSTANDER)?;
    ensure!(asked == ["GET /counted"], "what is asked for is not written down: {asked:?}");
    Ok(())
}

/// They send no page, and so nothing that is weak.
fn what_leads_elsewhere_is_no_pass(stage: &Stage) -> Result<()> {
    for (name, _) in ASTRAY {
        let target = format!("{name}-80");
        until("the end of a scan of what is elsewhere", || ended(stage, &target))?;
        let target = stage.judged(HOSTILE, &target, "Unknown")?;
        ensure!(target["status"]["unknown"] == "Inconclusive", "{name}: {}", target["status"]);
        let asked = log(stage, HOSTILE, name)?;
        ensure!(asked.iter().any(|line| line == "GET /"), "{name} was never asked: {asked:?}");
    }
    Ok(())
}

fn statuses_are_bounded(stage: &Stage) -> Result<()> {
    for kind in ["scantargets", "scanruns"] {
        let objects = stage.get(&[kind, "--namespace", HOSTILE])?;
        for object in objects["items"].as_array().context("there are none")? {
            let bytes = object["status"].to_string().len();
            ensure!(bytes < MOST_STATUS, "{kind} {} has {bytes} bytes", object["metadata"]["name"]);
        }
    }
    Ok(())
}

/// For whoever asks `kubectl` or the analyzer.
fn what_it_says_stays_text(stage: &Stage) -> Result<()> {
    let here = ["--namespace", HOSTILE];
    let target = stage.get(&[&["scantarget", "hostile-80"][..], &here].concat())?;
    ensure!(target["status"].to_string().contains("FORGED"), "none of its texts was found");
    let commands: [&[&str]; 6] = [
        &["get", "scantargets", "--output=wide"],
        &["get", "scanruns", "--output=wide"],
        &["get", "events"],
        &["describe", "scantargets"],
        &["describe", "scanruns"],
        &["describe", "service", HOSTILE],
    ];
    for command in commands {
        plain(&stage.kubectl(&[command, &here].concat())?).with_context(|| format!("{command:?}"))?;
    }
    stage.apply(&include_str!("manifests/reader.yaml").replace("IMAGE", &image_of("dast-analyzer")))?;
    until("the report", || {
        let reader = stage.get(&[&["pod", "reader"][..], &here].concat())?;
        let phase = &reader["status"]["phase"];
        ensure!(*phase == "Failed" || *phase == "Succeeded", "it is {phase}");
        Ok(())
    })?;
    let report = stage.kubectl(&[&["logs", "reader"][..], &here].concat())?;
    ensure!(report.contains("hostile/hostile:http") && report.contains("FAIL"), "the report is {report}");
    plain(&report).context("the analyzer")
}

/// No character moves a cursor or turns what is read around, and no line is the application's own.
fn plain(text: &str) -> Result<()> {
    let acts = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    for line in text.lines() {
        ensure!(!line.contains(acts), "printed {line:?}");
        ensure!(
            !line.trim_start().starts_with("FORGED") && line != "---",
            "a line is the application's: {line:?}"
        );
    }
    Ok(())
}

/// The last run of a target, if it has ended.
fn ended(stage: &Stage, target: &str) -> Result<Value> {
    let target = stage.get(&["scantarget", target, "--namespace", HOSTILE])?;
    ensure!(target["status"]["phase"] == "Idle", "its status is {}", target["status"]);
    let run = target["status"]["run"].as_str().context("it was never scanned")?;
    let run = stage.get(&["scanrun", run, "--namespace", HOSTILE])?;
    let phase = &run["status"]["phase"];
    ensure!(*phase == "Succeeded" || *phase == "Failed", "its status is {}", run["status"]);
    Ok(run)
}

fn rolled_out(stage: &Stage, namespace: &str, name: &str) -> Result<()> {
    let wait = ["rollout", "status", "deployment", name, "--namespace", namespace, "--timeout=120s"];
    stage.kubectl(&wait).map(drop)
}

/// What was asked of an application, in order.
fn log(stage: &Stage, namespace: &str, name: &str) -> Result<Vec<String>> {
    let deployment = format!("deployment/{name}");
    let log = stage.kubectl(&["logs", &deployment, "--namespace", namespace])?;
    Ok(log.lines().filter(|line| line.starts_with("GET ")).map(str::to_owned).collect())
}
