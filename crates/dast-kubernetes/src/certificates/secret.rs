//! A Secret of the operator's own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1;
use kube::api::{Patch, PatchParams, PostParams};
use kube::core::ObjectMeta;
use kube::{Api, Client, ResourceExt};

use super::error::CertificatesError;
use super::plan::Step;
use crate::access::FIELD_MANAGER;
use crate::refused::is_conflict;

/// Whose objects are ours (<https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>).
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// How often the Secret is read anew when others wrote it meanwhile.
const TRIES: usize = 5;

type Data = BTreeMap<String, ByteString>;

/// A Secret of the operator's own.
pub(super) struct Secret<'n> {
    api: Api<v1::Secret>,
    name: &'n str,
}

impl<'n> Secret<'n> {
    pub(super) fn new(client: &Client, namespace: &str, name: &'n str) -> Self {
        Self { api: Api::namespaced(client.clone(), namespace), name }
    }

    /// What it holds, if it is there and whole.
    pub(super) async fn read<T>(
        &self,
        read: impl Fn(&Data) -> Option<T>,
    ) -> Result<Option<T>, CertificatesError> {
        Ok(self.get().await?.and_then(|found| read(found.data.as_ref()?)))
    }

    /// Has it hold what comes next, and gives that; also until when, unless it was written just now. Several that do so at
    /// once come to the same.
    pub(super) async fn settle<T>(
        &self,
        read: impl Fn(&Data) -> Option<T>,
        data: impl Fn(&T) -> Data,
        next: impl Fn(Option<&T>) -> Result<Step<T>, CertificatesError>,
    ) -> Result<(T, Option<Timestamp>), CertificatesError> {
        for _ in 0..TRIES {
            let found = self.get().await?;
            let held = found.as_ref().and_then(|found| read(found.data.as_ref()?));
            match (next(held.as_ref())?, held) {
                (Step::Keep { until }, Some(held)) => return Ok((held, Some(until))),
                (Step::Write(made), _) => {
                    if self.write(found.as_ref(), data(&made)).await? {
                        return Ok((made, None));
                    }
                }
                // Nothing cannot be kept.
                (Step::Keep { .. }, None) => {}
            }
        }
        Err(CertificatesError::Contended { name: self.name.to_owned() })
    }

    async fn get(&self) -> Result<Option<v1::Secret>, CertificatesError> {
        let found = self.api.get_opt(self.name).await.map_err(CertificatesError::Api)?;
        let is_ours =
            |found: &v1::Secret| found.labels().get(MANAGED_BY).is_some_and(|by| by == FIELD_MANAGER);
        match found {
            Some(found) if !is_ours(&found) => Err(CertificatesError::Foreign { name: self.name.to_owned() }),
            found => Ok(found),
        }
    }

    /// Writes it if it is still what was found; says whether it was.
    async fn write(&self, found: Option<&v1::Secret>, data: Data) -> Result<bool, CertificatesError> {
        let secret = v1::Secret {
            metadata: ObjectMeta {
                name: Some(self.name.to_owned()),
                labels: Some(BTreeMap::from([(MANAGED_BY.to_owned(), FIELD_MANAGER.to_owned())])),
                resource_version: found.and_then(ResourceExt::resource_version),
                uid: found.and_then(ResourceExt::uid),
                ..ObjectMeta::default()
            },
            data: Some(data),
            // A type stays what it is.
            type_: Some(
                found.and_then(|found| found.type_.clone()).unwrap_or_else(|| "kubernetes.io/tls".to_owned()),
            ),
            ..v1::Secret::default()
        };
        let written = match found {
            None => {
                let params =
                    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
                self.api.create(&params, &secret).await
            }
            Some(_) => {
                let params = PatchParams::apply(FIELD_MANAGER).force();
                self.api.patch(self.name, &params, &Patch::Apply(&secret)).await
            }
        };
        match written {
            Ok(_) => Ok(true),
            Err(error) if is_conflict(&error) => Ok(false),
            Err(error) => Err(CertificatesError::Api(error)),
        }
    }
}
