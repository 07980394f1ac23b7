//! What is known of the cluster, by watches and by the answers to writes of our own.

mod deliveries;
mod rulebook;
pub(crate) mod store;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use dast_core::discovery::{Index, ObjectName};
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

use self::deliveries::Deliveries;
use self::store::Store;
use crate::crd::{ClusterThresholdPolicy, Dast, Exemption, ScanRun, ScanTarget, ScannerRef, ThresholdPolicy};
use crate::job;

/// What is known of the cluster: what discovery found, our own kinds, and what runs in the scan namespace.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    index: Arc<RwLock<Index>>,
    pub(crate) targets: Arc<Store<ScanTarget>>,
    /// By their targets.
    pub(crate) runs: Arc<Store<ScanRun>>,
    /// By namespaces, as the three that follow.
    pub(crate) dasts: Arc<Store<Dast>>,
    pub(crate) policies: Arc<Store<ThresholdPolicy>>,
    pub(crate) exemptions: Arc<Store<Exemption>>,
    pub(crate) ceilings: Arc<Store<ClusterThresholdPolicy>>,
    /// By their runs.
    pub(crate) jobs: Arc<Store<Job>>,
    /// By their Jobs.
    pub(crate) pods: Arc<Store<Pod>>,
    /// Of shared ZAPs, by their Dasts.
    pub(crate) deployments: Arc<Store<Deployment>>,
    /// What was delivered a moment ago.
    pub(crate) deliveries: Arc<Deliveries>,
    rulebook: Arc<rulebook::Last>,
}

impl Known {
    /// Nothing but what `index` knows.
    pub(crate) fn new(index: Arc<RwLock<Index>>) -> Self {
        Self {
            index,
            targets: Arc::new(Store::new(|_| None)),
            runs: Arc::new(Store::new(|run| {
                Some(ObjectName::new(run.namespace()?, run.spec.target.as_str()))
            })),
            dasts: Arc::new(Store::new(namespace)),
            policies: Arc::new(Store::new(namespace)),
            exemptions: Arc::new(Store::new(namespace)),
            ceilings: Arc::new(Store::new(namespace)),
            jobs: Arc::new(Store::new(|job| run_of(&job.metadata))),
            pods: Arc::new(Store::new(|pod| {
                let job = pod.labels().get("batch.kubernetes.io/job-name")?;
                Some(ObjectName::new(pod.namespace()?, job.as_str()))
            })),
            deployments: Arc::new(Store::new(|deployment| {
                let owner = deployment.owner_references().iter().find(|owner| owner.kind == "Dast")?;
                Some(ObjectName::new(deployment.namespace()?, owner.name.as_str()))
            })),
            deliveries: Arc::default(),
            rulebook: Arc::default(),
        }
    }

    /// The index itself, for those who keep it.
    pub(crate) fn shared_index(&self) -> Arc<RwLock<Index>> {
        Arc::clone(&self.index)
    }

    /// What discovery found. It is not to be held while something is waited for.
    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many targets a scanner scans.
    pub(crate) fn targets_of(&self, scanner: &ScannerRef) -> usize {
        self.targets.all().iter().filter(|target| target.spec.scanner == *scanner).count()
    }

    /// The runs of a target in the order of their turns, then those that wait, the oldest first.
    pub(crate) fn runs_of(&self, target: &ObjectName) -> Vec<Arc<ScanRun>> {
        let mut runs = self.runs.group(target);
        runs.sort_by_cached_key(|run| {
            (turn(run), run.creation_timestamp().map(|time| time.0), run.name_any())
        });
        runs
    }
}

/// When the turn of a run came. That of a run which waits comes after all others. API servers tell whole seconds of creations,
/// and two scans of a target may be over in one.
fn turn(run: &ScanRun) -> Timestamp {
    let status = run.status.as_ref();
    match status.and_then(|status| status.turn.as_ref()) {
        Some(turn) => turn.0,
        None if status.is_some_and(|status| status.ended.is_some()) => Timestamp::MIN,
        None => Timestamp::MAX,
    }
}

/// The run that an object in the scan namespace is of.
pub(crate) fn run_of(metadata: &ObjectMeta) -> Option<ObjectName> {
    job::run_of(metadata).map(|(run, _)| ObjectName::new(run.namespace, run.name))
}

fn namespace<K: kube::Resource>(object: &K) -> Option<ObjectName> {
    Some(ObjectName::new(object.meta().namespace.as_deref().unwrap_or_default(), ""))
}

#[cfg(test)]
mod tests {
    use dast_core::discovery::Settings;
    use serde_json::{Value, json};

    use super::*;

    fn run(name: &str, created: &str, status: Value) -> ScanRun {
        serde_json::from_value(json!({
            "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
            "metadata": {"name": name, "namespace": "shop", "creationTimestamp": created},
            "spec": {"target": "web-80"}, "status": status,
        }))
        .unwrap()
    }

    #[test]
    fn runs_stand_in_the_order_of_their_turns_and_not_of_their_names() {
        let (early, second) = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
        let turn = |micros: u32| json!({"turn": format!("2026-01-01T00:00:01.{micros:06}Z")});
        let known = Known::new(Arc::new(RwLock::new(Index::new(Settings::default()))));
        let runs = [
            run("waits", second, json!({"phase": "Queued"})),
            run("asked-for", second, turn(900_000)),
            run("zealous", second, turn(100_000)),
            run("was-overtaken", early, turn(950_000)),
            run("made-just-now", second, Value::Null),
            run("never-began", second, json!({"phase": "Failed", "ended": second})),
        ];
        for run in runs {
            assert!(known.runs.apply(run));
        }
        let names: Vec<String> =
            known.runs_of(&ObjectName::new("shop", "web-80")).iter().map(|run| run.name_any()).collect();
        assert_eq!(names, ["never-began", "zealous", "asked-for", "was-overtaken", "made-just-now", "waits"]);
    }
}
