//! The objects of one kind as they were last heard of, by the watch or by the answer to a write of our own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use dast_core::discovery::ObjectName;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;

/// The objects of one kind, by name and by what they belong to.
///
/// A write is answered before the watch tells of it, and a watch may tell of older states after a break. What is known here
/// only ever gets newer: an object in an older state than the one that is known changes nothing.
#[derive(Debug)]
pub(crate) struct Store<K> {
    objects: RwLock<Objects<K>>,
    group: fn(&K) -> Option<ObjectName>,
    writes: AtomicU64,
}

#[derive(Debug)]
struct Objects<K> {
    by_name: HashMap<ObjectName, Arc<K>>,
    groups: BTreeMap<ObjectName, BTreeSet<ObjectName>>,
    unreadable: BTreeMap<ObjectName, String>,
}

impl<K: Resource> Store<K> {
    /// A store that knows nothing. `group` says what an object belongs to.
    pub(crate) fn new(group: fn(&K) -> Option<ObjectName>) -> Self {
        let objects =
            Objects { by_name: HashMap::new(), groups: BTreeMap::new(), unreadable: BTreeMap::new() };
        Self { objects: RwLock::new(objects), group, writes: AtomicU64::new(0) }
    }

    /// One object.
    pub(crate) fn get(&self, name: &ObjectName) -> Option<Arc<K>> {
        self.read(|objects| objects.by_name.get(name).cloned())
    }

    /// All of a group, in the order of their names.
    pub(crate) fn group(&self, of: &ObjectName) -> Vec<Arc<K>> {
        self.read(|objects| {
            let names = objects.groups.get(of).into_iter().flatten();
            names.filter_map(|name| objects.by_name.get(name).cloned()).collect()
        })
    }

    /// All, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<K>> {
        self.read(|objects| objects.by_name.values().cloned().collect())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.read(|objects| objects.by_name.len())
    }

    /// Objects that are there but cannot be read, and why.
    pub(crate) fn unreadable(&self) -> BTreeMap<ObjectName, String> {
        self.read(|objects| objects.unreadable.clone())
    }

    /// What an object belongs to.
    pub(crate) fn group_of(&self, object: &K) -> Option<ObjectName> {
        (self.group)(object)
    }

    /// Takes an object as it is now. Says whether that was news.
    pub(crate) fn apply(&self, object: K) -> bool {
        let Some(name) = key(object.meta()) else { return false };
        self.write(|objects| {
            objects.unreadable.remove(&name);
            let known = objects.by_name.get(&name);
            if known.is_some_and(|known| !is_newer(&object, known)) {
                return false;
            }
            if let Some(before) = known.and_then(|known| (self.group)(known)) {
                objects.leave(&before, &name);
            }
            if let Some(group) = (self.group)(&object) {
                objects.groups.entry(group).or_default().insert(name.clone());
            }
            objects.by_name.insert(name, Arc::new(object));
            true
        })
    }

    /// Takes note of an object that cannot be read. What it was before counts no more.
    pub(crate) fn mark_unreadable(&self, name: ObjectName, reason: String) -> Option<Arc<K>> {
        let before = self.delete(&name);
        self.write(|objects| objects.unreadable.insert(name, reason));
        before
    }

    /// Forgets an object that is gone, and gives what was known of it.
    pub(crate) fn delete(&self, name: &ObjectName) -> Option<Arc<K>> {
        self.write(|objects| {
            objects.unreadable.remove(name);
            let gone = objects.by_name.remove(name)?;
            if let Some(group) = (self.group)(&gone) {
                objects.leave(&group, name);
            }
            Some(gone)
        })
    }

    /// Takes all objects as they are now, and forgets the others. Gives those that are gone.
    pub(crate) fn reset(&self, all: Vec<K>) -> Vec<Arc<K>> {
        let here: HashSet<ObjectName> = all.iter().filter_map(|object| key(object.meta())).collect();
        let known: Vec<ObjectName> =
            self.read(|objects| objects.by_name.keys().chain(objects.unreadable.keys()).cloned().collect());
        let gone: Vec<ObjectName> = known.into_iter().filter(|name| !here.contains(name)).collect();
        for object in all {
            self.apply(object);
        }
        gone.iter().filter_map(|name| self.delete(name)).collect()
    }

    /// How often something was written here. What was made of the objects is still right while it stays the same.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    fn read<T>(&self, look: impl FnOnce(&Objects<K>) -> T) -> T {
        look(&self.objects.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Objects<K>) -> T) -> T {
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        let outcome = change(&mut objects);
        // Before the lock is given back, so that whoever reads the number afterwards reads the objects that it counts.
        self.writes.fetch_add(1, Ordering::Release);
        outcome
    }
}

impl<K> Objects<K> {
    fn leave(&mut self, group: &ObjectName, name: &ObjectName) {
        if let Some(names) = self.groups.get_mut(group) {
            names.remove(name);
            if names.is_empty() {
                self.groups.remove(group);
            }
        }
    }
}

/// What an object is called; one of the whole cluster has an empty namespace.
pub(crate) fn key(metadata: &ObjectMeta) -> Option<ObjectName> {
    Some(ObjectName::new(metadata.namespace.as_deref().unwrap_or_default(), metadata.name.as_deref()?))
}

/// Whether an object is in a newer state than the one that is known of it. Versions are numbers that grow
/// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>); another uid is another object.
fn is_newer<K: Resource>(object: &K, known: &K) -> bool {
    let version = |of: &K| of.meta().resource_version.as_deref().and_then(|text| text.parse::<u64>().ok());
    match (version(object), version(known)) {
        (Some(version), Some(known)) => version > known,
        _ => {
            object.meta().uid != known.meta().uid
                || object.meta().resource_version != known.meta().resource_version
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use kube::ResourceExt;
    use serde_json::json;

    use super::*;

    fn pod(name: &str, version: &str, job: &str) -> Pod {
        let labels = json!({"job": job});
        serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": "n", "resourceVersion": version, "labels": labels},
        }))
        .unwrap()
    }

    fn store() -> Store<Pod> {
        Store::new(|pod| Some(ObjectName::new("n", pod.labels().get("job")?.as_str())))
    }

    fn names(store: &Store<Pod>, job: &str) -> Vec<String> {
        store.group(&ObjectName::new("n", job)).iter().map(|pod| pod.name_any()).collect()
    }

    #[test]
    fn what_is_known_only_gets_newer() {
        let store = store();
        let a = ObjectName::new("n", "a");
        assert!(store.apply(pod("a", "10", "x")));
        assert!(!store.apply(pod("a", "9", "y")), "a watch that is behind");
        assert!(!store.apply(pod("a", "10", "y")), "the echo of a write");
        assert_eq!((names(&store, "x"), names(&store, "y")), (vec!["a".to_owned()], vec![]));
        assert!(store.apply(pod("a", "11", "y")));
        assert_eq!((names(&store, "x"), names(&store, "y")), (vec![], vec!["a".to_owned()]));
        assert!(store.delete(&a).is_some() && store.delete(&a).is_none());
        assert!(store.get(&a).is_none() && names(&store, "y").is_empty());
    }

    #[test]
    fn a_list_replaces_what_is_known() {
        let store = store();
        store.apply(pod("a", "1", "x"));
        store.apply(pod("b", "5", "x"));
        let gone = store.reset(vec![pod("b", "4", "y"), pod("c", "4", "x")]);
        assert_eq!(gone.iter().map(|pod| pod.name_any()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(names(&store, "x"), ["b", "c"], "a list may be older than a write");
    }
}
