//! Everything that was ever written of the shop, in the order of the API server's store: a resource version is later than another
//! if it is larger, whatever it is of (<https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>).

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use dast_e2e::SHOP;
use futures_util::StreamExt;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Client, ResourceExt};
use serde_json::Value;

/// Whatever an exposure rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Ingress,
    Pod,
    ScanRun,
    ScanTarget,
    Service,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Ingress, Self::Pod, Self::ScanRun, Self::ScanTarget, Self::Service];

    pub(super) fn resource(self) -> ApiResource {
        let ours = "security.banzaicloud.io";
        let (group, version, kind) = match self {
            Self::Ingress => ("networking.k8s.io", "v1", "Ingress"),
            Self::Pod => ("", "v1", "Pod"),
            Self::ScanRun => (ours, "v1alpha1", "ScanRun"),
            Self::ScanTarget => (ours, "v1alpha1", "ScanTarget"),
            Self::Service => ("", "v1", "Service"),
        };
        ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
    }
}

/// An object as it was written; nothing if it was deleted.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) version: u64,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) object: Option<Value>,
    /// When a watch told of it.
    pub(super) heard: Instant,
}

/// All entries, which come as they are written.
#[derive(Debug, Clone, Default)]
pub(super) struct Chronicle(Arc<Mutex<Vec<Entry>>>);

impl Chronicle {
    /// Begins to write down. It ends with the runtime.
    pub(super) fn begin(client: &Client) -> Self {
        let chronicle = Self::default();
        for kind in Kind::ALL {
            let api = Api::namespaced_with(client.clone(), SHOP, &kind.resource());
            tokio::spawn(chronicle.clone().follow(kind, api));
        }
        chronicle
    }

    async fn follow(self, kind: Kind, api: Api<DynamicObject>) {
        // Without a pause it would never let go of a runtime that ends, of which the client ends first.
        let mut events = pin!(watcher(api, watcher::Config::default()).default_backoff());
        while let Some(event) = events.next().await {
            // A watch that broke is taken up again.
            match event {
                Ok(Event::Apply(object) | Event::InitApply(object)) => self.write(kind, &object, false),
                Ok(Event::Delete(object)) => self.write(kind, &object, true),
                Ok(Event::Init | Event::InitDone) => {}
                Err(error) => eprintln!("{kind:?} cannot be watched: {error}"),
            }
        }
    }

    fn write(&self, kind: Kind, object: &DynamicObject, is_gone: bool) {
        let Ok(version) = version(object) else { return eprintln!("{kind:?} without a version") };
        let name = object.name_any();
        let object = if is_gone { None } else { serde_json::to_value(object).ok() };
        self.entries().push(Entry { version, kind, name, object, heard: Instant::now() });
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run of one of these targets that is at work now, of which something was written after that, and which is another one.
    pub(super) fn at_work(&self, targets: &[String], after: u64, than: Option<&str>) -> Option<String> {
        let entries = self.entries();
        let mut last: BTreeMap<&str, &Entry> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.kind == Kind::ScanRun && entry.version > after) {
            last.insert(&entry.name, entry);
        }
        let is_it = |entry: &&Entry| entry.object.as_ref().is_some_and(|run| is_at_work(run, targets));
        let mut others = last.into_values().filter(|entry| Some(entry.name.as_str()) != than);
        others.find(is_it).map(|entry| entry.name.clone())
    }

    /// All that was written, in order.
    pub(super) fn told(&self) -> Vec<Entry> {
        let mut entries = self.entries().clone();
        entries.sort_by_key(|entry| entry.version);
        entries
    }
}

/// Whether this is a run of one of these targets whose Job was made and has not ended.
pub(super) fn is_at_work(run: &Value, targets: &[String]) -> bool {
    let is_of = |target: &String| run["spec"]["target"] == target.as_str();
    let phase = &run["status"]["phase"];
    (*phase == "Starting" || *phase == "Running") && targets.iter().any(is_of)
}

pub(super) fn version(object: &DynamicObject) -> Result<u64> {
    let version = object.resource_version().context("it has no version")?;
    version.parse().with_context(|| format!("`{version}` is no number"))
}
