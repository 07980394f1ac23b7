//! What each component answers.

mod alert;
mod authentication;
mod browser;
mod context;
mod core;
mod definition;
mod network;
mod rest;
mod rules;
mod scans;
mod search;
mod users;

use serde_json::{Value as Json, json};

use super::call::FakeCall;
use super::state::State;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

/// A call that is permitted.
pub(super) struct Asked<'a> {
    pub(super) call: &'a FakeCall,
    pub(super) kind: Kind,
    pub(super) name: &'a str,
}

/// An error of ZAP's.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) detail: Option<String>,
}

type Answer = Result<Json, Refusal>;

pub(super) fn answer(state: &mut State, component: &str, asked: &Asked<'_>) -> Answer {
    match component {
        "ajaxSpider" => browser::ajax(state, asked),
        "alert" => alert::answer(state, asked),
        "ascan" => scans::active(state, asked),
        "authentication" => authentication::answer(state, asked),
        "automation" => scans::automation(state, asked),
        "autoupdate" => rest::autoupdate(state, asked),
        "clientSpider" => browser::client(state, asked),
        "context" => context::answer(state, asked),
        "core" => core::answer(state, asked),
        "forcedUser" => users::forced(state, asked),
        "graphql" => definition::graphql(state, asked),
        "network" => network::answer(state, asked),
        "openapi" => definition::openapi(state, asked),
        "pscan" => scans::passive(state, asked),
        "replacer" => rest::replacer(state, asked),
        "search" => search::answer(state, asked),
        "soap" => definition::soap(state, asked),
        "spider" => scans::spider(state, asked),
        "stats" => rest::stats(state, asked),
        "users" => users::answer(state, asked),
        _ => Err(Refusal::new(ErrorCode::NoImplementor)),
    }
}

impl Asked<'_> {
    /// The value of a parameter; an empty one is none.
    fn text(&self, name: &str) -> Option<&str> {
        self.call.parameter(name).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| Refusal::missing(name))
    }

    fn all_required(&self, names: &[&str]) -> Result<(), Refusal> {
        names.iter().try_for_each(|name| self.required(name).map(drop))
    }

    /// What is no number is not there, and nobody says so: that is ZAP's way.
    fn number(&self, name: &str) -> Option<u32> {
        self.text(name)?.parse().ok()
    }

    /// The part of a list that `start`, counted from 1, and `count` say. What makes no sense is not there, as with numbers.
    fn page<T>(&self, list: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let number = |name| self.number(name).and_then(|number| usize::try_from(number).ok());
        let skipped = number("start").unwrap_or(0).saturating_sub(1);
        let count = number("count").filter(|count| *count > 0).unwrap_or(usize::MAX);
        list.skip(skipped).take(count)
    }

    fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// No such endpoint in this component.
    fn unknown(&self) -> Refusal {
        Refusal::new(match self.kind {
            Kind::View => ErrorCode::BadView,
            Kind::Action => ErrorCode::BadAction,
            Kind::Other => ErrorCode::BadOther,
        })
    }
}

impl Refusal {
    pub(super) fn new(code: ErrorCode) -> Self {
        Self { code, detail: None }
    }

    fn about(self, detail: &str) -> Self {
        Self { detail: Some(detail.to_owned()), ..self }
    }

    fn missing(parameter: &str) -> Self {
        Self::new(ErrorCode::MissingParameter).about(parameter)
    }

    fn absent(what: &str) -> Self {
        Self::new(ErrorCode::DoesNotExist).about(what)
    }

    /// What ZAP says to people, in English.
    pub(super) fn message(&self) -> String {
        match &self.code {
            ErrorCode::ContextNotFound => "No Context found that matches parameter".to_owned(),
            ErrorCode::IllegalParameter => "Provided parameter has illegal or unrecognized value".to_owned(),
            ErrorCode::UrlNotInContext => "The provided url is not in the required context".to_owned(),
            ErrorCode::UserNotFound => "No User found that matches parameter".to_owned(),
            ErrorCode::UrlNotFound => "URL Not Found in the Scan Tree".to_owned(),
            code => code.as_str().split('_').map(capital).collect::<Vec<_>>().join(" "),
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// What an action says that has nothing else to say.
fn done() -> Answer {
    Ok(json!({ "Result": "OK" }))
}

/// Addresses that a component leaves out: `core` calls itself a proxy there, and the others call themselves a scan. What is
/// left out changes nothing: a crawl finds all pages.
fn exclusions(state: &mut State, component: &str, asked: &Asked<'_>) -> Answer {
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
fn option(state: &mut State, component: &str, known: &[(&str, &str)], asked: &Asked<'_>) -> Answer {
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
