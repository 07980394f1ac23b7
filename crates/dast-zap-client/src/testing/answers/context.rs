//! Contexts, how one logs in to them, and their users.

use serde_json::{Value as Json, json};

use super::super::session::{Context, Session, User};
use super::super::state::State;
use super::{Answer, Asked, Refusal, done};
use crate::endpoint::Kind;
use crate::error::ErrorCode;

const METHODS: [&str; 5] = [
    "formBasedAuthentication",
    "scriptBasedAuthentication",
    "httpAuthentication",
    "manualAuthentication",
    "jsonBasedAuthentication",
];

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    let session = &mut state.session;
    match (asked.kind, asked.name) {
        (Kind::View, "contextList") => {
            let names: Vec<_> = session.contexts.iter().map(|context| &context.name).collect();
            Ok(json!({ "contextList": names }))
        }
        (Kind::View, "context") => Ok(json!({ "context": described(named(session, asked)?) })),
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
        _ => Err(asked.unknown()),
    }
}

pub(super) fn authentication(state: &mut State, asked: &Asked<'_>) -> Answer {
    let session = &mut state.session;
    match (asked.kind, asked.name) {
        (Kind::View, "getSupportedAuthenticationMethods") => Ok(json!({ "supportedMethods": METHODS })),
        (Kind::View, "getAuthenticationMethod") => {
            Ok(json!({ "method": { "methodName": numbered(session, asked)?.authentication } }))
        }
        (Kind::View, "getLoggedInIndicator") => {
            Ok(json!({ "logged_in_regex": numbered(session, asked)?.logged_in }))
        }
        (Kind::View, "getLoggedOutIndicator") => {
            Ok(json!({ "logged_out_regex": numbered(session, asked)?.logged_out }))
        }
        (Kind::Action, "setAuthenticationMethod") => {
            asked.all_required(&["contextId", "authMethodName"])?;
            let method = asked.required("authMethodName")?;
            if !METHODS.contains(&method) {
                return Err(Refusal::absent("authMethodName"));
            }
            numbered(session, asked)?.authentication = method.to_owned();
            done()
        }
        (Kind::Action, "setLoggedInIndicator") => {
            asked.all_required(&["contextId", "loggedInIndicatorRegex"])?;
            numbered(session, asked)?.logged_in = asked.required("loggedInIndicatorRegex")?.to_owned();
            done()
        }
        (Kind::Action, "setLoggedOutIndicator") => {
            asked.all_required(&["contextId", "loggedOutIndicatorRegex"])?;
            numbered(session, asked)?.logged_out = asked.required("loggedOutIndicatorRegex")?.to_owned();
            done()
        }
        _ => Err(asked.unknown()),
    }
}

pub(super) fn forced_user(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::View, "isForcedUserModeEnabled") => {
            let enabled = state.options.get("forcedUser.mode").map_or("false", String::as_str);
            Ok(json!({ "forcedModeEnabled": enabled }))
        }
        (Kind::Action, "setForcedUser") => {
            user(&mut state.session, asked)?;
            done()
        }
        (Kind::Action, "setForcedUserModeEnabled") => {
            asked.required("boolean")?;
            state.options.insert("forcedUser.mode".to_owned(), asked.flag("boolean").to_string());
            done()
        }
        _ => Err(asked.unknown()),
    }
}

pub(super) fn users(state: &mut State, asked: &Asked<'_>) -> Answer {
    let session = &mut state.session;
    match (asked.kind, asked.name) {
        (Kind::View, "usersList") => {
            let only = asked.number("contextId");
            let contexts =
                session.contexts.iter().filter(|context| only.is_none_or(|only| context.id == only));
            let users = contexts.flat_map(|context| context.users.iter().map(|user| user.json(context.id)));
            Ok(json!({ "usersList": users.collect::<Vec<_>>() }))
        }
        (Kind::View, "getUserById") => {
            let context = asked.number("contextId").unwrap_or_default();
            Ok(json!({ "getUserById": user(session, asked)?.json(context) }))
        }
        (Kind::Action, "newUser") => {
            asked.all_required(&["contextId", "name"])?;
            numbered(session, asked)?;
            let credentials =
                json!({ "sessionName": "", "type": "ManualAuthenticationCredentials" }).to_string();
            let name = asked.required("name")?.to_owned();
            let id = session.next_user();
            numbered(session, asked)?.users.push(User { id, name, enabled: false, credentials });
            Ok(json!({ "userId": id.to_string() }))
        }
        (Kind::Action, "setUserEnabled") => {
            asked.required("enabled")?;
            user(session, asked)?.enabled = asked.flag("enabled");
            done()
        }
        (Kind::Action, "setAuthenticationCredentials") => {
            let given = asked.text("authCredentialsConfigParams").unwrap_or_default();
            let credentials: Json = url::form_urlencoded::parse(given.as_bytes())
                .map(|(name, value)| (name.into_owned(), json!(value)))
                .collect();
            user(session, asked)?.credentials = credentials.to_string();
            done()
        }
        (Kind::Action, "removeUser") => {
            let id = user(session, asked)?.id;
            numbered(session, asked)?.users.retain(|user| user.id != id);
            done()
        }
        _ => Err(asked.unknown()),
    }
}

fn named<'a>(session: &'a mut Session, asked: &Asked<'_>) -> Result<&'a mut Context, Refusal> {
    let name = asked.required("contextName")?;
    let found = session.contexts.iter_mut().find(|context| context.name == name);
    found.ok_or_else(|| Refusal::new(ErrorCode::ContextNotFound).about("contextName"))
}

fn numbered<'a>(session: &'a mut Session, asked: &Asked<'_>) -> Result<&'a mut Context, Refusal> {
    asked.required("contextId")?;
    let id = asked.number("contextId");
    let found = session.contexts.iter_mut().find(|context| Some(context.id) == id);
    found.ok_or_else(|| Refusal::new(ErrorCode::ContextNotFound).about("contextId"))
}

fn user<'a>(session: &'a mut Session, asked: &Asked<'_>) -> Result<&'a mut User, Refusal> {
    asked.all_required(&["contextId", "userId"])?;
    let id = asked.number("userId");
    let found = numbered(session, asked)?.users.iter_mut().find(|user| Some(user.id) == id);
    found.ok_or_else(|| Refusal::new(ErrorCode::UserNotFound).about("userId"))
}

/// Lists stand as JSON within text.
fn described(context: &Context) -> Json {
    let separators = json!({ "kvps": "&", "kvs": "=", "struct": [] }).to_string();
    json!({
        "id": context.id.to_string(),
        "name": context.name,
        "description": "",
        "inScope": context.in_scope.to_string(),
        "includeRegexs": json!(context.includes).to_string(),
        "excludeRegexs": json!(context.excludes).to_string(),
        "includedTechnologies": ["Db", "Language", "OS"],
        "excludedTechnologies": [],
        "authType": "Manual Authentication",
        "authenticationDetectionMethodId": "0",
        "checkingStrategy": "EACH_RESP",
        "loggedInPattern": context.logged_in,
        "loggedOutPattern": context.logged_out,
        "urlParameterParserClass": "org.zaproxy.zap.model.StandardParameterParser",
        "urlParameterParserConfig": separators,
        "postParameterParserClass": "org.zaproxy.zap.model.StandardParameterParser",
        "postParameterParserConfig": separators,
    })
}
