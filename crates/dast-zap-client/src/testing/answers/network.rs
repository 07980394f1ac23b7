//! Connections to targets.

use serde_json::{Value as Json, json};

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::state::State;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::View, "getConnectionTimeout") => {
            let timeout = state.options.get("network.timeout").map_or("20", String::as_str);
            Ok(json!({ "getConnectionTimeout": timeout }))
        }
        (Kind::Action, "setConnectionTimeout") => {
            let timeout = asked.required("timeout")?;
            state.options.insert("network.timeout".to_owned(), timeout.to_owned());
            done()
        }
        (Kind::View, "getHttpProxy") => Ok(json!({
            "getHttpProxy": { "host": "localhost", "port": 8090, "realm": "", "username": "", "password": "" },
        })),
        (Kind::View, "getRateLimitRules") => Ok(json!({ "getRateLimitRules": state.rate_limits })),
        (Kind::Action, "addRateLimitRule") => {
            let rule = rate_limit(asked)?;
            if state.rate_limits.iter().any(|known| known.get("description") == rule.get("description")) {
                return Err(Refusal::new(ErrorCode::AlreadyExists).about("description"));
            }
            state.rate_limits.push(rule);
            done()
        }
        (Kind::Action, "removeRateLimitRule") => {
            let description = asked.required("description")?;
            let before = state.rate_limits.len();
            state.rate_limits.retain(|rule| rule.get("description").is_none_or(|known| known != description));
            if state.rate_limits.len() == before { Err(Refusal::absent("description")) } else { done() }
        }
        _ => Err(asked.unknown()),
    }
}

/// A rule in which numbers are numbers, unlike in most that ZAP says.
fn rate_limit(asked: &Asked<'_>) -> Result<Json, Refusal> {
    let (description, text) = (asked.required("description")?, asked.required("matchString")?);
    asked.all_required(&["enabled", "matchRegex", "requestsPerSecond", "groupBy"])?;
    let illegal = |parameter| Refusal::new(ErrorCode::IllegalParameter).about(parameter);
    let rate = asked.number("requestsPerSecond").filter(|rate| *rate > 0);
    let group = asked.text("groupBy").filter(|group| ["RULE", "HOST"].contains(group));
    Ok(json!({
        "description": description,
        "enabled": asked.flag("enabled"),
        "matchRegex": asked.flag("matchRegex"),
        "matchString": text,
        "requestsPerSecond": rate.ok_or_else(|| illegal("requestsPerSecond"))?,
        "groupBy": group.ok_or_else(|| illegal("groupBy"))?,
    }))
}
