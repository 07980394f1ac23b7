//! What a file of registrations may say. What comes of it is tested where it is done.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use dast_kubernetes::configuration::ConfigurationError;
use dast_kubernetes::registration::{Registrations, Service};

const FULL: &str = include_str!("full.yaml");

fn refused(text: &str) -> Vec<String> {
    match Registrations::from_yaml(text).unwrap_err() {
        ConfigurationError::Invalid(error) => error.problems().iter().map(ToString::to_string).collect(),
        other => panic!("{text}: {other}"),
    }
}

#[test]
fn a_file_says_what_is_registered_and_where_it_leads() {
    let read = Registrations::from_yaml(FULL).unwrap();
    assert_eq!(read.name(), "dast-operator-webhook");
    assert_eq!(*read.service(), Service { name: "dast-operator-webhook".to_owned(), port: 443 });
}

#[test]
fn what_is_no_yaml_is_one_error() {
    let large = format!("# {}", "x".repeat(1024 * 1024));
    for text in ["a: [", "{", "a: b: c", large.as_str()] {
        let error = Registrations::from_yaml(text).unwrap_err();
        assert_eq!(error.category(), "syntax", "{error}");
    }
    for text in ["", "[]", "text", "{}"] {
        assert!(!refused(text).is_empty(), "{text}");
    }
}

/// Each with the field, the value, and what is accepted.
#[test]
fn what_is_not_accepted_is_named() {
    for (from, to, problem) in [
        (
            "port: 443",
            "port: 0",
            "`service.port`: `0` is not accepted: expected a whole number from 1 to 65535",
        ),
        (
            "  port: 443",
            "  port: 443\n  namespace: tenant",
            "`service.namespace`: `namespace` is not accepted: expected one of the fields name, port",
        ),
        (
            "service:\n  name: dast-operator-webhook",
            "service:\n  name: evil.example",
            "`service.name`: `evil.example` is not accepted: expected the name of a Service",
        ),
        (
            "name: park.dast.security.banzaicloud.io",
            "name: park.example",
            "`mutating[0].name`: `park.example` is not accepted: expected a name that ends with `.dast.security.banzaicloud.io`",
        ),
        (
            "path: /mutate",
            "path: /../mutate?x",
            "`mutating[0].path`: `/../mutate?x` is not accepted: expected a path such as `/validate`",
        ),
        (
            "resources: [ingresses]",
            "resources: ['*']",
            "`mutating[0].rules[0].resources[0]`: `*` is not accepted: expected `grpcroutes` or `httproutes` or `ingresses` or `ingresses/status`",
        ),
        (
            "resources: [ingresses]",
            "resources: [secrets]",
            "`mutating[0].rules[0].resources[0]`: `secrets` is not accepted: expected `grpcroutes` or `httproutes` or `ingresses` or `ingresses/status`",
        ),
        (
            "apiGroups: [networking.k8s.io]",
            "apiGroups: ['']",
            "`mutating[0].rules[0].apiGroups[0]`: `` is not accepted: expected `gateway.networking.k8s.io` or `networking.k8s.io`",
        ),
        (
            "apiVersions: [v1]",
            "apiVersions: ['*']",
            "`mutating[0].rules[0].apiVersions[0]`: `*` is not accepted: expected a version such as `v1`",
        ),
        (
            "operations: [CREATE, UPDATE]\n        resources: [ingresses]",
            "operations: [DELETE]\n        resources: [ingresses]",
            "`mutating[0].rules[0].operations[0]`: `DELETE` is not accepted: expected `CREATE` or `UPDATE`",
        ),
        (
            "values: [kube-system, dast-system]",
            "values: []",
            "`mutating[0].namespaceSelector.matchExpressions[0].values`: `[]` is not accepted: expected a list of namespaces, at least one",
        ),
        (
            "operator: NotIn",
            "operator: In",
            "`mutating[0].namespaceSelector.matchExpressions[0].operator`: `In` is not accepted: expected `NotIn`",
        ),
        (
            "expression: \"!has(object.metadata.deletionTimestamp)\"",
            "expression: \" \"",
            "`mutating[0].matchConditions[0].expression`: ` ` is not accepted: expected an expression in CEL",
        ),
        (
            "failurePolicy: Fail\n    reinvocationPolicy",
            "failurePolicy: fail\n    reinvocationPolicy",
            "`mutating[0].failurePolicy`: `fail` is not accepted: expected `Fail` or `Ignore`",
        ),
        (
            "IfNeeded\n    timeoutSeconds: 5",
            "IfNeeded\n    timeoutSeconds: 31",
            "`mutating[0].timeoutSeconds`: `31` is not accepted: expected a whole number from 1 to 30",
        ),
        (
            "sideEffects: NoneOnDryRun",
            "sideEffects: Some",
            "`validating[1].sideEffects`: `Some` is not accepted: expected `None` or `NoneOnDryRun`",
        ),
        (
            "sideEffects: NoneOnDryRun",
            "reinvocationPolicy: Never\n    sideEffects: None",
            "`validating[1].reinvocationPolicy`: `reinvocationPolicy` is not accepted: expected one of the fields \
             name, path, rules, matchPolicy, namespaceSelector, matchConditions, failurePolicy, timeoutSeconds, \
             sideEffects, admissionReviewVersions",
        ),
        (
            "name: break-glass.",
            "name: gate.",
            "`validating[1].name`: `gate.dast.security.banzaicloud.io` is not accepted: expected each name once",
        ),
        (
            "path: /break-glass",
            "clientConfig: {url: https://evil.example}",
            "`validating[1].clientConfig`: `clientConfig` is not accepted: expected one of the fields name, path, \
             rules, matchPolicy, namespaceSelector, matchConditions, failurePolicy, timeoutSeconds, sideEffects, \
             admissionReviewVersions",
        ),
    ] {
        assert!(FULL.contains(from), "{from}");
        let said = refused(&FULL.replacen(from, to, 1));
        assert!(said.iter().any(|said| said == problem), "{to}: {said:#?}");
    }
}

#[test]
fn what_must_be_there_is_missed() {
    let tree: serde_json::Value = serde_saphyr::from_str(FULL).unwrap();
    let fields = |pointer: &str| -> Vec<String> {
        let keys = tree.pointer(pointer).unwrap().as_object().unwrap().keys();
        keys.map(|key| format!("{pointer}/{key}")).collect()
    };
    let maps = [
        "",
        "/service",
        "/mutating/0",
        "/validating/1",
        "/validating/1/rules/0",
        "/mutating/0/matchConditions/0",
    ];
    for field in maps.into_iter().flat_map(fields) {
        let (parent, key) = field.rsplit_once('/').unwrap();
        let mut broken = tree.clone();
        broken.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
        let read = Registrations::from_yaml(&broken.to_string());
        // Without conditions, a webhook is asked each time.
        assert_eq!(read.is_ok(), key == "matchConditions", "{field}");
        let mut null = tree.clone();
        *null.pointer_mut(&field).unwrap() = serde_json::Value::Null;
        assert!(Registrations::from_yaml(&null.to_string()).is_err(), "{field}");
    }
}
