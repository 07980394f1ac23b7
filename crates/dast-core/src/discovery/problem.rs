//! What is wrong, where, and what would be right.

use dast_policy::ValueError;

/// Why a target is refused, or what is to be known about an object: a reason for machines, and for people the field, what
/// stands there and what is accepted.
///
/// ```
/// use dast_core::discovery::{Index, Namespace, Object, Reason};
///
/// let mut index = Index::default();
/// index.apply(Namespace { name: "shop".into(), scan: Some("yes".to_owned()) });
/// let problems = index.problems(&Object::Namespace("shop".into()));
/// assert_eq!(problems[0].reason(), Reason::InvalidValue);
/// assert_eq!(
///     problems[0].to_string(),
///     "label `dast.security.banzaicloud.io/scan`: `yes` is not accepted: expected `true` or `false`",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value}")]
pub struct Problem {
    reason: Reason,
    field: String,
    value: ValueError,
}

impl Problem {
    pub(super) fn new(
        reason: Reason,
        field: impl Into<String>,
        value: impl AsRef<str>,
        accepted: impl Into<String>,
    ) -> Self {
        Self::of(reason, field, ValueError::new(value, accepted))
    }

    pub(super) fn of(reason: Reason, field: impl Into<String>, value: ValueError) -> Self {
        Self { reason, field: field.into(), value }
    }

    /// The reason, for conditions and metrics.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Where it stands, such as ``annotation `dast.security.banzaicloud.io/ports` ``.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What stands there, shortened when it is long.
    pub fn value(&self) -> &str {
        self.value.value()
    }

    /// What is accepted there.
    pub fn accepted(&self) -> &str {
        self.value.accepted()
    }

    /// The class of this problem, for metrics.
    pub fn category(&self) -> &'static str {
        self.reason.as_str()
    }
}

/// The kinds of problems. A target with one of the first twelve is refused; the others are told, and change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The namespace belongs to the system.
    SystemNamespace,
    /// The Service is another name for something outside of the cluster.
    ExternalName,
    /// The owner does not want the Service to be scanned.
    OptedOut,
    /// An annotation, a label or a name is not understood. Of a Service's annotation it refuses the targets: what their
    /// owner wants is not known.
    InvalidValue,
    /// An endpoint is of the machine that connects to it, or of none.
    Loopback,
    /// An endpoint serves the metadata of a cloud.
    Metadata,
    /// An endpoint has an address that is valid on one link only.
    LinkLocal,
    /// An endpoint is the API server.
    ApiServer,
    /// An endpoint lies in a network that the configuration forbids, or outside of the pods' networks.
    ForbiddenNetwork,
    /// An endpoint is a pod in its node's network.
    HostNetwork,
    /// An endpoint is a pod of another namespace.
    OtherNamespace,
    /// An endpoint is not a live pod.
    NotAPod,
    /// A route leads to something that is no Service, or to something that cannot be read.
    NotAService,
    /// It cannot be told whether a port speaks HTTP.
    PortNotJudged,
    /// The Service is to be scanned, but has no port that speaks HTTP.
    NoHttpPort,
    /// A setting has no effect without another.
    NoEffect,
    /// The runtime does not say which image a container runs, so that there is no revision.
    ImageUnknown,
    /// The target has more names than one scan can visit.
    TooManyNames,
    /// A route's host is no name under which a scan may look for a Service.
    HostNotScanned,
}

impl Reason {
    /// The reason as conditions write it, such as `HostNetwork`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SystemNamespace => "SystemNamespace",
            Self::ExternalName => "ExternalName",
            Self::OptedOut => "OptedOut",
            Self::InvalidValue => "InvalidValue",
            Self::Loopback => "Loopback",
            Self::Metadata => "Metadata",
            Self::LinkLocal => "LinkLocal",
            Self::ApiServer => "ApiServer",
            Self::ForbiddenNetwork => "ForbiddenNetwork",
            Self::HostNetwork => "HostNetwork",
            Self::OtherNamespace => "OtherNamespace",
            Self::NotAPod => "NotAPod",
            Self::NotAService => "NotAService",
            Self::PortNotJudged => "PortNotJudged",
            Self::NoHttpPort => "NoHttpPort",
            Self::NoEffect => "NoEffect",
            Self::ImageUnknown => "ImageUnknown",
            Self::TooManyNames => "TooManyNames",
            Self::HostNotScanned => "HostNotScanned",
        }
    }

    /// Whether it may pass by itself within moments: watches of different kinds are not in step, so that an endpoint may
    /// be known before its pod is, or an address before it has changed hands.
    ///
    /// ```
    /// use dast_core::discovery::Reason;
    ///
    /// assert!(Reason::NotAPod.is_transient());
    /// assert!(!Reason::Metadata.is_transient());
    /// ```
    pub fn is_transient(self) -> bool {
        matches!(self, Self::NotAPod | Self::OtherNamespace | Self::HostNetwork)
    }
}
