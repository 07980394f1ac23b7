//! Taking a registration away.

use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use kube::api::DeleteParams;
use kube::{Api, Client};

use super::kind::Kind;
use crate::refused::is_gone;

/// Takes the registrations of this name away, so that nothing is asked about routes any more. One that is not there is none.
///
/// # Errors
/// When the API server does not answer, or does not let one of them be deleted. The other is deleted all the same.
pub async fn unregister(client: &Client, name: &str) -> kube::Result<()> {
    let deleted = [
        delete::<MutatingWebhookConfiguration>(client, name).await,
        delete::<ValidatingWebhookConfiguration>(client, name).await,
    ];
    deleted.into_iter().collect()
}

async fn delete<K: Kind>(client: &Client, name: &str) -> kube::Result<()> {
    match Api::<K>::all(client.clone()).delete(name, &DeleteParams::default()).await {
        Err(error) if !is_gone(&error) => Err(error),
        _ => Ok(()),
    }
}
