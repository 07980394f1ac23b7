//! Reports that are read from a cluster, whose API server is a small one on this machine.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use dast_kubernetes::convert::MOST_REPORT_BYTES;
use dast_kubernetes::crd::{ScanReport, ScanReportSpec, ScanTarget, ScanTargetStatus};
use dast_policy::{
    AlertRef, Authentication, Collector, Completion, Confidence, Coverage, Engine, Evidence, Finding,
    Profile, Report, Revision, Scan, Severity, Subject, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::{Server, parts, read_request};
use tempfile::TempDir;

const TARGET: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scantargets/web-80";
const TARGETS: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scantargets";
const ANYWHERE: &str = "/apis/security.banzaicloud.io/v1alpha1/scantargets";
const REPORT: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scanreports/web-80";

/// A cluster whose answers are these; there is nothing else in it.
struct Cluster {
    folder: TempDir,
    _server: Server,
}

impl Cluster {
    fn new(answers: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let answers: BTreeMap<&'static str, Value> = answers.into_iter().collect();
        let server = Server::start(move |mut stream| {
            let request = read_request(&mut stream);
            let path = request.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
            let nothing = refusal(404, "not found");
            let answer = answers.get(path.as_str()).unwrap_or(&nothing);
            let code = if answer["kind"] == "Status" { answer["code"].as_u64().unwrap() } else { 200 };
            // Where no kind is known, there is no object to speak of.
            let body =
                if answers.is_empty() { "404 page not found\n".to_owned() } else { answer.to_string() };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close"
            );
            let _ = write!(stream, "{head}\r\n\r\n{body}");
        });
        let folder = TempDir::new().unwrap();
        let url = server.url();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "lab",
            "clusters": [{"name": "lab", "cluster": {"server": url}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "me"}}],
            "users": [{"name": "me", "user": {}}],
        });
        fs::write(folder.path().join("kubeconfig"), config.to_string()).unwrap();
        Self { folder, _server: server }
    }

    fn report(&self, args: &[&str]) -> (i32, String, String) {
        report(self.folder.path(), args)
    }
}

fn report(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = support::analyzer(folder);
    command.env("KUBECONFIG", "kubeconfig").env_remove("KUBERNETES_SERVICE_HOST");
    command.args(["report", "--from-cluster"]).args(args);
    parts(command.output().unwrap())
}

fn refusal(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": "R", "code": code})
}

fn target(status: ScanTargetStatus) -> Value {
    let mut target: ScanTarget = serde_json::from_value(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanTarget",
        "metadata": {"name": "web-80", "namespace": "shop"},
        "spec": {"service": {"name": "web", "port": 80}, "origin": "http://web.shop.svc",
            "scanner": {"namespace": "dast-system", "name": "default"}},
    }))
    .unwrap();
    target.status = Some(status);
    serde_json::to_value(target).unwrap()
}

