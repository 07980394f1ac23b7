//! EndpointSlices.

use std::sync::Arc;

use dast_core::discovery::{Address, Endpoint, EndpointPort, EndpointSlice, ObjectName};
use k8s_openapi::api::discovery::v1 as discovery;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{name, port, protocol};

/// The Service that a slice belongs to
/// (<https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ownership>).
const SERVICE: &str = "kubernetes.io/service-name";

/// The fact of an EndpointSlice; `None` too if it belongs to no Service.
pub fn endpoint_slice(object: &discovery::EndpointSlice) -> Option<EndpointSlice> {
    let mut fact = empty(&object.metadata)?;
    fact.endpoints = object.endpoints.iter().map(endpoint).collect();
    fact.ports = object.ports.iter().flatten().map(endpoint_port).collect();
    Some(fact)
}

/// The fact of an EndpointSlice of which only the metadata can be read. It leads to something that nobody knows, so that
/// its Service is refused: what cannot be read might lead anywhere.
pub(crate) fn unreadable(metadata: &ObjectMeta) -> Option<EndpointSlice> {
    let mut fact = empty(metadata)?;
    fact.endpoints.push(Endpoint::ready(Address::Other("an EndpointSlice that cannot be read".into())));
    Some(fact)
}

fn empty(metadata: &ObjectMeta) -> Option<EndpointSlice> {
    let name: ObjectName = name(metadata)?;
    let service: Arc<str> = metadata.labels.as_ref()?.get(SERVICE)?.as_str().into();
    Some(EndpointSlice::new(name, service))
}

fn endpoint(object: &discovery::Endpoint) -> Endpoint {
    let conditions = object.conditions.as_ref();
    Endpoint {
        addresses: object.addresses.iter().map(|address| Address::from(address.as_str())).collect(),
        ready: conditions.and_then(|conditions| conditions.ready).unwrap_or(true),
        serving: conditions.and_then(|conditions| conditions.serving).unwrap_or(true),
    }
}

fn endpoint_port(object: &discovery::EndpointPort) -> EndpointPort {
    EndpointPort {
        name: object.name.as_deref().unwrap_or_default().into(),
        // None stands for all ports, of which none is one to ask.
        port: object.port.map(port).unwrap_or_default(),
        protocol: protocol(object.protocol.as_deref()),
    }
}
