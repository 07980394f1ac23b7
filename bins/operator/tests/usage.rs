//! What the program says of itself, and of what is wrong before there is a cluster.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use assert_cmd::Command;
use tempfile::TempDir;

/// Runs the program where no cluster is known, and gives exit code, standard output and standard error.
fn run(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    run_with(folder, args, &[])
}

fn run_with(folder: &TempDir, args: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("dast-operator").unwrap();
    command.env_clear().env("KUBECONFIG", "none").envs(variables.iter().copied());
    command.current_dir(folder.path()).args(args);
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
fn without_a_cluster_it_says_so_in_one_line() {
    let folder = TempDir::new().unwrap();
    for args in [&[][..], &["apply-crds"]] {
        let (code, stdout, stderr) = run(&folder, args);
        assert_eq!((code, stdout.as_str()), (1, ""));
        assert!(stderr.starts_with("error: no cluster is known here: "), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!(stderr.matches("No such file").count(), 1, "{stderr}");
    }
}

#[test]
fn what_is_wrong_with_the_configuration_is_told_before_a_cluster_is_asked() {
    let folder = TempDir::new().unwrap();
    let (code, _, stderr) = run(&folder, &["--configuration", "none.yaml"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("cannot read `none.yaml`"), "{stderr}");
    fs::write(folder.path().join("bad.yaml"), "queue: {total: many}\nscans: {attempts: 0}").unwrap();
    let (code, _, stderr) = run(&folder, &["--configuration", "bad.yaml"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("`queue.total`: `many`") && stderr.contains("`scans.attempts`: `0`"), "{stderr}");
    fs::write(
        folder.path().join("bad.yaml"),
        "{name: gate, service: {name: gate, port: many}, mutating: []}",
    )
    .unwrap();
    let (code, _, stderr) = run(&folder, &["--registrations", "bad.yaml"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("`service.port`: `many`") && stderr.contains("`validating`"), "{stderr}");
}

#[test]
fn wrong_usage_is_told_with_what_is_accepted() {
    let folder = TempDir::new().unwrap();
    for (args, message) in [
        (&["--results-addr", "somewhere"][..], "expected an address such as `[::]:8443`"),
        (&["--metrics-addr", ":http"], "expected an address such as"),
        (&["--log", "a=b=c"], "expected a filter such as"),
        (&["--namespace", ""], "expected a name such as `dast-system`"),
        (&["--namespace", "My Space"], "expected a name such as `dast-system`"),
        (&["--identity", "a_b"], "expected a name such as `dast-system`"),
        (&["--results-url", "http://dast.example"], "expected a URL such as `https://dast-operator"),
        (&["--results-url", "somewhere"], "expected a URL such as `https://dast-operator"),
        (&["check-ready"], "--url"),
    ] {
        let (code, _, stderr) = run(&folder, args);
        assert_ne!(code, 0, "{args:?}");
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
    // As the command line of the operator of 2019 has it.
    let (_, _, stderr) = run(&folder, &["--metrics-addr", ":8080", "--enable-leader-election"]);
    assert!(stderr.contains("no cluster is known here"), "{stderr}");
}

/// The operator of 2019 had its webhook in the same program.
#[test]
fn who_wants_webhooks_is_told_that_there_are_none() {
    let folder = TempDir::new().unwrap();
    for (value, told) in [("true", true), ("", true), ("false", false)] {
        let (_, _, stderr) = run_with(&folder, &[], &[("ENABLE_WEBHOOKS", value)]);
        assert_eq!(stderr.contains("ENABLE_WEBHOOKS has no effect"), told, "{value}: {stderr}");
        assert!(stderr.contains("no cluster is known here"), "{stderr}");
    }
}

#[test]
fn logs_are_an_object_of_json_a_line_unless_people_ask_for_text() {
    let folder = TempDir::new().unwrap();
    let logged = |args: &[&str]| {
        let (_, _, stderr) = run_with(&folder, args, &[("ENABLE_WEBHOOKS", "true")]);
        let line = stderr.lines().find(|line| line.contains("ENABLE_WEBHOOKS")).unwrap().to_owned();
        serde_json::from_str::<serde_json::Value>(&line).map_err(|_| line)
    };
    let line = logged(&[]).unwrap();
    assert_eq!(line["level"], "WARN");
    assert!(line["message"].is_string() && line["timestamp"].is_string(), "{line}");
    assert!(logged(&["--log-format", "text"]).is_err());
}
