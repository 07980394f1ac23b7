//! The annotations of an object, as far as anything here reads them.

use std::collections::BTreeMap;

use dast_policy::ANNOTATION_PREFIX;

use super::problem::{Problem, Reason};

/// So many of those that nobody reads are named.
const MOST_NAMED: usize = 3;

/// The annotations of an object, as far as anything here reads them: ours, and those of the common controllers, which may say
/// where a route leads, from where, and what becomes of requests on the way. The rest is left out: it takes memory, and what
/// `kubectl apply`, Helm, Argo CD, Flux or Rancher note there changes whenever anything does.
///
/// ```
/// use dast_core::discovery::Annotations;
///
/// let annotations = Annotations::from_iter([
///     ("dast.security.banzaicloud.io/zaproxy", "dast-test"),
///     ("kubectl.kubernetes.io/last-applied-configuration", "{…}"),
/// ]);
/// assert_eq!(annotations.ours("zaproxy"), Some("dast-test"));
/// assert_eq!(annotations.iter().count(), 1);
///
/// // What a controller writes back says nothing of where a route leads.
/// let written = Annotations::from_iter([("ingress.kubernetes.io/backends", "{}"), ("ingress.kubernetes.io/ssl-redirect", "true")]);
/// assert_eq!(written.iter().count(), 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotations(BTreeMap<String, String>);

/// The prefixes of what is kept. Of controllers these are common ones of those that Kubernetes lists
/// (<https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/>).
const KEPT: [&str; 27] = [
    ANNOTATION_PREFIX,
    "alb.ingress.kubernetes.io/",
    "appgw.ingress.kubernetes.io/",
    "bfe.ingress.kubernetes.io/",
    "getambassador.io/",
    "haproxy-ingress.github.io/",
    "haproxy.com/",
    "haproxy.org/",
    "ingress.cilium.io/",
    "ingress.citrix.com/",
    "ingress.kubernetes.io/",
    "ingress.pomerium.io/",
    "k8s.apisix.apache.org/",
    "k8s.ngrok.com/",
    "konghq.com/",
    "kubernetes.io/ingress.allow-http",
    "kubernetes.io/ingress.global-static-ip-name",
    "kubernetes.io/ingress.regional-static-ip-name",
    "networking.gke.io/",
    "nginx.com/",
    "nginx.ingress.kubernetes.io/",
    "nginx.org/",
    "projectcontour.io/",
    "oci-native-ingress.oraclecloud.com/",
    "traefik.ingress.kubernetes.io/",
    "virtual-server.f5.com/",
    "zalando.org/",
];

/// What the controller of Google Cloud writes back, such as the health of backends
/// (<https://github.com/kubernetes/ingress-gce/blob/master/pkg/annotations/ingress.go>).
const WRITTEN_BACK: [&str; 8] = [
    "ingress.kubernetes.io/backends",
    "ingress.kubernetes.io/forwarding-rule",
    "ingress.kubernetes.io/https-forwarding-rule",
    "ingress.kubernetes.io/https-target-proxy",
    "ingress.kubernetes.io/ssl-cert",
    "ingress.kubernetes.io/static-ip",
    "ingress.kubernetes.io/target-proxy",
    "ingress.kubernetes.io/url-map",
];

impl Annotations {
    /// The value of one of ours, named without the prefix.
    pub fn ours(&self, key: &str) -> Option<&str> {
        self.all_ours().find_map(|(own, value)| (own == key).then_some(value))
    }

    fn all_ours(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter_map(|(full, value)| Some((full.strip_prefix(ANNOTATION_PREFIX)?, value)))
    }

    /// Those of ours that nobody reads, such as misspelt ones: on such an object, called `what`, these are all that are read.
    /// Their values may be anything, and are left out.
    pub(super) fn unknown(&self, what: &str, keys: &[&str]) -> Option<Problem> {
        let mut others = self.all_ours().map(|(key, _)| key).filter(|key| !keys.contains(key));
        let mut named = vec![others.next()?.to_owned()];
        named.extend(others.by_ref().take(MOST_NAMED - 1).map(str::to_owned));
        let more = others.count();
        named.extend((more > 0).then(|| format!("and {more} more")));
        let accepted = format!("those of {what}: `{}`", keys.join("`, `"));
        let field = format!("annotations `{ANNOTATION_PREFIX}…`");
        Some(Problem::new(Reason::NoEffect, field, named.join(", "), accepted))
    }

    /// The value of any that is kept, by its full key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Whether none is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that are kept, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl<K: AsRef<str> + Into<String>, V: Into<String>> FromIterator<(K, V)> for Annotations {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(annotations: I) -> Self {
        let kept =
            |key: &str| KEPT.iter().any(|prefix| key.starts_with(prefix)) && !WRITTEN_BACK.contains(&key);
        let read = annotations.into_iter().filter(|(key, _)| kept(key.as_ref()));
        Self(read.map(|(key, value)| (key.into(), value.into())).collect())
    }
}

/// How one of our annotations is named in a message.
pub(super) fn field(key: &str) -> String {
    format!("annotation `{ANNOTATION_PREFIX}{key}`")
}
