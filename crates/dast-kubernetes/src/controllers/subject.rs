//! What ScanTargets are called, and what they are of.

use dast_core::discovery::{ObjectName, TargetId};

/// What a ScanTarget is of, as its name says.
///
/// Names of Services have no dots (RFC 1035), so no two subjects have the same name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// A port of a Service: `web-80`.
    Port(TargetId),
    /// A URL outside of the cluster, by the name that its Dast gives it: `external.shop`.
    External(ObjectName),
}

const EXTERNAL: &str = "external.";

impl Subject {
    /// What the ScanTarget of this name is of; `None` if it is none of ours.
    pub(crate) fn of(target: &ObjectName) -> Option<Self> {
        let namespace = target.namespace.clone();
        if let Some(name) = target.name.strip_prefix(EXTERNAL) {
            return Some(Self::External(ObjectName::new(namespace, name)));
        }
        let (service, port) = target.name.rsplit_once('-')?;
        let id = TargetId::new(ObjectName::new(namespace, service), port.parse().ok()?);
        (Self::Port(id.clone()).target() == *target).then_some(Self::Port(id))
    }

    /// The name of the ScanTarget.
    pub(crate) fn target(&self) -> ObjectName {
        match self {
            Self::Port(id) => id.object_name(),
            Self::External(name) => {
                ObjectName::new(name.namespace.clone(), format!("{EXTERNAL}{}", name.name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_what_it_is_of() {
        let port = |service: &str, port| Subject::Port(TargetId::new(ObjectName::new("shop", service), port));
        let external = |name: &str| Subject::External(ObjectName::new("shop", name));
        for (subject, name) in [
            (port("web", 80), "web-80"),
            (port("web-80", 8080), "web-80-8080"),
            (port("external", 80), "external-80"),
            (external("web-80"), "external.web-80"),
        ] {
            assert_eq!(&*subject.target().name, name);
            assert_eq!(Subject::of(&ObjectName::new("shop", name)), Some(subject));
        }
        for foreign in ["web", "web-", "web-http", "web-080", "web-70000"] {
            assert_eq!(Subject::of(&ObjectName::new("shop", foreign)), None, "{foreign}");
        }
    }
}
