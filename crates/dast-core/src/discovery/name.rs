//! What objects and targets are called.

use std::fmt;
use std::sync::Arc;

/// The namespace and the name of an object. Two kinds may use the same.
///
/// ```
/// use dast_core::discovery::ObjectName;
///
/// let web = ObjectName::new("shop", "web");
/// assert_eq!(web.to_string(), "shop/web");
/// assert_eq!(web.dns_name(), "web.shop.svc");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The namespace.
    pub namespace: Arc<str>,
    /// The name in its namespace.
    pub name: Arc<str>,
}

impl ObjectName {
    /// Puts a name together.
    pub fn new(namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The name that a Service has in the cluster's DNS, without the cluster's domain: pods look it up as it is
    /// (<https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/>).
    pub fn dns_name(&self) -> String {
        format!("{}.{}.svc", self.name, self.namespace)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// The name of a target: a Service and one of its ports. TCP ports of a Service have different numbers, and a number
/// stays what it is when the port is renamed.
///
/// ```
/// use dast_core::discovery::{ObjectName, TargetId};
///
/// let id = TargetId::new(ObjectName::new("shop", "web"), 8080);
/// assert_eq!(id.to_string(), "shop/web:8080");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId {
    /// The Service.
    pub service: ObjectName,
    /// The number of the Service's port.
    pub port: u16,
}

impl TargetId {
    /// Puts a name together.
    pub fn new(service: ObjectName, port: u16) -> Self {
        Self { service, port }
    }

    /// The name of the object that tells of it, in the Service's namespace. Names of Services have no dots (RFC 1035), and no
    /// two targets have the same.
    ///
    /// ```
    /// use dast_core::discovery::{ObjectName, TargetId};
    ///
    /// let id = TargetId::new(ObjectName::new("shop", "web"), 8080);
    /// assert_eq!(id.object_name().to_string(), "shop/web-8080");
    /// ```
    pub fn object_name(&self) -> ObjectName {
        let ObjectName { namespace, name } = &self.service;
        ObjectName::new(Arc::clone(namespace), format!("{name}-{}", self.port))
    }

    /// The target that an object of this name tells of; `None` if it is the name of none.
    ///
    /// ```
    /// use dast_core::discovery::{ObjectName, TargetId};
    ///
    /// let id = TargetId::new(ObjectName::new("shop", "web"), 8080);
    /// assert_eq!(TargetId::of_object(&id.object_name()), Some(id));
    /// assert_eq!(TargetId::of_object(&ObjectName::new("shop", "web-080")), None);
    /// ```
    pub fn of_object(object: &ObjectName) -> Option<Self> {
        let (service, port) = object.name.rsplit_once('-')?;
        let id = Self::new(ObjectName::new(Arc::clone(&object.namespace), service), port.parse().ok()?);
        (id.object_name() == *object).then_some(id)
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.port)
    }
}

/// The kinds of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKind {
    /// `networking.k8s.io`.
    Ingress,
    /// `gateway.networking.k8s.io`.
    HttpRoute,
    /// `gateway.networking.k8s.io`.
    GrpcRoute,
}

impl RouteKind {
    /// The kind as Kubernetes writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::HttpRoute => "HTTPRoute",
            Self::GrpcRoute => "GRPCRoute",
        }
    }
}

/// The kind and the name of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteRef {
    /// Its kind.
    pub kind: RouteKind,
    /// Its name.
    pub name: ObjectName,
}

impl RouteRef {
    /// Puts a name together.
    pub fn new(kind: RouteKind, name: ObjectName) -> Self {
        Self { kind, name }
    }
}

impl fmt::Display for RouteRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)
    }
}

/// An object that something may be wrong with, whether or not it has targets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A namespace.
    Namespace(Arc<str>),
    /// A Service.
    Service(ObjectName),
    /// A route.
    Route(RouteRef),
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(name) => write!(f, "Namespace {name}"),
            Self::Service(name) => write!(f, "Service {name}"),
            Self::Route(route) => route.fmt(f),
        }
    }
}
