//! Search in the history.

use serde_json::json;

use super::super::asked::{Answer, Asked};
use super::super::expression;
use super::super::history::Message;
use super::super::state::State;
use crate::endpoint::Kind;

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::View, "urlsByUrlRegex" | "messagesByUrlRegex") => {
            let expression = asked.required("regex")?;
            let base = asked.text("baseurl").unwrap_or_default();
            let found = state.session.history.messages().iter();
            let found = found.filter(|message| {
                message.url.starts_with(base) && expression::is_in(expression, &message.url)
            });
            let shown = if asked.name == "urlsByUrlRegex" { Message::found } else { Message::json };
            Ok(json!({ asked.name: asked.page(found).map(shown).collect::<Vec<_>>() }))
        }
        _ => Err(asked.unknown()),
    }
}
