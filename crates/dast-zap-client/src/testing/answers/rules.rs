//! Rules of the scanners, in the words of their components.

use serde_json::{Value as Json, json};

use super::{Answer, Asked, done};

/// A rule.
pub(super) struct Rule {
    pub(super) id: u32,
    pub(super) name: &'static str,
}

pub(super) const ACTIVE: &[Rule] = &[
    Rule { id: 40012, name: "Cross Site Scripting (Reflected)" },
    Rule { id: 40018, name: "SQL Injection" },
];

const PASSIVE: &[Rule] = &[
    Rule { id: 10020, name: "Anti-clickjacking Header" },
    Rule { id: 10038, name: "Content Security Policy" },
];

/// Whether an endpoint is about rules.
pub(super) fn concerns(name: &str) -> bool {
    name.to_ascii_lowercase().contains("scanner")
}

pub(super) fn active(asked: &Asked<'_>) -> Answer {
    answer(asked, ACTIVE, |rule| {
        json!({
            "id": rule.id.to_string(),
            "name": rule.name,
            "policyId": "4",
            "cweId": "0",
            "wascId": "0",
            "attackStrength": "DEFAULT",
            "alertThreshold": "DEFAULT",
            "enabled": "true",
            "quality": "release",
            "status": "release",
            "allDependenciesAvailable": "true",
            "dependencies": [],
        })
    })
}

pub(super) fn passive(asked: &Asked<'_>) -> Answer {
    answer(asked, PASSIVE, |rule| {
        json!({
            "id": rule.id.to_string(),
            "name": rule.name,
            "alertThreshold": "DEFAULT",
            "enabled": "true",
            "quality": "release",
            "status": "release",
        })
    })
}

/// Kinds of active rules, which ZAP calls policies.
pub(super) fn categories() -> Vec<Json> {
    let names = ["Information Gathering", "Client Browser", "Server Security", "Miscellaneous", "Injection"];
    let categories = names.into_iter().enumerate().map(|(id, name)| {
        json!({
            "attackStrength": "DEFAULT",
            "alertThreshold": "DEFAULT",
            "name": name,
            "id": id.to_string(),
            "enabled": "true",
        })
    });
    categories.collect()
}

/// Settings of rules are taken, and change nothing: alerts are raised as the test says.
fn answer(asked: &Asked<'_>, rules: &[Rule], described: impl Fn(&Rule) -> Json) -> Answer {
    match asked.name {
        "scanners" => Ok(json!({ "scanners": rules.iter().map(described).collect::<Vec<_>>() })),
        "enableAllScanners" | "disableAllScanners" => done(),
        "enableScanners" | "disableScanners" => asked.required("ids").and_then(|_| done()),
        "setScannerAlertThreshold" => {
            asked.all_required(&["id", "alertThreshold"])?;
            done()
        }
        "setScannerAttackStrength" => {
            asked.all_required(&["id", "attackStrength"])?;
            done()
        }
        _ => Err(asked.unknown()),
    }
}
