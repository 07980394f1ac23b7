//! Names of objects and patterns of names
//! (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>).

use dast_policy::reading::{Place, Reader};
use wildmatch::WildMatch;

use crate::name::{is_label, is_subdomain};

/// Namespaces that a cluster has for itself, in which no scan may run.
const SYSTEMS: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// A namespace.
pub(crate) fn namespace(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    accept(reader, place, "the name of a namespace", |text| is_label(text, ""))
}

/// A namespace that is for us alone.
pub(super) fn own_namespace(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let accepted = "the name of a namespace that is for scans alone";
    accept(reader, place, accepted, |text| is_label(text, "") && !SYSTEMS.contains(&text))
}

/// Names of namespaces, with `*` for any letters.
pub(super) fn pattern(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let accepted = "the name of a namespace, in which `*` stands for any letters";
    accept(reader, place, accepted, |text| is_label(text, "*"))
}

/// The name of most objects.
pub(super) fn object(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    accept(reader, place, "the name of an object", is_subdomain)
}

/// The name of a host.
pub(super) fn host(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    accept(reader, place, "the lower-case name of a host, such as `shop.example`", is_subdomain)
}

/// The name of a host, or all names below one.
pub(super) fn hosts(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let accepted = "the lower-case name of a host, such as `shop.example`, an address, or `*.shop.example` for all below it";
    accept(reader, place, accepted, |text| {
        let is_address = text.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_string() == text);
        is_address || is_subdomain(text.strip_prefix("*.").unwrap_or(text))
    })
}

/// Whether a name is one of those that the patterns stand for.
pub(super) fn is_among(name: &str, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| WildMatch::new(pattern).matches(name))
}

/// A text that fits.
pub(crate) fn accept(
    reader: &mut Reader,
    place: Place<'_>,
    accepted: &str,
    fits: impl FnOnce(&str) -> bool,
) -> Option<String> {
    let text = reader.text(place.clone())?;
    if fits(text) {
        return Some(text.to_owned());
    }
    reader.refuse(&place, accepted);
    None
}
