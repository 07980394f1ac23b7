//! The watch of one kind of objects, into a [`Store`].

use std::sync::Arc;

use dast_core::discovery::ObjectName;
use futures_util::stream::{BoxStream, StreamExt, iter};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use crate::known::store::{Store, key};
use crate::watch::Decoded;

/// What a watch has to tell.
pub(crate) enum Step {
    /// The object of this name is another than before, or gone; and what it belongs to, or belonged to.
    Changed(ObjectName, Option<ObjectName>),
    /// The kind was listed for the first time.
    Listed,
    /// An object cannot be read. It is as if it were not there.
    Unreadable { object: ObjectName, reason: String },
    /// The kind cannot be watched now.
    Failed(watcher::Error),
}

/// Watches what `api` covers, and keeps `store` as it is there.
pub(crate) fn feed<K>(
    api: Api<Decoded<K>>,
    config: watcher::Config,
    store: Arc<Store<K>>,
) -> BoxStream<'static, Step>
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned + Send + Sync + 'static,
{
    let mut feed = Feed { store, listing: Vec::new(), unreadable: Vec::new(), listed: false };
    watch(api, config).default_backoff().flat_map(move |event| iter(feed.steps(event))).boxed()
}

struct Feed<K> {
    store: Arc<Store<K>>,
    /// What a list named so far.
    listing: Vec<K>,
    /// What of it cannot be read.
    unreadable: Vec<(ObjectName, String)>,
    /// Whether a list was ever whole.
    listed: bool,
}

impl<K: Resource<DynamicType = ()> + Clone> Feed<K> {
    fn steps(&mut self, event: watcher::Result<Event<Decoded<K>>>) -> Vec<Step> {
        match event {
            Ok(Event::Init) => {
                self.listing = Vec::new();
                self.unreadable = Vec::new();
                Vec::new()
            }
            Ok(Event::InitApply(object)) => {
                let name = key(&object.metadata);
                match (object.object, name) {
                    (Ok(object), _) => self.listing.push(object),
                    (Err(reason), Some(name)) => self.unreadable.push((name, reason)),
                    (Err(_), None) => {}
                }
                Vec::new()
            }
            Ok(Event::InitDone) => self.reset(),
            Ok(Event::Apply(object)) => {
                let Some(name) = key(&object.metadata) else { return Vec::new() };
                match object.object {
                    Ok(object) => {
                        let group = self.store.group_of(&object);
                        let news = self.store.apply(object);
                        news.then_some(Step::Changed(name, group)).into_iter().collect()
                    }
                    Err(reason) => self.cannot_read(name, reason),
                }
            }
            Ok(Event::Delete(object)) => {
                let gone = key(&object.metadata).and_then(|name| self.store.delete(&name));
                gone.map(|gone| self.changed(&gone)).into_iter().flatten().collect()
            }
            Err(error) => vec![Step::Failed(error)],
        }
    }

    fn reset(&mut self) -> Vec<Step> {
        let listing = std::mem::take(&mut self.listing);
        let mut steps: Vec<Step> = listing.iter().filter_map(|object| self.changed(object)).collect();
        let gone = self.store.reset(listing);
        steps.extend(gone.iter().filter_map(|object| self.changed(object)));
        for (name, reason) in std::mem::take(&mut self.unreadable) {
            steps.extend(self.cannot_read(name, reason));
        }
        if !self.listed {
            self.listed = true;
            steps.push(Step::Listed);
        }
        steps
    }

    fn cannot_read(&self, object: ObjectName, reason: String) -> Vec<Step> {
        let before = self.store.mark_unreadable(object.clone(), reason.clone());
        let group = before.and_then(|before| self.store.group_of(&before));
        vec![Step::Changed(object.clone(), group), Step::Unreadable { object, reason }]
    }

    fn changed(&self, object: &K) -> Option<Step> {
        Some(Step::Changed(key(object.meta())?, self.store.group_of(object)))
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use serde_json::{Value, json};

    use super::*;

    fn object(name: &str, data: Value) -> Decoded<ConfigMap> {
        let metadata = json!({"name": name, "namespace": "shop", "uid": name});
        serde_json::from_value(json!({"metadata": metadata, "data": data})).unwrap()
    }

    fn told(feed: &mut Feed<ConfigMap>, event: Event<Decoded<ConfigMap>>) -> Vec<String> {
        let tell = |step: Step| match step {
            Step::Changed(name, _) => format!("changed {}", name.name),
            Step::Listed => "listed".to_owned(),
            Step::Unreadable { object, .. } => format!("unreadable {}", object.name),
            Step::Failed(error) => format!("failed: {error}"),
        };
        feed.steps(Ok(event)).into_iter().map(tell).collect()
    }

    #[test]
    fn what_cannot_be_read_stands_in_nobodys_way_and_heals() {
        let store = Arc::new(Store::new(|_: &ConfigMap| None));
        let mut feed =
            Feed { store: Arc::clone(&store), listing: Vec::new(), unreadable: Vec::new(), listed: false };
        let (good, bad) = (json!({"key": "value"}), json!({"key": 1}));
        let is_there = |name| store.get(&ObjectName::new("shop", name)).is_some();
        assert_eq!(told(&mut feed, Event::Init), [""; 0]);
        for (name, data) in [("bad", &bad), ("good", &good)] {
            assert_eq!(told(&mut feed, Event::InitApply(object(name, data.clone()))), [""; 0]);
        }
        let steps = told(&mut feed, Event::InitDone);
        assert_eq!(steps, ["changed good", "changed bad", "unreadable bad", "listed"]);
        assert!(is_there("good") && !is_there("bad"));
        assert_eq!(told(&mut feed, Event::Apply(object("bad", good.clone()))), ["changed bad"]);
        assert!(is_there("bad"));
        assert_eq!(told(&mut feed, Event::Apply(object("good", bad))), ["changed good", "unreadable good"]);
        assert!(!is_there("good"), "what it was before counts no more");
        assert_eq!(told(&mut feed, Event::Delete(object("bad", good))), ["changed bad"]);
        assert!(!is_there("bad"));
    }
}
