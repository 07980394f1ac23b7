//! Contexts.

use serde_json::json;

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::context::{Context, POLL_URL, Poll};
use super::super::session::Session;
use super::super::state::State;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

/// When ZAP looks whether it is logged in.
const STRATEGIES: [&str; 5] = ["EACH_RESP", "EACH_REQ", "EACH_REQ_RESP", POLL_URL, "AUTO_DETECT"];

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    let session = &mut state.session;
    match (asked.kind, asked.name) {
        (Kind::View, "contextList") => {
            let names: Vec<_> = session.contexts.iter().map(|context| &context.name).collect();
            Ok(json!({ "contextList": names }))
        }
        (Kind::View, "context") => Ok(json!({ "context": named(session, asked)?.json() })),
        (Kind::View, "includeRegexs") => Ok(json!({ "includeRegexs": named(session, asked)?.includes })),
        (Kind::View, "excludeRegexs") => Ok(json!({ "excludeRegexs": named(session, asked)?.excludes })),
        (Kind::Action, "newContext") => {
            let name = asked.required("contextName")?;
            if session.contexts.iter().any(|context| context.name == name) {
                return Err(Refusal::new(ErrorCode::AlreadyExists).about(name));
            }
            Ok(json!({ "contextId": session.add_context(name).to_string() }))
        }
        (Kind::Action, "removeContext") => {
            let id = named(session, asked)?.id;
            session.contexts.retain(|context| context.id != id);
            done()
        }
        (Kind::Action, "includeInContext") => {
            asked.all_required(&["contextName", "regex"])?;
            named(session, asked)?.includes.push(asked.required("regex")?.to_owned());
            done()
        }
        (Kind::Action, "excludeFromContext") => {
            asked.all_required(&["contextName", "regex"])?;
            named(session, asked)?.excludes.push(asked.required("regex")?.to_owned());
            done()
        }
        (Kind::Action, "setContextInScope") => {
            asked.all_required(&["contextName", "booleanInScope"])?;
            named(session, asked)?.in_scope = asked.flag("booleanInScope");
            done()
        }
        (Kind::Action, "setContextCheckingStrategy") => {
            asked.all_required(&["contextName", "checkingStrategy"])?;
            let context = named(session, asked)?;
            context.authentication.poll = poll(asked)?;
            done()
        }
        _ => Err(asked.unknown()),
    }
}

/// What ZAP looks at, if it looks at something of its own accord.
fn poll(asked: &Asked<'_>) -> Result<Option<Poll>, Refusal> {
    let illegal = |parameter: &str| Err(Refusal::new(ErrorCode::IllegalParameter).about(parameter));
    let strategy = asked.required("checkingStrategy")?;
    if !STRATEGIES.contains(&strategy) {
        return illegal("checkingStrategy");
    }
    if strategy != POLL_URL {
        return Ok(None);
    }
    let units = asked.text("pollFrequencyUnits").unwrap_or_default();
    if !["REQUESTS", "SECONDS"].contains(&units) {
        return illegal("pollFrequencyUnits");
    }
    // ZAP breaks where these two are left out. They may be empty.
    let (Some(data), Some(headers)) = (asked.call.parameter("pollData"), asked.call.parameter("pollHeaders"))
    else {
        return Err(Refusal::new(ErrorCode::InternalError));
    };
    Ok(Some(Poll {
        url: asked.text("pollUrl").unwrap_or_default().to_owned(),
        data: data.to_owned(),
        headers: headers.to_owned(),
        frequency: asked.number("pollFrequency").unwrap_or_default(),
        units: units.to_owned(),
    }))
}

/// The context of a name.
pub(super) fn named<'a>(session: &'a mut Session, asked: &Asked<'_>) -> Result<&'a mut Context, Refusal> {
    let name = asked.required("contextName")?;
    let found = session.contexts.iter_mut().find(|context| context.name == name);
    found.ok_or_else(|| Refusal::absent(name))
}

/// The context of a number.
pub(super) fn numbered<'a>(session: &'a mut Session, asked: &Asked<'_>) -> Result<&'a mut Context, Refusal> {
    asked.required("contextId")?;
    let id = asked.number("contextId");
    let found = session.contexts.iter_mut().find(|context| Some(context.id) == id);
    found.ok_or_else(|| Refusal::new(ErrorCode::ContextNotFound).about("contextId"))
}
