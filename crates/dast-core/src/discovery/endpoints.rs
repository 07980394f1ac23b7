//! Where a Service leads to: EndpointSlices.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::name::ObjectName;
use super::service::Protocol;

/// An EndpointSlice. Anyone who may write one in a namespace can make a Service lead anywhere, which is why addresses are
/// looked at, and `targetRef` is not even here. Kubernetes mirrors `Endpoints` written by hand into slices, so that they
/// need no kind of their own.
///
/// ```
/// use dast_core::discovery::{Address, Endpoint, EndpointSlice, ObjectName};
///
/// let mut slice = EndpointSlice::new(ObjectName::new("shop", "web-x1"), "web");
/// slice.endpoints.push(Endpoint::ready("10.0.0.7".into()));
/// assert_eq!(slice.endpoints[0].addresses, [Address::from("10.0.0.7")]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSlice {
    /// Its name.
    pub name: ObjectName,
    /// The Service of its namespace that it belongs to: label `kubernetes.io/service-name`.
    pub service: Arc<str>,
    /// The endpoints.
    pub endpoints: Vec<Endpoint>,
    /// The ports that all its endpoints have.
    pub ports: Vec<EndpointPort>,
}

impl EndpointSlice {
    /// A slice without endpoints and ports.
    pub fn new(name: ObjectName, service: impl Into<Arc<str>>) -> Self {
        Self { name, service: service.into(), endpoints: Vec::new(), ports: Vec::new() }
    }
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// Condition `ready`, true if the object does not say
    /// (<https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions>).
    pub ready: bool,
    /// Condition `serving`, true if the object does not say. One that serves while it terminates gets what is sent when
    /// none is ready.
    pub serving: bool,
}

impl Endpoint {
    /// One that is ready.
    pub fn ready(address: Address) -> Self {
        Self { addresses: vec![address], ready: true, serving: true }
    }
}

/// An address of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// An IP address. One of IPv4 that is written as one of IPv6 counts as what it is.
    Ip(IpAddr),
    /// Anything else, such as a name.
    Other(Arc<str>),
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        text.parse::<IpAddr>().map_or_else(|_| Self::Other(text.into()), Self::from)
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address.to_canonical())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A port of all endpoints of a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointPort {
    /// The name of the Service's port; empty if it has none.
    pub name: Arc<str>,
    /// The number in the pods.
    pub port: u16,
    /// What is spoken below the application.
    pub protocol: Protocol,
}

impl EndpointPort {
    /// A TCP port.
    pub fn tcp(name: impl Into<Arc<str>>, port: u16) -> Self {
        Self { name: name.into(), port, protocol: Protocol::Tcp }
    }
}
