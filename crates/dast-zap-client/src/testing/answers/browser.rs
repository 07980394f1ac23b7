//! Crawlers with a browser. The fake has none: it finds the pages that tests say a browser finds.

use serde_json::json;

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::context::Context;
use super::super::session::Session;
use super::super::site;
use super::super::state::State;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

pub(super) fn ajax(state: &mut State, asked: &Asked<'_>) -> Answer {
    let (session, settings) = (&mut state.session, &state.settings);
    match (asked.kind, asked.name) {
        (Kind::Action, "scan" | "scanAsUser") => {
            if asked.name == "scanAsUser" {
                asked.all_required(&["contextName", "userName"])?;
            }
            let url = target(session, asked)?;
            if session.ajax.all().iter().any(|crawl| !crawl.is_over()) {
                return Err(Refusal::new(ErrorCode::ScanInProgress));
            }
            session.ajax.start(&url, settings.browser_takes);
            done()
        }
        (Kind::View, "status") => {
            let over = session.ajax.find(None).and_then(|crawl| crawl.look().then(|| crawl.url.clone()));
            if let Some(url) = over {
                session.browse(&url, settings);
            }
            let is_over = session.ajax.find(None).is_none_or(|crawl| crawl.is_over());
            Ok(json!({ "status": if is_over { "stopped" } else { "running" } }))
        }
        (Kind::View, "numberOfResults") => {
            let crawl =
                session.ajax.find(None).filter(|crawl| crawl.is_over()).map(|crawl| crawl.url.clone());
            let is_seen = |url: &&String| crawl.as_ref().is_some_and(|site| site::same_origin(url, site));
            Ok(json!({ "numberOfResults": session.urls.iter().filter(is_seen).count().to_string() }))
        }
        (Kind::Action, "stop") => {
            if let Some(crawl) = session.ajax.find(None) {
                crawl.stop();
            }
            done()
        }
        _ => Err(asked.unknown()),
    }
}

pub(super) fn client(state: &mut State, asked: &Asked<'_>) -> Answer {
    let (session, settings) = (&mut state.session, &state.settings);
    let no_scan = || Refusal::absent("scanId");
    match (asked.kind, asked.name) {
        (Kind::Action, "scan") => {
            let url = target(session, asked)?;
            Ok(json!({ "scan": session.clients.start(&url, settings.browser_takes).to_string() }))
        }
        (Kind::View, "status") => {
            asked.required("scanId")?;
            let crawl = session.clients.find(asked.number("scanId")).ok_or_else(no_scan)?;
            let over = crawl.look();
            let (status, url) = (crawl.status(), crawl.url.clone());
            if over {
                session.browse(&url, settings);
            }
            Ok(json!({ "status": status.to_string() }))
        }
        (Kind::Action, "stop") => {
            asked.required("scanId")?;
            session.clients.find(asked.number("scanId")).ok_or_else(no_scan)?.stop();
            done()
        }
        _ => Err(asked.unknown()),
    }
}

/// Where a crawl begins. Contexts and users are named, not numbered.
fn target(session: &Session, asked: &Asked<'_>) -> Result<String, Refusal> {
    let context = match asked.text("contextName") {
        None => None,
        Some(name) => {
            let found = session.contexts.iter().find(|context| context.name == name);
            Some(found.ok_or_else(|| Refusal::absent("contextName"))?)
        }
    };
    if let Some(name) = asked.text("userName") {
        let has_user = |context: &Context| context.users.iter().any(|user| user.name == name);
        if !context.is_some_and(has_user) {
            return Err(Refusal::absent("userName"));
        }
    }
    let url = asked.required("url")?;
    let illegal = || Refusal::new(ErrorCode::IllegalParameter).about("url");
    site::origin(url).ok_or_else(illegal)?;
    Ok(url.to_owned())
}
