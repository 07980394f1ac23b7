//! The controller of Dasts: the ZAP that one shares, and whether it can scan.

use std::sync::Arc;

use dast_core::discovery::ObjectName;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::{Api, ResourceExt};
use secrecy::SecretString;

use super::apply::{apply, apply_status};
use super::context::Context;
use super::scanner;
use super::settings::Settings;
use super::statement::Statement;
use super::work::Next;
use crate::crd::{Dast, ProfileName, ScannerRef, ZapMode};
use crate::known::Known;
use crate::shared_zap::{KEY, SharedZap};

/// Brings a Dast's ZAP to what it is to be, and says how it is.
pub(super) async fn reconcile(name: ObjectName, context: &Context) -> kube::Result<Next> {
    let known = context.known();
    let dast = known.dasts.get(&name).filter(|dast| dast.metadata.deletion_timestamp.is_none());
    let Some(dast) = dast else { return Ok(Next::Rest) };
    let settings = context.settings();
    let mut status = dast.status.clone().unwrap_or_default();
    status.observed_generation = dast.metadata.generation;
    status.targets = u32::try_from(known.targets_of(&itself(&name))).ok();
    let image = settings.zap_image(dast.spec.zaproxy.image.as_deref());
    status.image = image.as_ref().ok().map(|image| (*image).to_owned());
    let wrong = wrong(&dast, known, &settings);
    let ready = match dast.spec.zaproxy.mode() {
        _ if is_passive(&dast, &settings) => {
            Statement::new("True", "BuiltIn", "the built-in engine scans: no ZAP is needed")
        }
        _ if !wrong.is_empty() && image.is_err() => Statement::new("False", "InvalidValue", wrong.join("; ")),
        ZapMode::PerScan => Statement::new("True", "PerScan", "every scan has a ZAP of its own"),
        ZapMode::Shared => share(&name, &dast, &settings, context).await?,
    };
    let accepted = match wrong.first() {
        None => Statement::new("True", "Accepted", remark(&dast)),
        Some(_) => Statement::new("False", "InvalidValue", wrong.join("; ")),
    };
    for (type_, statement) in [("Accepted", accepted), ("Ready", ready)] {
        statement.put(&mut status.conditions, type_, dast.metadata.generation, Timestamp::now());
    }
    if dast.status.as_ref() != Some(&status) {
        let api = Api::<Dast>::namespaced(context.client(), &name.namespace);
        known.dasts.apply(apply_status(&api, &dast, &status).await?);
    }
    Ok(Next::Rest)
}

/// The key of the ZAP that a Dast shares: the one that it names, or else the one that was made for it.
pub(super) async fn key(dast: &Dast, context: &Context) -> kube::Result<Result<SecretString, String>> {
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

/// Applies what a shared ZAP consists of, and tells whether it is there.
async fn share(
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
    let (client, own) = (context.client(), &*name.namespace);
    apply(&Api::<Secret>::namespaced(client.clone(), own), &objects.secret).await?;
    apply(&Api::<NetworkPolicy>::namespaced(client.clone(), own), &objects.network_policy).await?;
    apply(&Api::<Service>::namespaced(client.clone(), own), &objects.service).await?;
    let deployment = apply(&Api::<Deployment>::namespaced(client, own), &objects.deployment).await?;
    let ready = deployment.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default();
    context.known().deployments.apply(deployment);
    Ok(match ready {
        0 => Statement::new("False", "Starting", "its ZAP is not ready yet"),
        _ => Statement::new("True", "Running", ""),
    })
}

/// 256 bits in hex, which no property file and no header takes for something else.
fn generated() -> Option<SecretString> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(SecretString::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// What of it is not accepted.
fn wrong(dast: &Dast, known: &Known, settings: &Settings) -> Vec<String> {
    let image = settings.zap_image(dast.spec.zaproxy.image.as_deref()).err();
    let image = image.map(|error| format!("spec.zaproxy.image: {error}"));
    let (_, refused) = settings.zap_options(&dast.spec.zaproxy.config);
    let outside = scanner::outside_of(dast);
    let external = outside.as_ref().and_then(|(_, url)| settings.external(url).err());
    let external = external.map(|error| format!("spec.analyzer.target: {error}"));
    let rivals = outside.iter().flat_map(|(name, _)| {
        let mut rivals = scanner::outside(name, known);
        rivals.retain(|rival| rival.metadata.name != dast.metadata.name);
        let told = |rival: Arc<Dast>| {
            let rival = rival.name_any();
            format!("spec.analyzer.name: Dast `{rival}` has `{}`, too, and neither is scanned", name.name)
        };
        rivals.into_iter().map(told)
    });
    let options = refused.iter().map(|problem| format!("spec.zaproxy.{problem}"));
    image.into_iter().chain(external).chain(rivals).chain(options).collect()
}

/// What is accepted for the sake of old manifests, and would be better in another way.
fn remark(dast: &Dast) -> String {
    let zaproxy = &dast.spec.zaproxy;
    let plain = zaproxy.apikey.as_ref().is_some_and(|key| !key.expose().is_empty());
    let remarks = [
        (
            zaproxy.namespace.is_some(),
            "spec.zaproxy.namespace is ignored: a ZAP is in the namespace of its Dast",
        ),
        (plain, "spec.zaproxy.apikey shows the key to whoever reads this: leave it out, or use apiKeySecret"),
    ];
    let made = remarks.iter().filter(|(made, _)| *made).map(|(_, text)| *text);
    made.collect::<Vec<_>>().join("; ")
}

fn is_passive(dast: &Dast, settings: &Settings) -> bool {
    let profile = dast.spec.profile.as_ref().unwrap_or(&settings.profile);
    profile.name == Some(ProfileName::Passive)
}

fn itself(name: &ObjectName) -> ScannerRef {
    ScannerRef { namespace: name.namespace.to_string(), name: name.name.to_string() }
}

#[cfg(test)]
mod tests;
