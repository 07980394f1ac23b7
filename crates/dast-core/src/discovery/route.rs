//! Routes, as far as they are looked at: what serves them, and which hosts and paths lead to which backends.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use dast_policy::Layer;

use super::annotations::Annotations;
use super::name::{ObjectName, RouteKind, RouteRef};

/// A route. One that is held (parked until its backends have passed) says the same hosts and paths as ever, so that it is
/// a route like any other here.
///
/// ```
/// use dast_core::discovery::{Backend, ObjectName, Path, Route, RouteKind, RouteRef, Rule};
///
/// let name = RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front"));
/// let mut front = Route::new(name);
/// let backend = Backend::service(ObjectName::new("shop", "web"), 80);
/// front.rules.push(Rule::new("shop.example", Path::Prefix("/cart".to_owned()), backend));
/// assert!(!front.is_annotated());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its kind and name.
    pub name: RouteRef,
    /// What tells it from others of the same name, before and after it. Empty if nobody knows.
    pub uid: Arc<str>,
    /// What serves it: its class, in each of its spellings, or its parents. A route that nothing serves exposes nothing.
    pub served_by: BTreeSet<String>,
    /// What leads where. A default backend is a rule for any host and every path.
    pub rules: Vec<Rule>,
    /// Its annotations.
    pub annotations: Annotations,
}

impl Route {
    /// A route without rules.
    pub fn new(name: RouteRef) -> Self {
        Self {
            name,
            uid: "".into(),
            served_by: BTreeSet::new(),
            rules: Vec::new(),
            annotations: Annotations::default(),
        }
    }

    /// Whether its own annotations gate it, be they right or wrong.
    pub fn is_annotated(&self) -> bool {
        !matches!(Layer::from_annotations("", self.annotations.iter()), Ok(None))
    }

    /// Whether it is an Ingress, whose controllers read annotations.
    pub(super) fn is_ingress(&self) -> bool {
        self.name.kind == RouteKind::Ingress
    }
}

/// What leads to some backends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The hosts, as the object has them: names, or `*.` and a name. None, an empty one or `*` stands for any host.
    pub hosts: Vec<String>,
    /// What it asks of a request, one of which is enough; none stands for every request.
    pub matches: Vec<Match>,
    /// What the backends see in place of the host and the path, if a filter of the rule rewrites them.
    pub rewrite: Rewrite,
    /// All that the rule does to requests, as one text that is the same for the same and another for anything else.
    pub filters: String,
    /// Where it leads, weights of zero and mirrors included.
    pub backends: Vec<Backend>,
}

impl Rule {
    /// From one host and path to one backend.
    pub fn new(host: impl Into<String>, path: Path, backend: Backend) -> Self {
        Self {
            hosts: vec![host.into()],
            matches: vec![path.into()],
            rewrite: Rewrite::default(),
            filters: String::new(),
            backends: vec![backend],
        }
    }
}

/// What a rule asks of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Match {
    /// The path; `None` stands for every path.
    pub path: Option<Path>,
    /// All that it asks for, such as a method or headers besides, as one text that is the same for the same and another for
    /// anything else. Empty if it is the path alone.
    pub text: String,
}

impl From<Path> for Match {
    fn from(path: Path) -> Self {
        Self { path: Some(path), text: String::new() }
    }
}

/// A path of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// This path. A method of gRPC is `/SERVICE/METHOD`.
    Exact(String),
    /// This path and all below it. A service of gRPC is `/SERVICE`.
    Prefix(String),
    /// A regular expression, or whatever an implementation makes of it.
    Pattern(String),
}

/// What the backends of a rule see in place of what was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rewrite {
    /// The host.
    pub host: Option<String>,
    /// The path.
    pub path: Option<PathRewrite>,
}

/// What becomes of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathRewrite {
    /// It is replaced as a whole.
    Full(String),
    /// The part that the rule matched is replaced.
    Prefix(String),
}

/// Where a rule leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// To a port of a Service.
    Service(ObjectName, BackendPort),
    /// To an object of another kind.
    Object(ObjectKind, ObjectName),
    /// Elsewhere: what that is, for people.
    Other(String),
}

impl Backend {
    /// A Service's port by its number.
    pub fn service(name: ObjectName, port: u16) -> Self {
        Self::Service(name, BackendPort::Number(port))
    }
}

/// It for people, unless it is a Service: those are told of with their targets.
impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(name, _) => write!(f, "Service {name}"),
            Self::Object(kind, name) => write!(f, "{kind} {name}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// A kind of objects, as `kubectl` writes it: with its group behind a dot, if it has one.
///
/// ```
/// use dast_core::discovery::ObjectKind;
///
/// assert_eq!(ObjectKind::new("storage.example.com", "Bucket").to_string(), "Bucket.storage.example.com");
/// assert_eq!(ObjectKind::from("Pod"), ObjectKind::new("", "Pod"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKind(Arc<str>);

impl ObjectKind {
    /// Puts the name of a kind together; an empty group is that of Kubernetes' core.
    pub fn new(group: &str, kind: &str) -> Self {
        if group.is_empty() { Self(kind.into()) } else { Self(format!("{kind}.{group}").into()) }
    }
}

impl From<&str> for ObjectKind {
    fn from(written: &str) -> Self {
        Self(written.into())
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which port of a Service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BackendPort {
    /// The one with this number.
    Number(u16),
    /// The one with this name.
    Name(Arc<str>),
    /// The first.
    First,
}

impl BackendPort {
    /// Whether it means a port with this number and this name.
    pub(crate) fn means(&self, number: u16, name: &str, is_first: bool) -> bool {
        match self {
            Self::Number(meant) => *meant == number,
            Self::Name(meant) => !meant.is_empty() && **meant == *name,
            Self::First => is_first,
        }
    }
}
