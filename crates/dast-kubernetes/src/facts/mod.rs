//! Objects of Kubernetes as the facts that [discovery](dast_core::discovery) is told of.
//!
//! One function a kind. `None` is what has no name, which no API server sends. Nothing else is left out: where an object
//! says something that a fact has no word for, such as an endpoint without an address, the fact says that there is something
//! foreign, so that what is misunderstood is refused and not overlooked.
//!
//! ```
//! use dast_kubernetes::facts;
//! use k8s_openapi::api::core::v1::Service;
//!
//! let web: Service = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "web", "namespace": "shop", "uid": "1"},
//!     "spec": {"clusterIP": "None", "ports": [{"port": 80, "targetPort": "http"}]},
//! }))?;
//! let fact = facts::service(&web).ok_or("it has a name")?;
//! assert_eq!(fact.name.to_string(), "shop/web");
//! assert_eq!(fact.kind, dast_core::discovery::ServiceKind::Headless);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod endpoint_slice;
mod gateway;
mod ingress;
mod namespace;
mod pod;
mod policy;
mod service;
mod target;

pub use endpoint_slice::endpoint_slice;
pub(crate) use endpoint_slice::unreadable as unreadable_slice;
pub use gateway::{GrpcRoute, HttpRoute, grpc_route, http_route};
pub(crate) use ingress::{CLASS, ingress_too_much};
pub use ingress::{PARKED_CLASS, ingress};
pub use namespace::namespace;
pub use pod::pod;
pub(crate) use policy::scanner_name;
pub(crate) use policy::unreadable as unreadable_ceiling;
pub use policy::{ceiling, ceiling_rules, granted_exemption, namespace_policy};
pub use service::service;
pub use target::scanned_target;

use std::sync::Arc;

use dast_core::discovery::{Annotations, ObjectName, Protocol};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// The longest name of a host, in bytes: of the 255 that it may have on the wire (RFC 1035, section 2.3.4), text needs two less.
const MOST_HOST: usize = 253;

/// The namespace and name of an object.
pub(crate) fn name(metadata: &ObjectMeta) -> Option<ObjectName> {
    Some(ObjectName::new(metadata.namespace.as_deref()?, metadata.name.as_deref()?))
}

fn uid(metadata: &ObjectMeta) -> Arc<str> {
    metadata.uid.as_deref().unwrap_or_default().into()
}

fn annotations(metadata: &ObjectMeta) -> Annotations {
    let all = metadata.annotations.iter().flatten();
    all.map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// The protocol of a port; TCP if the object does not say.
fn protocol(word: Option<&str>) -> Protocol {
    match word {
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        _ => Protocol::Tcp,
    }
}

/// The number of a port, which an API server keeps from 1 to 65535. What is none is 0, which leads nowhere.
fn port(number: i32) -> u16 {
    u16::try_from(number).unwrap_or_default()
}
