//! What of a target depends on its pods: whether it is ready, what runs, and whether anything may be sent there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dast_policy::{Revision, ValueError};
use smallvec::SmallVec;

use super::endpoints::Address;
use super::entry::Slice;
use super::index::Surroundings;
use super::name::ObjectName;
use super::places::Resident;
use super::plan::Plan;
use super::problem::{Problem, Reason};
use super::revision::{PodDigest, revision};
use super::service::Service;

/// What of a target depends on its pods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Workload {
    pub(super) refusal: Option<Box<Problem>>,
    pub(super) ready: bool,
    pub(super) revision: Option<Revision>,
    pub(super) unknown_image: Option<Box<Problem>>,
}

/// What an EndpointSlice leads to, kept until something there changes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct View {
    /// The endpoint that is the worst reason to refuse.
    worst: Option<(Reason, Address)>,
    /// What runs in the ready pods, in order, each once.
    pods: SmallVec<[PodDigest; 1]>,
    /// A ready pod of which that is not known: the first by name, so that the same is told whatever came first.
    unknown: Option<(ObjectName, Box<ValueError>)>,
}

impl View {
    /// Looks at every endpoint that may get traffic.
    pub(super) fn new(endpoints: &[(Address, bool)], namespace: &str, around: &Surroundings<'_>) -> Self {
        let mut view = Self { worst: None, pods: SmallVec::new(), unknown: None };
        for (address, ready) in endpoints {
            match around.places.visit(address, *ready, namespace, around.settings) {
                Ok(residents) if *ready => residents.iter().for_each(|resident| view.add(resident)),
                Ok(_) => {}
                Err(reason) if view.worst.as_ref().is_some_and(|(worst, _)| *worst <= reason) => {}
                Err(reason) => view.worst = Some((reason, address.clone())),
            }
        }
        view.pods.sort_unstable();
        view.pods.dedup();
        view
    }

    fn add(&mut self, resident: &Resident) {
        match &resident.digest {
            Ok(digest) => self.pods.push(*digest),
            Err(_) if self.unknown.as_ref().is_some_and(|(first, _)| *first <= resident.pod) => {}
            Err(error) => self.unknown = Some((resident.pod.clone(), error.clone())),
        }
    }
}

/// What the slices of a Service mean for one of its targets. A single bad endpoint refuses all: nobody can choose which of its
/// endpoints a Service leads to.
pub(super) fn workload(service: &Service, plan: &Plan, slices: &BTreeMap<Arc<str>, Slice>) -> Workload {
    let mut pods = BTreeSet::new();
    let mut unknown = None;
    let mut worst: Option<(Reason, &Arc<str>, &Address)> = None;
    for (name, slice) in slices {
        let Some(view) = &slice.view else { continue };
        if let Some((reason, address)) = &view.worst {
            worst = worst.filter(|(worst, ..)| worst <= reason).or(Some((*reason, name, address)));
        }
        for number in slice.ports_named(&plan.port.name) {
            pods.extend(view.pods.iter().map(|digest| (number, *digest)));
            unknown = [unknown, view.unknown.as_ref()].into_iter().flatten().min_by_key(|(pod, _)| pod);
        }
    }
    Workload {
        refusal: worst.map(|(reason, slice, address)| {
            let accepted = format!(
                "addresses of live pods of namespace `{}`, not {}",
                service.name.namespace,
                what(reason)
            );
            let field = format!("EndpointSlice `{slice}`, addresses");
            Box::new(Problem::new(reason, field, address.to_string(), accepted))
        }),
        ready: !pods.is_empty() || unknown.is_some(),
        revision: if unknown.is_some() { None } else { revision(service, &plan.port, &pods) },
        unknown_image: unknown.map(|(pod, error)| {
            let field = format!("Pod `{}`, status.containerStatuses.imageID", pod.name);
            Box::new(Problem::of(Reason::ImageUnknown, field, (**error).clone()))
        }),
    }
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
