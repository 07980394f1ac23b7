//! What components are told to leave out, and their options.

use serde_json::json;

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::state::State;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

/// Addresses that a component leaves out: `core` calls itself a proxy there, and the others call themselves a scan. What is
/// left out changes nothing: a crawl finds all pages.
pub(super) fn exclusions(state: &mut State, component: &str, asked: &Asked<'_>) -> Answer {
    let of = if component == "core" { "Proxy" } else { "Scan" };
    let excluded = state.session.excluded.entry(component.to_owned()).or_default();
    let (listed, add, clear) =
        (format!("excludedFrom{of}"), format!("excludeFrom{of}"), format!("clearExcludedFrom{of}"));
    match asked.kind {
        Kind::View if asked.name == listed => Ok(json!({ listed: excluded })),
        Kind::Action if asked.name == add => {
            excluded.push(asked.required("regex")?.to_owned());
            done()
        }
        Kind::Action if asked.name == clear => {
            excluded.clear();
            done()
        }
        _ => Err(asked.unknown()),
    }
}

/// Getters and setters of options, such as `optionMaxDuration` and `setOptionMaxDuration`.
pub(super) fn option(
    state: &mut State,
    component: &str,
    known: &[(&str, &str)],
    asked: &Asked<'_>,
) -> Answer {
    let prefix = if asked.kind == Kind::View { "option" } else { "setOption" };
    let name = asked.name.strip_prefix(prefix).ok_or_else(|| asked.unknown())?;
    let (_, default) = known.iter().find(|(known, _)| *known == name).ok_or_else(|| asked.unknown())?;
    let place = format!("{component}.{name}");
    if asked.kind == Kind::View {
        let value = state.options.get(&place).map_or(*default, String::as_str);
        return Ok(json!({ name: value }));
    }
    let given = ["Integer", "Boolean", "String"].into_iter().find_map(|kind| asked.call.parameter(kind));
    let value = given.ok_or_else(|| Refusal::new(ErrorCode::MissingParameter).about("Integer"))?;
    state.options.insert(place, value.to_owned());
    done()
}
