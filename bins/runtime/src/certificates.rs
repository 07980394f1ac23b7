//! The certificate that a port is served by, as it changes.

use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum_server::tls_rustls::RustlsConfig;
use dast_kubernetes::certificates::{Certificates, CertificatesError, Source};
use futures_util::{Stream, StreamExt};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;

use crate::https::ALPN;

type News = Pin<Box<dyn Stream<Item = Result<Certificates, CertificatesError>> + Send>>;

/// What a port is served by, as it changes.
pub struct Serving {
    tls: RustlsConfig,
    authorities: watch::Sender<Arc<str>>,
    news: News,
}

impl Serving {
    /// Waits until there is a certificate that can be used, and tells why there is none: somebody else may be about to make it.
    ///
    /// # Errors
    /// When the source has ended, which none does.
    pub async fn begin(source: Source) -> Result<Self> {
        let mut news: News = Box::pin(source.watch());
        loop {
            let found = news.next().await.context("there are no certificates")?;
            match usable(found) {
                Ok((config, signers)) => {
                    let (tls, authorities) = (RustlsConfig::from_config(config), watch::Sender::new(signers));
                    return Ok(Self { tls, authorities, news });
                }
                Err(error) => tell(&error),
            }
        }
    }

    /// What serves with them.
    pub fn tls(&self) -> RustlsConfig {
        self.tls.clone()
    }

    /// The certificates (PEM) that they are signed by.
    pub fn authorities(&self) -> watch::Receiver<Arc<str>> {
        self.authorities.subscribe()
    }

    /// Takes over new ones as they come. Those that cannot be used leave the others in force.
    pub async fn keep(self) {
        let Self { tls, authorities, mut news } = self;
        while let Some(found) = news.next().await {
            match usable(found) {
                Ok((config, signers)) => {
                    tls.reload_from_config(config);
                    authorities.send_replace(signers);
                    tracing::info!("there are new certificates");
                }
                Err(error) => tell(&error),
            }
        }
    }
}

/// What serves with what was found, if it can be used, and the certificates (PEM) that it is signed by.
fn usable(found: Result<Certificates, CertificatesError>) -> Result<(Arc<ServerConfig>, Arc<str>)> {
    let found = found?;
    let chain = CertificateDer::pem_slice_iter(found.chain().as_bytes()).collect::<Result<_, _>>();
    let key = PrivateKeyDer::from_pem_slice(found.key().as_bytes());
    let chain = chain.context("the certificates cannot be read")?;
    let key = key.context("the key of the certificate cannot be read")?;
    let server = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    let mut server = server.context("the certificates cannot be used")?;
    server.alpn_protocols = vec![ALPN.to_vec()];
    Ok((Arc::new(server), found.authorities().into()))
}

fn tell(error: &anyhow::Error) {
    tracing::warn!(error = format!("{error:#}"), "there is no certificate to take over");
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use dast_kubernetes::certificates::{Held, Step, next};
    use jiff::{SignedDuration, Timestamp};
    use tempfile::TempDir;
    use tokio::time::sleep;
    use tracing::subscriber::DefaultGuard;

    use super::*;

    /// A folder as somebody else keeps it, and what is told meanwhile.
    struct World {
        folder: TempDir,
        log: TempDir,
        _telling: DefaultGuard,
    }

    impl World {
        fn new() -> Self {
            crate::choose_cryptography();
            let (folder, log) = (TempDir::new().unwrap(), TempDir::new().unwrap());
            let file = File::create(log.path().join("log")).unwrap();
            let telling = tracing_subscriber::fmt().with_ansi(false).with_writer(Arc::new(file)).finish();
            Self { folder, log, _telling: tracing::subscriber::set_default(telling) }
        }

        fn source(&self) -> Source {
            Source::Folder(self.folder.path().to_owned())
        }

        /// What is told last, some time after the folder is like this.
        async fn told_of(&self, held: &Held) -> String {
            let parts = [("ca.crt", &held.authorities), ("tls.crt", &held.chain), ("tls.key", &held.key)];
            parts.iter().for_each(|(name, text)| fs::write(self.folder.path().join(name), text).unwrap());
            sleep(Duration::from_secs(15)).await;
            last_line(&self.log.path().join("log"))
        }
    }

    fn last_line(path: &Path) -> String {
        fs::read_to_string(path).unwrap().lines().last().unwrap_or_default().to_owned()
    }

    /// Certificates that were made so many days ago. They are good for 90 days.
    fn made(days: i64) -> Held {
        let names = ["dast-webhook.dast-system.svc".to_owned()];
        let Ok(Step::Write(made)) =
            next(None, &names, Timestamp::now() - SignedDuration::from_hours(days * 24))
        else {
            panic!("nothing is made")
        };
        made
    }

    /// What cannot be used, and what is told of it.
    fn bad(good: &Held) -> [(Held, &'static str); 5] {
        [
            (Held { chain: "nonsense".to_owned(), ..good.clone() }, "tls.crt` is not accepted"),
            (Held { key: "nonsense".to_owned(), ..good.clone() }, "a private key in PEM"),
            (Held { key: made(0).key, ..good.clone() }, "the key of the certificate in `tls.crt`"),
            (Held { authorities: String::new(), ..good.clone() }, "ca.crt` is not accepted"),
            (made(91), "a certificate of the server that has not expired"),
        ]
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_until_there_are_certificates_that_can_be_used_and_says_why() {
        let world = World::new();
        let begun = tokio::spawn(Serving::begin(world.source()));
        sleep(Duration::from_secs(15)).await;
        assert!(last_line(&world.log.path().join("log")).contains("cannot read"));
        let good = made(89);
        for (bad, why) in bad(&good) {
            let told = world.told_of(&bad).await;
            assert!(told.contains("WARN") && told.contains(why), "{told}");
            assert!(!begun.is_finished(), "{why}");
        }
        world.told_of(&good).await;
        assert!(begun.is_finished());
        let serving = begun.await.unwrap().unwrap();
        assert_eq!(**serving.authorities().borrow(), *good.authorities);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_used_leaves_the_last_good_ones_in_force_and_is_told() {
        let world = World::new();
        let good = made(0);
        world.told_of(&good).await;
        let serving = Serving::begin(world.source()).await.unwrap();
        let (tls, authorities) = (serving.tls(), serving.authorities());
        let in_force = tls.get_inner();
        let keeping = tokio::spawn(serving.keep());
        for (bad, why) in bad(&good) {
            let told = world.told_of(&bad).await;
            assert!(told.contains("WARN") && told.contains(why), "{told}");
            assert!(Arc::ptr_eq(&tls.get_inner(), &in_force), "{why}");
            assert_eq!(**authorities.borrow(), *good.authorities, "{why}");
        }
        let others = made(0);
        let told = world.told_of(&others).await;
        assert!(told.contains("there are new certificates"), "{told}");
        assert!(!Arc::ptr_eq(&tls.get_inner(), &in_force));
        assert_eq!(**authorities.borrow(), *others.authorities);
        assert!(!keeping.is_finished());
    }
}
