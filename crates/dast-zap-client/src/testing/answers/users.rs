//! Users of contexts, and whether they are logged in.

use serde_json::{Value as Json, json};

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::context::User;
use super::super::history::{Message, Source};
use super::super::session::Session;
use super::super::state::State;
use super::context::numbered;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    let session = &mut state.session;
    match (asked.kind, asked.name) {
        (Kind::View, "usersList") => {
            let only = asked.number("contextId");
            let contexts =
                session.contexts.iter().filter(|context| only.is_none_or(|only| context.id == only));
            let users = contexts.flat_map(|context| context.users.iter().map(|user| user.json(context)));
            Ok(json!({ "usersList": users.collect::<Vec<_>>() }))
        }
        (Kind::View, "getUserById") => {
            let id = user(session, asked)?.id;
            let context = numbered(session, asked)?;
            let found = context.users.iter().find(|user| user.id == id).map(|user| user.json(context));
            Ok(json!({ "getUserById": found }))
        }
        (Kind::Action, "newUser") => {
            asked.all_required(&["contextId", "name"])?;
            numbered(session, asked)?;
            let name = asked.required("name")?.to_owned();
            let id = session.next_user();
            numbered(session, asked)?.users.push(User { id, name, enabled: false, credentials: None });
            Ok(json!({ "userId": id.to_string() }))
        }
        (Kind::Action, "setUserEnabled") => {
            asked.required("enabled")?;
            user(session, asked)?.enabled = asked.flag("enabled");
            done()
        }
        (Kind::Action, "setAuthenticationCredentials") => {
            let given = asked.text("authCredentialsConfigParams").unwrap_or_default();
            let given: Vec<(String, String)> =
                url::form_urlencoded::parse(given.as_bytes()).into_owned().collect();
            user(session, asked)?;
            let is_manual = numbered(session, asked)?.authentication.is_manual();
            for needed in ["username", "password"] {
                if !is_manual && !given.iter().any(|(name, _)| name == needed) {
                    return Err(Refusal::missing(needed));
                }
            }
            user(session, asked)?.credentials = Some(given);
            done()
        }
        (Kind::Action, "removeUser") => {
            let id = user(session, asked)?.id;
            numbered(session, asked)?.users.retain(|user| user.id != id);
            done()
        }
        (Kind::Action, "authenticateAsUser") => authenticate(state, asked),
        (Kind::Action, "pollAsUser") => poll(state, asked),
        _ => Err(asked.unknown()),
    }
}

pub(super) fn forced(state: &mut State, asked: &Asked<'_>) -> Answer {
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

/// Logs in. Where there is nothing to log in with, or it is for people to do, ZAP says that all is well.
fn authenticate(state: &mut State, asked: &Asked<'_>) -> Answer {
    let holds = state.settings.login_holds_for != Some(0);
    let session = &mut state.session;
    let has_credentials = user(session, asked)?.credentials.is_some();
    let method = &numbered(session, asked)?.authentication;
    if method.is_manual() || !has_credentials {
        return done();
    }
    let url = method.parameters.iter().find(|(name, _)| name == "loginUrl").map(|(_, url)| url.clone());
    Ok(seen(session, "POST", &url.unwrap_or_default(), "authSuccessful", holds))
}

/// Looks whether a user is logged in, as the test says. It can look only where a context says at what.
fn poll(state: &mut State, asked: &Asked<'_>) -> Answer {
    let session = &mut state.session;
    user(session, asked)?;
    let poll = numbered(session, asked)?.authentication.poll.as_ref();
    let url = poll.map(|poll| poll.url.clone());
    let url = url.ok_or_else(|| Refusal::new(ErrorCode::IllegalParameter).about("contextId"))?;
    let holds = state.settings.login_holds_for.is_none_or(|looks| session.polls < looks);
    session.polls = session.polls.saturating_add(1);
    Ok(seen(session, "GET", &url, "pollSuccessful", holds))
}

/// A message, and what ZAP makes of it.
fn seen(session: &mut Session, method: &'static str, url: &str, what: &str, is_so: bool) -> Json {
    let id = session.history.note(method, url, Source::Authentication);
    let mut message = session.history.find(Some(id)).map(Message::json).unwrap_or_default();
    if let Some(message) = message.as_object_mut() {
        message.insert(what.to_owned(), json!(is_so.to_string()));
    }
    message
}

fn user<'a>(session: &'a mut Session, asked: &Asked<'_>) -> Result<&'a mut User, Refusal> {
    asked.all_required(&["contextId", "userId"])?;
    let id = asked.number("userId");
    let found = numbered(session, asked)?.users.iter_mut().find(|user| Some(user.id) == id);
    found.ok_or_else(|| Refusal::new(ErrorCode::UserNotFound).about("userId"))
}
