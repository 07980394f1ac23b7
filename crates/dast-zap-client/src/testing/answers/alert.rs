//! What was found.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::alert::FakeAlert;
use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::state::State;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

/// By their ids.
const RISKS: [&str; 4] = ["Informational", "Low", "Medium", "High"];
const FALSE_POSITIVE: &str = "False Positive";

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::View, "alerts") => {
            let found = chosen(state, asked)?;
            let page: Vec<_> = asked.page(found).map(FakeAlert::json).collect();
            Ok(json!({ "alerts": page }))
        }
        (Kind::View, "numberOfAlerts") => {
            Ok(json!({ "numberOfAlerts": chosen(state, asked)?.count().to_string() }))
        }
        (Kind::View, "alert") => {
            let (_, alert) =
                state.session.alerts.get(place(state, asked)?).ok_or_else(|| Refusal::absent("id"))?;
            Ok(json!({ "alert": alert.json() }))
        }
        (Kind::View, "alertsSummary") => {
            let mut counts: BTreeMap<&str, usize> = RISKS.into_iter().map(|risk| (risk, 0)).collect();
            for alert in chosen(state, asked)? {
                if let Some(count) = counts.get_mut(alert.text("risk")) {
                    *count += 1;
                }
            }
            Ok(json!({ "alertsSummary": counts }))
        }
        (Kind::View, "alertCountsByRisk") => Ok(kinds(state, asked)),
        (Kind::View, "alertsByRisk") => Ok(json!({ "alertsByRisk": tree(state, asked) })),
        (Kind::Action, "deleteAlert") => {
            let place = place(state, asked)?;
            state.session.alerts.remove(place);
            done()
        }
        (Kind::Action, "deleteAllAlerts") => {
            state.session.alerts.clear();
            done()
        }
        _ => Err(asked.unknown()),
    }
}

/// Alerts that a call is about. An address is taken for how others begin, as in ZAP.
fn chosen<'a>(
    state: &'a State,
    asked: &'a Asked<'_>,
) -> Result<impl Iterator<Item = &'a FakeAlert>, Refusal> {
    let base = asked.text("baseurl").unwrap_or_default();
    let risk = match asked.number("riskId") {
        None => None,
        Some(id) => {
            let risk = usize::try_from(id).ok().and_then(|id| RISKS.get(id));
            let about = "Parameter riskId is not a valid risk ID (integer in interval [0, 3]).";
            Some(*risk.ok_or_else(|| Refusal::new(ErrorCode::IllegalParameter).about(about))?)
        }
    };
    let context = match asked.text("contextName") {
        None => None,
        Some(name) => {
            let found = state.session.contexts.iter().find(|context| context.name == name);
            Some(found.ok_or_else(|| Refusal::new(ErrorCode::ContextNotFound).about("contextName"))?)
        }
    };
    let false_positives = asked.flag("falsePositive");
    Ok(state.session.alerts.iter().map(|(_, alert)| alert).filter(move |alert| {
        let url = alert.text("url");
        url.starts_with(base)
            && risk.is_none_or(|risk| alert.text("risk") == risk)
            && context.is_none_or(|context| context.has(url))
            && (false_positives || alert.text("confidence") != FALSE_POSITIVE)
    }))
}

/// Counts kinds of alerts, not alerts.
fn kinds(state: &State, asked: &Asked<'_>) -> Json {
    let base = asked.text("url").unwrap_or_default();
    let mut kinds: BTreeMap<&str, Vec<(&str, &str)>> =
        RISKS.into_iter().chain([FALSE_POSITIVE]).map(|risk| (risk, Vec::new())).collect();
    for (_, alert) in state.session.alerts.iter().filter(|(_, alert)| alert.text("url").starts_with(base)) {
        let false_positive = alert.text("confidence") == FALSE_POSITIVE;
        let risk = if false_positive { FALSE_POSITIVE } else { alert.text("risk") };
        let kind = (alert.text("pluginId"), alert.text("name"));
        if let Some(found) = kinds.get_mut(risk).filter(|found| !found.contains(&kind)) {
            found.push(kind);
        }
    }
    kinds.into_iter().map(|(risk, found)| (risk.to_owned(), json!(found.len()))).collect()
}

/// Alerts by risk, and then by name. What has a risk of its own is in the list even if nothing has that risk.
fn tree(state: &State, asked: &Asked<'_>) -> Vec<Json> {
    let base = asked.text("url").unwrap_or_default();
    let mut risks: [(&str, BTreeMap<&str, Vec<Json>>); 4] = RISKS.map(|risk| (risk, BTreeMap::new()));
    for (_, alert) in state.session.alerts.iter().filter(|(_, alert)| alert.text("url").starts_with(base)) {
        if let Some((_, names)) = risks.iter_mut().find(|(risk, _)| *risk == alert.text("risk")) {
            let said = ["param", "confidence", "name", "risk", "id", "url"];
            let said = said.into_iter().map(|field| (field.to_owned(), json!(alert.text(field))));
            names.entry(alert.text("name")).or_default().push(Json::Object(said.collect()));
        }
    }
    let listed = risks.into_iter().map(|(risk, names)| {
        let names: Vec<_> = names.into_iter().map(|(name, alerts)| json!({ name: alerts })).collect();
        json!({ risk: names })
    });
    listed.collect()
}

fn place(state: &State, asked: &Asked<'_>) -> Result<usize, Refusal> {
    asked.required("id")?;
    let id = asked.number("id");
    let place = state.session.alerts.iter().position(|(found, _)| Some(*found) == id);
    place.ok_or_else(|| Refusal::absent("id"))
}
