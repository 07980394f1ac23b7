//! What is outside of the cluster.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dast_core::Target;
use dast_policy::ValueError;

const PUBLIC: &str = "a public address: no private, local or shared one, and no cloud's metadata";

/// Whether an address that the name of an external target leads to may be scanned: a name that leads into the cluster, or
/// to the machines that it runs on, would make the scanner reach what its owner cannot.
///
/// The networks are those of the IANA registries for special purposes
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>), but for those that documentation and tests use.
///
/// ```
/// use dast_kubernetes::configuration::check_external_address;
///
/// assert!(check_external_address("93.184.216.34".parse()?).is_ok());
/// assert!(check_external_address("169.254.169.254".parse()?).is_err());
/// assert!(check_external_address("::ffff:10.0.0.1".parse()?).is_err());
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
///
/// # Errors
/// When it is not public.
pub fn check_external_address(address: IpAddr) -> Result<(), ValueError> {
    let is_public = match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    };
    if is_public { Ok(()) } else { Err(ValueError::new(address.to_string(), PUBLIC)) }
}

/// The target that a URL names.
pub(super) fn target(url: &str, hosts: &[String]) -> Result<Target, ValueError> {
    let target = Target::parse(url).map_err(|error| error.refused().clone())?;
    let host = target.origin().host();
    if !is_listed(host, hosts) {
        let accepted = "a URL whose host the configuration lists in `allowed.externalHosts`";
        return Err(ValueError::new(target.origin().to_string(), accepted));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse().map_or(Ok(()), check_external_address)?;
    Ok(target)
}

/// Whether a host is on a list of hosts, addresses and `*.suffix`.
pub(super) fn is_listed(host: &str, hosts: &[String]) -> bool {
    let host = host.to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    hosts.iter().any(|listed| match listed.strip_prefix('*') {
        Some(suffix) => host.strip_suffix(suffix).is_some_and(|below| !below.is_empty()),
        None => host == listed,
    })
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_assigned = (first, second, third) == (192, 0, 0);
    // Alibaba's metadata is within the shared range, Azure's wire server is not.
    let is_wire_server = address == Ipv4Addr::new(168, 63, 129, 16);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || is_shared
        || is_assigned
        || is_wire_server)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only 2000::/3 is given to anybody who may be reached from everywhere. 64:ff9b::/96 and 2002::/16 lead on to
    // addresses of version 4, and 2001::/23 holds what is for protocols.
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    is_global && first != 0x2002 && !(first == 0x2001 && second < 0x0200)
}