/// A scan that ended three hours ago, with findings of high severity.
fn scanned(findings: usize) -> Report {
    let mut all = Vec::new();
    let mut collector = Collector::new();
    for page in 0..findings {
        let url = format!("http://web.shop.svc/{page}");
        let rule = AlertRef::of("40012").unwrap();
        let mut finding = Finding::new(rule, Severity::High, Confidence::High, "GET", &url).unwrap();
        finding = finding.named("Cross Site Scripting (Reflected)");
        collector.add(&finding);
        all.push(finding);
    }
    let ended = Timestamp::now() - SignedDuration::from_mins(185);
    let evidence = collector.finish(Scan {
        subject: Subject {
            target: "shop/web:http".into(),
            origin: "http://web.shop.svc".parse().unwrap(),
            covered: Vec::new(),
        },
        revision: Some(Revision::new("a")),
        profile: Profile { name: "full".into(), hash: "1".into() },
        engine: Engine { name: "ZAP".into(), version: "2.17".into(), rule_set: "1".into(), passive: false },
        started: ended - SignedDuration::from_mins(5),
        ended,
        completion: Completion::Complete,
        coverage: Coverage { pages: 12, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    });
    Report { evidence, findings: all, rules: Vec::new() }
}

fn packed(report: &Report, most_bytes: usize) -> Value {
    let spec = ScanReportSpec::pack("web-80", "web-80-x1", report, most_bytes).unwrap();
    let mut packed = ScanReport::new("web-80", spec);
    packed.metadata.namespace = Some("shop".to_owned());
    serde_json::to_value(packed).unwrap()
}

/// What the operator makes of it: the target runs revision `a`.
fn judged(evidence: &Evidence, verdict: Verdict) -> ScanTargetStatus {
    let mut status = ScanTargetStatus::default();
    status.record(evidence).unwrap();
    status.verdict = Some(verdict.into());
    status.revision = Some("a".to_owned());
    status.phase = serde_json::from_value(json!("Idle")).unwrap();
    if verdict == Verdict::Fail {
        status.reasons = vec!["1 alert of severity High, 0 accepted [cluster policy `ceiling`]".to_owned()];
    }
    status
}

#[test]
fn the_report_and_the_verdict_of_the_cluster_are_shown() {
    let scanned = scanned(3);
    let status = judged(&scanned.evidence, Verdict::Fail);
    let cluster = Cluster::new([(TARGET, target(status)), (REPORT, packed(&scanned, MOST_REPORT_BYTES))]);
    let (code, stdout, stderr) =
        cluster.report(&["shop/web-80", "--report", "json=evidence.json", "--full", "full.json"]);
    assert_eq!((code, stderr.as_str()), (1, ""), "{stdout}");
    let ended = format!("{:.0}", scanned.evidence.scan().ended);
    let stdout = stdout.replace(&ended, "THEN");
    insta::assert_snapshot!("report from a cluster", stdout);
    let read = |name: &str| fs::read_to_string(cluster.folder.path().join(name)).unwrap();
    assert_eq!(Evidence::from_json(&read("evidence.json")).unwrap(), scanned.evidence);
    let full: Report = serde_json::from_str(&read("full.json")).unwrap();
    assert_eq!(full.findings, scanned.findings);

    let (code, stdout, _) = cluster.report(&["shop/web-80", "--quiet"]);
    assert_eq!(code, 1);
    assert_eq!(
        stdout,
        "shop/web-80: FAIL\n  ✗ 1 alert of severity High, 0 accepted [cluster policy `ceiling`]\n"
    );
}

#[test]
fn another_policy_may_judge_what_runs_now_and_nothing_else() {
    let scanned = scanned(3);
    let policy = "thresholds: {alerts: {high: {fail: 5}}}\n";
    let mut status = judged(&scanned.evidence, Verdict::Fail);
    let with = |status: &ScanTargetStatus| {
        let report = packed(&scanned, MOST_REPORT_BYTES);
        let cluster = Cluster::new([(TARGET, target(status.clone())), (REPORT, report)]);
        fs::write(cluster.folder.path().join("policy.yaml"), policy).unwrap();
        cluster.report(&["shop/web-80", "--policy", "policy.yaml"])
    };
    let (code, stdout, _) = with(&status);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("in the cluster: FAIL") && stdout.contains("PASS"), "{stdout}");
    status.revision = Some("b".to_owned());
    let (code, stdout, _) = with(&status);
    assert_eq!(code, 3, "what was scanned is not what runs: {stdout}");
    assert!(stdout.contains("UNKNOWN (Stale)"), "{stdout}");
}

#[test]
fn what_is_not_in_the_report_is_said() {
    let scanned = scanned(2_000);
    let status = judged(&scanned.evidence, Verdict::Fail);
    let packed = packed(&scanned, 24 * 1024);
    let omitted = packed["spec"]["omitted"].as_u64().unwrap();
    assert!(omitted > 0);
    let (_, stdout, _) = Cluster::new([(TARGET, target(status)), (REPORT, packed)]).report(&["shop/web-80"]);
    assert!(stdout.contains(&format!("{omitted} of 2000 findings are left out")), "{stdout}");
    assert!(stdout.contains("2000  GET"), "the table counts them: {stdout}");
}

#[test]
fn a_verdict_of_an_earlier_report_is_not_taken_for_this_one() {
    let scanned = scanned(1);
    let mut status = judged(&scanned.evidence, Verdict::Pass);
    let time = status.last_scan_time.as_mut().unwrap();
    time.0 -= SignedDuration::from_hours(24);
    let report = packed(&scanned, MOST_REPORT_BYTES);
    let (code, stdout, stderr) =
        Cluster::new([(TARGET, target(status)), (REPORT, report)]).report(&["shop/web-80"]);
    assert_eq!(code, 3, "{stdout}");
    assert!(stderr.contains("of an earlier report"), "{stderr}");
}

