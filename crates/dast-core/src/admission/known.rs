//! A Service, as far as decisions ask for it: it is kept of a whole cluster.

use smallvec::SmallVec;

use crate::discovery::{BackendPort, Protocol, Service, ServiceKind, ServicePort};

/// A Service, without what tells which pods it leads to: that is a hash.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) kind: ServiceKind,
    /// Most have one, which is then where all else is that is asked for.
    ports: SmallVec<[Port; 1]>,
}

/// A port of it.
#[derive(Debug, Clone)]
pub(super) struct Port {
    name: Box<str>,
    pub(super) number: u16,
    pub(super) protocol: Protocol,
    /// Where it leads ([`Service::hash_of`]).
    hash: Box<str>,
}

impl Known {
    pub(super) fn of(service: Service) -> Self {
        let port = |port: &ServicePort| Port {
            name: (*port.name).into(),
            number: port.port,
            protocol: port.protocol,
            hash: service.hash_of(port).into(),
        };
        Self { ports: service.ports.iter().map(port).collect(), kind: service.kind }
    }

    /// The port that a route means. Two may have one number or be taken for it, of which only that of TCP can speak HTTP.
    pub(super) fn meant(&self, used: &BackendPort) -> Option<&Port> {
        let ports = self.ports.iter().enumerate();
        let meant = ports.filter(|(index, port)| used.means(port.number, &port.name, *index == 0));
        meant.map(|(_, port)| port).min_by_key(|port| port.protocol)
    }

    /// Where a target's port leads, which is the one of that number that can speak HTTP.
    pub(super) fn hash_of(&self, number: u16) -> Option<&str> {
        let port = self.meant(&BackendPort::Number(number)).filter(|port| port.protocol == Protocol::Tcp);
        port.map(|port| &*port.hash)
    }

    /// Its ports, for people.
    pub(super) fn shown(&self) -> String {
        let shown = |port: &Port| match (&*port.name, port.number) {
            ("", number) => number.to_string(),
            (name, number) => format!("{number} (`{name}`)"),
        };
        self.ports.iter().map(shown).collect::<Vec<_>>().join(", ")
    }
}
