//! What helm makes of the chart.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use dast_lab::kubernetes::Programs;
use serde_json::Value;

pub(crate) const ALL_VALUES: &str = include_str!("all-values.yaml");

pub(crate) fn chart() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy/chart")
}

/// The text of a file of the chart.
pub(crate) fn text(file: &str) -> String {
    fs::read_to_string(chart().join(file)).unwrap()
}

/// The objects of a release in the namespace `security`, hooks and tests included.
pub(crate) fn render(values: &str) -> Vec<Value> {
    let output = try_render(values);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let objects: Vec<Value> = serde_saphyr::from_multiple(str::from_utf8(&output.stdout).unwrap()).unwrap();
    let objects: Vec<Value> = objects.into_iter().filter(|object| !object.is_null()).collect();
    assert!(objects.len() > 10, "{objects:?}");
    objects
}

/// Why values are refused.
pub(crate) fn refusal(values: &str) -> String {
    let output = try_render(values);
    assert!(!output.status.success(), "{values} is accepted");
    String::from_utf8(output.stderr).unwrap()
}

pub(crate) fn try_render(values: &str) -> Output {
    run(&["template", "gate", "--namespace=security"], values)
}

pub(crate) fn lint(values: &str) -> Output {
    run(&["lint", "--strict"], values)
}

fn run(arguments: &[&str], values: &str) -> Output {
    let programs = Programs::ensure(|step| eprintln!("{step}")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.yaml");
    fs::write(&file, values).unwrap();
    let mut helm = Command::new(programs.helm());
    // It keeps nothing, and asks no cluster.
    for name in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        helm.env(name, folder.path());
    }
    helm.env_remove("KUBECONFIG").args(arguments).arg(chart()).arg("--values").arg(file);
    helm.arg(format!("--kube-version={}", programs.version())).output().unwrap()
}
