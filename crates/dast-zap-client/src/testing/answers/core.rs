//! ZAP itself.

use serde_json::{Value as Json, json};

use super::super::state::State;
use super::{Answer, Asked, Refusal, done};
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
            Ok(json!({ "numberOfMessages": visited(state).len().to_string() }))
        }
        (Kind::View, "messages") => {
            let base = asked.text("baseurl").unwrap_or_default();
            let urls = visited(state).into_iter().enumerate().filter(|(_, url)| url.starts_with(base));
            let messages: Vec<_> = urls.map(|(index, url)| message(index + 1, &url)).collect();
            Ok(json!({ "messages": messages }))
        }
        (Kind::View, "message") => {
            asked.required("id")?;
            let id = asked.number("id").and_then(|id| usize::try_from(id).ok()).unwrap_or_default();
            let url = id.checked_sub(1).and_then(|index| visited(state).into_iter().nth(index));
            let url = url.ok_or_else(|| Refusal::absent("id"))?;
            Ok(json!({ "message": message(id, &url) }))
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
            if super::super::session::origin(url).is_none() {
                return Err(Refusal::new(ErrorCode::IllegalParameter).about("url"));
            }
            if !session.visit(url, &state.settings) {
                return Err(Refusal::new(ErrorCode::InternalError).about("Connection refused"));
            }
            Ok(json!({ "accessUrl": [message(1, url)] }))
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
        _ => Err(asked.unknown()),
    }
}

fn is_site(url: &str) -> bool {
    super::super::session::origin(url).as_deref() == Some(url)
}

fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Addresses of which there are messages. A site alone is none of them.
fn visited(state: &State) -> Vec<String> {
    state.session.urls.iter().filter(|url| !is_site(url)).cloned().collect()
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

fn message(id: usize, url: &str) -> Json {
    json!({
        "id": id.to_string(),
        "type": "1",
        "timestamp": "1763683200000",
        "rtt": "1",
        "note": "",
        "tags": [],
        "cookieParams": "",
        "requestHeader": format!("GET {url} HTTP/1.1\r\n\r\n"),
        "requestBody": "",
        "responseHeader": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "responseBody": "",
    })
}
