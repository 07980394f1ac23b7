//! The annotations of an object, as far as anything here reads them.

use std::collections::BTreeMap;

use dast_policy::ANNOTATION_PREFIX;

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
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotations(BTreeMap<String, String>);

/// The prefixes of what is kept. Of controllers these are the ones that Kubernetes lists
/// (<https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/>), as far as they read annotations of routes.
const KEPT: [&str; 22] = [
    ANNOTATION_PREFIX,
    "alb.ingress.kubernetes.io/",
    "appgw.ingress.kubernetes.io/",
    "getambassador.io/",
    "haproxy-ingress.github.io/",
    "haproxy.com/",
    "haproxy.org/",
    "ingress.cilium.io/",
    "ingress.citrix.com/",
    "ingress.kubernetes.io/",
    "k8s.apisix.apache.org/",
    "konghq.com/",
    "kubernetes.io/ingress.allow-http",
    "kubernetes.io/ingress.global-static-ip-name",
    "kubernetes.io/ingress.regional-static-ip-name",
    "networking.gke.io/",
    "nginx.com/",
    "nginx.ingress.kubernetes.io/",
    "nginx.org/",
    "projectcontour.io/",
    "traefik.ingress.kubernetes.io/",
    "zalando.org/",
];

impl Annotations {
    /// The value of one of ours, named without the prefix.
    pub fn ours(&self, key: &str) -> Option<&str> {
        self.iter()
            .find_map(|(full, value)| (full.strip_prefix(ANNOTATION_PREFIX) == Some(key)).then_some(value))
    }

    /// The value of any that is kept, by its full key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All that are kept, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl<K: AsRef<str> + Into<String>, V: Into<String>> FromIterator<(K, V)> for Annotations {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(annotations: I) -> Self {
        let kept = |key: &str| KEPT.iter().any(|prefix| key.starts_with(prefix));
        let read = annotations.into_iter().filter(|(key, _)| kept(key.as_ref()));
        Self(read.map(|(key, value)| (key.into(), value.into())).collect())
    }
}

/// How one of our annotations is named in a message.
pub(super) fn field(key: &str) -> String {
    format!("annotation `{ANNOTATION_PREFIX}{key}`")
}
