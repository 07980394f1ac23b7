//! The watch of one kind, as what the gate's books are told.

use std::collections::HashSet;
use std::fmt::Debug;
use std::time::Duration;

use dast_core::discovery::ObjectName;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use k8s_openapi::api::core::v1::Service;
use kube::runtime::watcher as watch;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use super::books::{Entry, Shelf};
use crate::crd::{ClusterThresholdPolicy, Exemption, ScanTarget, ThresholdPolicy};
use crate::facts;
use crate::known::store::key;
use crate::watch::Decoded;

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

/// How many kinds that are.
pub(super) const KINDS: usize = 5;

/// A kind of objects that the books are told of.
trait Kept: Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug + Send + Sync + 'static {
    const SHELF: Shelf;

    /// What an object comes to, or one that cannot be read.
    fn entry(object: Result<Self, String>, name: &ObjectName) -> Option<Entry>;
}

fn feed<K: Kept>(client: &Client) -> BoxStream<'static, Told> {
    let mut feed = Feed { known: HashSet::new(), listed: HashSet::new() };
    let api = Api::<Decoded<K>>::all(client.clone());
    // A watch that goes on after a failure does not say so before something happens. One that begins anew lists everything, and
    // then it is known that all is known.
    stream::repeat_with(move || watch(api.clone(), watcher::Config::default()))
        .flat_map(|watch| until_it_fails(watch).chain(rest()))
        .flat_map(move |event| stream::iter(feed.news(event)))
        .map(|news| Told { shelf: K::SHELF, news })
        .boxed()
}

/// What a watch tells, up to its first failure.
fn until_it_fails<T>(
    watch: impl Stream<Item = watcher::Result<T>>,
) -> impl Stream<Item = watcher::Result<T>> {
    watch.scan(false, |has_failed, event| {
        let told = (!*has_failed).then(|| {
            *has_failed = event.is_err();
            event
        });
        std::future::ready(told)
    })
}

/// Nothing, for a while.
fn rest<T>() -> impl Stream<Item = T> {
    stream::once(tokio::time::sleep(PAUSE)).filter_map(|()| std::future::ready(None))
}

struct Feed {
    /// All that is there.
    known: HashSet<ObjectName>,
    /// What a list named so far.
    listed: HashSet<ObjectName>,
}

impl Feed {
    fn news<K: Kept>(&mut self, event: watcher::Result<Event<Decoded<K>>>) -> Vec<News> {
        match event {
            Ok(Event::Init) => {
                self.listed.clear();
                Vec::new()
            }
            Ok(Event::InitApply(object)) => {
                self.listed.extend(key(&object.metadata));
                self.put(object).into_iter().collect()
            }
            Ok(Event::InitDone) => {
                let listed = std::mem::take(&mut self.listed);
                let before = std::mem::replace(&mut self.known, listed);
                let gone = before.into_iter().filter(|name| !self.known.contains(name));
                let gone: Vec<News> = gone.map(|name| News::Put(name, None)).collect();
                gone.into_iter().chain([News::Listed]).collect()
            }
            Ok(Event::Apply(object)) => {
                self.known.extend(key(&object.metadata));
                self.put(object).into_iter().collect()
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

    fn put<K: Kept>(&self, object: Decoded<K>) -> Option<News> {
        let name = key(&object.metadata)?;
        if let Err(reason) = &object.object {
            tracing::debug!(kind = %K::kind(&()), object = %name, reason, "an object cannot be read");
        }
        let entry = K::entry(object.object, &name);
        Some(News::Put(name, entry.map(Box::new)))
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

    /// Only the one that is called after its Service and port speaks for it.
    fn entry(object: Result<Self, String>, name: &ObjectName) -> Option<Entry> {
        let target = facts::scanned_target(&object.ok()?)?;
        (target.id.object_name() == *name).then_some(Entry::Target(target))
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