#[test]
fn a_target_without_a_report_says_how_it_stands() {
    for (status, says) in [
        (json!({}), "the operator has not looked at it"),
        (json!({"phase": "Queued", "queuePosition": 3}), "Queued, 3 scans are before its own"),
        (json!({"phase": "Scanning", "run": "web-80-x1"}), "Scanning, in run web-80-x1"),
        (
            json!({"phase": "Refused", "conditions": [{"type": "Accepted", "status": "False", "reason": "HostNetwork",
                "message": "pod `web-1` uses the host's network", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}),
            "Refused, pod `web-1` uses the host's network",
        ),
    ] {
        let status = serde_json::from_value(status).unwrap();
        let (code, stdout, stderr) = Cluster::new([(TARGET, target(status))]).report(&["shop/web-80"]);
        assert_eq!((code, stdout.as_str()), (3, ""));
        assert!(stderr.contains("no report of `shop/web-80` yet") && stderr.contains(says), "{stderr}");
    }
}

#[test]
fn a_target_that_is_not_there_is_answered_with_those_that_are() {
    let list = |names: &[(&str, &str)]| {
        let items: Vec<Value> = names
            .iter()
            .map(|(namespace, name)| json!({"metadata": {"name": name, "namespace": namespace}}))
            .collect();
        json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "items": items})
    };
    let here = [(TARGETS, list(&[("shop", "api-80"), ("shop", "web-8080")]))];
    let (code, _, stderr) = Cluster::new(here).report(&["shop/web-80"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("there are `shop/api-80`, `shop/web-8080`"), "{stderr}");
    let elsewhere = [(TARGETS, list(&[])), (ANYWHERE, list(&[("store", "web-80")]))];
    let (_, _, stderr) = Cluster::new(elsewhere).report(&["shop/web-80"]);
    assert!(stderr.contains("there are `store/web-80`"), "{stderr}");
    let nowhere = [(TARGETS, list(&[])), (ANYWHERE, list(&[]))];
    let (_, _, stderr) = Cluster::new(nowhere).report(&["shop/web-80"]);
    assert!(stderr.contains("annotate a Service"), "{stderr}");
    let (_, _, stderr) = Cluster::new([]).report(&["shop/web-80"]);
    assert!(stderr.contains("dast-operator is not installed there"), "{stderr}");
}

#[test]
fn whoever_may_not_look_is_told_the_role() {
    let no = || refusal(403, "scantargets.security.banzaicloud.io is forbidden: User \"me\" cannot get it");
    let (code, _, stderr) = Cluster::new([(TARGET, no())]).report(&["shop/web-80"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("`dast-viewer`") && stderr.contains("User \"me\""), "{stderr}");
    let targets = target(ScanTargetStatus::default());
    let (code, _, stderr) = Cluster::new([(TARGET, targets), (REPORT, no())]).report(&["shop/web-80"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("`dast-developer`"), "{stderr}");
    let unknown = refusal(401, "Unauthorized");
    let (_, _, stderr) = Cluster::new([(TARGET, unknown)]).report(&["shop/web-80"]);
    assert!(stderr.contains("credentials are not accepted"), "{stderr}");
}

#[test]
fn where_no_cluster_is_nothing_is_read() {
    let folder = TempDir::new().unwrap();
    let (code, _, stderr) = report(folder.path(), &["shop/web-80"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no cluster is known here: set KUBECONFIG"), "{stderr}");
    let cluster = Cluster::new([]);
    let (code, _, stderr) = cluster.report(&["shop/web-80", "--context", "other"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no cluster is known by the context `other`"), "{stderr}");
    for wrong in ["web-80", "shop/", "/web-80", "a/b/c"] {
        let (code, _, stderr) = cluster.report(&[wrong]);
        assert_eq!(code, 2);
        assert!(stderr.contains("expected NAMESPACE/TARGET"), "{stderr}");
    }
}

#[test]
fn a_report_that_was_tampered_with_is_an_error() {
    let scanned = scanned(1);
    let mut report = packed(&scanned, MOST_REPORT_BYTES);
    report["spec"]["data"] = json!("bm8=");
    let status = judged(&scanned.evidence, Verdict::Pass);
    let (code, stdout, stderr) =
        Cluster::new([(TARGET, target(status)), (REPORT, report)]).report(&["shop/web-80"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("the report of `shop/web-80` cannot be read"), "{stderr}");
}
