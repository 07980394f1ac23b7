//! Rules of the scanners, in the words of their components.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::policy::Policy;
use crate::error::ErrorCode;

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

/// How hard an active rule may attack.
const STRENGTHS: [&str; 5] = ["DEFAULT", "LOW", "MEDIUM", "HIGH", "INSANE"];
/// How sure a rule may have to be.
const THRESHOLDS: [&str; 5] = ["DEFAULT", "OFF", "LOW", "MEDIUM", "HIGH"];

/// Whether an endpoint is one of those about rules, or about policies that hold them, that are answered here.
pub(super) fn concerns(name: &str) -> bool {
    matches!(
        name,
        "scanners"
            | "setScannerAlertThreshold"
            | "setScannerAttackStrength"
            | "enableAllScanners"
            | "disableAllScanners"
            | "enableScanners"
            | "disableScanners"
            | "scanPolicyNames"
            | "addScanPolicy"
            | "removeScanPolicy"
    )
}

/// Active rules, which stand in policies. What they are told changes nothing: alerts are raised as the test says.
pub(super) fn active(policies: &mut Vec<Policy>, asked: &Asked<'_>) -> Answer {
    match asked.name {
        "scanPolicyNames" => {
            let names: Vec<_> = policies.iter().map(|policy| &policy.name).collect();
            Ok(json!({ "scanPolicyNames": names }))
        }
        "addScanPolicy" => {
            let name = asked.required("scanPolicyName")?;
            if policies.iter().any(|known| known.name == name) {
                return Err(Refusal::new(ErrorCode::AlreadyExists).about("scanPolicyName"));
            }
            word(asked, "alertThreshold", &THRESHOLDS)?;
            word(asked, "attackStrength", &STRENGTHS)?;
            policies.push(Policy::new(name));
            done()
        }
        "removeScanPolicy" => {
            asked.required("scanPolicyName")?;
            let name = policy(policies, asked)?.name.clone();
            policies.retain(|known| known.name != name);
            done()
        }
        "scanners" => {
            let policy = policy(policies, asked)?;
            Ok(json!({ "scanners": ACTIVE.iter().map(|rule| rule.active(policy)).collect::<Vec<_>>() }))
        }
        "setScannerAlertThreshold" => {
            asked.all_required(&["id", "alertThreshold"])?;
            let policy = policy(policies, asked)?;
            let rule =
                rule(asked, ACTIVE).ok_or_else(|| Refusal::absent(asked.text("id").unwrap_or_default()))?;
            policy.thresholds.insert(rule, word(asked, "alertThreshold", &THRESHOLDS)?);
            done()
        }
        "setScannerAttackStrength" => {
            asked.all_required(&["id", "attackStrength"])?;
            let policy = policy(policies, asked)?;
            let rule =
                rule(asked, ACTIVE).ok_or_else(|| Refusal::absent(asked.text("id").unwrap_or_default()))?;
            policy.strengths.insert(rule, word(asked, "attackStrength", &STRENGTHS)?);
            done()
        }
        _ => switch(asked),
    }
}

/// Passive rules, of which there is one set for all.
pub(super) fn passive(thresholds: &mut BTreeMap<u32, String>, asked: &Asked<'_>) -> Answer {
    match asked.name {
        "scanners" => {
            let rules = PASSIVE.iter().map(|rule| rule.passive(thresholds.get(&rule.id)));
            Ok(json!({ "scanners": rules.collect::<Vec<_>>() }))
        }
        "setScannerAlertThreshold" => {
            asked.all_required(&["id", "alertThreshold"])?;
            let rule = rule(asked, PASSIVE).ok_or_else(|| Refusal::absent("id"))?;
            thresholds.insert(rule, word(asked, "alertThreshold", &THRESHOLDS)?);
            done()
        }
        _ => switch(asked),
    }
}

/// The policy that a call names; without a name the first, which is ZAP's default.
pub(super) fn policy<'a>(policies: &'a mut [Policy], asked: &Asked<'_>) -> Result<&'a mut Policy, Refusal> {
    let name = asked.text("scanPolicyName");
    let found = policies.iter_mut().find(|policy| name.is_none_or(|name| policy.name == name));
    found.ok_or_else(|| Refusal::absent("scanPolicyName"))
}

fn switch(asked: &Asked<'_>) -> Answer {
    match asked.name {
        "enableAllScanners" | "disableAllScanners" => done(),
        "enableScanners" | "disableScanners" => asked.required("ids").and_then(|_| done()),
        _ => Err(asked.unknown()),
    }
}

fn rule(asked: &Asked<'_>, among: &[Rule]) -> Option<u32> {
    asked.number("id").filter(|id| among.iter().any(|rule| rule.id == *id))
}

/// One of ZAP's words; the default where nothing is said.
fn word(asked: &Asked<'_>, parameter: &str, known: &[&str]) -> Result<String, Refusal> {
    let word = asked.text(parameter).unwrap_or("DEFAULT");
    if known.contains(&word) { Ok(word.to_owned()) } else { Err(Refusal::absent(parameter)) }
}

impl Rule {
    fn active(&self, policy: &Policy) -> Json {
        let threshold = policy.thresholds.get(&self.id).map_or("DEFAULT", String::as_str);
        json!({
            "id": self.id.to_string(),
            "name": self.name,
            "policyId": "4",
            "cweId": "0",
            "wascId": "0",
            "attackStrength": policy.strengths.get(&self.id).map_or("DEFAULT", String::as_str),
            "alertThreshold": threshold,
            "enabled": (threshold != "OFF").to_string(),
            "quality": "release",
            "status": "release",
            "allDependenciesAvailable": "true",
            "dependencies": [],
        })
    }

    fn passive(&self, threshold: Option<&String>) -> Json {
        let threshold = threshold.map_or("DEFAULT", String::as_str);
        json!({
            "id": self.id.to_string(),
            "name": self.name,
            "alertThreshold": threshold,
            "enabled": (threshold != "OFF").to_string(),
            "quality": "release",
            "status": "release",
        })
    }
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
