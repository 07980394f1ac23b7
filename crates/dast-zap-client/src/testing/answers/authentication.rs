//! How one logs in to a context.

use serde_json::json;

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::context::{Authentication, MANUAL};
use super::super::state::State;
use super::context::numbered;
use crate::endpoint::Kind;

/// Methods, and the parameter that each cannot do without.
const METHODS: [(&str, Option<&str>); 5] = [
    ("formBasedAuthentication", Some("loginUrl")),
    ("scriptBasedAuthentication", Some("scriptName")),
    ("httpAuthentication", Some("hostname")),
    (MANUAL, None),
    ("jsonBasedAuthentication", Some("loginUrl")),
];

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    let session = &mut state.session;
    match (asked.kind, asked.name) {
        (Kind::View, "getSupportedAuthenticationMethods") => {
            Ok(json!({ "supportedMethods": METHODS.map(|(name, _)| name) }))
        }
        (Kind::View, "getAuthenticationMethod") => {
            Ok(json!({ "method": numbered(session, asked)?.authentication.json() }))
        }
        (Kind::View, "getLoggedInIndicator") => {
            Ok(json!({ "logged_in_regex": numbered(session, asked)?.authentication.logged_in }))
        }
        (Kind::View, "getLoggedOutIndicator") => {
            Ok(json!({ "logged_out_regex": numbered(session, asked)?.authentication.logged_out }))
        }
        (Kind::Action, "setAuthenticationMethod") => {
            asked.all_required(&["contextId", "authMethodName"])?;
            let context = numbered(session, asked)?;
            context.authentication = method(asked)?;
            done()
        }
        (Kind::Action, "setLoggedInIndicator") => {
            asked.all_required(&["contextId", "loggedInIndicatorRegex"])?;
            let indicator = asked.required("loggedInIndicatorRegex")?.to_owned();
            numbered(session, asked)?.authentication.logged_in = indicator;
            done()
        }
        (Kind::Action, "setLoggedOutIndicator") => {
            asked.all_required(&["contextId", "loggedOutIndicatorRegex"])?;
            let indicator = asked.required("loggedOutIndicatorRegex")?.to_owned();
            numbered(session, asked)?.authentication.logged_out = indicator;
            done()
        }
        _ => Err(asked.unknown()),
    }
}

fn method(asked: &Asked<'_>) -> Result<Authentication, Refusal> {
    let name = asked.required("authMethodName")?;
    let unknown = || {
        let detail = format!("No authentication method type matches the provided value: {name}");
        Refusal::absent(&detail)
    };
    let (_, needed) = METHODS.into_iter().find(|(known, _)| *known == name).ok_or_else(unknown)?;
    let given = asked.text("authMethodConfigParams").unwrap_or_default();
    let given: Vec<(String, String)> = url::form_urlencoded::parse(given.as_bytes()).into_owned().collect();
    match needed.filter(|needed| !given.iter().any(|(name, value)| name == needed && !value.is_empty())) {
        Some(missing) => Err(Refusal::missing(missing)),
        None => Ok(Authentication::new(name, given)),
    }
}
