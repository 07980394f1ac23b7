//! What a scan is about: the place that was scanned, the settings, and the revision that ran.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprint;
use crate::origin::Origin;

/// A place that a route exposes and a scan may have visited: a host and a path prefix.
///
/// Prefixes are compared by whole path segments, as Kubernetes does
/// (<https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types>): `/admin` holds `/admin/users`
/// but not `/administration`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exposure {
    /// The host, lower-case.
    pub host: String,
    /// The path prefix, beginning with `/`.
    pub path: String,
}

impl Exposure {
    /// Names a place.
    pub fn new(host: impl Into<String>, path: impl Into<String>) -> Self {
        Self { host: host.into(), path: path.into() }
    }

    /// Whether `visited` lies within this place, so that having been there shows something of it.
    ///
    /// ```
    /// use dast_policy::Exposure;
    ///
    /// let admin = Exposure::new("shop.test", "/admin");
    /// assert!(admin.holds(&Exposure::new("shop.test", "/admin/users")));
    /// assert!(!admin.holds(&Exposure::new("shop.test", "/administration")));
    /// assert!(!admin.holds(&Exposure::new("other.test", "/admin")));
    /// ```
    pub fn holds(&self, visited: &Self) -> bool {
        let below = visited.path.strip_prefix(self.path.trim_end_matches('/'));
        self.host == visited.host && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether this is the place that a scan was asked to visit. Neither what holds it nor what it holds is: who visits `/health`
    /// has not looked at all that `/` exposes, and who begins at `/` may never come to `/admin`.
    pub(crate) fn is(&self, host: &str, path: &str) -> bool {
        self.host == host && self.path.trim_end_matches('/') == path.trim_end_matches('/')
    }
}

/// What was scanned: a name for people, the origin, and the places that were visited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subject {
    /// What the target is called, such as `shop/web:http`, or its URL.
    pub target: String,
    /// Where it was scanned.
    pub origin: Origin,
    /// The exposed hosts and path prefixes that the scan was asked to visit and did visit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covered: Vec<Exposure>,
}

/// What ran while it was scanned: an opaque name that changes when the workload does. Compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(Arc<str>);

impl Revision {
    /// Takes any text as a revision. One of more than 128 bytes is replaced by its fingerprint, so that evidence stays
    /// bounded and yet nothing is cut of what is compared.
    pub fn new(text: impl Into<String>) -> Self {
        Self(identity(&text.into()).into())
    }

    /// The revision as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text, or its fingerprint if it is long.
pub(crate) fn identity(text: &str) -> Cow<'_, str> {
    const MOST: usize = 128;
    match text.len() <= MOST {
        true => Cow::Borrowed(text),
        false => Cow::Owned(Fingerprint::of(&["identity", text]).to_string()),
    }
}

/// The settings of a scan: their name and a hash over all of them. Evidence counts only for the same hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// The name that policies accept or refuse, such as `passive` or `full`.
    pub name: String,
    /// A hash over every setting that changes what a scan can find.
    pub hash: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_every_place_of_its_host() {
        let root = Exposure::new("a", "/");
        assert!(root.holds(&Exposure::new("a", "/")));
        assert!(root.holds(&Exposure::new("a", "/x/y")));
        assert!(Exposure::new("a", "/x/").holds(&Exposure::new("a", "/x")));
    }
}
