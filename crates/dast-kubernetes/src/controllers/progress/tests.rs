use serde_json::{Value, json};

use super::*;
use crate::controllers::samples::object;

fn status(phase: &str, more: Value) -> ScanTargetStatus {
    let mut status = json!({"phase": phase, "verdict": "Unknown", "revision": "a", "revisionSince": "2026-01-01T00:00:00Z"});
    for (key, value) in more.as_object().unwrap() {
        status[key] = value.clone();
    }
    object(status)
}

fn condition(type_: &str, state: &str, reason: &str) -> Value {
    json!({"type": type_, "status": state, "reason": reason, "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"})
}

#[test]
fn how_far_a_scan_is_may_be_told_later() {
    let queued = status("Queued", json!({"queuePosition": 7}));
    assert!(is_progress(None, &queued), "it is new");
    let scanning =
        status("Scanning", json!({"run": "r", "unknown": "InProgress", "reasons": ["it is scanned"]}));
    assert!(is_progress(Some(&queued), &scanning));
    assert!(!is_progress(Some(&scanning), &scanning), "there is nothing to tell");
    let idle = status("Idle", json!({"nextScanTime": "2026-01-02T00:00:00Z"}));
    assert!(is_progress(Some(&idle), &queued));
    let passed = |reason| json!({"conditions": [condition("Passed", "Unknown", reason)]});
    assert!(is_progress(
        Some(&status("Queued", passed("NotScanned"))),
        &status("Scanning", passed("InProgress"))
    ));
}

#[test]
fn what_the_gate_decides_by_is_told_at_once() {
    let queued = status("Queued", json!({}));
    for news in [
        json!({"revision": "b"}),
        json!({"serviceHash": "h"}),
        json!({"verdict": "Fail"}),
        json!({"verdict": "Pass"}),
        json!({"profile": {"name": "passive", "hash": "1"}}),
        json!({"lastScanRun": "r"}),
        json!({"observedGeneration": 2}),
        json!({"conditions": [condition("Ready", "False", "NoReadyPods")]}),
    ] {
        assert!(!is_progress(Some(&queued), &status("Scanning", news.clone())), "{news}");
    }
    for verdict in ["Pass", "Warn", "Fail"] {
        assert!(!is_progress(None, &status("Queued", json!({"verdict": verdict}))), "{verdict}");
    }
    for phase in ["Idle", "Refused", "Waiting", "Suspended"] {
        assert!(!is_progress(Some(&queued), &status(phase, json!({}))), "{phase}");
        assert!(!is_progress(None, &status(phase, json!({}))), "{phase}");
    }
    assert!(!is_progress(Some(&status("Refused", json!({}))), &queued), "it may be let in now");
}
