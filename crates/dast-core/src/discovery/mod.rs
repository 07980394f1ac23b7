//! What is to be scanned in a cluster: an index over facts about its objects.
//!
//! An edge turns the objects of Kubernetes into the small structs of this module and tells an [`Index`] of them with three
//! verbs: [`apply`](Index::apply), [`delete`](Index::delete) and, for lists, [`reset`](Index::reset). Each answers with the
//! [`Changes`]: what is to be looked at again. It makes no difference in which order things are said, how often, or what was
//! there in between: only what is there now counts.
//!
//! ```text
//!   Namespace  Policy        who wants what to be scanned
//!        \      /
//!   Service ---- Route       which ports speak HTTP, under which names           = plan
//!        |                                                                          \
//!   EndpointSlice                                                                DiscoveredTarget
//!        |                                                                          /
//!       Pod                  whether it is ready, what runs, where requests go   = workload
//! ```
//!
//! | question | answer |
//! |---|---|
//! | what is there to scan? | [`Index::targets`], [`Index::target`], [`Index::targets_of`]: ports that speak HTTP ([`Clue`] says how that is known) and that somebody wants to be scanned ([`Provenance`]) |
//! | may it be scanned? | [`DiscoveredTarget::refusal`]: a [`Problem`] with a [`Reason`]; endpoints are judged by their addresses alone |
//! | is it there, and what runs? | [`DiscoveredTarget::is_ready`], [`DiscoveredTarget::revision`] |
//! | under which names? | [`DiscoveredTarget::origins`], [`DiscoveredTarget::exposures`] |
//! | where do requests go? | [`Index::endpoints`] |
//! | what does a route expose, and how do its backends stand? | [`Index::exposures`], [`Index::backends`]; for a route that is not in the index [`Route::uses`] and [`Index::standing`] |
//! | what is wrong besides? | [`Index::problems`] of namespaces, Services and routes; [`DiscoveredTarget::notices`] |
//!
//! Three rules keep it honest:
//!
//! - **Addresses decide.** A Service is only what its slices lead to. A single endpoint that is no live pod of the Service's
//!   namespace refuses all its targets, whatever any reference says.
//! - **Nothing is guessed.** A port of which nothing says whether it speaks HTTP, and an annotation that does not parse, is a
//!   problem that names field, value and what is accepted. Of a bad annotation nothing is scanned.
//! - **Nobody aims the scanner at others.** A route makes a Service of another namespace a target only if a policy stands over
//!   that namespace, and no host of a route is looked for that is an address or a name of the cluster or of the machine.
//!
//! Its work is bounded by what a change touches: addresses are indexed, so that a pod leads to the Services that lead to it.
//! A change costs the same whatever else is in the cluster, but for policies, which may concern every route.

mod annotations;
mod controllers;
mod endpoints;
mod entry;
mod fact;
mod image;
mod index;
mod name;
mod namespace;
mod place;
mod places;
mod plan;
mod pod;
mod port;
mod problem;
mod revision;
mod route;
mod service;
mod settings;
mod standing;
mod target;
mod uses;
mod wishes;
mod workload;

pub use annotations::Annotations;
pub use endpoints::{Address, Endpoint, EndpointPort, EndpointSlice};
pub use fact::Fact;
pub use image::ImageDigest;
pub use index::{Changes, Index};
pub use name::{Object, ObjectName, RouteKind, RouteRef, TargetId};
pub use namespace::{Namespace, Namespaces, Policy, PolicyRef};
pub use pod::{Container, ContainerKind, Env, EnvValue, Pod, Volume, VolumeSource};
pub use port::Clue;
pub use problem::{Problem, Reason};
pub use route::{Backend, BackendPort, Match, ObjectKind, Path, PathRewrite, Rewrite, Route, Rule};
pub use service::{Protocol, Service, ServiceKind, ServicePort, TargetPort, alias_chain};
pub use settings::Settings;
pub use standing::Standing;
pub use target::{DiscoveredTarget, Provenance};
pub use uses::{ServiceUse, Uses};
pub use wishes::Wishes;
