//! The controller of policies and exemptions: whether they can be read, as a condition.

use dast_core::discovery::ObjectName;
use jiff::Timestamp;
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use super::apply::apply_status;
use super::context::Context;
use super::statement::Statement;
use super::work::Next;
use crate::crd::{ClusterThresholdPolicy, DocumentStatus, Exemption, ThresholdPolicy};
use crate::known::store::Store;

/// A policy or an exemption.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Document {
    Policy(ObjectName),
    Ceiling(ObjectName),
    Exemption(ObjectName),
}

/// Says of a document whether it can be read.
pub(super) async fn reconcile(document: Document, context: &Context) -> kube::Result<Next> {
    let known = context.known();
    match document {
        Document::Policy(name) => {
            let api = Api::<ThresholdPolicy>::namespaced(context.client(), &name.namespace);
            let read = |policy: &ThresholdPolicy| {
                policy.spec.policy.read().map(drop).map_err(|error| error.to_string())
            };
            say(&name, &known.policies, &api, read, |policy| policy.status.clone()).await
        }
        Document::Ceiling(name) => {
            let api = Api::<ClusterThresholdPolicy>::all(context.client());
            let read = |policy: &ClusterThresholdPolicy| {
                policy.spec.policy.read().map(drop).map_err(|error| error.to_string())
            };
            say(&name, &known.ceilings, &api, read, |policy| policy.status.clone()).await
        }
        Document::Exemption(name) => {
            let api = Api::<Exemption>::namespaced(context.client(), &name.namespace);
            let read = |exemption: &Exemption| {
                exemption.spec.exemption.read().map(drop).map_err(|error| error.to_string())
            };
            say(&name, &known.exemptions, &api, read, |exemption| exemption.status.clone()).await
        }
    }
}

async fn say<K>(
    name: &ObjectName,
    store: &Store<K>,
    api: &Api<K>,
    read: impl Fn(&K) -> Result<(), String>,
    status: impl Fn(&K) -> Option<DocumentStatus>,
) -> kube::Result<Next>
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let Some(object) = store.get(name) else { return Ok(Next::Rest) };
    let statement = match read(&object) {
        Ok(()) => Statement::new("True", "Valid", ""),
        Err(error) => Statement::new("False", "Invalid", error),
    };
    let before = status(&object);
    let mut after = before.clone().unwrap_or_default();
    after.observed_generation = object.meta().generation;
    statement.put(&mut after.conditions, "Accepted", object.meta().generation, Timestamp::now());
    if before.as_ref() != Some(&after) {
        store.apply(apply_status(api, &object, &after).await?);
    }
    Ok(Next::Rest)
}
