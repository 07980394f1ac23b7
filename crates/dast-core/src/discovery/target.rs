//! What was discovered: a Service's port that speaks HTTP, and all that is to be known before it is scanned.

use std::sync::Arc;

use dast_policy::{Exposure, Origin, Revision, Scheme};

use super::name::TargetId;
use super::plan::Plan;
use super::port::Clue;
use super::problem::Problem;
use super::wishes::Wishes;
use super::workload::Workload;

/// A Service's port that speaks HTTP and that somebody wants to be scanned.
///
/// ```
/// use dast_core::discovery::{
///     Clue, Container, Endpoint, EndpointPort, EndpointSlice, Index, Namespace, ObjectName, Pod, Service,
///     ServicePort,
/// };
///
/// let web = ObjectName::new("shop", "web");
/// let mut index = Index::default();
/// index.apply(Namespace { name: "shop".into(), scan: Some("true".to_owned()) });
/// let mut service = Service::new(web.clone(), "uid-1");
/// service.ports.push(ServicePort::tcp(80));
/// index.apply(service);
///
/// let target = &index.targets_of(&web)[0];
/// assert_eq!(target.origin().to_string(), "http://web.shop.svc");
/// assert_eq!((target.clue(), target.provenance().namespace), (Clue::Number, true));
/// assert!(!target.is_scannable() && !target.is_ready(), "it has no pods");
///
/// let mut pod = Pod::new(ObjectName::new("shop", "web-1"), ["10.0.0.7".parse()?]);
/// pod.containers.push(Container::new("web", format!("nginx@sha256:{}", "a".repeat(64))));
/// index.apply(pod);
/// let mut slice = EndpointSlice::new(ObjectName::new("shop", "web-x1"), "web");
/// slice.ports.push(EndpointPort::tcp("", 8080));
/// slice.endpoints.push(Endpoint::ready("10.0.0.7".into()));
/// let changes = index.apply(slice.clone());
/// assert_eq!(changes.targets.len(), 1);
/// assert!(index.targets_of(&web)[0].is_scannable());
///
/// // One more slice, and the Service leads to a cloud's metadata.
/// slice.name = ObjectName::new("shop", "extra");
/// slice.endpoints[0] = Endpoint::ready("169.254.169.254".into());
/// index.apply(slice);
/// assert_eq!(
///     index.targets_of(&web)[0].refusal().map(ToString::to_string).as_deref(),
///     Some("EndpointSlice `extra`, addresses: `169.254.169.254` is not accepted: expected addresses of live pods of \
///           namespace `shop`, not a cloud's metadata"),
/// );
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveredTarget {
    pub(super) plan: Plan,
    pub(super) workload: Workload,
}

impl DiscoveredTarget {
    /// What it is called, for machines.
    pub fn id(&self) -> &TargetId {
        &self.plan.id
    }

    /// What it is called, for people: like `shop/web:http`, with the port's number if it has no name.
    pub fn name(&self) -> String {
        match &*self.plan.port.name {
            "" => self.plan.id.to_string(),
            port => format!("{}:{port}", self.plan.id.service),
        }
    }

    /// How it is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.origin().scheme()
    }

    /// What says that its port speaks HTTP.
    pub fn clue(&self) -> Clue {
        self.plan.clue
    }

    /// Where it is in the cluster. A headless Service has no port of its own: it is that of its pods.
    pub fn origin(&self) -> &Origin {
        &self.plan.origin
    }

    /// Under which names it is scanned, each with the Service's port: its own first, then the hosts of routes. They lead
    /// to the Service only where they are made to, as `hostAliases` of the scan's pod do.
    pub fn origins(&self) -> &[Origin] {
        &self.plan.names.origins
    }

    /// What is exposed of it: first all of its own name, then the places of routes, those of its own namespace first.
    pub fn exposures(&self) -> &[Exposure] {
        &self.plan.names.exposures
    }

    /// Who wants it to be scanned.
    pub fn provenance(&self) -> Provenance {
        self.plan.provenance
    }

    /// What its owner asks for.
    pub fn wishes(&self) -> &Wishes {
        &self.plan.wishes
    }

    /// Why it must not be scanned, if so.
    pub fn refusal(&self) -> Option<&Problem> {
        self.plan.refusal.as_deref().or(self.workload.refusal.as_deref())
    }

    /// What else is to be known of it.
    pub fn notices(&self) -> impl Iterator<Item = &Problem> {
        self.plan.notices.iter().chain(self.workload.unknown_image.as_deref())
    }

    /// Whether a pod is there and ready.
    pub fn is_ready(&self) -> bool {
        self.workload.ready
    }

    /// What runs in its ready pods; `None` if there are none, or if it is not known what they run.
    pub fn revision(&self) -> Option<&Revision> {
        self.workload.revision.as_ref()
    }

    /// Whether a scan of it may begin and would be of something known: it is not refused, and has a revision.
    pub fn is_scannable(&self) -> bool {
        self.refusal().is_none() && self.revision().is_some()
    }
}

/// Who wants a target to be scanned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Its owner, by an annotation of the Service. This is their consent to active scanning, too; whether it is enough is
    /// for the installation to say.
    pub annotation: bool,
    /// Whoever labels its namespace.
    pub namespace: bool,
    /// A gated route leads to it.
    pub route: bool,
}

impl Provenance {
    /// Whether anybody does.
    pub fn any(self) -> bool {
        self.annotation || self.namespace || self.route
    }
}

/// The names of a target.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) origins: Vec<Origin>,
    pub(super) exposures: Vec<Exposure>,
}

/// Shared, since nothing but routes changes them.
pub(super) type SharedNames = Arc<Names>;
