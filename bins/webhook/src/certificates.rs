//! The certificate by which API servers know the webhook.

use std::pin::Pin;

use anyhow::{Context, Result};
use axum_server::tls_rustls::RustlsConfig;
use dast_kubernetes::certificates::{Certificates, CertificatesError, Source};
use futures_util::{Stream, StreamExt};

use crate::arguments::Arguments;

type News = Pin<Box<dyn Stream<Item = Result<Certificates, CertificatesError>> + Send>>;

/// What is served by, as it changes.
pub(crate) struct Serving {
    tls: RustlsConfig,
    news: News,
}

impl Serving {
    /// Waits until there is a certificate that can be used: somebody else makes it.
    pub(crate) async fn begin(arguments: &Arguments) -> Result<Self> {
        let mut news: News = Box::pin(Source::Folder(arguments.certificates.clone()).watch());
        loop {
            let found = news.next().await.context("there are no certificates")?;
            let tls = match found {
                Ok(found) => usable(&found).await,
                Err(error) => Err(error.into()),
            };
            match tls {
                Ok(tls) => return Ok(Self { tls, news }),
                Err(error) => tell(&error),
            }
        }
    }

    /// What serves with them.
    pub(crate) fn tls(&self) -> RustlsConfig {
        self.tls.clone()
    }

    /// Takes over new ones as they come. Those that cannot be used leave the others in force.
    pub(crate) async fn keep(mut self) {
        while let Some(found) = self.news.next().await {
            let taken = match found {
                Ok(found) => self
                    .tls
                    .reload_from_pem(found.chain().into(), found.key().into())
                    .await
                    .context("new certificates cannot be used"),
                Err(error) => Err(error.into()),
            };
            match taken {
                Ok(()) => tracing::info!("there are new certificates"),
                Err(error) => tell(&error),
            }
        }
    }
}

async fn usable(found: &Certificates) -> Result<RustlsConfig> {
    let tls = RustlsConfig::from_pem(found.chain().into(), found.key().into()).await;
    tls.context("the certificates cannot be used")
}

fn tell(error: &anyhow::Error) {
    tracing::warn!(error = format!("{error:#}"), "there is no certificate to take over");
}
