//! The watch of one kind, as what an index is told.

use std::marker::PhantomData;

use dast_core::discovery::{Changes, Fact, Index};
use futures_util::stream::{self, BoxStream, StreamExt};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};
use kube::{Api, Client, ResourceExt};

use super::decoded::Decoded;
use super::kinds::Watched;

/// What came of an event.
pub(super) enum Step {
    /// This is to be told to the index.
    Told(Box<dyn FnOnce(&mut Index) -> Changes + Send>),
    /// The kind was listed for the first time.
    Listed,
    /// An object cannot be read.
    Unreadable { kind: String, object: String, reason: String },
    /// The kind cannot be watched now.
    Failed { kind: String, error: watcher::Error },
}

/// Watches a kind in all namespaces.
pub(super) fn feed<K: Watched<F>, F>(client: &Client) -> BoxStream<'static, Step>
where
    F: Fact + Send + 'static,
    F::Key: Send + 'static,
{
    let mut feed = Feed::<K, F> { listing: Vec::new(), listed: false, kind: PhantomData };
    watch(Api::<Decoded<K>>::all(client.clone()), watcher::Config::default())
        .default_backoff()
        .flat_map(move |event| stream::iter(feed.steps(event)))
        .boxed()
}

struct Feed<K, F> {
    /// What a list named so far.
    listing: Vec<F>,
    /// Whether a list was ever whole.
    listed: bool,
    kind: PhantomData<fn() -> K>,
}

impl<K: Watched<F>, F> Feed<K, F>
where
    F: Fact + Send + 'static,
    F::Key: Send + 'static,
{
    fn steps(&mut self, event: watcher::Result<Event<Decoded<K>>>) -> Vec<Step> {
        match event {
            Ok(Event::Init) => {
                self.listing = Vec::new();
                Vec::new()
            }
            Ok(Event::InitApply(object)) => {
                let (fact, trouble) = read(object);
                self.listing.extend(fact);
                trouble.into_iter().collect()
            }
            Ok(Event::InitDone) => self.reset(),
            Ok(Event::Apply(object)) => {
                let key = K::key(&object.metadata);
                let (fact, trouble) = read(object);
                let told = match fact {
                    Some(fact) => Some(told(|index| index.apply(fact))),
                    // What cannot be read any more is not what it was.
                    None => key.map(|key| told(move |index| index.delete::<F>(&key))),
                };
                told.into_iter().chain(trouble).collect()
            }
            Ok(Event::Delete(object)) => {
                let key = K::key(&object.metadata);
                key.map(|key| told(move |index| index.delete::<F>(&key))).into_iter().collect()
            }
            // The server does not have the kind: there is none of it.
            Err(error) if K::OPTIONAL && is_absent(&error) => {
                self.listing = Vec::new();
                self.reset()
            }
            Err(error) => vec![Step::Failed { kind: K::kind(&()).into_owned(), error }],
        }
    }

    fn reset(&mut self) -> Vec<Step> {
        let facts = std::mem::take(&mut self.listing);
        let mut steps = vec![told(|index| index.reset_some(facts, K::is_of_this_kind))];
        if !self.listed {
            self.listed = true;
            steps.push(Step::Listed);
        }
        steps
    }
}

fn told(tell: impl FnOnce(&mut Index) -> Changes + Send + 'static) -> Step {
    Step::Told(Box::new(tell))
}

/// The fact of an object, and what is wrong with it.
fn read<K: Watched<F>, F: Fact>(object: Decoded<K>) -> (Option<F>, Option<Step>) {
    match &object.object {
        Ok(object) => (object.fact(), None),
        Err(reason) => {
            let namespace = object.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
            let name = format!("{namespace}{}", object.name_any());
            let trouble =
                Step::Unreadable { kind: K::kind(&()).into_owned(), object: name, reason: reason.clone() };
            (K::unreadable(&object.metadata), Some(trouble))
        }
    }
}

fn is_absent(error: &watcher::Error) -> bool {
    let (watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error)) = error else {
        return false;
    };
    matches!(error, kube::Error::Api(status) if status.code == 404)
}
