//! Reports: whole or not at all, and never in the way of the verdict.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use dast_policy::{Cause, Completion, Evidence};
use support::{Server, analyzer, parts, read_request, run};
use tempfile::TempDir;

fn fine() -> Server {
    Server::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n",
        b"ok",
    )
}

fn weak() -> Server {
    Server::answering("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b"<html></html>")
}

#[test]
fn what_scan_writes_gate_reads() {
    let (server, folder) = (weak(), TempDir::new().unwrap());
    let (code, stdout, _) = run(folder.path(), &["scan", &server.url(), "--report", "json=evidence.json"]);
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("[default policy: high: 0, medium: 0 in alerts]"), "{stdout}");
    let text = fs::read_to_string(folder.path().join("evidence.json")).unwrap();
    let evidence = Evidence::from_json(&text).unwrap();
    assert!(evidence.scan().coverage.pages > 0);
    let (code, stdout, _) = run(folder.path(), &["gate", "evidence.json"]);
    assert_eq!(code, 1);
    assert!(
        stdout.contains("FAIL") && stdout.contains("2 different alerts of severity Medium, 0 accepted"),
        "{stdout}"
    );
    fs::write(folder.path().join("loose.yaml"), "thresholds: {alerts: {medium: {fail: 2, warn: 0}}}")
        .unwrap();
    let (code, stdout, _) = run(folder.path(), &["gate", "evidence.json", "--policy", "loose.yaml"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("WARN") && stdout.contains("loose.yaml"), "{stdout}");
    let (code, stdout, _) = run(folder.path(), &["explain", "evidence.json", "--policy", "loose.yaml"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("10021") && stdout.contains("2 accepted, 0 without a warning"), "{stdout}");
}

#[test]
fn evidence_of_several_targets_is_one_report() {
    let (weak, fine, folder) = (weak(), fine(), TempDir::new().unwrap());
    let args = ["scan", &weak.url(), &fine.url(), "--report", "json=all.json", "--quiet"];
    assert_eq!(run(folder.path(), &args).0, 1);
    let (code, stdout, stderr) = run(folder.path(), &["gate", "all.json", "--quiet"]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stdout.contains("FAIL") && stdout.contains("PASS"), "{stdout}");
}

#[test]
fn a_report_on_standard_output_has_it_to_itself() {
    let (server, folder) = (weak(), TempDir::new().unwrap());
    let (code, stdout, stderr) = run(folder.path(), &["scan", &server.url(), "--report", "json=-"]);
    assert_eq!(code, 1);
    assert!(Evidence::from_json(&stdout).is_ok(), "{stdout}");
    assert!(stderr.contains("FAIL"), "{stderr}");
    let (code, stdout, stderr) =
        parts(analyzer(folder.path()).args(["gate", "-"]).write_stdin(stdout).output().unwrap());
    assert_eq!(code, 1, "{stdout}{stderr}");
}

#[test]
fn a_report_that_cannot_be_written_does_not_hide_the_verdict() {
    let folder = TempDir::new().unwrap();
    for (server, verdict, expected) in [(fine(), "PASS", 2), (weak(), "FAIL", 1)] {
        for place in ["/dev/full", "/proc/evidence.json", "no/such/folder/evidence.json"] {
            let report = format!("json={place}");
            let (code, stdout, stderr) = run(folder.path(), &["scan", &server.url(), "--report", &report]);
            assert_eq!(code, expected, "{place}: {stderr}");
            assert!(stdout.contains(verdict), "{place}: {stdout}");
            assert!(stderr.contains(&format!("cannot write the report to `{place}`")), "{stderr}");
        }
    }
    assert!(fs::metadata("/dev/full").is_ok());
}

#[test]
fn an_old_report_is_kept_until_the_new_one_is_whole() {
    let (server, folder) = (fine(), TempDir::new().unwrap());
    let path = folder.path().join("evidence.json");
    fs::write(&path, "old").unwrap();
    std::os::unix::fs::symlink("evidence.json", folder.path().join("link.json")).unwrap();
    assert_eq!(run(folder.path(), &["scan", &server.url(), "--report", "json=link.json"]).0, 0);
    assert!(fs::symlink_metadata(folder.path().join("link.json")).unwrap().is_symlink());
    assert!(Evidence::from_json(&fs::read_to_string(&path).unwrap()).is_ok());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn standard_output_that_is_full_is_an_error_and_a_closed_pipe_is_none() {
    let folder = TempDir::new().unwrap();
    let program = assert_cmd::cargo::cargo_bin("dast-analyzer");
    for (server, expected) in [(fine(), 2), (weak(), 1)] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(&program);
        let output =
            command.args(["scan", &server.url()]).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(expected));
        assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
    }
    let server = fine();
    let mut command = std::process::Command::new(&program);
    let mut child = command
        .args(["scan", &server.url()])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

/// Interrupts a scan once the server has seen some requests, and gives exit code, output and evidence.
fn interrupted(policy: &str) -> (i32, String, Evidence) {
    let server = Server::start(|mut stream| {
        let line = read_request(&mut stream);
        if !line.starts_with("GET / ") && !line.contains("robots.txt") {
            sleep(Duration::from_secs(30));
        }
        let body = "<html><a href='/1'>1</a><a href='/2'>2</a></html>";
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    });
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("policy.yaml"), policy).unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("dast-analyzer"));
    command.args(["scan", &server.url(), "--policy", "policy.yaml", "--report", "json=evidence.json"]);
    command.args(["--request-timeout", "20s"]).current_dir(folder.path());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The first page, robots.txt and at least one page that hangs.
    while server.connections.load(std::sync::atomic::Ordering::SeqCst) < 3 {
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(200));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let (code, stdout, _) = parts(child.wait_with_output().unwrap());
    let evidence = fs::read_to_string(folder.path().join("evidence.json")).unwrap();
    (code, stdout, Evidence::from_json(&evidence).unwrap())
}

#[test]
fn what_is_interrupted_is_unknown() {
    let (code, stdout, evidence) = interrupted("thresholds: {alerts: {high: {fail: 0}}}");
    assert_eq!(code, 3, "{stdout}");
    assert!(stdout.contains("it was interrupted"), "{stdout}");
    assert!(matches!(evidence.scan().completion, Completion::Incomplete { cause: Cause::Interrupted, .. }));
    assert!(evidence.instances() > 0, "what was found is not lost");
}

#[test]
fn what_is_interrupted_over_a_limit_fails() {
    let (code, stdout, _) = interrupted("thresholds: {alerts: {medium: {fail: 0}}}");
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("FAIL"), "{stdout}");
}
