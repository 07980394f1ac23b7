//! Where certificates are, and how they get there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::stream::{self, Stream};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams, PostParams};
use kube::core::ObjectMeta;
use kube::{Api, Client, ResourceExt};
use rcgen::KeyPair;
use tokio::time::sleep;

use super::Certificates;
use super::error::CertificatesError;
use super::held::{AUTHORITIES, CHAIN, Held, KEY};
use super::pem::Written;
use super::plan::{Step, next};
use crate::access::FIELD_MANAGER;

/// Whose objects are ours (<https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>).
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// How often the Secret is read anew when others wrote it meanwhile.
const TRIES: usize = 5;

/// Another operator may have renewed what the Secret holds.
const LOOK_AT_SECRET: SignedDuration = SignedDuration::from_mins(10);
/// The kubelet renews what it mounts within about a minute.
const LOOK_AT_FOLDER: SignedDuration = SignedDuration::from_mins(1);
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
                let secrets = Api::namespaced(client.clone(), namespace);
                ensure(&secrets, name, names, now).await
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

async fn ensure(
    secrets: &Api<Secret>,
    name: &str,
    names: &[String],
    now: Timestamp,
) -> Result<Certificates, CertificatesError> {
    for _ in 0..TRIES {
        let found = secrets.get_opt(name).await.map_err(CertificatesError::Api)?;
        if found
            .as_ref()
            .is_some_and(|found| found.labels().get(MANAGED_BY).map(String::as_str) != Some(FIELD_MANAGER))
        {
            return Err(CertificatesError::Foreign { name: name.to_owned() });
        }
        let held = found.as_ref().and_then(|found| Held::read(found.data.as_ref()?));
        match (next(held.as_ref(), names, now)?, held) {
            (Step::Keep { until }, Some(held)) => return Ok(certificates(held, until, now)),
            (Step::Write(made), _) => {
                if write(secrets, name, found.as_ref(), &made).await? {
                    return Ok(certificates(made, now, now));
                }
            }
            // Nothing cannot be kept.
            (Step::Keep { .. }, None) => {}
        }
    }
    Err(CertificatesError::Contended { name: name.to_owned() })
}

/// Writes the Secret if it is still what was found; says whether it was.
async fn write(
    secrets: &Api<Secret>,
    name: &str,
    found: Option<&Secret>,
    held: &Held,
) -> Result<bool, CertificatesError> {
    let secret = Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(BTreeMap::from([(MANAGED_BY.to_owned(), FIELD_MANAGER.to_owned())])),
            resource_version: found.and_then(ResourceExt::resource_version),
            uid: found.and_then(ResourceExt::uid),
            ..ObjectMeta::default()
        },
        data: Some(held.data()),
        // A type stays what it is.
        type_: Some(
            found.and_then(|found| found.type_.clone()).unwrap_or_else(|| "kubernetes.io/tls".to_owned()),
        ),
        ..Secret::default()
    };
    let written = match found {
        None => {
            let params =
                PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
            secrets.create(&params, &secret).await
        }
        Some(_) => {
            let params = PatchParams::apply(FIELD_MANAGER).force();
            secrets.patch(name, &params, &Patch::Apply(&secret)).await
        }
    };
    match written {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(CertificatesError::Api(error)),
    }
}

fn certificates(held: Held, until: Timestamp, now: Timestamp) -> Certificates {
    let soon = now.saturating_add(LOOK_AT_SECRET).unwrap_or(until);
    let until = if until > now { until.min(soon) } else { soon };
    Certificates { authorities: held.authorities, chain: held.chain, key: held.key, until }
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
    match KeyPair::from_pem(&key) {
        // It may have been renewed between two looks.
        Ok(key) if !leaf.is_of(&key) => return refuse(KEY, "the key of the certificate in `tls.crt`"),
        Err(_) => return refuse(KEY, "a private key in PEM"),
        Ok(_) => {}
    }
    let until = now.saturating_add(LOOK_AT_FOLDER).unwrap_or(now);
    Ok(Certificates { authorities, chain, key, until })
}
