//! What a decision says.

use std::fmt;

use dast_policy::{Action, Evaluation, Verdict};

use super::message;
use crate::discovery::{Backend, Route, RouteRef, TargetId};

/// What is to be done about a route, and why.
///
/// Its `Display` is what whoever wrote the route is told: which backends, what of them, by which layer, and what to run next.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    route: RouteRef,
    action: Action,
    grounds: Grounds,
    /// Nobody asks for it: the route is there, as it is.
    is_of_served: bool,
}

/// What a decision rests on.
#[derive(Debug, Clone, PartialEq)]
enum Grounds {
    /// It was not judged.
    Passed(Passage),
    /// It says something that cannot be read.
    Refused(String),
    /// Its backends were judged.
    Judged {
        backends: Vec<BackendDecision>,
        /// Whether it exposes something already, so that it is not held.
        is_exposed: bool,
    },
}

/// Why a route was let in without a look at what it leads to. Where several places of one route have reasons of their own, the
/// last in this order is told: there is most to tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Passage {
    /// It is in a namespace of the system.
    SystemNamespace,
    /// It exposes nothing: nothing serves it, or it leads nowhere.
    ExposesNothing,
    /// It exposes nothing besides what it exposed before.
    NothingNew,
    /// Nobody gates it: no policy stands over its namespace or that of any backend, and its annotations ask for nothing.
    NotGated,
    /// The cluster policies accept the kinds of what it leads to, and nobody gates the rest, if there is any.
    AcceptedKind,
    /// The cluster policies exempt whoever writes it.
    ExemptCreator,
}

impl Passage {
    /// It as one word, for metrics and audit logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SystemNamespace => "SystemNamespace",
            Self::ExposesNothing => "ExposesNothing",
            Self::NothingNew => "NothingNew",
            Self::NotGated => "NotGated",
            Self::AcceptedKind => "AcceptedKind",
            Self::ExemptCreator => "ExemptCreator",
        }
    }
}

impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SystemNamespace => "it is in a namespace of the system",
            Self::ExposesNothing => "it exposes nothing",
            Self::NothingNew => "it exposes nothing besides what it exposed before",
            Self::NotGated => "no policy gates it",
            Self::AcceptedKind => "the cluster policies accept the kind of what it leads to",
            Self::ExemptCreator => "the cluster policies exempt whoever writes it",
        })
    }
}

/// What became of a backend that is gated.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BackendDecision {
    /// The backend, as the route has it.
    pub backend: Backend,
    /// The Service's port, if there is one.
    pub target: Option<TargetId>,
    /// What its policies say of it, or which of them cannot be read.
    pub evaluation: Result<Evaluation, String>,
}

impl BackendDecision {
    /// What is to be done about it. A policy that cannot be read lets nothing in.
    pub fn action(&self) -> Action {
        self.evaluation.as_ref().map_or(Action::Deny, Evaluation::action)
    }

    /// The verdict; `None` if a policy cannot be read.
    pub fn verdict(&self) -> Option<Verdict> {
        self.evaluation.as_ref().ok().map(Evaluation::verdict)
    }
}

impl Decision {
    pub(super) fn passed(route: &Route, passage: Passage) -> Self {
        Self::new(route, Action::Admit, Grounds::Passed(passage))
    }

    pub(super) fn refused(route: &Route, problem: String) -> Self {
        Self::new(route, Action::Deny, Grounds::Refused(problem))
    }

    pub(super) fn judged(route: &Route, backends: Vec<BackendDecision>, is_exposed: bool) -> Self {
        let strictest = backends.iter().map(BackendDecision::action).max().unwrap_or(Action::Deny);
        let action = if is_exposed && strictest == Action::Hold { Action::Deny } else { strictest };
        Self::new(route, action, Grounds::Judged { backends, is_exposed })
    }

    fn new(route: &Route, action: Action, grounds: Grounds) -> Self {
        Self { route: route.name.clone(), action, grounds, is_of_served: false }
    }

    /// It, where nobody asks for anything.
    pub(super) fn audited(self) -> Self {
        Self { is_of_served: true, ..self }
    }

    /// The route.
    pub fn route(&self) -> &RouteRef {
        &self.route
    }

    /// What is to be done: the strictest that any backend asks for. What is exposed already is denied where it would be held.
    pub fn action(&self) -> Action {
        self.action
    }

    /// Whether the route is there, and would not be let in now.
    pub fn is_drift(&self) -> bool {
        self.is_of_served && self.action == Action::Deny
    }

    /// Why it was not judged, if it was not.
    pub fn passage(&self) -> Option<Passage> {
        match &self.grounds {
            Grounds::Passed(passage) => Some(*passage),
            Grounds::Refused(_) | Grounds::Judged { .. } => None,
        }
    }

    /// What in the route itself cannot be read.
    pub fn problem(&self) -> Option<&str> {
        match &self.grounds {
            Grounds::Refused(problem) => Some(problem),
            Grounds::Passed(_) | Grounds::Judged { .. } => None,
        }
    }

    /// The backends that were judged, in order.
    pub fn backends(&self) -> &[BackendDecision] {
        match &self.grounds {
            Grounds::Judged { backends, .. } => backends,
            Grounds::Passed(_) | Grounds::Refused(_) => &[],
        }
    }

    /// The worst verdict of all backends; `None` if nothing was judged, or not all of it could be.
    pub fn verdict(&self) -> Option<Verdict> {
        let verdicts: Option<Vec<Verdict>> = self.backends().iter().map(BackendDecision::verdict).collect();
        verdicts?.into_iter().max()
    }

    /// Warnings for whoever writes the route, each of at most 256 bytes and 4,096 in all: an API server cuts longer ones
    /// (<https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response>). None unless
    /// the route is let in.
    pub fn warnings(&self) -> Vec<String> {
        match self.action {
            Action::Admit | Action::Audit | Action::Deny => Vec::new(),
            Action::Warn | Action::Hold => message::warnings(self),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let route = message::called(&self.route);
        match &self.grounds {
            Grounds::Passed(passage) => write!(f, "{route}: admitted: {passage}"),
            Grounds::Refused(problem) if self.is_of_served => {
                write!(f, "{route}: {}: {problem}", message::DRIFT)
            }
            Grounds::Refused(problem) => write!(f, "{route}: denied: {problem}"),
            Grounds::Judged { backends, is_exposed } => message::judged(f, self, backends, *is_exposed),
        }
    }
}
