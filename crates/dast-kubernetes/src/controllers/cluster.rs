//! What is known of the cluster.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use dast_core::discovery::{Index, ObjectName};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

use super::store::Store;
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

    /// The runs of a target, the oldest first.
    pub(crate) fn runs_of(&self, target: &ObjectName) -> Vec<Arc<ScanRun>> {
        let mut runs = self.runs.group(target);
        runs.sort_by_cached_key(|run| (run.creation_timestamp().map(|time| time.0), run.name_any()));
        runs
    }
}

/// The run that an object in the scan namespace is of.
pub(crate) fn run_of(metadata: &ObjectMeta) -> Option<ObjectName> {
    job::run_of(metadata).map(|(run, _)| ObjectName::new(run.namespace, run.name))
}

fn namespace<K: kube::Resource>(object: &K) -> Option<ObjectName> {
    Some(ObjectName::new(object.meta().namespace.as_deref().unwrap_or_default(), ""))
}
