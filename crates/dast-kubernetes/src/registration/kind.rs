//! The two kinds of objects that webhooks are registered in.

use std::fmt::Debug;

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhook, MutatingWebhookConfiguration, ValidatingWebhook, ValidatingWebhookConfiguration,
};
use kube::core::{ClusterResourceScope, ObjectMeta};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::file::Registrations;

/// A kind of object that webhooks are registered in.
pub(super) trait Kind:
    kube::Resource<DynamicType = (), Scope = ClusterResourceScope> + Clone + Debug + DeserializeOwned + Serialize
{
    /// What is registered.
    type Webhook: PartialEq;

    const NAME: &'static str;

    /// What is to be registered, for a Service in this namespace.
    fn wanted(registrations: &Registrations, namespace: &str, bundle: &ByteString) -> Vec<Self::Webhook>;

    /// What is registered.
    fn webhooks(&self) -> &[Self::Webhook];

    /// The authorities that one of them is known by.
    fn bundle(webhook: &Self::Webhook) -> Option<&ByteString>;

    fn with(metadata: ObjectMeta, webhooks: Vec<Self::Webhook>) -> Self;
}

impl Kind for MutatingWebhookConfiguration {
    type Webhook = MutatingWebhook;

    const NAME: &'static str = "MutatingWebhookConfiguration";

    fn wanted(registrations: &Registrations, namespace: &str, bundle: &ByteString) -> Vec<MutatingWebhook> {
        let service = &registrations.service;
        registrations.mutating.iter().map(|one| one.to_mutating(service, namespace, bundle)).collect()
    }

    fn webhooks(&self) -> &[MutatingWebhook] {
        self.webhooks.as_deref().unwrap_or_default()
    }

    fn bundle(webhook: &MutatingWebhook) -> Option<&ByteString> {
        webhook.client_config.ca_bundle.as_ref()
    }

    fn with(metadata: ObjectMeta, webhooks: Vec<MutatingWebhook>) -> Self {
        Self { metadata, webhooks: Some(webhooks) }
    }
}

impl Kind for ValidatingWebhookConfiguration {
    type Webhook = ValidatingWebhook;

    const NAME: &'static str = "ValidatingWebhookConfiguration";

    fn wanted(registrations: &Registrations, namespace: &str, bundle: &ByteString) -> Vec<ValidatingWebhook> {
        let service = &registrations.service;
        registrations.validating.iter().map(|one| one.to_validating(service, namespace, bundle)).collect()
    }

    fn webhooks(&self) -> &[ValidatingWebhook] {
        self.webhooks.as_deref().unwrap_or_default()
    }

    fn bundle(webhook: &ValidatingWebhook) -> Option<&ByteString> {
        webhook.client_config.ca_bundle.as_ref()
    }

    fn with(metadata: ObjectMeta, webhooks: Vec<ValidatingWebhook>) -> Self {
        Self { metadata, webhooks: Some(webhooks) }
    }
}
