//! The ZAP that the scans of a Dast share, brought to what it is to be, and its key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dast_core::discovery::ObjectName;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::{Api, ResourceExt};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::apply::take_over;
use super::context::Context;
use super::settings::Settings;
use super::statement::Statement;
use crate::crd::Dast;
use crate::shared_zap::{self, KEY, SharedZap, SharedZapObjects};

/// How often a ZAP and its key are looked at. The operator may read these Secrets one by one and watch none, so that nobody tells
/// it of another value, or that one is gone.
pub(super) const LOOK: Duration = Duration::from_secs(60);

/// How ZAPs were left, by their Dasts, so that nothing is written again that nobody has changed.
#[derive(Debug, Default)]
pub(super) struct SharedZaps(Mutex<HashMap<ObjectName, Standing>>);

/// What was applied last, but for the key, of which the Deployment has a hash; and what the API server made of it.
#[derive(Debug, PartialEq)]
struct Standing {
    deployment: Deployment,
    service: Service,
    network_policy: NetworkPolicy,
    marks: [Mark; 4],
}

impl Standing {
    fn new(objects: &SharedZapObjects, found: &Found) -> Option<Self> {
        Some(Self {
            deployment: objects.deployment.clone(),
            service: objects.service.clone(),
            network_policy: objects.network_policy.clone(),
            marks: [
                Mark::of(found.secret.as_ref()?),
                Mark::of(found.network_policy.as_ref()?),
                Mark::of(found.service.as_ref()?),
                // Its version changes with its status.
                Mark { version: None, ..Mark::of(&found.deployment.as_ref()?.metadata) },
            ],
        })
    }
}

/// What is another one once somebody has written an object.
#[derive(Debug, PartialEq)]
struct Mark {
    uid: Option<String>,
    version: Option<String>,
    generation: Option<i64>,
    owners: Option<Vec<OwnerReference>>,
}

impl Mark {
    fn of(metadata: &ObjectMeta) -> Self {
        Self {
            uid: metadata.uid.clone(),
            version: metadata.resource_version.clone(),
            generation: metadata.generation,
            owners: metadata.owner_references.clone(),
        }
    }
}

impl SharedZaps {
    fn is(&self, dast: &ObjectName, standing: &Standing) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(dast) == Some(standing)
    }

    fn put(&self, dast: &ObjectName, standing: Option<Standing>) {
        let mut zaps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match standing {
            Some(standing) => drop(zaps.insert(dast.clone(), standing)),
            None => drop(zaps.remove(dast)),
        }
    }

    /// Whether a ZAP was made with this key.
    fn has_key(&self, name: &ObjectName, dast: &Dast, key: &SecretString) -> bool {
        let zaps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        zaps.get(name).is_some_and(|standing| shared_zap::has_key(&standing.deployment, dast, key))
    }

    pub(super) fn forget(&self, dast: &ObjectName) {
        self.put(dast, None);
    }
}

/// The key for a scan. If there is none, or the ZAP was made with another one, it is looked after now: this scan, or its next
/// attempt, comes too early.
pub(super) async fn lent(
    name: &ObjectName,
    dast: &Dast,
    context: &Context,
) -> kube::Result<Result<SecretString, String>> {
    let key = key(dast, context).await?;
    if !key.as_ref().is_ok_and(|key| context.shared_zaps.has_key(name, dast, key)) {
        context.desks.scanners.ask(name.clone());
    }
    Ok(key)
}

/// The key of the ZAP that a Dast shares: the one that it names, or else the one that was made for it.
async fn key(dast: &Dast, context: &Context) -> kube::Result<Result<SecretString, String>> {
    let zaproxy = &dast.spec.zaproxy;
    if let Some(plain) = zaproxy.apikey.as_ref().filter(|key| !key.expose().is_empty()) {
        return Ok(Ok(SecretString::from(plain.expose())));
    }
    let (secret, entry) = match &zaproxy.api_key_secret {
        Some(named) => (named.name.as_str(), named.key.as_str()),
        None => (zaproxy.name.as_str(), KEY),
    };
    let namespace = dast.namespace().unwrap_or_default();
    let found = Api::<Secret>::namespaced(context.client(), &namespace).get_opt(secret).await?;
    let value = found.and_then(|found| found.data?.remove(entry));
    let text = value.and_then(|value| String::from_utf8(value.0).ok());
    Ok(text
        .map(SecretString::from)
        .ok_or_else(|| format!("Secret `{secret}` in `{namespace}` has no text `{entry}`")))
}

