//! The kinds that discovery asks for.

use std::fmt::Debug;
use std::sync::Arc;

use dast_core::discovery::{self, Fact, ObjectName, Policy, PolicyRef, Route, RouteKind, RouteRef};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::de::DeserializeOwned;

use crate::crd::{ClusterThresholdPolicy, ThresholdPolicy};
use crate::facts::{self, GrpcRoute, HttpRoute};

/// A kind of object that an index is told of as `F`.
pub(super) trait Watched<F: Fact>:
    Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug + Send + 'static
{
    /// Whether there are servers that do not have the kind.
    const OPTIONAL: bool = false;

    /// The fact of an object.
    fn fact(&self) -> Option<F>;

    /// What its fact is called.
    fn key(metadata: &ObjectMeta) -> Option<F::Key>;

    /// The fact of an object that cannot be read; without one, it is as if it were not there.
    fn unreadable(_metadata: &ObjectMeta) -> Option<F> {
        None
    }

    /// Whether facts that are called so come from this kind.
    fn is_of_this_kind(_key: &F::Key) -> bool {
        true
    }
}

impl Watched<discovery::Namespace> for Namespace {
    fn fact(&self) -> Option<discovery::Namespace> {
        facts::namespace(self)
    }

    fn key(metadata: &ObjectMeta) -> Option<Arc<str>> {
        metadata.name.as_deref().map(Arc::from)
    }
}

impl Watched<discovery::Pod> for Pod {
    fn fact(&self) -> Option<discovery::Pod> {
        facts::pod(self)
    }

    fn key(metadata: &ObjectMeta) -> Option<ObjectName> {
        facts::name(metadata)
    }
}

impl Watched<discovery::EndpointSlice> for EndpointSlice {
    fn fact(&self) -> Option<discovery::EndpointSlice> {
        facts::endpoint_slice(self)
    }

    fn key(metadata: &ObjectMeta) -> Option<ObjectName> {
        facts::name(metadata)
    }

    fn unreadable(metadata: &ObjectMeta) -> Option<discovery::EndpointSlice> {
        facts::unreadable_slice(metadata)
    }
}

impl Watched<discovery::Service> for Service {
    fn fact(&self) -> Option<discovery::Service> {
        facts::service(self)
    }

    fn key(metadata: &ObjectMeta) -> Option<ObjectName> {
        facts::name(metadata)
    }
}

macro_rules! routes {
    ($($object:ty, $kind:expr, $fact:path, $optional:literal;)*) => {$(
        impl Watched<Route> for $object {
            const OPTIONAL: bool = $optional;

            fn fact(&self) -> Option<Route> {
                $fact(self)
            }

            fn key(metadata: &ObjectMeta) -> Option<RouteRef> {
                Some(RouteRef::new($kind, facts::name(metadata)?))
            }

            fn is_of_this_kind(key: &RouteRef) -> bool {
                key.kind == $kind
            }
        }
    )*};
}

routes! {
    Ingress, RouteKind::Ingress, facts::ingress, false;
    HttpRoute, RouteKind::HttpRoute, facts::http_route, true;
    GrpcRoute, RouteKind::GrpcRoute, facts::grpc_route, true;
}

/// A policy governs even if nobody can read what it says.
impl Watched<Policy> for ThresholdPolicy {
    const OPTIONAL: bool = true;

    fn fact(&self) -> Option<Policy> {
        Self::unreadable(&self.metadata)
    }

    fn key(metadata: &ObjectMeta) -> Option<PolicyRef> {
        facts::name(metadata).map(PolicyRef::Namespaced)
    }

    fn unreadable(metadata: &ObjectMeta) -> Option<Policy> {
        facts::name(metadata).map(Policy::Namespaced)
    }

    fn is_of_this_kind(key: &PolicyRef) -> bool {
        matches!(key, PolicyRef::Namespaced(_))
    }
}

impl Watched<Policy> for ClusterThresholdPolicy {
    const OPTIONAL: bool = true;

    fn fact(&self) -> Option<Policy> {
        facts::ceiling(self)
    }

    fn key(metadata: &ObjectMeta) -> Option<PolicyRef> {
        metadata.name.as_deref().map(|name| PolicyRef::Cluster(name.into()))
    }

    fn unreadable(metadata: &ObjectMeta) -> Option<Policy> {
        facts::unreadable_ceiling(metadata)
    }

    fn is_of_this_kind(key: &PolicyRef) -> bool {
        matches!(key, PolicyRef::Cluster(_))
    }
}
