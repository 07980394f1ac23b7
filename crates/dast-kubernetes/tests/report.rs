//! A report is packed, keeps within its cap, and comes out as it went in.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod schema;

use std::error::Error;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dast_kubernetes::configuration::Reports;
use dast_kubernetes::convert::{MOST_REPORT_BYTES, ReportError};
use dast_kubernetes::crd::ScanReportSpec;
use dast_policy::*;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Letters that hardly compress.
fn noise(index: usize) -> String {
    let url = format!("http://a/{index}");
    let alert = AlertRef::of("1").unwrap();
    Finding::new(alert, Severity::Low, Confidence::Low, "GET", &url).unwrap().fingerprint().to_string()
}

/// Findings that hardly compress, of mixed severity.
fn report(number: usize) -> Report {
    let mut collector = Collector::new();
    let mut findings = Vec::new();
    for index in 0..number {
        let severity = Severity::ALL[index % 4];
        let noise = noise(index);
        let url = format!("http://shop.test/{noise}");
        let alert = AlertRef::of(&(10000 + index % 40).to_string()).unwrap();
        let finding =
            Finding::new(alert, severity, Confidence::Medium, "GET", &url).unwrap().with_evidence(noise);
        collector.add(&finding);
        findings.push(finding);
    }
    let rule = |index: usize| RuleInfo {
        alert_ref: AlertRef::of(&(10000 + index).to_string()).unwrap(),
        name: "A weakness".to_owned(),
        description: noise(1_000_000 + index),
        solution: "Repair it.".to_owned(),
        references: vec!["https://cwe.mitre.org".to_owned()],
    };
    let evidence = collector.finish(Scan {
        subject: Subject {
            target: "shop/web".to_owned(),
            origin: "http://shop.test".parse().unwrap(),
            covered: Vec::new(),
        },
        revision: None,
        profile: Profile { name: "full".to_owned(), hash: "abc".to_owned() },
        engine: Engine {
            name: "zap".to_owned(),
            version: "2.17.0".to_owned(),
            rule_set: String::new(),
            passive: false,
        },
        started: "2026-06-01T11:00:00Z".parse().unwrap(),
        ended: "2026-06-01T11:01:00Z".parse().unwrap(),
        completion: Completion::Complete,
        coverage: Coverage { pages: 3, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    });
    Report { evidence, findings, rules: (0..40).map(rule).collect() }
}

/// So many letters that compress as little as any that are printed.
fn letters(seed: usize, number: usize) -> String {
    const LETTERS: &[u8] =
        b"!#$%&()*+,-.0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
    let mut state = seed as u64 + 1;
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[(state >> 33) as usize % LETTERS.len()])
    };
    (0..number).map(letter).collect()
}

#[test]
fn any_evidence_has_room_in_the_least_share_of_a_target() {
    let mut collector = Collector::new();
    for index in 0..400 {
        let alert = AlertRef::of(&(10_000 + index).to_string()).unwrap();
        let url = format!("http://shop.test/{}", letters(index, 900));
        let finding = Finding::new(alert, Severity::High, Confidence::High, "GET", &url).unwrap();
        collector.add(&finding.named(letters(400 + index, 200)).with_evidence(letters(800 + index, 200)));
    }
    let mut scan = report(0).evidence.scan().clone();
    scan.subject.covered =
        (0..500).map(|index| Exposure::new(letters(index, 60), letters(index, 200))).collect();
    scan.completion = Completion::Incomplete { cause: Cause::EngineError, detail: letters(0, 1_000) };
    let report = Report { evidence: collector.finish(scan), findings: Vec::new(), rules: Vec::new() };
    let share = Reports::default().most_bytes(usize::MAX);
    let spec = packed(&report, share);
    println!("{} of {share} bytes", spec.data.len());
    assert!(spec.data.len() > share / 3, "{} bytes are no bad case", spec.data.len());
    assert_eq!(spec.unpack().unwrap().evidence, report.evidence);
}

fn packed(report: &Report, most: usize) -> ScanReportSpec {
    let spec = ScanReportSpec::pack("web-80", "web-80-1", report, most).unwrap();
    let object = schema::object("ScanReport", serde_json::to_value(&spec).unwrap());
    assert_eq!(schema::problems(&schema::of("ScanReport"), &object), [""; 0]);
    assert!(spec.data.len() <= most);
    spec
}

