//! What of a target is known without its pods: which ports there are, under which names, and who wants them scanned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dast_policy::{Exposure, Origin, Scheme};

use super::entry::{Entry, RouteUse, Spec};
use super::index::Surroundings;
use super::name::{ObjectName, RouteRef, TargetId};
use super::port::{Clue, Judgement, judge};
use super::problem::{Problem, Reason};
use super::service::{Service, ServiceKind, ServicePort, TargetPort};
use super::target::{Names, Provenance, SharedNames};
use super::wishes::Wishes;

/// The most places that are kept of one target. What is left out is not scanned, so that it is not covered either.
pub(super) const MOST_EXPOSURES: usize = 500;

/// What of a target is known without its pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) id: TargetId,
    pub(super) port: ServicePort,
    pub(super) clue: Clue,
    pub(super) origin: Origin,
    pub(super) names: SharedNames,
    pub(super) provenance: Provenance,
    pub(super) wishes: Arc<Wishes>,
    /// Rare, and so elsewhere in memory.
    pub(super) refusal: Option<Box<Problem>>,
    pub(super) notices: Vec<Problem>,
}

/// The plans of a Service's targets by port, and what is wrong with the Service besides.
pub(super) fn plans(entry: &Entry, around: &Surroundings<'_>) -> (Vec<Plan>, Vec<Problem>) {
    let Some(spec) = &entry.spec else { return (Vec::new(), Vec::new()) };
    let mut plans = BTreeMap::new();
    let mut problems = Vec::new();
    let mut wanted = wants(spec, around);
    for port in spec.service.tcp_ports() {
        let uses = PortUses::of(port, entry, spec, around);
        let provenance = Provenance { route: uses.gated, ..wants(spec, around) };
        wanted.route |= uses.gated;
        if !provenance.any() {
            continue;
        }
        match judgement(spec, port, uses.routed) {
            Judgement::Http(scheme, clue) => {
                match plan(entry, spec, port, (scheme, clue), provenance, uses, around) {
                    Ok(plan) => drop(plans.insert(port.port, plan)),
                    Err(problem) => problems.push(problem),
                }
            }
            Judgement::Unknown => problems.push(not_judged(port)),
            Judgement::Other => {}
        }
    }
    if plans.is_empty() {
        // What no target can tell.
        problems.extend(refusal(spec, wanted, around));
        problems.extend(spec.notices.iter().cloned());
        // Of a namespace as a whole, much is not to be scanned because there is nothing to scan.
        if problems.is_empty() && (wanted.annotation || wanted.route) {
            problems.push(no_http_port(&spec.service));
        }
    }
    (plans.into_values().collect(), problems)
}

/// What a port speaks, as far as the Service and `routed`, that a route sends HTTP there, say.
pub(super) fn judgement(spec: &Spec, port: &ServicePort, routed: bool) -> Judgement {
    let only = spec.service.tcp_ports().count() == 1;
    judge(port, spec.wishes.ports.get(&port.port).copied(), only, routed)
}

/// Who wants the Service as a whole to be scanned.
fn wants(spec: &Spec, around: &Surroundings<'_>) -> Provenance {
    Provenance {
        annotation: spec.wishes.scan == Some(true),
        namespace: spec.wishes.scan != Some(false) && around.is_labelled(&spec.service.name.namespace),
        route: false,
    }
}

/// What routes make of a port.
pub(super) struct PortUses<'a> {
    /// The places, those of the own namespace's routes first.
    places: [BTreeSet<&'a Exposure>; 2],
    /// Whether a route sends HTTP there.
    pub(super) routed: bool,
    /// Whether one of these is gated.
    pub(super) gated: bool,
}

impl<'a> PortUses<'a> {
    /// A route of another namespace shows what it exposes. But it does not aim the scanner at somebody else, unless a policy
    /// stands over their namespace too: whoever writes it cannot make others' Services targets, nor their ports HTTP.
    pub(super) fn of(port: &ServicePort, entry: &'a Entry, spec: &Spec, around: &Surroundings<'_>) -> Self {
        let namespace = &spec.service.name.namespace;
        let mut uses = Self { places: Default::default(), routed: false, gated: false };
        for (route, RouteUse { annotated, ports }) in &entry.routes {
            for (_, places) in ports.iter().filter(|(used, _)| spec.service.is_meant(used, port)) {
                let own = route.name.namespace == *namespace;
                let [first, second] = &mut uses.places;
                (if own { first } else { second }).extend(places.iter());
                let heard = own || around.governance.governs(namespace);
                uses.routed |= heard;
                uses.gated |= heard && is_gated(route, *annotated, namespace, around);
            }
        }
        uses
    }
}

