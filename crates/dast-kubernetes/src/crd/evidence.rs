//! The schema of evidence, as `dast-policy` writes it and with its bounds.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::verdict;

/// The schema of [`dast_policy::Evidence`].
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let words = [verdict::severity, verdict::confidence, verdict::cause].map(|of| of(generator).to_value());
    let [severity, confidence, cause] = words;
    json_schema!({
        "type": "object",
        "required": ["schemaVersion", "scan", "counts", "findings"],
        "properties": {
            "schemaVersion": {"type": "integer", "description": "The version of this form."},
            "scan": scan(&cause),
            "counts": {
                "type": "array", "maxItems": MOST_ROWS,
                "description": "Exact counts by rule, severity and confidence, the worst first.",
                "items": {
                    "type": "object",
                    "required": ["severity", "confidence", "instances"],
                    "properties": {
                        "pluginId": text(40, "The rule."),
                        "alertRef": text(40, "The rule and its variant; absent for those beyond the bound on rows."),
                        "severity": severity,
                        "confidence": confidence,
                        "instances": number("How many there are."),
                    },
                },
            },
            "findings": {
                "type": "array", "maxItems": MOST_FINDINGS,
                "description": "The worst findings. There may be more: the counts say how many.",
                "items": finding(&severity, &confidence),
            },
        },
    })
}

/// Named rows, and one for each severity and confidence of those beyond the bound.
const MOST_ROWS: usize = dast_policy::Bound::MOST_ROWS + 20;

/// What a finding takes at the least is more than 300 bytes.
const MOST_FINDINGS: usize = dast_policy::Bound::MOST_BYTES / 300;

/// What a covered place takes at the least is more than 24 bytes.
const MOST_COVERED: usize = dast_policy::Bound::MOST_COVERED / 24;

/// Bytes of what describes are never fewer than its letters.
const MOST_TEXT: usize = dast_policy::Bound::MOST_TEXT;

const MOST_PLACE: usize = dast_policy::Bound::MOST_PLACE;

fn scan(cause: &Value) -> Value {
    json!({
        "type": "object",
        "description": "What was scanned, when, by what, and how far it came.",
        "required": ["subject", "profile", "engine", "started", "ended", "completion", "coverage"],
        "properties": {
            "subject": {
                "type": "object",
                "description": "What was scanned.",
                "required": ["target", "origin"],
                "properties": {
                    "target": text(MOST_TEXT, "What the target is called."),
                    "origin": text(300, "Where it was scanned."),
                    "covered": {
                        "type": "array", "maxItems": MOST_COVERED,
                        "description": "The exposed hosts and path prefixes that were visited.",
                        "items": {
                            "type": "object",
                            "required": ["host", "path"],
                            "properties": {
                                "host": text(8192, "The host."),
                                "path": text(8192, "The path prefix."),
                            },
                        },
                    },
                },
            },
            "revision": text(128, "What ran there from start to end."),
            "profile": {
                "type": "object",
                "description": "The settings of the scan.",
                "required": ["name", "hash"],
                "properties": {
                    "name": text(MOST_TEXT, "Their name."),
                    "hash": text(128, "A hash over all of them."),
                },
            },
            "engine": {
                "type": "object",
                "description": "What scanned.",
                "required": ["name", "version", "ruleSet", "passive"],
                "properties": {
                    "name": text(MOST_TEXT, "Its name."),
                    "version": text(MOST_TEXT, "Its version."),
                    "ruleSet": text(MOST_TEXT, "The rules that it applied."),
                    "passive": flag("Whether it only looked at answers and never sent an attack."),
                },
            },
            "started": time("When the scan began."),
            "ended": time("When the scan ended."),
            "completion": {
                "type": "object",
                "description": "Whether it went through to its end.",
                "required": ["complete"],
                "properties": {
                    "complete": flag("Whether everything was done."),
                    "cause": cause,
                    "detail": text(MOST_TEXT, "The same in words."),
                },
            },
            "coverage": {
                "type": "object",
                "description": "How much it saw.",
                "required": ["pages", "failed", "skipped"],
                "properties": {
                    "pages": number("Answers that were looked at."),
                    "failed": number("Requests without a usable answer."),
                    "skipped": number("Places that were found and not visited."),
                },
            },
            "authentication": {
                "type": "string", "enum": ["NotUsed", "Held", "Lost"],
                "description": "Whether it was logged in.",
            },
        },
    })
}

fn finding(severity: &Value, confidence: &Value) -> Value {
    json!({
        "type": "object",
        "required": [
            "pluginId", "alertRef", "name", "severity", "confidence", "method", "url", "param", "evidence",
            "fingerprint",
        ],
        "properties": {
            "pluginId": text(40, "The rule."),
            "alertRef": text(40, "The rule and its variant."),
            "name": text(MOST_TEXT, "What it is called."),
            "severity": severity,
            "confidence": confidence,
            "method": text(MOST_PLACE, "The method of the request."),
            "url": text(MOST_PLACE, "Where."),
            "param": text(MOST_PLACE, "The parameter, header or cookie concerned."),
            "attack": text(MOST_TEXT, "What was sent to provoke it."),
            "evidence": text(MOST_TEXT, "What shows it."),
            "other": text(MOST_TEXT, "What else there is to say."),
            "cweId": number("The weakness in the Common Weakness Enumeration."),
            "wascId": number("The class in the WASC Threat Classification."),
            "fingerprint": text(32, "What an exemption names it by."),
        },
    })
}

fn text(most: usize, description: &str) -> Value {
    json!({"type": "string", "maxLength": most, "description": description})
}

fn number(description: &str) -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 0, "description": description})
}

fn flag(description: &str) -> Value {
    json!({"type": "boolean", "description": description})
}

fn time(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}
