//! What may be chosen.

use dast_kubernetes::configuration::Configuration;
use serde_json::Value;

use crate::helm::{ALL_VALUES, lint, refusal, render, text};

const FULL: &str = include_str!("../../../crates/dast-kubernetes/tests/configuration/full.yaml");

#[test]
#[ignore = "needs helm, which the lab builds"]
fn helm_finds_nothing_to_say_against_the_chart() {
    for values in ["", ALL_VALUES] {
        let output = lint(values);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !said.contains("[WARNING]"), "{said}");
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn a_value_that_is_not_accepted_is_named() {
    for (values, named) in [
        ("{replicas: 2}", "additional properties 'replicas' not allowed"),
        ("{replicaCount: two}", "at '/replicaCount': got string, want integer"),
        ("{image: {tag: 1}}", "at '/image/tag': got number, want string"),
        ("{service: {port: 8080}}", "at '/service/port'"),
        ("{defaultScanner: {profile: api}}", "at '/defaultScanner/profile'"),
        ("{certManager: {enabled: true}}", "at '/certManager/issuerRef': missing property 'name'"),
        ("{fullnameOverride: 'a b'}", "at '/fullnameOverride'"),
        ("{configuration: {queue: {total: many}}}", "at '/configuration/queue/total'"),
        ("{configuration: {scanNamspace: x}}", "additional properties 'scanNamspace' not allowed"),
        (
            "{configuration: {scans: {attempts: 0}}}",
            "at '/configuration/scans/attempts': minimum: got 0, want 1",
        ),
        ("{webhook: {failurePolicy: Open}}", "at '/webhook/failurePolicy'"),
        ("{webhook: {uninstall: Force}}", "at '/webhook/uninstall'"),
        ("{webhook: {timeoutSeconds: 31}}", "at '/webhook/timeoutSeconds': maximum: got 31, want 30"),
        ("{webhook: {replicaCount: 0}}", "at '/webhook/replicaCount': minimum: got 0, want 1"),
        ("{webhook: {excludedNamespaces: ['*']}}", "at '/webhook/excludedNamespaces/0'"),
        ("{configuration: {scanNamespace: security}}", "configuration.scanNamespace: `security`"),
    ] {
        let said = refusal(values);
        assert!(said.contains(named), "{values}: {said}");
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn the_operator_reads_the_configuration_as_it_was_written() {
    let indented: String = FULL.lines().map(|line| format!("  {line}\n")).collect();
    for (values, expected) in [("", ""), (&*format!("configuration:\n{indented}"), FULL)] {
        let objects = render(values);
        let file = objects.iter().find(|object| object["kind"] == "ConfigMap").unwrap();
        let file = file["data"]["configuration.yaml"].as_str().unwrap();
        let [read, expected] = [file, expected].map(|text| Configuration::from_yaml(text).unwrap());
        assert_eq!(read, expected);
    }
}

#[test]
fn every_value_has_a_default_a_meaning_and_a_place_in_the_test_of_all() {
    let values: Value = serde_saphyr::from_str(&text("values.yaml")).unwrap();
    let all: Value = serde_saphyr::from_str(ALL_VALUES).unwrap();
    let schema: Value = serde_json::from_str(&text("values.schema.json")).unwrap();
    let known = schema["properties"].as_object().unwrap().keys().filter(|name| *name != "global");
    let readme = text("README.md");
    for name in known {
        assert!(values.get(name).is_some(), "values.yaml lacks `{name}`");
        assert!(all.get(name).is_some(), "all-values.yaml lacks `{name}`");
        assert!(readme.contains(&format!("`{name}")), "README.md lacks `{name}`");
    }
    for (path, default) in leaves("", &values) {
        let pointer = format!("/{}", path.replace('.', "/"));
        let chosen = all.pointer(&pointer).unwrap_or_else(|| panic!("all-values.yaml lacks `{path}`"));
        let is_a_switch_that_is_on = default == Value::Bool(true);
        let is_hardening = path.to_ascii_lowercase().contains("securitycontext");
        let is_other = *chosen != default || is_a_switch_that_is_on || is_hardening;
        assert!(is_other, "`{path}` in all-values.yaml is the default");
    }
}

/// What can be set by itself, by its path.
fn leaves(path: &str, value: &Value) -> Vec<(String, Value)> {
    match value.as_object().filter(|map| !map.is_empty()) {
        // What of these is set replaces parts of the default.
        Some(map)
            if !["podSecurityContext", "resources.requests", "webhook.resources.requests"]
                .contains(&path) =>
        {
            map.iter()
                .flat_map(|(name, value)| leaves(format!("{path}.{name}").trim_start_matches('.'), value))
                .collect()
        }
        _ => vec![(path.to_owned(), value.clone())],
    }
}
