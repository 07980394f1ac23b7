//! What the installation says now.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::watch;

use crate::configuration::Configuration;
use crate::crd::ScannerRef;

/// Where the operator is, and what its file says at any time.
///
/// ```
/// use std::sync::Arc;
///
/// use dast_kubernetes::configuration::Configuration;
/// use dast_kubernetes::controllers::Installation;
/// use tokio::sync::watch;
///
/// // Everything stays as it is at first.
/// let configuration = Configuration::from_yaml("queue: {total: 10}")?;
/// let installation = Installation::new("platform", configuration, "-----BEGIN CERTIFICATE-----");
/// assert_eq!(installation.results_url, "https://dast-operator.platform.svc:8443");
///
/// // What changes is a channel, and is acted on as soon as it changes.
/// let (sender, configuration) = watch::channel(Arc::new(Configuration::default()));
/// let installation = Installation { configuration, ..installation };
/// sender.send(Arc::new(Configuration::from_yaml("queue: {total: 20}")?))?;
/// assert_eq!(installation.configuration.borrow().queue_limits().total, Some(20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Installation {
    /// The operator's own namespace.
    pub namespace: String,
    /// What tells this process from others in events, such as the name of its pod.
    pub instance: Option<String>,
    /// What the file of the installation says.
    pub configuration: watch::Receiver<Arc<Configuration>>,
    /// Where analyzers deliver results, such as `https://dast-operator.dast-system.svc:8443`.
    pub results_url: String,
    /// The certificates (PEM) that the certificate there is signed by.
    pub authorities: watch::Receiver<Arc<str>>,
}

/// What the installation says now.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The operator's own namespace.
    pub(crate) namespace: String,
    pub(crate) results_url: String,
    pub(crate) authorities: Arc<str>,
    configuration: Arc<Configuration>,
}

impl Installation {
    /// An operator in `namespace`, whose configuration and certificates do not change, and which analyzers reach by the
    /// Service `dast-operator` at port 8443. Whatever is otherwise goes into the fields.
    pub fn new(
        namespace: impl Into<String>,
        configuration: Configuration,
        authorities: impl Into<Arc<str>>,
    ) -> Self {
        let namespace = namespace.into();
        Self {
            results_url: format!("https://dast-operator.{namespace}.svc:8443"),
            namespace,
            instance: None,
            configuration: watch::channel(Arc::new(configuration)).1,
            authorities: watch::channel(authorities.into()).1,
        }
    }

    pub(crate) fn now(&self) -> Settings {
        Settings {
            namespace: self.namespace.clone(),
            results_url: self.results_url.clone(),
            authorities: self.authorities.borrow().clone(),
            configuration: self.configuration.borrow().clone(),
        }
    }
}

impl Settings {
    /// The scanner of what names none.
    pub(crate) fn default_scanner(&self) -> ScannerRef {
        let own = || ScannerRef { namespace: self.namespace.clone(), name: "default".to_owned() };
        self.configuration.default_scanner.clone().unwrap_or_else(own)
    }

    /// What counts where no policy says otherwise.
    pub(crate) fn rulebook_defaults(&self) -> dast_core::rulebook::Defaults {
        self.configuration.rulebook_defaults(&self.namespace)
    }

    /// What discovery is told of the cluster.
    pub(crate) fn discovery_settings(&self) -> dast_core::discovery::Settings {
        self.configuration.discovery_settings(&self.namespace)
    }
}

impl Deref for Settings {
    type Target = Configuration;

    fn deref(&self) -> &Configuration {
        &self.configuration
    }
}
