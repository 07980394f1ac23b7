//! The watch of one kind, as what the gate's books are told.

use std::collections::HashSet;
use std::time::Duration;

use dast_core::discovery::ObjectName;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::runtime::watcher as watch;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client};

use super::books::{Entry, Shelf};
use super::heard::{Heard, Kept};
use super::shared::Shared;
use crate::crd::{ClusterThresholdPolicy, Exemption, ScanTarget, ThresholdPolicy};
use crate::facts;
use crate::known::store::key;

/// What a watch has to tell.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) shelf: Shelf,
    pub(super) news: News,
}

/// What is new of a kind.
#[derive(Debug)]
pub(super) enum News {
    /// What there is under a name now; `None` if there is nothing.
    Put(ObjectName, Option<Box<Entry>>),
    /// Everything was told.
    Listed,
    /// It cannot be watched now.
    Failed(watcher::Error),
}

/// All that the gate listens to.
pub(super) fn listen(client: &Client) -> Vec<BoxStream<'static, Told>> {
    vec![
        feed::<Service>(client),
        feed::<ScanTarget>(client),
        feed::<ClusterThresholdPolicy>(client),
        feed::<ThresholdPolicy>(client),
        feed::<Exemption>(client),
    ]
}

/// After a failure, a kind is listed anew so much later.
const PAUSE: Duration = Duration::from_secs(5);

/// Objects of a page of a list. A page is in memory as a whole, beside all that is known, so that small ones are better here.
const PAGE: u32 = 100;

/// How many kinds that are.
pub(super) const KINDS: usize = 5;

fn feed<K: Kept>(client: &Client) -> BoxStream<'static, Told> {
    let mut feed = Feed::default();
    let api = Api::<Heard<K>>::all(client.clone());
    // A watch that goes on after a failure does not say so before something happens. One that begins anew lists everything, and
    // then it is known that all is known.
    stream::repeat_with(move || watch(api.clone(), watcher::Config::default().page_size(PAGE)))
        .flat_map(|watch| until_it_fails(watch).chain(rest()))
        .flat_map(move |event| stream::iter(feed.news(event)))
        .map(|news| Told { shelf: K::SHELF, news })
        .boxed()
}

/// What a watch tells, up to its first failure. It ends there, since it may be long before it tells anything else.
fn until_it_fails<T>(
    watch: impl Stream<Item = watcher::Result<T>>,
) -> impl Stream<Item = watcher::Result<T>> {
    stream::unfold(Some(Box::pin(watch)), async |watch| {
        let mut watch = watch?;
        let told = watch.next().await?;
        let watch = told.is_ok().then_some(watch);
        Some((told, watch))
    })
}

/// Nothing, for a while.
fn rest<T>() -> impl Stream<Item = T> {
    stream::once(tokio::time::sleep(PAUSE)).filter_map(|()| std::future::ready(None))
}

#[derive(Default)]
struct Feed {
    /// All that is there.
    known: HashSet<ObjectName>,
    /// What a list named so far.
    listed: HashSet<ObjectName>,
    shared: Shared,
}

impl Feed {
    fn news<K: Kept>(&mut self, event: watcher::Result<Event<Heard<K>>>) -> Vec<News> {
        match event {
            Ok(Event::Init) => {
                // The list before may have broken off: what it told is known, and gone if this one does not name it.
                self.known.extend(std::mem::take(&mut self.listed));
                self.shared.tidy();
                Vec::new()
            }
            Ok(Event::InitApply(object)) => {
                let name = self.name(&object.metadata);
                self.listed.extend(name.clone());
                self.put(name, object).into_iter().collect()
            }
            Ok(Event::InitDone) => {
                let listed = std::mem::take(&mut self.listed);
                let before = std::mem::replace(&mut self.known, listed);
                let gone = before.into_iter().filter(|name| !self.known.contains(name));
                let gone: Vec<News> = gone.map(|name| News::Put(name, None)).collect();
                gone.into_iter().chain([News::Listed]).collect()
            }
            Ok(Event::Apply(object)) => {
                let name = self.name(&object.metadata);
                self.known.extend(name.clone());
                self.put(name, object).into_iter().collect()
            }
            Ok(Event::Delete(object)) => {
                let name = key(&object.metadata);
                let gone = name.inspect(|name| {
                    self.known.remove(name);
                });
                gone.map(|name| News::Put(name, None)).into_iter().collect()
            }
            Err(error) => vec![News::Failed(error)],
        }
    }

    /// What an object is called, in the same memory as before.
    fn name(&mut self, metadata: &ObjectMeta) -> Option<ObjectName> {
        let mut name = key(metadata)?;
        if let Some(known) = self.known.get(&name) {
            return Some(known.clone());
        }
        self.shared.share(&mut name.namespace);
        Some(name)
    }

    fn put<K>(&mut self, name: Option<ObjectName>, object: Heard<K>) -> Option<News> {
        let name = name?;
        let mut entry = object.entry;
        if let Some(entry) = &mut entry {
            self.shared.share_all(entry);
        }
        if let Some(Entry::Service(service)) = entry.as_deref_mut() {
            service.name = name.clone();
        }
        Some(News::Put(name, entry))
    }
}

impl Kept for Service {
    const SHELF: Shelf = Shelf::Services;

    fn entry(object: Result<Self, String>, _: &ObjectName) -> Option<Entry> {
        facts::service(&object.ok()?).map(Entry::Service)
    }
}