/// Whether a route may expose a Service of `namespace` only while a policy accepts that.
fn is_gated(route: &RouteRef, annotated: bool, namespace: &str, around: &Surroundings<'_>) -> bool {
    let settings = around.settings;
    let every = settings.gate_every_ingress && route.kind == super::name::RouteKind::Ingress;
    let governed =
        || around.governance.governs(&route.name.namespace) || around.governance.governs(namespace);
    !settings.system_namespaces.contains(&route.name.namespace) && (annotated || every || governed())
}

fn plan(
    entry: &Entry,
    spec: &Spec,
    port: &ServicePort,
    (scheme, clue): (Scheme, Clue),
    provenance: Provenance,
    uses: PortUses<'_>,
    around: &Surroundings<'_>,
) -> Result<Plan, Problem> {
    let name = &spec.service.name;
    let number = reached_at(entry, spec, port);
    let own = name.dns_name();
    let at = |host: &str| Origin::new(scheme, host, number);
    let origin = at(&own).map_err(|error| Problem::of(Reason::InvalidValue, "name and port", error))?;
    let mut notices = spec.notices.clone();
    let whole = Exposure::new(own, "/");
    let [first, second] = &uses.places;
    let others = first.iter().chain(second.difference(first)).filter(|place| ***place != whole);
    let mut exposures: Vec<Exposure> = std::iter::once(&whole).chain(others.copied()).cloned().collect();
    if exposures.len() > MOST_EXPOSURES {
        let accepted = format!("at most {MOST_EXPOSURES} hosts and paths of one port");
        notices.push(Problem::new(Reason::TooManyNames, "routes", exposures.len().to_string(), accepted));
        exposures.truncate(MOST_EXPOSURES);
    }
    let mut hosts = BTreeSet::new();
    let origins =
        exposures.iter().filter(|place| hosts.insert(&place.host)).filter_map(|place| at(&place.host).ok());
    let origins = origins.collect();
    Ok(Plan {
        id: TargetId::new(name.clone(), port.port),
        port: port.clone(),
        clue,
        origin,
        names: Arc::new(Names { origins, exposures }),
        provenance,
        wishes: Arc::clone(&spec.wishes),
        refusal: refusal(spec, provenance, around).map(Box::new),
        notices,
    })
}

/// The name of a headless Service leads to its pods, so that their port counts. If they have several, or none yet, it is
/// taken for the Service's.
fn reached_at(entry: &Entry, spec: &Spec, port: &ServicePort) -> u16 {
    match (&spec.service.kind, &port.target) {
        (ServiceKind::Headless, TargetPort::Number(number)) => *number,
        (ServiceKind::Headless, TargetPort::Name(_)) => {
            let numbers: BTreeSet<u16> =
                entry.slices.values().flat_map(|slice| slice.ports_named(&port.name)).collect();
            match (numbers.first(), numbers.len()) {
                (Some(number), 1) => *number,
                _ => port.port,
            }
        }
        _ => port.port,
    }
}

/// Why a Service must not be scanned, whatever its pods are.
fn refusal(spec: &Spec, provenance: Provenance, around: &Surroundings<'_>) -> Option<Problem> {
    let Service { name: ObjectName { namespace, .. }, kind, .. } = &spec.service;
    if provenance.any() && around.settings.system_namespaces.contains(namespace) {
        let accepted = "a namespace that is not the system's";
        return Some(Problem::new(Reason::SystemNamespace, "namespace", namespace, accepted));
    }
    match kind {
        ServiceKind::ExternalName(to) if provenance.any() => {
            let accepted =
                "a Service with pods; what is outside is scanned by a `Dast` with `analyzer.target`";
            return Some(Problem::new(Reason::ExternalName, "spec.externalName", to, accepted));
        }
        _ => {}
    }
    if spec.refusal.is_some() {
        return spec.refusal.clone();
    }
    let opted_out = spec.wishes.scan == Some(false) && provenance.any();
    opted_out.then(|| {
        let accepted =
            "`true`, or no such annotation: a gated route leads here, and what is not scanned cannot pass";
        Problem::new(Reason::OptedOut, super::annotations::field("scan"), "false", accepted)
    })
}

const HOW_TO_SAY: &str = "an `appProtocol` or a name that says so (such as `http` or `https`), or annotation \
                          `dast.security.banzaicloud.io/ports` (such as `8080=http`, or `8080=none` to leave it out)";

fn not_judged(port: &ServicePort) -> Problem {
    let shown =
        if port.name.is_empty() { port.port.to_string() } else { format!("{}:{}", port.name, port.port) };
    Problem::new(
        Reason::PortNotJudged,
        "spec.ports",
        shown,
        format!("a port of which it can be told whether it speaks HTTP: {HOW_TO_SAY}"),
    )
}

fn no_http_port(service: &Service) -> Problem {
    let shown: Vec<String> = service.ports.iter().map(|port| port.port.to_string()).collect();
    Problem::new(
        Reason::NoHttpPort,
        "spec.ports",
        shown.join(", "),
        format!("a TCP port that speaks HTTP: {HOW_TO_SAY}"),
    )
}
