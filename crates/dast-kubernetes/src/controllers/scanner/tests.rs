use serde_json::json;

use super::*;
use crate::controllers::samples::{dast, known, settings};

/// What becomes of the wish for a scanner, of a Service in namespace `shop`.
fn resolve(wish: Option<(&str, &str)>, known: &Known, yaml: &str) -> Resolved {
    let mut wishes = Wishes::default();
    wishes.scanner = wish.map(|(namespace, name)| ObjectName::new(namespace, name));
    of_wishes(&wishes, "shop", known, &settings(yaml))
}

fn refusal(resolved: &Resolved) -> (&str, &str) {
    let remark = resolved.dast.as_ref().unwrap_err();
    (&remark.reason, &remark.message)
}

#[test]
fn a_service_names_the_zap_and_gets_the_dast() {
    let known = known();
    known.dasts.apply(dast("zaproxy", "dast-sample", json!({"zaproxy": {"name": "dast-test"}})));
    let resolved = resolve(Some(("zaproxy", "dast-test")), &known, "");
    assert_eq!(resolved.name, ObjectName::new("zaproxy", "dast-sample"));
    assert!(resolved.dast.is_ok());
    for (namespace, name) in [("zaproxy", "dast-sample"), ("shop", "dast-test")] {
        let resolved = resolve(Some((namespace, name)), &known, "");
        let (reason, message) = refusal(&resolved);
        assert_eq!(reason, "NoScanner");
        assert!(message.contains(namespace) && message.contains(name), "{message}");
    }
}

#[test]
fn two_dasts_of_one_name_are_none() {
    let known = known();
    for name in ["one", "other"] {
        known.dasts.apply(dast("zaproxy", name, json!({"zaproxy": {"name": "zap"}})));
    }
    let resolved = resolve(Some(("zaproxy", "zap")), &known, "");
    let (reason, message) = refusal(&resolved);
    assert_eq!(reason, "NoScanner");
    assert!(message.contains("`one` and `other`"), "{message}");
}

#[test]
fn who_names_none_gets_the_scanner_of_the_configuration() {
    let known = known();
    let resolved = resolve(None, &known, "");
    assert_eq!(resolved.name, ObjectName::new("dast-system", "default"));
    assert!(refusal(&resolved).1.contains("`defaultScanner`"));
    known.dasts.apply(dast("dast-system", "default", json!({})));
    assert!(resolve(None, &known, "").dast.is_ok());
    known.dasts.apply(dast("scanners", "main", json!({})));
    let resolved = resolve(None, &known, "defaultScanner: {namespace: scanners, name: main}");
    assert_eq!((resolved.name, resolved.dast.is_ok()), (ObjectName::new("scanners", "main"), true));
}

#[test]
fn a_scanner_says_who_may_use_it() {
    for (allowed, may) in [
        (json!(null), true),
        (json!(["sh*"]), true),
        (json!(["store", "shop"]), true),
        (json!(["store"]), false),
        (json!([]), false),
    ] {
        let cluster = known();
        cluster.dasts.apply(dast("zaproxy", "zap", json!({"allowedNamespaces": allowed})));
        let resolved = resolve(Some(("zaproxy", "zap")), &cluster, "");
        assert_eq!(resolved.dast.is_ok(), may, "{allowed}");
        if !may {
            assert_eq!(refusal(&resolved).0, "ScannerNotAllowed");
        }
        let own = known();
        own.dasts.apply(dast("shop", "zap", json!({"allowedNamespaces": allowed})));
        assert!(resolve(Some(("shop", "zap")), &own, "").dast.is_ok(), "its own namespace always may");
        let default = "defaultScanner: {namespace: zaproxy, name: zap}";
        assert_eq!(resolve(None, &cluster, default).dast.is_ok(), may, "also where nobody named it");
    }
}
