//! What people are told of a decision.

use std::fmt::{self, Write as _};

use dast_policy::{Action, Bound, Evaluation, Finding, LayerEvaluation, Reason, printable};

use super::decision::{BackendDecision, Decision};
use crate::discovery::{Backend, BackendPort, ObjectName, RouteRef};

/// Of each of these so many are shown, the worst first; the rest is counted.
const MOST_BACKENDS: usize = 8;
const MOST_REASONS: usize = 4;
const MOST_FINDINGS: usize = 3;

/// The longest piece of text that an application or a tenant may have written.
const MOST_TEXT: usize = 160;

/// What an API server takes.
const MOST_WARNING: usize = 256;
const MOST_WARNINGS: usize = 4096;

/// What is said of a route that is there.
pub(super) const DRIFT: &str = "it is exposed, and would not be let in now";

/// Which backends keep the route out or make it worth a warning, why, and what to do next.
pub(super) fn judged(
    f: &mut fmt::Formatter<'_>,
    decision: &Decision,
    backends: &[BackendDecision],
    is_exposed: bool,
) -> fmt::Result {
    let told = worst_first(backends);
    let (of, all) = (told.len(), backends.len());
    let route = called(decision.route());
    match decision.action() {
        Action::Admit => return write!(f, "{route}: admitted: what it leads to has passed"),
        Action::Deny if decision.is_drift() => write!(f, "{route}: {DRIFT}: ")?,
        Action::Deny if is_exposed => write!(f, "{route}: the change is denied: ")?,
        Action::Deny => write!(f, "{route}: denied: ")?,
        Action::Hold => write!(f, "{route}: held back until it passes: ")?,
        Action::Warn | Action::Audit => write!(f, "{route}: admitted, although ")?,
    }
    write!(f, "{of} of {all} {} not good enough", if all == 1 { "backend is" } else { "backends are" })?;
    for backend in told.iter().take(MOST_BACKENDS) {
        write!(f, "\n  {}: {}", shown(&backend.backend), stated(backend))?;
        if let Some(owner) = owner(&backend.backend, decision.route()) {
            write!(f, "\n    next: ask whoever is responsible for namespace {owner}")?;
            continue;
        }
        if let Ok(evaluation) = &backend.evaluation {
            reasons(f, evaluation)?;
        }
        write!(f, "\n    next: {}", next(backend))?;
    }
    if told.len() > MOST_BACKENDS {
        write!(f, "\n  and {} more", told.len() - MOST_BACKENDS)?;
    }
    Ok(())
}

/// What to do about a backend, or where to look.
fn next(backend: &BackendDecision) -> String {
    let named = |name: &ObjectName| format!("-n {} {}", text(&name.namespace), text(&name.name));
    match (&backend.target, &backend.backend) {
        (Some(target), _) => format!("kubectl describe scantarget {}", named(&target.object_name())),
        (None, Backend::Service(name, _)) => format!("kubectl describe service {}", named(name)),
        (None, Backend::Object(..)) => {
            "lead to a Service, or have cluster policies name its kind in `acceptedBackends`".to_owned()
        }
        (None, Backend::Other(_)) => "lead to a Service, which can be scanned".to_owned(),
    }
}

/// One line for each backend and its first reason.
pub(super) fn warnings(decision: &Decision) -> Vec<String> {
    let verb =
        if decision.action() == Action::Hold { "held back until it passes" } else { "admitted, although" };
    let mut bytes = 0;
    let lines = worst_first(decision.backends()).into_iter().map(|backend| {
        let reason = match &backend.evaluation {
            _ if owner(&backend.backend, decision.route()).is_some() => stated(backend),
            Ok(evaluation) => {
                first_reason(evaluation).map(|(_, reason)| reason.to_string()).unwrap_or_default()
            }
            Err(error) => error.clone(),
        };
        let (route, backend) = (decision.route(), shown(&backend.backend));
        let mut line = printable(&format!("dast: {route} is {verb}: {backend}: {reason}")).into_owned();
        Bound::shorten(&mut line, MOST_WARNING);
        line
    });
    lines
        .take_while(|line| {
            bytes += line.len();
            bytes <= MOST_WARNINGS
        })
        .collect()
}

/// Those that are not simply let in.
fn worst_first(backends: &[BackendDecision]) -> Vec<&BackendDecision> {
    let mut told: Vec<&BackendDecision> =
        backends.iter().filter(|backend| backend.action() != Action::Admit).collect();
    told.sort_by_key(|backend| std::cmp::Reverse((backend.action(), backend.verdict())));
    told
}

/// The namespace of a backend, if it is another one than the route's. Whoever writes a route may name any Service, and need not be
/// allowed to see anything of it: not what was found there, nor which ports it has.
fn owner(backend: &Backend, route: &RouteRef) -> Option<String> {
    match backend {
        Backend::Service(name, _) if name.namespace != route.name.namespace => Some(text(&name.namespace)),
        Backend::Service(..) | Backend::Object(..) | Backend::Other(_) => None,
    }
}

fn stated(backend: &BackendDecision) -> String {
    match &backend.evaluation {
        Ok(evaluation) => evaluation.verdict().to_string(),
        Err(error) => format!("there is no judgement: {}", text(error)),
    }
}

/// The reasons of every layer that wants more than to admit, the worst first, each with its layer and its first findings.
fn reasons(f: &mut fmt::Formatter<'_>, evaluation: &Evaluation) -> fmt::Result {
    let all = all_reasons(evaluation);
    for (layer, reason) in all.iter().take(MOST_REASONS) {
        write!(f, "\n    {} [{} `{}`]", text(&reason.to_string()), layer.scope, text(&layer.name))?;
        let findings = reason.findings();
        for finding in findings.iter().take(MOST_FINDINGS) {
            write!(f, "\n      {}", found(finding))?;
        }
    }
    if all.len() > MOST_REASONS {
        write!(f, "\n    and {} more reasons", all.len() - MOST_REASONS)?;
    }
    Ok(())
}

fn first_reason(evaluation: &Evaluation) -> Option<(&LayerEvaluation, &Reason)> {
    all_reasons(evaluation).into_iter().next()
}

fn all_reasons(evaluation: &Evaluation) -> Vec<(&LayerEvaluation, &Reason)> {
    let layers = evaluation.layers().iter();
    let mut all: Vec<_> =
        layers.flat_map(|layer| layer.reasons.iter().map(move |reason| (layer, reason))).collect();
    all.sort_by_key(|(layer, reason)| std::cmp::Reverse((reason.verdict(), layer.action)));
    all
}

fn found(finding: &Finding) -> String {
    let mut line =
        format!("{} {}: {} {}", finding.alert_ref(), finding.name(), finding.method(), finding.url());
    if !finding.param().is_empty() {
        let _ = write!(line, " ({})", finding.param());
    }
    text(&line)
}

fn shown(backend: &Backend) -> String {
    match backend {
        Backend::Service(name, port) => {
            let name = text(&name.to_string());
            match port {
                BackendPort::Number(port) => format!("Service {name} port {port}"),
                BackendPort::Name(port) => format!("Service {name} port `{}`", text(port)),
                BackendPort::First => format!("Service {name}"),
            }
        }
        Backend::Object(..) | Backend::Other(_) => text(&backend.to_string()),
    }
}

/// What a route is called. It may not have been looked at by anybody yet.
pub(super) fn called(route: &RouteRef) -> String {
    text(&route.to_string())
}

/// What others wrote, cut, and with nothing in it that does something where it is printed.
fn text(text: &str) -> String {
    let mut text = printable(text).into_owned();
    Bound::shorten(&mut text, MOST_TEXT);
    text
}
