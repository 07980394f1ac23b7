//! What an installation's file may say, and what is told when it says something else.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "more of it is for tests of the rules")]
#[path = "../cases/mod.rs"]
mod cases;
mod choices;
mod problems;

use std::collections::BTreeSet;
use std::time::Duration;

use dast_kubernetes::configuration::Configuration;
use serde_json::Value;

/// Every field there is, each with another value than its default.
const FULL: &str = include_str!("full.yaml");

fn read(text: &str) -> Configuration {
    Configuration::from_yaml(text).unwrap()
}

#[test]
fn the_default() {
    let default = Configuration::default();
    insta::assert_snapshot!(default.to_yaml());
    assert_eq!(read(&default.to_yaml()), default);
    for nothing in ["", "---\n", "# nothing\n", "{}"] {
        assert_eq!(read(nothing), default, "{nothing:?}");
    }
}

#[test]
fn what_is_written_reads_back() {
    let full = read(FULL);
    assert_eq!(read(&full.to_yaml()), full);
    let json = serde_json::to_string(&full).unwrap();
    assert_eq!(read(&json), full, "JSON is YAML");
}

/// The paths of all fields in a schema or a value.
fn paths(value: &Value, below: &str, out: &mut BTreeSet<String>, fields: fn(&Value) -> Option<&Value>) {
    for (name, part) in fields(value).and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{below}/{name}");
        paths(part, &path, out, fields);
        out.insert(path);
    }
}

#[test]
fn the_schema_the_file_and_what_is_read_have_the_same_fields() {
    let schema = Configuration::schema();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let (mut described, mut written) = (BTreeSet::new(), BTreeSet::new());
    paths(&schema, "", &mut described, |schema| schema.get("properties"));
    let full = serde_json::to_value(read(FULL)).unwrap();
    // Not all fields of a profile go together.
    for text in
        [FULL, "profile: {name: passive, maxPages: 9, maxDepth: 1}", "profile: {name: api, openapiUrl: /a}"]
    {
        paths(&serde_json::to_value(read(text)).unwrap(), "", &mut written, |value| Some(value));
    }
    // Of the policy there is a file of its own, and labels have the names that people give them.
    let ours = |paths: BTreeSet<String>| -> BTreeSet<String> {
        let others = ["/policy/", "/pods/nodeSelector/"];
        paths.into_iter().filter(|path| !others.iter().any(|other| path.starts_with(other))).collect()
    };
    assert_eq!(ours(described), ours(written));

    let default = serde_json::to_value(Configuration::default()).unwrap();
    for (name, value) in full.as_object().unwrap() {
        assert_ne!(default.get(name), Some(value), "`{name}` is as in the default");
    }
}

#[test]
fn every_part_of_ours_refuses_unknown_fields_in_the_schema_too() {
    let schema = Configuration::schema();
    for part in [
        "analyzer",
        "analyzer/properties/resources",
        "allowed",
        "pods",
        "scans",
        "profile",
        "queue",
        "policy",
    ] {
        let part = schema.pointer(&format!("/properties/{part}")).unwrap();
        assert_eq!(part["additionalProperties"], false, "{part}");
    }
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema.get("required").is_none());
}

#[test]
fn settings_are_as_the_file_says() {
    let full = read(FULL);
    let due = full.due_settings();
    assert_eq!((due.stability, due.minimum_interval), (Duration::from_secs(5), Duration::from_secs(120)));
    assert_eq!(due.incomplete_interval, None);
    assert_eq!(due.interval.map(|interval| interval.get().as_secs()), Some(168 * 3600));
    let schedule = due.schedule.unwrap();
    assert_eq!((schedule.expression(), schedule.time_zone()), ("0 3 * * 1", "Europe/Budapest"));
    let limits = full.queue_limits();
    assert_eq!((limits.total, limits.per_namespace), (None, Some(7)));
    assert_eq!(full.retry_settings().max_attempts, 2);
    let history = full.history_settings();
    assert_eq!((history.complete, history.incomplete), (5, 0));
    assert_eq!(history.time_to_live, Some(Duration::from_secs(720 * 3600)));
    assert_eq!(full.zap.heap_mib(), Ok(2048));

    let discovery = full.discovery_settings("security");
    for namespace in ["kube-system", "security", "scans", "monitoring"] {
        assert!(discovery.system_namespaces.contains(namespace), "{namespace}");
    }
    assert!(discovery.gate_every_ingress && discovery.api_server.is_empty());
    assert_eq!(
        discovery.forbidden_networks,
        ["10.1.0.0/24".parse().unwrap(), "fd00::1/128".parse().unwrap()]
    );
    assert!(discovery.reserved_hosts.contains("vault.example"));

    let trusts = |configuration: &Configuration, namespace| {
        configuration.rulebook_defaults("security").trusted.contains(namespace)
    };
    assert!(trusts(&full, "scanners-a") && !trusts(&full, "security"));
    assert!(trusts(&read(""), "security") && !trusts(&read(""), "scanners-a"));
    assert!(!read("").may_attack("default") && !trusts(&read("trustedNamespaces: []"), "security"));
}
