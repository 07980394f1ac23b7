//! Imports of definitions of APIs: OpenAPI, GraphQL and WSDL. What is in them does not count: an import visits the pages of
//! the site, and has nothing to complain about.

use serde_json::json;

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::history::Source;
use super::super::state::State;
use super::core::file;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

pub(super) fn openapi(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::Action, "importUrl") => {
            let document = asked.required("url")?;
            fetch(state, document)?;
            visit(state, asked.text("hostOverride").unwrap_or(document));
            Ok(json!({ "importUrl": [] }))
        }
        (Kind::Action, "importFile") => {
            file(state, asked, "file")?;
            visit(state, asked.text("target").unwrap_or_default());
            Ok(json!({ "importFile": [] }))
        }
        _ => Err(asked.unknown()),
    }
}

pub(super) fn graphql(state: &mut State, asked: &Asked<'_>) -> Answer {
    let (Kind::Action, "importUrl" | "importFile") = (asked.kind, asked.name) else {
        return Err(asked.unknown());
    };
    let endpoint = asked.required("endurl")?;
    if asked.name == "importFile" {
        file(state, asked, "file")?;
    }
    fetch(state, asked.text("url").unwrap_or(endpoint))?;
    visit(state, endpoint);
    done()
}

/// Where a document is a file, only its author knows where the service is: then the pages of all sites are visited.
pub(super) fn soap(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::Action, "importUrl") => {
            let document = asked.required("url")?;
            fetch(state, document)?;
            visit(state, document);
            done()
        }
        (Kind::Action, "importFile") => {
            file(state, asked, "file")?;
            for page in state.settings.pages.clone() {
                state.session.visit(&page, Source::Manual, &state.settings);
            }
            done()
        }
        _ => Err(asked.unknown()),
    }
}

fn fetch(state: &mut State, document: &str) -> Result<(), Refusal> {
    let fetched = state.session.visit(document, Source::Manual, &state.settings);
    let refusal = || Refusal::new(ErrorCode::IllegalParameter).about("Failed to access the target.");
    fetched.map(drop).ok_or_else(refusal)
}

fn visit(state: &mut State, site: &str) {
    state.session.visit_all(site, Source::Manual, &state.settings);
}
