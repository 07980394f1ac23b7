//! The objects of an attempt.

use std::fmt;

use dast_core::scan::job_name;
use k8s_openapi::ByteString;
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::Resource;
use kube::core::ObjectMeta;
use secrecy::ExposeSecret;

use super::dispatch::{Dispatch, Engine};
use super::{DispatchError, labels, network, pod};

/// How long a Job is kept when it is over, in seconds. What became of it was noted long before.
const KEPT: i32 = 600;

/// The objects of an attempt, all with the same name in the scan namespace.
#[derive(Clone, PartialEq)]
pub struct Objects {
    /// The Job. Its name is that of the attempt, so that there is one. It is suspended until the other objects are there.
    pub job: Job,
    /// What its pod may reach.
    pub network_policy: NetworkPolicy,
    /// What is secret in it, if anything is.
    pub secret: Option<Secret>,
}

impl Objects {
    pub(super) fn of(dispatch: &Dispatch<'_>) -> Result<Self, DispatchError> {
        let order = dispatch.order;
        let metadata = ObjectMeta {
            name: Some(job_name(&order.target, &order.run.uid, order.attempt)),
            namespace: Some(dispatch.configuration.scan_namespace.clone()),
            labels: Some(labels::labels(order)),
            annotations: Some(labels::annotations(order)),
            ..ObjectMeta::default()
        };
        Ok(Self {
            job: job(dispatch, metadata.clone())?,
            network_policy: NetworkPolicy {
                metadata: metadata.clone(),
                spec: Some(network::policy(dispatch)),
            },
            secret: secret(dispatch, metadata),
        })
    }

    /// Lets the other objects end with the Job, as the API server knows it: before that, they are not to be made.
    pub fn own(&mut self, job: &Job) {
        let owner: Option<Vec<_>> = job.owner_ref(&()).map(|owner| vec![owner]);
        self.network_policy.metadata.owner_references.clone_from(&owner);
        if let Some(secret) = &mut self.secret {
            secret.metadata.owner_references = owner;
        }
    }
}

/// Everything but the contents of the Secret.
impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects")
            .field("job", &self.job)
            .field("network_policy", &self.network_policy)
            .field("secret", &self.secret.as_ref().map(|secret| &secret.metadata))
            .finish()
    }
}

/// One pod, once: whether there is another attempt is decided elsewhere, since it would be another Job.
fn job(dispatch: &Dispatch<'_>, metadata: ObjectMeta) -> Result<Job, DispatchError> {
    let deadline = i64::try_from(dispatch.deadline()?.as_secs()).unwrap_or(i64::MAX);
    let spec = JobSpec {
        active_deadline_seconds: Some(deadline),
        backoff_limit: Some(0),
        completions: Some(1),
        parallelism: Some(1),
        pod_replacement_policy: Some("Failed".to_owned()),
        suspend: Some(true),
        ttl_seconds_after_finished: Some(KEPT),
        template: pod::template(dispatch)?,
        ..JobSpec::default()
    };
    Ok(Job { metadata, spec: Some(spec), ..Job::default() })
}

fn secret(dispatch: &Dispatch<'_>, metadata: ObjectMeta) -> Option<Secret> {
    let key = match &dispatch.engine {
        Engine::Shared { key, .. } => Some((pod::KEY, *key)),
        Engine::Builtin | Engine::PerScan { .. } => None,
    };
    let login = dispatch.credentials.as_ref();
    let login = login.map(|login| [(pod::USERNAME, &login.username), (pod::PASSWORD, &login.password)]);
    let entries = key.into_iter().chain(login.into_iter().flatten());
    let data: std::collections::BTreeMap<_, _> = entries
        .map(|(name, value)| (name.to_owned(), ByteString(value.expose_secret().as_bytes().to_vec())))
        .collect();
    let is_needed = !data.is_empty();
    is_needed.then(|| Secret {
        metadata,
        data: Some(data),
        immutable: Some(true),
        type_: Some("Opaque".to_owned()),
        ..Secret::default()
    })
}
