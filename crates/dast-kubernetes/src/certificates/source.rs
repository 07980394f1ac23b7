//! Where certificates are, and how they get there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::stream::{self, Stream};
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use rcgen::KeyPair;
use tokio::time::sleep;

use super::Certificates;
use super::error::CertificatesError;
use super::held::{AUTHORITIES, CHAIN, Held, Issued, KEY};
use super::pem::Written;
use super::plan::{next, next_issued};
use super::secret::Secret;

/// Another operator may have renewed what the Secret holds.
const LOOK_AT_SECRET: SignedDuration = SignedDuration::from_mins(10);
/// A kubelet renews what it mounts for all of its pods within about a minute. Under an authority with another key, those who have
/// the new certificates and those who have the old do not trust each other, so this time is short.
const LOOK_AT_FOLDER: SignedDuration = SignedDuration::from_secs(10);
/// After something went wrong.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Where certificates are.
#[derive(Clone)]
pub enum Source {
    /// In a Secret of the operator's own, by an authority of its own. They are made and renewed here.
    Own {
        /// Reads and writes the Secret.
        client: Client,
        /// The namespace of the Secret.
        namespace: String,
        /// The name of the Secret.
        name: String,
        /// What the leaf is for.
        names: Vec<String>,
    },
    /// In a Secret for another program, which serves by a leaf that the authority of [`Own`](Self::Own) signs. The leaf is
    /// made and renewed here; the key of the authority stays where it is.
    Issued {
        /// Reads and writes the Secrets.
        client: Client,
        /// The namespace of both Secrets.
        namespace: String,
        /// The name of the Secret with the authority.
        authority: String,
        /// The name of the Secret with the leaf.
        name: String,
        /// What the leaf is for.
        names: Vec<String>,
    },
    /// In a folder with the files `tls.crt`, `tls.key` and `ca.crt`, such as a Secret of cert-manager that is mounted.
    /// Somebody else renews them.
    Folder(PathBuf),
}

impl Source {
    /// The certificates as they are to be at a time. Those of its own are made if they are not there, and renewed if that is
    /// due; several operators that do so at once come to the same ones.
    ///
    /// # Errors
    /// When they cannot be read, or cannot be made.
    pub async fn read(&self, now: Timestamp) -> Result<Certificates, CertificatesError> {
        match self {
            Self::Own { client, namespace, name, names } => {
                let secret = Secret::new(client, namespace, name);
                let (Held { authorities, chain, key, .. }, until) =
                    secret.settle(Held::read, Held::data, |held| next(held, names, now)).await?;
                Ok(found(Issued { authorities, chain, key }, until.unwrap_or(now), now))
            }
            Self::Issued { client, namespace, authority, name, names } => {
                let authority = Secret::new(client, namespace, authority).read(Held::read).await?;
                let held = authority.ok_or(CertificatesError::NoAuthority)?;
                let secret = Secret::new(client, namespace, name);
                let next = |issued: Option<&Issued>| next_issued(&held, issued, names, now);
                let (issued, until) = secret.settle(Issued::read, Issued::data, next).await?;
                Ok(found(issued, until.unwrap_or(now), now))
            }
            Self::Folder(folder) => read_folder(folder, now),
        }
    }

    /// The certificates, and again whenever there are others: for servers that take new ones while they serve. Dropping the
    /// stream ends that.
    ///
    /// What goes wrong is told, and tried again a little later.
    pub fn watch(self) -> impl Stream<Item = Result<Certificates, CertificatesError>> + Send {
        stream::unfold((self, None, Duration::ZERO), async |(source, known, pause)| {
            let (known, mut pause) = (known, pause);
            loop {
                sleep(pause).await;
                let now = Timestamp::now();
                match source.read(now).await {
                    Ok(found) => {
                        let ahead = found.until.duration_since(now).max(SignedDuration::from_secs(1));
                        pause = ahead.unsigned_abs();
                        let is_new =
                            known.as_ref().is_none_or(|known: &Certificates| !known.is_same_as(&found));
                        if is_new {
                            return Some((Ok(found.clone()), (source, Some(found), pause)));
                        }
                    }
                    Err(error) => return Some((Err(error), (source, known, LOOK_AGAIN))),
                }
            }
        })
    }
}

impl Certificates {
    fn is_same_as(&self, other: &Self) -> bool {
        (&self.authorities, &self.chain, &self.key) == (&other.authorities, &other.chain, &other.key)
    }
}

/// What a Secret holds, looked at again before long: another operator may have written it.
fn found(issued: Issued, until: Timestamp, now: Timestamp) -> Certificates {
    let soon = now.saturating_add(LOOK_AT_SECRET).unwrap_or(until);
    let until = if until > now { until.min(soon) } else { soon };
    let Issued { authorities, chain, key } = issued;
    Certificates { authorities, chain, key, until }
}

fn read_folder(folder: &Path, now: Timestamp) -> Result<Certificates, CertificatesError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(|source| CertificatesError::File { path, source })
    };
    let refuse = |name: &str, accepted| Err(CertificatesError::Content { path: folder.join(name), accepted });
    let (authorities, chain, key) = (read(AUTHORITIES)?, read(CHAIN)?, read(KEY)?);
    if Written::all(&authorities).is_empty() {
        return refuse(AUTHORITIES, "certificates in PEM, at least one");
    }
    let Some(leaf) = Written::all(&chain).into_iter().next() else {
        return refuse(CHAIN, "certificates in PEM, that of the server first");
    };
    // Whoever asks would not trust it, unless their clocks are wrong. What is served by meanwhile may still be good.
    if leaf.ends <= now {
        return refuse(CHAIN, "a certificate of the server that has not expired");
    }
    match KeyPair::from_pem(&key) {
        // It may have been renewed between two looks.
        Ok(key) if !leaf.is_of(&key) => return refuse(KEY, "the key of the certificate in `tls.crt`"),
        Err(_) => return refuse(KEY, "a private key in PEM"),
        Ok(_) => {}
    }
    let until = now.saturating_add(LOOK_AT_FOLDER).unwrap_or(now);
    Ok(Certificates { authorities, chain, key, until })
}
