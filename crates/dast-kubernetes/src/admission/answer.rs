//! What an API server is answered.

use dast_core::admission::Decision;
use dast_policy::{Action, Bound};
use jiff::Timestamp;
use json_patch::diff;
use kube::core::admission::AdmissionResponse;

use super::Admission;
use super::glass::{self, BrokenGlass};
use super::parking::{park, remember};
use super::question::{Asked, Question, State, read};
use super::review::Request;

/// At which of its doors the gate is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Where routes may be changed: those that are to be held back are parked.
    Park,
    /// Where routes are as they will be: they are let in or not.
    Judge,
    /// The same for those who may let anything in, which the API server has found out, and who say that they want to.
    BreakGlass,
}

impl Door {
    /// It as one word, for metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Park => "Park",
            Self::Judge => "Judge",
            Self::BreakGlass => "BreakGlass",
        }
    }
}

/// What came of a request, besides the response.
#[derive(Debug)]
pub(super) enum Outcome<'b> {
    /// There was nothing to decide.
    TakesAway,
    /// It was no question.
    Nonsense,
    /// This was decided.
    Decided(Box<Question<'b>>, Box<Decision>),
    /// It was let in by somebody who may do so, and this had been decided.
    BrokeGlass(Box<Question<'b>>, BrokenGlass, Box<Decision>),
}

/// The longest message of a refusal, in bytes. `kubectl` prints all of it.
const MOST_MESSAGE: usize = 8 * 1024;
/// The longest audit annotation, in bytes.
const MOST_NOTE: usize = 1024;

pub(super) fn answer<'b>(
    gate: &Admission,
    door: Door,
    request: &'b Request<'b>,
) -> (AdmissionResponse, Outcome<'b>) {
    let mut response = request.response();
    let question = match read(request) {
        Asked::Judge(question) => question,
        Asked::TakesAway => {
            note(&mut response, "action", Action::Admit.word());
            return (response, Outcome::TakesAway);
        }
        Asked::Nonsense(why) => return (refused(response, 400, "BadRequest", &why), Outcome::Nonsense),
    };
    let decision = gate.decide(&question);
    annotate(&mut response, &decision);
    match door {
        Door::Park => (parked(response, &question, &decision), Outcome::Decided(question, decision.into())),
        Door::Judge => (judged(response, &decision, None), Outcome::Decided(question, decision.into())),
        Door::BreakGlass => match glass::broken(&question.after.route.annotations, Timestamp::now()) {
            Some(Ok(glass)) => {
                note(&mut response, "break-glass", &format!("until {}: {}", glass.until, glass.reason));
                let warning = format!("dast: {} is let in until {}", decision.route(), glass.until);
                response.warnings = Some(vec![bounded(&warning, 256)]);
                (response, Outcome::BrokeGlass(question, glass, decision.into()))
            }
            asked => {
                let problem = asked.and_then(Result::err);
                let response = judged(response, &decision, problem.as_deref());
                (response, Outcome::Decided(question, decision.into()))
            }
        },
    }
}

/// The object as it is to be. What is denied is denied at the next door, where it is as it will be.
fn parked(
    mut response: AdmissionResponse,
    question: &Question<'_>,
    decision: &Decision,
) -> AdmissionResponse {
    let is_held = decision.action() == Action::Hold;
    if !is_held && !question.has_memory() {
        return response;
    }
    if is_held {
        response.warnings = Some(decision.warnings());
    }
    let unpatched = response.clone();
    patched(response, question, is_held).unwrap_or_else(|why| {
        refused(unpatched, 400, "BadRequest", &format!("the route cannot be parked: {why}"))
    })
}

fn patched(
    response: AdmissionResponse,
    question: &Question<'_>,
    is_held: bool,
) -> Result<AdmissionResponse, String> {
    let told = |error: serde_json::Error| error.to_string();
    let asked = question.after.json().map_err(told)?;
    // Whoever writes the same again does not wait anew.
    let since = question.held_since().unwrap_or_else(this_second);
    let wanted = if is_held {
        park(question.kind, asked.clone(), since)
    } else {
        let before = question.before.as_ref().map(State::json).transpose().map_err(told)?;
        remember(question.kind, before.as_ref(), asked.clone(), since)
    };
    if asked == wanted {
        return Ok(response);
    }
    response.with_patch(diff(&asked, &wanted)).map_err(|error| error.to_string())
}

/// People read it.
fn this_second() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// Lets in what may be, and refuses what may not. What was to be held and is not parked is refused: nothing may be exposed
/// since somebody put it back.
fn judged(mut response: AdmissionResponse, decision: &Decision, problem: Option<&str>) -> AdmissionResponse {
    let warnings = decision.warnings();
    let message = match decision.action() {
        Action::Admit | Action::Audit => None,
        Action::Warn => {
            response.warnings = Some(warnings).filter(|warnings| !warnings.is_empty());
            None
        }
        Action::Hold => Some(format!(
            "{decision}\nIt is not parked: the webhook that parks routes was not asked, knew other evidence a moment ago, or another one has \
             undone it. Try again; if it stays so, look at what else changes routes when they are written."
        )),
        Action::Deny => Some(decision.to_string()),
    };
    match (message, problem) {
        (Some(message), Some(problem)) => {
            refused(response, 403, "Forbidden", &format!("{message}\n{problem}"))
        }
        (Some(message), None) => refused(response, 403, "Forbidden", &message),
        (None, _) => response,
    }
}

fn refused(response: AdmissionResponse, code: u16, reason: &str, message: &str) -> AdmissionResponse {
    let mut response = response.deny(bounded(message, MOST_MESSAGE));
    response.result.code = code;
    reason.clone_into(&mut response.result.reason);
    response
}

/// What the audit log of the API server keeps.
fn annotate(response: &mut AdmissionResponse, decision: &Decision) {
    note(response, "action", decision.action().word());
    if let Some(verdict) = decision.verdict() {
        note(response, "verdict", &verdict.to_string());
    }
    if let Some(passage) = decision.passage() {
        note(response, "passage", passage.word());
    } else if let Some(problem) = decision.problem() {
        note(response, "problem", problem);
    }
    let backends: Vec<String> = decision
        .backends()
        .iter()
        .filter_map(|backend| {
            Some(format!("{}: {}", backend.target.as_ref()?.object_name(), backend.verdict()?))
        })
        .collect();
    if !backends.is_empty() {
        note(response, "targets", &backends.join(", "));
    }
}

fn note(response: &mut AdmissionResponse, key: &str, text: &str) {
    response.audit_annotations.insert(key.to_owned(), bounded(text, MOST_NOTE));
}

fn bounded(text: &str, most: usize) -> String {
    let mut text = text.to_owned();
    Bound::shorten(&mut text, most);
    text
}
