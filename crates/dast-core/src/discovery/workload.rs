//! What of a target depends on its pods: whether it is ready, what runs, and whether anything may be sent there.

use std::collections::BTreeSet;
use std::sync::Arc;

use dast_policy::{Revision, ValueError};

use super::endpoints::Address;
use super::entry::{Entry, Slice};
use super::index::Surroundings;
use super::places::Resident;
use super::plan::Plan;
use super::problem::{Problem, Reason};
use super::revision::{PodDigest, revision};
use super::service::Service;

/// What of a target depends on its pods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Workload {
    pub(super) refusal: Option<Problem>,
    pub(super) ready: bool,
    pub(super) revision: Option<Revision>,
    pub(super) unknown_image: Option<Problem>,
}

/// What a Service's slices lead to.
pub(super) struct Visit<'a> {
    slices: Vec<(&'a Slice, Running<'a>)>,
    refusal: Option<Problem>,
}

/// What runs in the ready pods of a slice.
#[derive(Default)]
struct Running<'a> {
    pods: BTreeSet<PodDigest>,
    unknown: Option<&'a Resident>,
}

impl<'a> Visit<'a> {
    /// Looks at every endpoint of a Service that may get traffic. A single bad one refuses all: nobody can choose which of
    /// its endpoints a Service leads to.
    pub(super) fn new(service: &Service, entry: &'a Entry, around: &Surroundings<'a>) -> Self {
        let namespace = &service.name.namespace;
        let mut worst: Option<(Reason, &Arc<str>, &Address)> = None;
        let mut slices = Vec::with_capacity(entry.slices.len());
        for (name, slice) in &entry.slices {
            let mut running = Running::default();
            for (address, ready) in &slice.endpoints {
                match around.places.visit(address, *ready, namespace, around.settings) {
                    Ok(residents) if *ready => residents.iter().for_each(|resident| running.add(resident)),
                    Ok(_) => {}
                    Err(reason) if worst.is_some_and(|(other, ..)| other <= reason) => {}
                    Err(reason) => worst = Some((reason, name, address)),
                }
            }
            slices.push((slice, running));
        }
        let refusal = worst.map(|(reason, slice, address)| {
            let accepted = format!("addresses of live pods of namespace `{namespace}`, not {}", what(reason));
            Problem::new(reason, format!("EndpointSlice `{slice}`, addresses"), address.to_string(), accepted)
        });
        Self { slices, refusal }
    }

    /// What that means for one target.
    pub(super) fn workload(&self, service: &Service, plan: &Plan) -> Workload {
        let mut pods = BTreeSet::new();
        let mut unknown: Option<&Resident> = None;
        for (slice, running) in &self.slices {
            for number in slice.ports_named(&plan.port.name) {
                pods.extend(running.pods.iter().map(|digest| (number, *digest)));
                unknown = first(unknown, running.unknown);
            }
        }
        Workload {
            refusal: self.refusal.clone(),
            ready: !pods.is_empty() || unknown.is_some(),
            revision: if unknown.is_some() { None } else { revision(service, &plan.port, &pods) },
            unknown_image: unknown.and_then(|resident| {
                let error: &ValueError = resident.digest.as_ref().err()?;
                let field = format!("Pod `{}`, status.containerStatuses.imageID", resident.pod.name);
                Some(Problem::of(Reason::ImageUnknown, field, error.clone()))
            }),
        }
    }
}

impl<'a> Running<'a> {
    fn add(&mut self, resident: &'a Resident) {
        match &resident.digest {
            Ok(digest) => drop(self.pods.insert(*digest)),
            Err(_) => self.unknown = first(self.unknown, Some(resident)),
        }
    }
}

/// The first by name, so that the same is told whatever came first.
fn first<'a>(one: Option<&'a Resident>, other: Option<&'a Resident>) -> Option<&'a Resident> {
    [one, other].into_iter().flatten().min_by_key(|resident| &resident.pod)
}

/// What an address is that is not to be an endpoint.
fn what(reason: Reason) -> &'static str {
    match reason {
        Reason::Loopback => "the machine's own",
        Reason::Metadata => "a cloud's metadata",
        Reason::LinkLocal => "of one link only",
        Reason::ApiServer => "the API server's",
        Reason::ForbiddenNetwork => "in a network that the configuration forbids, or outside of the pods'",
        Reason::HostNetwork => "a node's (`hostNetwork`)",
        Reason::OtherNamespace => "another namespace's pod's",
        _ => "anything else's",
    }
}
