//! How the backend of a route stands.

use super::entry::Entry;
use super::index::Surroundings;
use super::plan::{PortUses, judgement};
use super::port::Judgement;
use super::route::BackendPort;
use super::target::DiscoveredTarget;

/// How the backend of a route stands. Only a target can have evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It is a target, perhaps a refused one.
    Target(&'a DiscoveredTarget),
    /// There is no such Service, or not yet.
    NoService,
    /// The Service has no such port.
    NoPort,
    /// The port speaks something else than HTTP, or its owner says so.
    NotHttp,
    /// It cannot be told whether the port speaks HTTP.
    NotJudged,
    /// Nobody wants it to be scanned: no gated route leads there. A route of another namespace gates a Service only where a
    /// policy stands over the Service's namespace.
    NotAsked,
    /// It is no Service.
    NotAService,
}

pub(super) fn standing<'a>(
    entry: Option<&'a Entry>,
    used: &BackendPort,
    around: &Surroundings<'_>,
) -> Standing<'a> {
    let Some((entry, spec)) = entry.and_then(|entry| Some((entry, entry.spec.as_ref()?))) else {
        return Standing::NoService;
    };
    let Some(port) = spec.service.tcp_ports().find(|port| spec.service.is_meant(used, port)) else {
        return Standing::NoPort;
    };
    if let Some(target) = entry.targets.iter().find(|target| target.id().port == port.port) {
        return Standing::Target(target);
    }
    match judgement(spec, port, PortUses::of(port, entry, spec, around).routed) {
        Judgement::Http(..) => Standing::NotAsked,
        Judgement::Other => Standing::NotHttp,
        Judgement::Unknown => Standing::NotJudged,
    }
}