/// Brings a ZAP to what it is to be, and tells whether it is there.
pub(super) async fn share(
    name: &ObjectName,
    dast: &Dast,
    settings: &Settings,
    context: &Context,
) -> kube::Result<Statement<'static>> {
    if !settings.shared_zap_namespaces.iter().any(|listed| **listed == *name.namespace) {
        let message = format!(
            "`sharedZapNamespaces` of the configuration do not name `{}`: have it named, or set `spec.zaproxy.mode: PerScan`",
            name.namespace
        );
        return Ok(Statement::new("False", "NamespaceNotListed", message));
    }
    let key = match key(dast, context).await? {
        Ok(key) => key,
        Err(why) if dast.spec.zaproxy.api_key_secret.is_some() => {
            return Ok(Statement::new("False", "NoKey", why));
        }
        Err(_) => match generated() {
            Some(key) => key,
            None => return Ok(Statement::new("False", "NoKey", "the system gives no random numbers")),
        },
    };
    let Ok(image) = settings.zap_image(dast.spec.zaproxy.image.as_deref()) else {
        return Ok(Statement::new("False", "InvalidValue", "the image is not accepted"));
    };
    let objects = match (SharedZap { dast, configuration: settings, image, key: &key }).objects() {
        Ok(objects) => objects,
        Err(error) => return Ok(Statement::new("False", "InvalidValue", error.to_string())),
    };
    let mut found = Found::look(name, &objects, context).await?;
    if !Standing::new(&objects, &found).is_some_and(|standing| context.shared_zaps.is(name, &standing)) {
        found = found.bring(name, &objects, context).await?;
        context.shared_zaps.put(name, Standing::new(&objects, &found));
    }
    let status = found.deployment.and_then(|deployment| deployment.status);
    Ok(match status.and_then(|status| status.ready_replicas).unwrap_or_default() {
        0 => Statement::new("False", "Starting", "its ZAP is not ready yet"),
        _ => Statement::new("True", "Running", ""),
    })
}

/// What there is of a ZAP.
struct Found {
    secret: Option<ObjectMeta>,
    network_policy: Option<ObjectMeta>,
    service: Option<ObjectMeta>,
    deployment: Option<Deployment>,
}

impl Found {
    async fn look(name: &ObjectName, objects: &SharedZapObjects, context: &Context) -> kube::Result<Self> {
        let (client, own, zap) = (context.client(), &*name.namespace, objects.deployment.name_any());
        Ok(Self {
            secret: metadata(&Api::<Secret>::namespaced(client.clone(), own), &zap).await?,
            network_policy: metadata(&Api::<NetworkPolicy>::namespaced(client.clone(), own), &zap).await?,
            service: metadata(&Api::<Service>::namespaced(client.clone(), own), &zap).await?,
            deployment: Api::<Deployment>::namespaced(client, own).get_opt(&zap).await?,
        })
    }

    /// Brings all to what it is to be.
    async fn bring(
        self,
        name: &ObjectName,
        objects: &SharedZapObjects,
        context: &Context,
    ) -> kube::Result<Self> {
        let (client, own) = (context.client(), &*name.namespace);
        let secrets = Api::<Secret>::namespaced(client.clone(), own);
        let policies = Api::<NetworkPolicy>::namespaced(client.clone(), own);
        let services = Api::<Service>::namespaced(client.clone(), own);
        let deployments = Api::<Deployment>::namespaced(client, own);
        let deployment = self.deployment.map(|found| found.metadata);
        Ok(Self {
            secret: Some(take_over(&secrets, &objects.secret, self.secret).await?.metadata),
            network_policy: Some(
                take_over(&policies, &objects.network_policy, self.network_policy).await?.metadata,
            ),
            service: Some(take_over(&services, &objects.service, self.service).await?.metadata),
            deployment: Some(take_over(&deployments, &objects.deployment, deployment).await?),
        })
    }
}

async fn metadata<K>(api: &Api<K>, name: &str) -> kube::Result<Option<ObjectMeta>>
where
    K: Clone + DeserializeOwned + std::fmt::Debug,
{
    Ok(api.get_metadata_opt(name).await?.map(|found| found.metadata))
}

/// 256 bits in hex, which no property file and no header takes for something else.
fn generated() -> Option<SecretString> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(SecretString::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

#[cfg(test)]
mod tests;
