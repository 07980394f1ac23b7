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

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use clap::Parser;
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
            dast_runtime::choose_cryptography();
            let (folder, log) = (TempDir::new().unwrap(), TempDir::new().unwrap());
            let file = File::create(log.path().join("log")).unwrap();
            let telling = tracing_subscriber::fmt().with_ansi(false).with_writer(Arc::new(file)).finish();
            Self { folder, log, _telling: tracing::subscriber::set_default(telling) }
        }

        fn arguments(&self) -> Arguments {
            let folder = self.folder.path().to_str().unwrap();
            Arguments::parse_from(["dast-webhook", "--configuration", "none", "--certificates", folder])
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
        let arguments = world.arguments();
        let begun = tokio::spawn(async move { Serving::begin(&arguments).await.map(|_| ()) });
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
        begun.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_used_leaves_the_last_good_ones_in_force_and_is_told() {
        let world = World::new();
        let good = made(0);
        world.told_of(&good).await;
        let serving = Serving::begin(&world.arguments()).await.unwrap();
        let tls = serving.tls();
        let in_force = tls.get_inner();
        let keeping = tokio::spawn(serving.keep());
        for (bad, why) in bad(&good) {
            let told = world.told_of(&bad).await;
            assert!(told.contains("WARN") && told.contains(why), "{told}");
            assert!(Arc::ptr_eq(&tls.get_inner(), &in_force), "{why}");
        }
        let told = world.told_of(&made(0)).await;
        assert!(told.contains("there are new certificates"), "{told}");
        assert!(!Arc::ptr_eq(&tls.get_inner(), &in_force));
        assert!(!keeping.is_finished());
    }
}