#[test]
fn a_report_comes_out_as_it_went_in() {
    let report = report(300);
    let spec = packed(&report, MOST_REPORT_BYTES);
    assert_eq!((spec.findings, spec.omitted, spec.rules_omitted), (300, 0, false));
    assert_eq!((spec.counts.high, spec.counts.informational), (75, 75));
    let again = spec.unpack().unwrap();
    assert_eq!(again.evidence, report.evidence);
    assert_eq!(again.findings, report.findings);
    assert_eq!(again.rules, report.rules);
    assert_eq!(spec, packed(&report, MOST_REPORT_BYTES), "the same report is the same text");
    assert!((spec.data.len() as u64) < spec.bytes);
}

#[test]
fn what_has_no_room_is_left_out_and_counted_the_mildest_first() {
    let report = report(2000);
    let whole = packed(&report, MOST_REPORT_BYTES).data.len();
    let spec = packed(&report, whole / 2);
    assert!((500..1500).contains(&spec.omitted), "{}", spec.omitted);
    let again = spec.unpack().unwrap();
    assert_eq!(again.findings.len() as u64, spec.findings - spec.omitted);
    let of =
        |findings: &[Finding], severity| findings.iter().filter(|one| one.severity() == severity).count();
    assert_eq!(of(&again.findings, Severity::High), 500);
    assert_eq!(of(&again.findings, Severity::Informational), 0);
    // In the order in which the engine gave them.
    let mut rest = report.findings.iter();
    assert!(again.findings.iter().all(|finding| rest.any(|one| one == finding)));
    assert_eq!(spec.counts.informational, 500, "counts are exact whatever is left out");
    // One more would have been too much.
    let more = packed(&report, spec.data.len() + 400);
    assert!(more.omitted <= spec.omitted && packed(&report, spec.data.len()).omitted == spec.omitted);
}

#[test]
fn the_evidence_is_always_in_it() {
    let report = report(2000);
    let bare = Report { evidence: report.evidence.clone(), findings: Vec::new(), rules: Vec::new() };
    let least = packed(&bare, MOST_REPORT_BYTES).data.len();
    let spec = packed(&report, least);
    assert!(spec.rules_omitted);
    assert_eq!(spec.omitted, 2000);
    assert_eq!(spec.unpack().unwrap().evidence, report.evidence);

    let error = ScanReportSpec::pack("web-80", "web-80-1", &report, least - 1).unwrap_err();
    assert_eq!(error.category(), "too_large");
    let sizes = error.source().unwrap().to_string();
    assert_eq!(sizes, format!("{least} bytes, more than the {} accepted", least - 1));
}

#[test]
fn what_is_no_report_is_an_error() {
    let good = packed(&report(3), MOST_REPORT_BYTES);
    let with = |data: String| ScanReportSpec { data, ..good.clone() }.unpack().map(drop);
    let gzip = |text: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(text).unwrap();
        STANDARD.encode(gzip.finish().unwrap())
    };
    assert!(matches!(with("%".to_owned()), Err(ReportError::Base64(_))));
    assert!(matches!(with(STANDARD.encode("plain")), Err(ReportError::Gzip(_))));
    let bytes = STANDARD.decode(&good.data).unwrap();
    assert!(matches!(with(STANDARD.encode(&bytes[..bytes.len() - 4])), Err(ReportError::Gzip(_))));
    assert!(matches!(with(gzip(b"{}")), Err(ReportError::Json(_))));
    assert!(matches!(with(gzip(br#"{"schemaVersion": 2}"#)), Err(ReportError::Version { found: 2 })));
    assert!(matches!(with(gzip(br#"{"schemaVersion": 1, "evidence": {}}"#)), Err(ReportError::Json(_))));
    // A small object that would become a large amount of memory.
    let bomb = gzip(&vec![b' '; 40 * 1024 * 1024]);
    assert!(bomb.len() < 100_000);
    assert!(matches!(with(bomb), Err(ReportError::TooLarge(_))));
}
