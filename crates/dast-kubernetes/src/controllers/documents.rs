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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::controllers::api;
    use crate::controllers::samples::{context, known, object};

    const GROUP: &str = "/apis/security.banzaicloud.io/v1alpha1";

    /// What the API server has as the condition of a document, after a look at it.
    async fn condition(document: Document, path: &str, written: Value) -> (String, String) {
        let (server, known) = (api::Api::default(), known());
        server.put(path, written);
        let stored = server.get(path);
        match &document {
            Document::Policy(_) => drop(known.policies.apply(object(stored))),
            Document::Ceiling(_) => drop(known.ceilings.apply(object(stored))),
            Document::Exemption(_) => drop(known.exemptions.apply(object(stored))),
        }
        let (context, _) = context(&server, known, "");
        reconcile(document, &context).await.unwrap();
        let accepted = server.get(path)["status"]["conditions"][0].clone();
        assert_eq!(accepted["type"], "Accepted");
        let text = |field: &str| accepted[field].as_str().unwrap().to_owned();
        (text("reason"), text("message"))
    }

    fn written(kind: &str, spec: &Value) -> Value {
        json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": kind,
            "metadata": {"name": "own", "namespace": "shop", "uid": "1", "generation": 1}, "spec": spec})
    }

    #[tokio::test]
    async fn a_document_that_cannot_be_read_says_what_is_wrong_with_it() {
        let name = ObjectName::new("shop", "own");
        let path = format!("{GROUP}/namespaces/shop/thresholdpolicies/own");
        let good = json!({"thresholds": {"alerts": {"high": {"fail": 0}}}});
        let policy = |spec: &Value| written("ThresholdPolicy", spec);
        let said = condition(Document::Policy(name.clone()), &path, policy(&good)).await;
        assert_eq!(said, ("Valid".to_owned(), String::new()));
        let bad = json!({"thresholds": {"alerts": {"high": {"fail": -1}}}});
        let (reason, message) = condition(Document::Policy(name.clone()), &path, policy(&bad)).await;
        assert_eq!(reason, "Invalid");
        assert!(message.contains("thresholds.alerts.high.fail") && message.contains("-1"), "{message}");
        assert!(message.contains("expected"), "{message}");

        let path = format!("{GROUP}/namespaces/shop/exemptions/own");
        let bad =
            json!({"rule": "10038", "pathRegex": "(", "reason": "r", "owner": "o", "expires": "2027-01-01"});
        let (reason, message) = condition(Document::Exemption(name), &path, written("Exemption", &bad)).await;
        assert_eq!(reason, "Invalid");
        assert!(message.contains("pathRegex") && message.contains("`(`"), "{message}");

        let path = format!("{GROUP}/clusterthresholdpolicies/own");
        let mut ceiling = written("ClusterThresholdPolicy", &json!({"maxAge": "soon"}));
        ceiling["metadata"]["namespace"].take();
        let (reason, message) =
            condition(Document::Ceiling(ObjectName::new("", "own")), &path, ceiling).await;
        assert_eq!(reason, "Invalid");
        assert!(message.contains("maxAge") && message.contains("`soon`"), "{message}");
    }
}
