//! Answers that are no use.

use std::fmt;

use super::ErrorCode;
use crate::endpoint::EndpointName;

/// Characters of an answer that an error shows.
const EXCERPT: usize = 200;

/// An error that ZAP answered with.
#[derive(Debug, thiserror::Error)]
pub struct ApiError {
    endpoint: EndpointName,
    status: u16,
    code: ErrorCode,
    message: Box<str>,
    detail: Option<Box<str>>,
}

impl ApiError {
    pub(crate) fn new(endpoint: EndpointName, status: u16, code: ErrorCode, message: String) -> Self {
        Self { endpoint, status, code, message: message.into(), detail: None }
    }

    pub(crate) fn with_detail(self, detail: Option<String>) -> Self {
        Self { detail: detail.map(String::into), ..self }
    }

    /// What was called.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }

    /// The status of the HTTP response. Some of ZAP's errors have status 200.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What is wrong.
    pub fn code(&self) -> &ErrorCode {
        &self.code
    }

    /// What ZAP says about it to people, in its own language.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// More of it, if ZAP runs with `api.incerrordetails=true`.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ZAP refused `{}`", self.endpoint)?;
        match &self.code {
            ErrorCode::Unstated => write!(f, " and did not say why (status {})", self.status)?,
            code => write!(f, " with `{code}`")?,
        }
        if let Some(said) = self.detail.as_ref().or(Some(&self.message)).filter(|said| !said.is_empty()) {
            write!(f, ": `{}`", Excerpt(said))?;
        }
        match &self.code {
            ErrorCode::BadApiKey => f.write_str(", check the API key"),
            ErrorCode::UrlNotFound => f.write_str(", visit the address first: crawl or `core().access_url`"),
            _ => Ok(()),
        }
    }
}

/// An answer of something else than ZAP's API.
#[derive(Debug)]
pub struct ForeignAnswer {
    endpoint: EndpointName,
    status: u16,
    content_type: String,
    excerpt: String,
}

impl ForeignAnswer {
    pub(crate) fn new(endpoint: EndpointName, status: u16, content_type: &str, body: &[u8]) -> Self {
        let excerpt = excerpt(body);
        Self { endpoint, status, content_type: content_type.to_owned(), excerpt }
    }

    /// What was called.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }

    /// The status of the HTTP response.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Its content type; empty if it has none.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// How it begins.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

impl fmt::Display for ForeignAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.content_type.is_empty() { "no content type" } else { &self.content_type };
        write!(
            f,
            "status {} to `{}` with `{kind}` that begins `{}`",
            self.status, self.endpoint, self.excerpt
        )
    }
}

/// A reply that does not have the form that is known.
#[derive(Debug, thiserror::Error)]
#[error("the reply to `{endpoint}` does not decode at `{path}`: it is `{excerpt}`")]
pub struct DecodeError {
    endpoint: EndpointName,
    path: String,
    excerpt: String,
    #[source]
    source: serde_json::Error,
}

impl DecodeError {
    pub(crate) fn new(endpoint: EndpointName, path: String, body: &[u8], source: serde_json::Error) -> Self {
        if !endpoint.tells_secrets() {
            let near = near(body, &source);
            return Self { endpoint, path, excerpt: excerpt(near), source };
        }
        // What the parser says may repeat what stands there.
        let place = format_args!("it does not fit at line {} column {}", source.line(), source.column());
        Self { endpoint, path, excerpt: "…".to_owned(), source: serde::de::Error::custom(place) }
    }

    /// What was called.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }

    /// Where in the reply, such as `alerts[3].risk`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands there; nothing of replies that may have secrets in them.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

/// A reply larger than the limit.
#[derive(Debug, thiserror::Error)]
#[error("the reply to `{endpoint}` is larger than {limit} bytes")]
pub struct TooLarge {
    endpoint: EndpointName,
    limit: usize,
}

impl TooLarge {
    pub(crate) fn new(endpoint: EndpointName, limit: usize) -> Self {
        Self { endpoint, limit }
    }

    /// What was called.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }

    /// The limit in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }
}

/// A version of ZAP that is too old.
#[derive(Debug, thiserror::Error)]
#[error("ZAP {found} is too old: expected {needed} or later")]
pub struct TooOld {
    found: String,
    needed: &'static str,
}

impl TooOld {
    pub(crate) fn new(found: String, needed: &'static str) -> Self {
        Self { found, needed }
    }

    /// The version that answered.
    pub fn found(&self) -> &str {
        &self.found
    }

    /// The oldest that would do.
    pub fn needed(&self) -> &'static str {
        self.needed
    }
}

/// A component that this ZAP does not have.
#[derive(Debug, thiserror::Error)]
#[error("this ZAP has no component `{}` to answer `{endpoint}`: install the add-on that brings it", endpoint.component())]
pub struct ComponentAbsent {
    endpoint: EndpointName,
}

impl ComponentAbsent {
    pub(crate) fn new(endpoint: EndpointName) -> Self {
        Self { endpoint }
    }

    /// What was called.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }

    /// The component.
    pub fn component(&self) -> &str {
        self.endpoint.component()
    }
}

/// What stands around the place that an error names.
fn near<'a>(body: &'a [u8], error: &serde_json::Error) -> &'a [u8] {
    let line = error.line().saturating_sub(1);
    let begin = body.split_inclusive(|byte| *byte == b'\n').take(line).map(<[u8]>::len).sum::<usize>();
    let column = begin + error.column();
    body.get(column.saturating_sub(EXCERPT / 2)..).unwrap_or(body)
}

fn excerpt(body: &[u8]) -> String {
    let some = body.get(..4 * EXCERPT).unwrap_or(body);
    Excerpt(&String::from_utf8_lossy(some)).to_string()
}

/// Text that was cut to be shown, without control characters.
struct Excerpt<'a>(&'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.trim().chars();
        for character in characters.by_ref().take(EXCERPT) {
            fmt::Write::write_char(f, if character.is_control() { ' ' } else { character })?;
        }
        if characters.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}
