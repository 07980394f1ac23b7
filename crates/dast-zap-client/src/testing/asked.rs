//! A call that is permitted, and what is said against one.

use serde_json::{Value as Json, json};

use super::call::FakeCall;
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

pub(super) type Answer = Result<Json, Refusal>;

impl Asked<'_> {
    /// The value of a parameter; an empty one is none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.call.parameter(name).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| Refusal::missing(name))
    }

    pub(super) fn all_required(&self, names: &[&str]) -> Result<(), Refusal> {
        names.iter().try_for_each(|name| self.required(name).map(drop))
    }

    /// What is no number is not there, and nobody says so: that is ZAP's way.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.text(name)?.parse().ok()
    }

    /// The part of a list that `start`, counted from 1, and `count` say. What makes no sense is not there, as with numbers.
    pub(super) fn page<T>(&self, list: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let number = |name| self.number(name).and_then(|number| usize::try_from(number).ok());
        let skipped = number("start").unwrap_or(0).saturating_sub(1);
        let count = number("count").filter(|count| *count > 0).unwrap_or(usize::MAX);
        list.skip(skipped).take(count)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// No such endpoint in this component.
    pub(super) fn unknown(&self) -> Refusal {
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

    pub(super) fn about(self, detail: &str) -> Self {
        Self { detail: Some(detail.to_owned()), ..self }
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::new(ErrorCode::MissingParameter).about(parameter)
    }

    pub(super) fn absent(what: &str) -> Self {
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
pub(super) fn done() -> Answer {
    Ok(json!({ "Result": "OK" }))
}
