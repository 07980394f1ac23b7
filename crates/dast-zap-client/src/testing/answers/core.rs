//! ZAP itself.

use serde_json::{Value as Json, json};

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::history::{Message, Source};
use super::super::site;
use super::super::state::State;
use super::options::exclusions;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    let session = &mut state.session;
    match (asked.kind, asked.name) {
        (Kind::View, "version") => Ok(json!({ "version": state.settings.version })),
        (Kind::View, "mode") => Ok(json!({ "mode": state.mode })),
        (Kind::View, "sites") => {
            let sites: Vec<_> = session.urls.iter().filter(|url| is_site(url)).collect();
            Ok(json!({ "sites": sites }))
        }
        (Kind::View, "hosts") => {
            let hosts = session.urls.iter().filter(|url| is_site(url)).filter_map(|url| host(url));
            Ok(json!({ "hosts": hosts.collect::<Vec<_>>() }))
        }
        (Kind::View, "urls") => {
            let base = asked.text("baseurl").unwrap_or_default();
            let urls: Vec<_> = session.urls.iter().filter(|url| url.starts_with(base)).collect();
            Ok(json!({ "urls": urls }))
        }
        (Kind::View, "childNodes") => Ok(json!({ "childNodes": children(state, asked.text("url")) })),
        (Kind::View, "numberOfMessages") => {
            Ok(json!({ "numberOfMessages": session.history.messages().len().to_string() }))
        }
        (Kind::View, "messages") => {
            let base = asked.text("baseurl").unwrap_or_default();
            let messages = session.history.messages().iter().filter(|message| message.url.starts_with(base));
            let messages: Vec<_> = asked.page(messages).map(Message::json).collect();
            Ok(json!({ "messages": messages }))
        }
        (Kind::View, "message") => {
            asked.required("id")?;
            let message = session.history.find(asked.number("id")).ok_or_else(|| Refusal::absent("id"))?;
            Ok(json!({ "message": message.json() }))
        }
        (Kind::Action, "setMode") => {
            let mode = asked.required("mode")?;
            if !["safe", "protect", "standard", "attack"].contains(&mode) {
                return Err(Refusal::new(ErrorCode::IllegalParameter).about("mode"));
            }
            state.mode = mode.to_owned();
            done()
        }
        (Kind::Action, "accessUrl") => {
            let url = asked.required("url")?;
            if site::origin(url).is_none() {
                return Err(Refusal::new(ErrorCode::IllegalParameter).about("url"));
            }
            let visited = session.visit(url, Source::Manual, &state.settings);
            let id =
                visited.ok_or_else(|| Refusal::new(ErrorCode::InternalError).about("Connection refused"))?;
            let messages: Vec<_> = session.history.find(Some(id)).map(Message::json).into_iter().collect();
            Ok(json!({ "accessUrl": messages }))
        }
        (Kind::Action, "deleteSiteNode") => {
            let url = asked.required("url")?;
            if session.forget(url, &state.settings) { done() } else { Err(Refusal::absent("url")) }
        }
        (Kind::Other, "fileUpload") => {
            let name = asked.required("fileName")?;
            asked.required("fileContents")?;
            if name.contains("..") {
                return Err(Refusal::new(ErrorCode::IllegalParameter).about("fileName"));
            }
            state.files.insert(name.to_owned());
            Ok(json!({ "Uploaded": format!("/zap/transfer/{name}") }))
        }
        (Kind::Action, "newSession") => {
            let name = asked.text("name").unwrap_or_default();
            if !name.is_empty() && session.name == name && !asked.flag("overwrite") {
                return Err(Refusal::new(ErrorCode::AlreadyExists).about(name));
            }
            session.clear();
            session.name = name.to_owned();
            done()
        }
        _ => exclusions(state, "core", asked),
    }
}

fn is_site(url: &str) -> bool {
    site::origin(url).as_deref() == Some(url)
}

fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Nodes of the tree of sites: sites, or the addresses below one.
fn children(state: &State, parent: Option<&str>) -> Vec<Json> {
    let parent = parent.map(|url| url.trim_end_matches('/'));
    let below = |url: &str| match parent {
        None => is_site(url),
        Some(parent) => url.rsplit_once('/').is_some_and(|(above, _)| above == parent) && !is_site(url),
    };
    let found = state.session.urls.iter().enumerate().filter(|(_, url)| below(url));
    let nodes = found.map(|(index, url)| {
        let is_leaf = !is_site(url);
        json!({ "method": "GET", "name": url, "hrefId": index + 1, "uri": url, "isLeaf": is_leaf })
    });
    nodes.collect()
}

/// Where ZAP keeps what was uploaded, in paths.
const TRANSFER: &str = "${XFER}/";

/// A path that a call names. Of those that were uploaded, the fake knows which are there.
pub(super) fn file<'a>(state: &State, asked: &'a Asked<'_>, parameter: &str) -> Result<&'a str, Refusal> {
    let path = asked.required(parameter)?;
    match path.strip_prefix(TRANSFER) {
        Some(name) if !state.files.contains(name) => {
            Err(Refusal::absent(&format!("{path} (No such file or directory)")))
        }
        _ => Ok(path),
    }
}
