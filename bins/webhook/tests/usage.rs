//! What the program says of itself, and of what is wrong before there is a cluster.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use assert_cmd::Command;
use tempfile::TempDir;

/// Runs the program where no cluster is known, and gives exit code, standard output and standard error.
fn run(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("dast-webhook").unwrap();
    command.env_clear().env("KUBECONFIG", "none").current_dir(folder.path()).args(args);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn help_teaches() {
    let folder = TempDir::new().unwrap();
    let (code, stdout, _) = run(&folder, &["--help"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("help", stdout);
}

#[test]
fn what_is_wrong_is_told_in_one_line() {
    let folder = TempDir::new().unwrap();
    let args = ["--configuration", "installation.yaml", "--certificates", "."];
    let (code, _, stderr) = run(&folder, &args);
    assert_eq!(code, 1);
    assert!(stderr.starts_with("error: cannot read `installation.yaml`"), "{stderr}");
    fs::write(folder.path().join("installation.yaml"), "discovery: {gateEveryIngress: perhaps}").unwrap();
    let (_, _, stderr) = run(&folder, &args);
    assert!(stderr.contains("`discovery.gateEveryIngress`: `perhaps`"), "{stderr}");
    fs::write(folder.path().join("installation.yaml"), "{}").unwrap();
    let (code, _, stderr) = run(&folder, &args);
    assert_eq!(code, 1);
    assert!(stderr.starts_with("error: no cluster is known here: "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}
