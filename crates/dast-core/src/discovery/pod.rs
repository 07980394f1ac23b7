//! Pods, as far as discovery looks at them.

use std::net::IpAddr;

use super::name::ObjectName;

/// A pod.
///
/// ```
/// use dast_core::discovery::{Container, ObjectName, Pod};
///
/// let mut pod = Pod::new(ObjectName::new("shop", "web-1"), ["10.0.0.7".parse()?]);
/// pod.containers.push(Container::new("web", "docker.io/library/nginx@sha256:\
///     6784fb0834aa7dbbe12e3d7471e69c290df3e6ba810dc38b34ae33d3c1c05f7d"));
/// assert!(pod.live && !pod.host_network);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: ObjectName,
    /// `status.podIPs`.
    pub addresses: Vec<IpAddr>,
    /// Whether it is bound to a node and its phase is neither `Succeeded` nor `Failed`. What has ended still says the
    /// address that it had, which may be somebody else's by now.
    pub live: bool,
    /// Whether its network is its node's.
    pub host_network: bool,
    /// Its containers.
    pub containers: Vec<Container>,
}

impl Pod {
    /// A live pod without containers.
    pub fn new(name: ObjectName, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let addresses = addresses.into_iter().collect();
        Self { name, addresses, live: true, host_network: false, containers: Vec::new() }
    }
}

/// A container of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// When it runs.
    pub kind: ContainerKind,
    /// Its name.
    pub name: String,
    /// `imageID` of its status, as the runtime writes it; empty if the runtime has not said yet.
    pub image_id: String,
    /// `command`.
    pub command: Vec<String>,
    /// `args`.
    pub args: Vec<String>,
    /// `envFrom`, then `env`.
    pub env: Vec<Env>,
    /// What is mounted into it.
    pub volumes: Vec<Volume>,
}

impl Container {
    /// A container that runs what its image says.
    pub fn new(name: impl Into<String>, image_id: impl Into<String>) -> Self {
        Self {
            kind: ContainerKind::Main,
            name: name.into(),
            image_id: image_id.into(),
            command: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            volumes: Vec::new(),
        }
    }
}

/// When a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerKind {
    /// Before the others, one after the other, or beside them as a sidecar.
    Init,
    /// As long as the pod.
    Main,
    /// Since somebody added it to the running pod. One whose image is not known yet does not run yet.
    Ephemeral,
}

/// A variable of a container's environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Env {
    /// The name; for [`EnvValue::AllOf`] the prefix of the names.
    pub name: String,
    /// Where its value comes from.
    pub value: EnvValue,
}

impl Env {
    /// A variable whose value stands in the pod.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: EnvValue::Is(value.into()) }
    }
}

/// Where the value of a variable comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// It stands in the pod.
    Is(String),
    /// It is elsewhere: `valueFrom`, in one and the same form for what means the same, such as JSON with sorted keys.
    From(String),
    /// All keys of something else: an item of `envFrom`, written like [`From`](Self::From).
    AllOf(String),
}

/// Something that is mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Volume {
    /// Where, with `subPath` if it has one.
    pub mount: String,
    /// What.
    pub source: VolumeSource,
}

/// What is mounted. The name of a pod's volume is no part of it: that of the service account's token differs from pod to
/// pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolumeSource {
    /// A persistent volume claim of this name.
    Claim(String),
    /// Anything else, in one and the same form for what means the same, such as JSON with sorted keys.
    Other(String),
}
