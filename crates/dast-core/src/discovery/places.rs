//! What is at which address: the pods that live there, and the slices that lead there.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use dast_policy::ValueError;
use ipnet::IpNet;
use smallvec::SmallVec;

use super::endpoints::Address;
use super::name::ObjectName;
use super::problem::Reason;
use super::revision::PodDigest;
use super::settings::Settings;

/// All addresses that anything is known of.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<IpAddr, Place>);

/// An address. Most have one pod and one slice, which stand here and not elsewhere in memory.
#[derive(Debug, Default)]
struct Place {
    residents: SmallVec<[Resident; 1]>,
    leading: SmallVec<[Leading; 1]>,
}

/// A live pod at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resident {
    pub(super) pod: ObjectName,
    pub(super) host_network: bool,
    /// What it runs, or the image ID that does not say.
    pub(super) digest: Result<PodDigest, Box<ValueError>>,
}

/// A slice that leads to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leading {
    pub(super) service: ObjectName,
    pub(super) slice: Arc<str>,
}

impl Places {
    /// Lets a pod live at an address, in the place of what it was before, and says whether that is news.
    pub(super) fn settle(&mut self, address: IpAddr, resident: Resident) -> bool {
        let residents = &mut self.0.entry(address).or_default().residents;
        match residents.iter_mut().find(|other| other.pod == resident.pod) {
            Some(same) if *same == resident => return false,
            Some(same) => *same = resident,
            None => residents.push(resident),
        }
        true
    }

    pub(super) fn leave(&mut self, address: IpAddr, pod: &ObjectName) {
        self.change(address, |place| place.residents.retain(|resident| resident.pod != *pod));
    }

    pub(super) fn link(&mut self, address: IpAddr, leading: Leading) {
        self.0.entry(address).or_default().leading.push(leading);
    }

    pub(super) fn unlink(&mut self, address: IpAddr, leading: &Leading) {
        self.change(address, |place| place.leading.retain(|other| other != leading));
    }

    /// The slices that lead to an address.
    pub(super) fn leading_to(&self, address: IpAddr) -> &[Leading] {
        self.0.get(&address).map(|place| place.leading.as_slice()).unwrap_or_default()
    }

    /// The pods at an endpoint of a Service of `namespace`, or why nothing may be sent there.
    ///
    /// Only of an endpoint that is ready a missing pod is told: one that is on its way out may outlive its pod.
    pub(super) fn visit(
        &self,
        address: &Address,
        ready: bool,
        namespace: &str,
        settings: &Settings,
    ) -> Result<&[Resident], Reason> {
        let Address::Ip(address) = address else { return Err(Reason::NotAPod) };
        if let Some(reason) = forbidden(*address, settings) {
            return Err(reason);
        }
        let residents = self.0.get(address).map(|place| place.residents.as_slice()).unwrap_or_default();
        if residents.iter().any(|resident| resident.host_network) {
            return Err(Reason::HostNetwork);
        }
        // Who claims an address that somebody else's pod has too does not get it.
        if residents.iter().any(|resident| *resident.pod.namespace != *namespace) {
            return Err(Reason::OtherNamespace);
        }
        if residents.is_empty() && ready { Err(Reason::NotAPod) } else { Ok(residents) }
    }

    fn change(&mut self, address: IpAddr, change: impl FnOnce(&mut Place)) {
        if let Some(place) = self.0.get_mut(&address) {
            change(place);
            if place.residents.is_empty() && place.leading.is_empty() {
                self.0.remove(&address);
            }
        }
    }
}

/// Where clouds serve metadata and credentials, or their own machines' services: AWS, Azure, Google and most others at the
/// first; AWS and Google by IPv6; Alibaba; Oracle; Azure's wire server; ECS on AWS.
const METADATA: [IpAddr; 8] = [
    v4([169, 254, 169, 254]),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    v4([100, 100, 100, 200]),
    v4([192, 0, 0, 192]),
    v4([168, 63, 129, 16]),
    v4([169, 254, 170, 2]),
    v4([169, 254, 170, 23]),
];

const fn v4([a, b, c, d]: [u8; 4]) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

/// Why nothing may be sent to an address, whoever lives there.
fn forbidden(address: IpAddr, settings: &Settings) -> Option<Reason> {
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    let within = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&address));
    let to_many = address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST);
    let outside = !settings.pod_networks.is_empty() && !within(&settings.pod_networks);
    if address.is_loopback() || address.is_unspecified() {
        Some(Reason::Loopback)
    } else if METADATA.contains(&address) {
        Some(Reason::Metadata)
    } else if link_local {
        Some(Reason::LinkLocal)
    } else if settings.api_server.contains(&address) {
        Some(Reason::ApiServer)
    } else if to_many || outside || within(&settings.forbidden_networks) {
        Some(Reason::ForbiddenNetwork)
    } else {
        None
    }
}