impl Kept for ScanTarget {
    const SHELF: Shelf = Shelf::Targets;

    fn entry(object: Result<Self, String>, _: &ObjectName) -> Option<Entry> {
        facts::scanned_target(&object.ok()?).map(Entry::Target)
    }
}

impl Kept for ClusterThresholdPolicy {
    const SHELF: Shelf = Shelf::Ceilings;

    fn entry(object: Result<Self, String>, name: &ObjectName) -> Option<Entry> {
        match object {
            Ok(object) => facts::ceiling_rules(&object).map(Entry::Ceiling),
            Err(reason) => Some(Entry::unreadable_ceiling(name, reason)),
        }
    }
}

impl Kept for ThresholdPolicy {
    const SHELF: Shelf = Shelf::Policies;

    fn entry(object: Result<Self, String>, name: &ObjectName) -> Option<Entry> {
        match object {
            Ok(object) => facts::namespace_policy(&object).map(Entry::Policy),
            Err(reason) => Some(Entry::unreadable_policy(name, reason)),
        }
    }
}

impl Kept for Exemption {
    const SHELF: Shelf = Shelf::Exemptions;

    fn entry(object: Result<Self, String>, _: &ObjectName) -> Option<Entry> {
        facts::granted_exemption(&object.ok()?).map(Entry::Exemption)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type HeardService = Heard<Service>;

    fn service(name: &str) -> HeardService {
        serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop", "uid": name},
            "spec": {"clusterIP": "10.96.0.7", "ports": [{"port": 80}]},
        }))
        .unwrap()
    }

    fn broken() -> watcher::Result<Event<HeardService>> {
        Err(watcher::Error::NoResourceVersion)
    }

    /// What is told: a name, and whether there is something under it.
    fn told(feed: &mut Feed, event: watcher::Result<Event<HeardService>>) -> Vec<(String, bool)> {
        let named = |news: News| match news {
            News::Put(name, entry) => Some((name.name.to_string(), entry.is_some())),
            News::Listed | News::Failed(_) => None,
        };
        feed.news(event).into_iter().filter_map(named).collect()
    }

    fn there(name: &str) -> [(String, bool); 1] {
        [(name.to_owned(), true)]
    }

    fn gone(name: &str) -> [(String, bool); 1] {
        [(name.to_owned(), false)]
    }

    #[test]
    fn what_a_list_does_not_name_any_more_is_gone() {
        let mut feed = Feed::default();
        assert_eq!(told(&mut feed, Ok(Event::Init)), []);
        assert_eq!(told(&mut feed, Ok(Event::InitApply(service("web")))), there("web"));
        assert_eq!(told(&mut feed, Ok(Event::InitDone)), []);
        assert_eq!(told(&mut feed, Ok(Event::Apply(service("api")))), there("api"));
        assert_eq!(told(&mut feed, Ok(Event::Init)), []);
        assert_eq!(told(&mut feed, Ok(Event::InitApply(service("web")))), there("web"));
        assert_eq!(told(&mut feed, Ok(Event::InitDone)), gone("api"));
        assert_eq!(told(&mut feed, Ok(Event::Delete(service("web")))), gone("web"));
    }

    /// An exemption that was in the first page, and was deleted before the next list, would exempt for ever.
    #[test]
    fn what_was_in_a_list_that_broke_off_is_gone_if_the_next_does_not_name_it() {
        let mut feed = Feed::default();
        assert_eq!(told(&mut feed, Ok(Event::Init)), []);
        assert_eq!(told(&mut feed, Ok(Event::InitApply(service("web")))), there("web"));
        assert_eq!(told(&mut feed, broken()), []);
        assert_eq!(told(&mut feed, Ok(Event::Init)), []);
        assert_eq!(told(&mut feed, Ok(Event::InitDone)), gone("web"));
    }

    #[test]
    fn what_cannot_be_read_is_as_good_as_gone_but_a_policy_stands() {
        fn heard<K: Kept>(spec: serde_json::Value) -> Heard<K> {
            let metadata = json!({"name": "web", "namespace": "shop", "uid": "web"});
            serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap()
        }
        fn entry<K: Kept>(spec: serde_json::Value) -> Option<Box<Entry>> {
            match Feed::default().news(Ok(Event::Apply(heard::<K>(spec)))).pop() {
                Some(News::Put(_, entry)) => entry,
                _ => panic!("nothing is told of it"),
            }
        }
        let mut feed = Feed::default();
        assert_eq!(told(&mut feed, Ok(Event::Apply(service("web")))), there("web"));
        assert_eq!(told(&mut feed, Ok(Event::Apply(heard(json!({"ports": "none"}))))), gone("web"));
        assert!(entry::<ScanTarget>(json!({"port": "none"})).is_none());
        assert!(entry::<Exemption>(json!({"rule": 1})).is_none());
        let Some(Entry::Policy(policy)) = entry::<ThresholdPolicy>(json!({"thresholds": 1})).map(|it| *it)
        else {
            panic!("a policy that nobody can read is none any more")
        };
        assert!(policy.document.is_err());
        let ceiling = entry::<ClusterThresholdPolicy>(json!({"thresholds": 1}));
        assert!(matches!(ceiling.as_deref(), Some(Entry::Ceiling(_))));
    }
}
