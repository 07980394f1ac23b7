//! The certificate by which analyzers know the operator.

use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum_server::tls_rustls::RustlsConfig;
use dast_kubernetes::certificates::{Certificates, CertificatesError, Source, service_names};
use futures_util::{Stream, StreamExt};
use kube::Client;
use tokio::sync::{Mutex, watch};

use crate::arguments::Arguments;

/// The Secret with the certificates that the operator makes for itself.
pub(crate) const SECRET: &str = "dast-certificates";
/// The Service that leads to the port for results.
const SERVICE: &str = "dast-operator";

/// What the port for results is served by, as it changes.
pub(crate) struct Serving {
    tls: RustlsConfig,
    authorities: watch::Sender<Arc<str>>,
    news: Mutex<News>,
}

type News = Pin<Box<dyn Stream<Item = Result<Certificates, CertificatesError>> + Send>>;

impl Serving {
    /// Reads the certificates, or makes them.
    pub(crate) async fn begin(arguments: &Arguments, client: &Client, cluster_domain: &str) -> Result<Self> {
        let source = match &arguments.certificates {
            Some(folder) => Source::Folder(folder.clone()),
            None => Source::Own {
                client: client.clone(),
                namespace: arguments.namespace.clone(),
                name: SECRET.to_owned(),
                names: names(arguments, cluster_domain),
            },
        };
        let mut news: News = Box::pin(source.watch());
        let first = news.next().await.context("there are no certificates")?;
        let first = first.context("there are no certificates for the port for results")?;
        let tls = RustlsConfig::from_pem(first.chain().into(), first.key().into()).await;
        let tls = tls.context("the certificates for the port for results cannot be used")?;
        Ok(Self { tls, authorities: watch::Sender::new(first.authorities().into()), news: Mutex::new(news) })
    }

    /// What serves with them.
    pub(crate) fn tls(&self) -> RustlsConfig {
        self.tls.clone()
    }

    /// The certificates (PEM) that they are signed by.
    pub(crate) fn authorities(&self) -> watch::Receiver<Arc<str>> {
        self.authorities.subscribe()
    }

    /// Takes over new ones as they come.
    pub(crate) async fn keep(&self) -> Result<()> {
        let mut news = self.news.lock().await;
        while let Some(found) = news.next().await {
            match found {
                Ok(found) => {
                    let taken = self.tls.reload_from_pem(found.chain().into(), found.key().into()).await;
                    taken.context("new certificates for the port for results cannot be used")?;
                    self.authorities.send_replace(found.authorities().into());
                    tracing::info!(until = %found.until(), "the port for results has new certificates");
                }
                Err(error) => {
                    let error = anyhow::Error::from(error);
                    tracing::warn!(error = format!("{error:#}"), "the certificates cannot be read now");
                }
            }
        }
        Ok(())
    }
}

/// Those of the Service and, if it is called otherwise, the one by which analyzers ask.
fn names(arguments: &Arguments, cluster_domain: &str) -> Vec<String> {
    let mut names = service_names(&arguments.namespace, SERVICE, cluster_domain);
    let url = arguments.results_url().parse::<hyper::Uri>().ok();
    let asked = url.and_then(|url| url.host().map(str::to_owned));
    names.extend(asked.filter(|name| !names.contains(name)));
    names
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_service_of_another_name_is_known_by_it() {
        let usual = ["dast-operator.scans.svc", "dast-operator.scans.svc.cluster.local"];
        let of = |more: &[&str]| {
            let arguments = [&["dast-operator", "--namespace=scans"], more].concat();
            names(&Arguments::parse_from(arguments), "cluster.local")
        };
        assert_eq!(of(&[]), usual);
        assert_eq!(of(&["--results-url=https://dast-operator.scans.svc:443"]), usual);
        let other = "gate.scans.svc";
        assert_eq!(of(&["--results-url=https://gate.scans.svc:8443"]), [usual[0], usual[1], other]);
    }
}
