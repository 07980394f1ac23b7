//! An order, and all that is needed to carry it out.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use dast_policy::ValueError;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use secrecy::SecretString;

use super::{DispatchError, KEY_FILE, LOGIN_FOLDER, Objects};
use crate::access::ServiceAccount;
use crate::configuration::Configuration;
use crate::order::{Order, OrderedEngine};
use crate::shared_zap;

/// Where the ZAP of a scan's own pod listens.
pub(super) const LOOPBACK: &str = "127.0.0.1";
pub(super) const LOOPBACK_PORT: u16 = 8090;

/// An order, and all that is needed to carry it out.
#[derive(Debug, Clone)]
pub struct Dispatch<'a> {
    /// What the analyzer is told. Its engine is [`Engine::ordered`], and it logs in if there are credentials.
    pub order: &'a Order,
    /// What the installation says.
    pub configuration: &'a Configuration,
    /// The operator, which has to be reached.
    pub operator: &'a ServiceAccount,
    /// The image of the analyzer.
    pub image: &'a str,
    /// What scans.
    pub engine: Engine<'a>,
    /// Where the target is.
    pub reach: Reach,
    /// The addresses to which the names of all origins lead in the pod: of the target's Service, or those that an external
    /// name was found to have, so that it cannot have others later. If there are none, names are looked up.
    pub addresses: Vec<IpAddr>,
    /// What the scan logs in with.
    pub credentials: Option<Credentials>,
}

/// What scans.
#[derive(Debug, Clone)]
pub enum Engine<'a> {
    /// The built-in engine.
    Builtin,
    /// A ZAP in the pod of the scan.
    PerScan {
        /// Its image.
        image: &'a str,
        /// Its settings, as [`Configuration::zap_options`] accepts them.
        options: Vec<&'a str>,
    },
    /// The ZAP of a `Dast`, for all its scans.
    Shared {
        /// The namespace of the `Dast`.
        namespace: &'a str,
        /// The name of the `Dast`.
        dast: &'a str,
        /// The name of its ZAP.
        zap: &'a str,
        /// The key of its ZAP.
        key: &'a SecretString,
    },
}

/// Where a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// In the pods that a Service selects.
    Pods {
        /// Their namespace.
        namespace: String,
        /// What the Service selects them by; not empty.
        selector: BTreeMap<String, String>,
        /// Their ports, by number or by name.
        ports: Vec<IntOrString>,
    },
    /// At addresses: of a Service without a selector, or outside of the cluster.
    Addresses(Vec<SocketAddr>),
}

/// What a scan logs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Who.
    pub username: SecretString,
    /// With which password.
    pub password: SecretString,
}

impl Dispatch<'_> {
    /// From the end of the scan to that of the pod: time to place it, to pull images and to start a ZAP.
    const START: Duration = Duration::from_secs(10 * 60);
    /// Time to deliver what came of it to an operator that is being replaced.
    const DELIVERY: Duration = Duration::from_secs(15 * 60);

    /// The objects that carry the order out.
    ///
    /// # Errors
    /// When parts of it contradict each other, or the order does not fit into a pod.
    pub fn objects(&self) -> Result<Objects, DispatchError> {
        self.check()?;
        Objects::of(self)
    }

    /// How long a pod may live.
    pub(super) fn deadline(&self) -> Result<Duration, DispatchError> {
        let timeout = self.order.settings.timeout.as_ref();
        let timeout = timeout.ok_or_else(|| ValueError::new("", "a time span such as `1h30m`"));
        let timeout = timeout.and_then(|timeout| timeout.read()).map_err(DispatchError::Timeout)?;
        // It was read as one that is not negative.
        let timeout = Duration::try_from(timeout).unwrap_or_default();
        Ok(timeout.saturating_add(Self::START).saturating_add(Self::DELIVERY))
    }

    fn check(&self) -> Result<(), DispatchError> {
        if self.order.engine != self.engine.ordered() {
            return Err(DispatchError::Engine);
        }
        let folder = self.order.login.as_ref().map(|login| login.folder.as_path());
        if folder != self.credentials.as_ref().map(|_| LOGIN_FOLDER.as_ref()) {
            return Err(DispatchError::Login);
        }
        // A rule without peers or ports would let everything through.
        let is_nowhere = match &self.reach {
            Reach::Pods { selector, ports, .. } => selector.is_empty() || ports.is_empty(),
            Reach::Addresses(addresses) => addresses.is_empty(),
        };
        if is_nowhere { Err(DispatchError::Nowhere) } else { Ok(()) }
    }
}

impl Engine<'_> {
    /// What an order says of it.
    ///
    /// ```
    /// use dast_kubernetes::job::{Engine, KEY_FILE};
    /// use dast_kubernetes::order::OrderedEngine;
    ///
    /// let zap = Engine::PerScan { image: "ghcr.io/zaproxy/zaproxy:stable", options: vec![] };
    /// let ordered = OrderedEngine::Zap { url: "http://127.0.0.1:8090".to_owned(), key_file: KEY_FILE.into() };
    /// assert_eq!(zap.ordered(), ordered);
    /// ```
    pub fn ordered(&self) -> OrderedEngine {
        let url = match self {
            Self::Builtin => return OrderedEngine::Builtin,
            Self::PerScan { .. } => format!("http://{LOOPBACK}:{LOOPBACK_PORT}"),
            Self::Shared { namespace, zap, .. } => shared_zap::url(namespace, zap),
        };
        OrderedEngine::Zap { url, key_file: KEY_FILE.into() }
    }
}
