//! What is known around one Service, whether or not it exists.

use std::collections::BTreeMap;
use std::sync::Arc;

use dast_policy::Exposure;
use smallvec::SmallVec;

use super::endpoints::{Address, EndpointSlice};
use super::index::Surroundings;
use super::name::{RouteRef, TargetId};
use super::plan::plans;
use super::problem::Problem;
use super::route::BackendPort;
use super::service::{Protocol, Service, ServiceKind};
use super::target::DiscoveredTarget;
use super::wishes::{self, Wishes};
use super::workload::{View, Workload, workload};

/// What is known around one Service, whether or not it exists.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) spec: Option<Spec>,
    pub(super) slices: BTreeMap<Arc<str>, Slice>,
    pub(super) routes: BTreeMap<RouteRef, RouteUse>,
    /// In the order of their ports.
    pub(super) targets: Vec<DiscoveredTarget>,
    pub(super) problems: Vec<Problem>,
}

/// A Service, and what its annotations say.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) service: Service,
    pub(super) wishes: Arc<Wishes>,
    pub(super) refusal: Option<Problem>,
    pub(super) notices: Vec<Problem>,
}

impl Spec {
    pub(super) fn new(service: Service) -> Self {
        let wishes::Reading { wishes, refusal, notices } = wishes::read(&service);
        Self { service, wishes: Arc::new(wishes), refusal, notices }
    }
}

/// What is kept of an EndpointSlice: endpoints that may get traffic, each address once, and TCP ports.
#[derive(Debug)]
pub(super) struct Slice {
    /// Each with whether it is ready.
    pub(super) endpoints: Vec<(Address, bool)>,
    ports: SmallVec<[(Arc<str>, u16); 1]>,
    /// What the endpoints are, unless that has changed since.
    pub(super) view: Option<View>,
}

impl Slice {
    pub(super) fn new(slice: EndpointSlice) -> Self {
        let traffic = slice.endpoints.into_iter().filter(|endpoint| endpoint.ready || endpoint.serving);
        let mut endpoints: Vec<(Address, bool)> = traffic
            .flat_map(|endpoint| endpoint.addresses.into_iter().map(move |address| (address, endpoint.ready)))
            .collect();
        // Of one that is there twice, the ready one comes first and stays.
        endpoints.sort_unstable_by(|(a, a_ready), (b, b_ready)| a.cmp(b).then(b_ready.cmp(a_ready)));
        endpoints.dedup_by(|(later, _), (earlier, _)| later == earlier);
        let tcp = slice.ports.into_iter().filter(|port| port.protocol == Protocol::Tcp);
        let mut ports: SmallVec<[_; 1]> = tcp.map(|port| (port.name, port.port)).collect();
        ports.sort_unstable();
        ports.dedup();
        Self { endpoints, ports, view: None }
    }

    /// Whether two say the same, whatever their endpoints are.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.endpoints == other.endpoints && self.ports == other.ports
    }

    /// The numbers of the ports of this name.
    pub(super) fn ports_named(&self, name: &str) -> impl Iterator<Item = u16> {
        self.ports.iter().filter(move |(named, _)| **named == *name).map(|(_, number)| *number)
    }
}

/// What one route makes of a Service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RouteUse {
    pub(super) annotated: bool,
    pub(super) ports: Vec<(BackendPort, Vec<Exposure>)>,
}

/// How much of an entry is to be worked out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stale {
    /// What depends on pods.
    Workload,
    /// All.
    Plan,
}

impl Entry {
    /// Whether nothing is known any more.
    pub(super) fn is_empty(&self) -> bool {
        self.spec.is_none() && self.slices.is_empty() && self.routes.is_empty()
    }

    /// How much a change of slices makes stale: the name of a headless Service leads to its pods' ports.
    pub(super) fn stale_by_slices(&self) -> Stale {
        match &self.spec {
            Some(spec) if spec.service.kind == ServiceKind::Headless => Stale::Plan,
            _ => Stale::Workload,
        }
    }

    /// Works out what is stale, and gives the targets that changed, and whether the problems did.
    pub(super) fn refresh(&mut self, stale: Stale, around: &Surroundings<'_>) -> (Vec<TargetId>, bool) {
        match stale {
            Stale::Plan => self.refresh_plans(around),
            Stale::Workload => (self.refresh_workloads(around), false),
        }
    }

    fn refresh_plans(&mut self, around: &Surroundings<'_>) -> (Vec<TargetId>, bool) {
        let (plans, problems) = plans(self, around);
        let workload = Workload::default();
        let planned = plans.into_iter().map(|plan| DiscoveredTarget { plan, workload: workload.clone() });
        let before = std::mem::replace(&mut self.targets, planned.collect());
        self.refresh_workloads(around);
        let other_problems = self.problems != problems;
        self.problems = problems;
        (differences(&before, &self.targets), other_problems)
    }

    fn refresh_workloads(&mut self, around: &Surroundings<'_>) -> Vec<TargetId> {
        let Some(Spec { service, .. }) = self.spec.as_ref().filter(|_| !self.targets.is_empty()) else {
            return Vec::new();
        };
        for slice in self.slices.values_mut().filter(|slice| slice.view.is_none()) {
            slice.view = Some(View::new(&slice.endpoints, &service.name.namespace, around));
        }
        let mut changed = Vec::new();
        for target in &mut self.targets {
            let workload = workload(service, &target.plan, &self.slices);
            if target.workload != workload {
                target.workload = workload;
                changed.push(target.plan.id.clone());
            }
        }
        changed
    }
}

/// The targets that are not the same in both.
fn differences(before: &[DiscoveredTarget], after: &[DiscoveredTarget]) -> Vec<TargetId> {
    let of =
        |targets: &[DiscoveredTarget], id: &TargetId| targets.iter().position(|target| target.id() == id);
    let gone = before.iter().filter(|old| of(after, old.id()).is_none());
    let other = after.iter().filter(|new| of(before, new.id()).and_then(|at| before.get(at)) != Some(*new));
    gone.chain(other).map(|target| target.id().clone()).collect()
}
