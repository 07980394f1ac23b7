//! The webhook: the certificate that it serves by, and its registration.

use std::pin::{Pin, pin};
use std::sync::Arc;

use anyhow::Result;
use dast_kubernetes::certificates::{Source, service_names};
use dast_kubernetes::registration::{Outcome, Registrar, Registrations};
use dast_runtime::file;
use futures_util::{Stream, StreamExt};
use kube::Client;
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use crate::arguments::Arguments;
use crate::certificates::SECRET;

/// The Secret with the leaf of the webhook, which is all that it may mount.
const WEBHOOK_SECRET: &str = "dast-webhook-certificates";

/// The file that says what is to be registered, as it changes.
pub(crate) struct File {
    said: watch::Receiver<Arc<Registrations>>,
    following: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl File {
    /// Reads it, if there is one.
    pub(crate) fn read(arguments: &Arguments) -> Result<Option<Self>> {
        let Some(path) = &arguments.registrations else { return Ok(None) };
        let (said, following) = file::follow(path, |text| Ok(Registrations::from_yaml(text)?))?;
        Ok(Some(Self { said, following: Box::pin(following) }))
    }
}

/// What the replica that acts does for the webhook.
pub(crate) struct Registration {
    registrar: Registrar,
    leaf: Option<Leaf>,
    authorities: watch::Receiver<Arc<str>>,
    following: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// What the webhook serves by, if the operator makes it.
struct Leaf {
    source: Source,
    authorities: watch::Sender<Arc<str>>,
}

impl Registration {
    /// With the authorities of the operator's own certificate, if somebody else keeps that: they keep the webhook's, too.
    pub(crate) fn new(
        arguments: &Arguments,
        File { said, following }: File,
        client: &Client,
        cluster_domain: &str,
        theirs: watch::Receiver<Arc<str>>,
    ) -> Self {
        let namespace = &arguments.namespace;
        let leaf = arguments.certificates.is_none().then(|| Leaf {
            source: Source::Issued {
                client: client.clone(),
                namespace: namespace.clone(),
                authority: SECRET.to_owned(),
                name: WEBHOOK_SECRET.to_owned(),
                // With another name, the chart rolls the operator out.
                names: service_names(namespace, &said.borrow().service().name, cluster_domain),
            },
            authorities: watch::Sender::new("".into()),
        });
        let authorities = leaf.as_ref().map_or(theirs, |leaf| leaf.authorities.subscribe());
        let registrar = Registrar::new(client.clone(), namespace, said, authorities.clone());
        Self { registrar, leaf, authorities, following }
    }

    /// Makes its metrics part of what is scraped.
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.registrar.register(registry);
    }

    /// Does it, and goes on when something of it does not work. It does not end by itself.
    pub(crate) async fn keep(self) {
        let Self { registrar, leaf, mut authorities, following } = self;
        let certifying = async {
            let Some(Leaf { source, authorities }) = leaf else { return };
            tell(source.watch(), "the certificate of the webhook cannot be kept now", |found| {
                authorities.send_replace(found.authorities().into());
                tracing::info!(until = %found.until(), "the webhook has a certificate");
            })
            .await;
        };
        let registering =
            async {
                // Before there is a certificate, there is nobody to ask.
                let _ = authorities.wait_for(|authorities| !authorities.is_empty()).await;
                tell(registrar.watch(), "the webhook is not registered as it should be", |outcome| {
                    match outcome {
                        Outcome::Written => tracing::info!("the webhook is registered"),
                        Outcome::Kept => tracing::info!("the webhook is registered as before"),
                    }
                })
                .await;
            };
        tokio::join!(certifying, registering, following);
    }
}

/// Logs what comes, and what is wrong once until it is something else.
async fn tell<T, E>(news: impl Stream<Item = Result<T, E>>, wrong: &'static str, well: impl Fn(T))
where
    E: Into<anyhow::Error>,
{
    let mut news = pin!(news);
    let mut told = String::new();
    while let Some(one) = news.next().await {
        match one.map_err(Into::into) {
            Ok(one) => {
                told.clear();
                well(one);
            }
            Err(error) => {
                let error = format!("{error:#}");
                if error != told {
                    tracing::warn!(error, "{wrong}");
                    told = error;
                }
            }
        }
    }
}
