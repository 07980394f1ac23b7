//! The certificate by which analyzers know the operator.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum_server::tls_rustls::RustlsConfig;
use tokio::sync::watch;

use crate::arguments::Arguments;

/// How often it is looked whether there is another one.
const PAUSE: Duration = Duration::from_secs(30);

/// The certificate of the port for results, and those that it is signed by.
pub(crate) struct Certificates {
    folder: PathBuf,
    tls: RustlsConfig,
    authorities: watch::Sender<Arc<str>>,
}

/// What stands in a folder.
#[derive(PartialEq)]
struct Files {
    chain: Vec<u8>,
    key: Vec<u8>,
    authorities: String,
}

impl Certificates {
    /// Those of the folder that is named.
    pub(crate) async fn of(arguments: &Arguments, _client: &kube::Client) -> Result<Self> {
        match &arguments.certificates {
            Some(folder) => Self::read(folder).await,
            None => anyhow::bail!("not yet"),
        }
    }

    /// Reads them from a folder as cert-manager keeps it.
    async fn read(folder: &Path) -> Result<Self> {
        let Files { chain, key, authorities } = Files::read(folder).await?;
        let tls = RustlsConfig::from_pem(chain, key)
            .await
            .context("the certificate and its key do not go together")?;
        Ok(Self { folder: folder.to_owned(), tls, authorities: watch::Sender::new(authorities.into()) })
    }

    /// What serves with it.
    pub(crate) fn tls(&self) -> RustlsConfig {
        self.tls.clone()
    }

    /// The certificates (PEM) that it is signed by.
    pub(crate) fn authorities(&self) -> watch::Receiver<Arc<str>> {
        self.authorities.subscribe()
    }

    /// Takes over new ones as they come.
    pub(crate) async fn keep(&self) -> Result<()> {
        loop {
            tokio::time::sleep(PAUSE).await;
            // They are replaced one after the other: what does not go together is read again.
            let Ok(Files { chain, key, authorities }) = Files::read(&self.folder).await else { continue };
            if self.tls.reload_from_pem(chain, key).await.is_ok()
                && **self.authorities.borrow() != *authorities
            {
                tracing::info!("the authorities of the port for results have changed");
                self.authorities.send_replace(authorities.into());
            }
        }
    }
}

impl Files {
    async fn read(folder: &Path) -> Result<Self> {
        let read = async |name: &str| {
            let path = folder.join(name);
            tokio::fs::read(&path).await.with_context(|| format!("cannot read `{}`", path.display()))
        };
        let authorities = String::from_utf8(read("ca.crt").await?).context("`ca.crt` is no text")?;
        Ok(Self { chain: read("tls.crt").await?, key: read("tls.key").await?, authorities })
    }
}
