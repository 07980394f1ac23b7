//! The watch of one kind, as what an index is told.

use std::collections::HashSet;
use std::time::Duration;

use dast_core::discovery::{Changes, Fact, Index};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};
use kube::{Api, Client};

use super::kinds::Watched;
use super::noted::{Noted, Trouble};
use crate::refused::is_gone;

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

/// So many facts of a list are told at a time. A list may be longer than what fits into memory beside the index.
const AT_ONCE: usize = 500;

/// How often it is looked whether the server has got a kind.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Watches a kind in all namespaces.
pub(super) fn feed<K: Watched<F>, F>(client: &Client) -> BoxStream<'static, Step>
where
    F: Fact + Clone + std::fmt::Debug + Send + 'static,
    F::Key: Send + 'static,
{
    let mut feed = Feed::<F> { listing: Vec::new(), here: HashSet::new(), listed: false };
    watch(Api::<Noted<K, F>>::all(client.clone()), watcher::Config::default())
        .default_backoff()
        .flat_map(move |event| {
            let is_absent = K::OPTIONAL && event.as_ref().is_err_and(is_absent);
            stream::iter(feed.steps(event)).chain(rest(is_absent))
        })
        .boxed()
}

struct Feed<F: Fact> {
    /// What a list named since the index was last told.
    listing: Vec<F>,
    /// All that it named so far.
    here: HashSet<F::Key>,
    /// Whether a list was ever whole.
    listed: bool,
}

impl<F> Feed<F>
where
    F: Fact + Send + 'static,
    F::Key: Send + 'static,
{
    fn steps<K: Watched<F>>(&mut self, event: watcher::Result<Event<Noted<K, F>>>) -> Vec<Step> {
        match event {
            Ok(Event::Init) => {
                self.forget();
                Vec::new()
            }
            Ok(Event::InitApply(object)) => {
                let Noted { fact, trouble, .. } = object;
                self.here.extend(fact.as_ref().map(F::key));
                self.listing.extend(fact);
                let page = (self.listing.len() >= AT_ONCE).then(|| self.page());
                page.into_iter().chain(trouble.map(unreadable::<K, F>)).collect()
            }
            Ok(Event::InitDone) => self.listed(K::is_of_this_kind),
            Ok(Event::Apply(object)) => {
                let key = K::key(&object.metadata);
                let Noted { fact, trouble, .. } = object;
                let told = match fact {
                    Some(fact) => Some(told(|index| index.apply(fact))),
                    // What cannot be read any more is not what it was.
                    None => key.map(|key| told(move |index| index.delete::<F>(&key))),
                };
                told.into_iter().chain(trouble.map(unreadable::<K, F>)).collect()
            }
            Ok(Event::Delete(object)) => {
                let key = K::key(&object.metadata);
                key.map(|key| told(move |index| index.delete::<F>(&key))).into_iter().collect()
            }
            // The server does not have the kind: there is none of it.
            Err(error) if K::OPTIONAL && is_absent(&error) => {
                self.forget();
                self.listed(K::is_of_this_kind)
            }
            Err(error) => vec![Step::Failed { kind: K::kind(&()).into_owned(), error }],
        }
    }

    fn forget(&mut self) {
        self.listing = Vec::new();
        self.here = HashSet::new();
    }

    fn page(&mut self) -> Step {
        let facts = std::mem::take(&mut self.listing);
        told(|index| index.apply_all(facts))
    }

    fn listed(&mut self, is_of_this_kind: fn(&F::Key) -> bool) -> Vec<Step> {
        let here = std::mem::take(&mut self.here);
        let mut steps = vec![self.page(), told(move |index| index.retain::<F>(&here, is_of_this_kind))];
        if !self.listed {
            self.listed = true;
            steps.push(Step::Listed);
        }
        steps
    }
}

/// Lets some time pass before it is looked again for a kind that is absent. The pauses of the watch do not get longer: each
/// look begins well.
fn rest(is_absent: bool) -> impl Stream<Item = Step> {
    let pause = async move {
        if is_absent {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    stream::once(pause).filter_map(|()| std::future::ready(None))
}

fn told(tell: impl FnOnce(&mut Index) -> Changes + Send + 'static) -> Step {
    Step::Told(Box::new(tell))
}

fn unreadable<K: Watched<F>, F: Fact>(Trouble { object, reason }: Trouble) -> Step {
    Step::Unreadable { kind: K::kind(&()).into_owned(), object, reason }
}

fn is_absent(error: &watcher::Error) -> bool {
    let (watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error)) = error else {
        return false;
    };
    is_gone(error)
}
