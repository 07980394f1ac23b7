//! Components of which the fake knows little.

use serde_json::json;

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::state::State;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

/// Add-ons, and the components that they bring, as far as the fake knows something of them.
const ADDONS: [(&str, &str); 10] = [
    ("automation", "automation"),
    ("client", "clientSpider"),
    ("graphql", "graphql"),
    ("network", "network"),
    ("openapi", "openapi"),
    ("pscan", "pscan"),
    ("replacer", "replacer"),
    ("soap", "soap"),
    ("spider", "spider"),
    ("spiderAjax", "ajaxSpider"),
];

pub(super) fn autoupdate(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::View, "installedAddons") => {
            let is_there = |name: &str| !state.settings.absent.contains(name);
            let addons =
                ADDONS.into_iter().filter(|(addon, component)| is_there(addon) && is_there(component));
            let addons = addons.map(|(addon, _)| {
                json!({
                    "id": addon,
                    "name": addon,
                    "version": "1.0.0",
                    "status": "release",
                    "installationStatus": "INSTALLED",
                    "mandatory": "false",
                    "author": "ZAP Dev Team",
                    "description": addon,
                    "file": format!("/zap/plugin/{addon}-release-1.zap"),
                    "sizeInBytes": "1000",
                    "changes": "",
                    "hash": "",
                    "infoUrl": "",
                    "repoUrl": "",
                    "url": "",
                })
            });
            Ok(json!({ "installedAddons": addons.collect::<Vec<_>>() }))
        }
        _ => Err(asked.unknown()),
    }
}

pub(super) fn replacer(state: &mut State, asked: &Asked<'_>) -> Answer {
    let text = |name| asked.text(name).unwrap_or_default();
    let is = |rule: &serde_json::Value, description: &str| rule["description"] == description;
    match (asked.kind, asked.name) {
        (Kind::View, "rules") => Ok(json!({ "rules": state.replacements })),
        (Kind::Action, "addRule") => {
            asked.all_required(&["description", "enabled", "matchType", "matchRegex", "matchString"])?;
            if state.replacements.iter().any(|rule| is(rule, text("description"))) {
                return Err(Refusal::new(ErrorCode::AlreadyExists).about("description"));
            }
            state.replacements.push(json!({
                "description": text("description"),
                "enabled": asked.flag("enabled").to_string(),
                "matchType": text("matchType"),
                "matchRegex": asked.flag("matchRegex").to_string(),
                "matchString": text("matchString"),
                "replacement": text("replacement"),
                "initiators": text("initiators"),
                "url": text("url"),
                "method": text("method"),
            }));
            done()
        }
        (Kind::Action, "removeRule") => {
            let description = asked.required("description")?;
            let before = state.replacements.len();
            state.replacements.retain(|rule| !is(rule, description));
            if state.replacements.len() == before { Err(Refusal::absent("description")) } else { done() }
        }
        (Kind::Action, "setEnabled") => {
            asked.all_required(&["description", "bool"])?;
            let description = text("description");
            let rule = state.replacements.iter_mut().find(|rule| is(rule, description));
            let rule = rule.ok_or_else(|| Refusal::absent("description"))?;
            if let Some(enabled) = rule.get_mut("enabled") {
                *enabled = json!(asked.flag("bool").to_string());
            }
            done()
        }
        _ => Err(asked.unknown()),
    }
}

pub(super) fn stats(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::View, "stats") => {
            let calls = state.calls.len().to_string();
            let prefix = asked.text("keyPrefix").unwrap_or_default();
            let name = "stats.api.calls";
            Ok(if name.starts_with(prefix) { json!({ name: calls }) } else { json!({}) })
        }
        (Kind::Action, "clearStats") => asked.required("keyPrefix").and_then(|_| done()),
        _ => Err(asked.unknown()),
    }
}
