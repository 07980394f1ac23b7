//! Work by keys: what is to be looked at, when, once at a time, and again after a failure.

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::pin::pin;
use std::time::Duration;

use dast_core::scan::Backoff;
use futures_util::stream::{FuturesUnordered, StreamExt};
use kube::runtime::scheduler::{ScheduleRequest, scheduler};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

/// What follows after something was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing, until something changes.
    Rest,
    /// A look after this time, even if nothing changes.
    After(Duration),
    /// It did not work: another try, after a pause that gets longer with each failure.
    Retry,
}

/// Pauses after failures: a second, and a minute at most, so that an API server that comes back is not stormed.
const PAUSES: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(60) };

/// Where keys are said that are to be looked at.
#[derive(Debug)]
pub(crate) struct Desk<K>(UnboundedSender<ScheduleRequest<K>>);

impl<K> Clone for Desk<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What was said at a [`Desk`].
pub(crate) type Requests<K> = UnboundedReceiver<ScheduleRequest<K>>;

impl<K> Desk<K> {
    /// A desk, and what is said there.
    pub(crate) fn new() -> (Self, Requests<K>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Asks for a look now. A key that waits already waits once.
    pub(crate) fn ask(&self, key: K) {
        self.ask_after(key, Duration::ZERO);
    }

    fn ask_after(&self, message: K, pause: Duration) {
        // Nobody listens any more when the program ends.
        let _ = self.0.send(ScheduleRequest { message, run_at: Instant::now() + pause });
    }
}

/// Looks at whatever is asked for: each key once at a time, and `at_once` keys at a time. It ends when every desk is gone.
///
/// A key that is asked for while it is looked at is looked at again afterwards, so that no change is missed.
pub(crate) async fn work<K, F>(requests: Requests<K>, at_once: usize, look: impl Fn(K) -> F)
where
    K: Clone + Debug + Eq + Hash + Send + 'static,
    F: Future<Output = Next>,
{
    let (again, repeated) = Desk::new();
    let streams = [requests, repeated].map(|requests| {
        futures_util::stream::unfold(requests, async |mut requests| {
            let request = requests.recv().await?;
            Some((request, requests))
        })
        .boxed()
    });
    let mut scheduler = pin!(scheduler(futures_util::stream::select_all(streams)));
    let mut looking = FuturesUnordered::new();
    let mut busy = HashSet::new();
    let mut failures: HashMap<K, u32> = HashMap::new();
    loop {
        tokio::select! {
            Some((key, next)) = looking.next(), if !looking.is_empty() => {
                let key: K = key;
                busy.remove(&key);
                match next {
                    Next::Rest => drop(failures.remove(&key)),
                    Next::After(pause) => {
                        failures.remove(&key);
                        again.ask_after(key, pause);
                    }
                    Next::Retry => {
                        let made = failures.entry(key.clone()).or_default();
                        *made = made.saturating_add(1);
                        tracing::debug!(?key, failures = *made, "another try follows");
                        again.ask_after(key, PAUSES.after(*made));
                    }
                }
            }
            key = async { scheduler.as_mut().hold_unless(|key| !busy.contains(key)).next().await }, if looking.len() < at_once => {
                let Some(key) = key else { return };
                busy.insert(key.clone());
                let look = look(key.clone());
                looking.push(async move { (key, look.await) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// Works until nothing is left to do for an hour of a clock that is not the machine's.
    async fn run<F: Future<Output = Next>>(
        requests: Requests<&'static str>,
        look: impl Fn(&'static str) -> F,
    ) {
        let _ = tokio::time::timeout(Duration::from_secs(3600), work(requests, 2, look)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_looked_at_once_at_a_time_and_no_change_is_missed() {
        let (desk, requests) = Desk::new();
        let (running, most, looks) = (Cell::new(0), Cell::new(0), Cell::new(0));
        desk.ask("a");
        desk.ask("a");
        run(requests, |key| {
            let (running, most, looks, desk) = (&running, &most, &looks, &desk);
            async move {
                running.set(running.get() + 1);
                most.set(most.get().max(running.get()));
                looks.set(looks.get() + 1);
                if looks.get() == 1 {
                    desk.ask(key);
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
                running.set(running.get() - 1);
                Next::Rest
            }
        })
        .await;
        assert_eq!((most.get(), looks.get()), (1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_tried_again_later_and_later_and_keeps_nobody_waiting() {
        let (desk, requests) = Desk::new();
        let times = RefCell::new(Vec::new());
        let began = Instant::now();
        desk.ask("bad");
        desk.ask("good");
        run(requests, |key| {
            times.borrow_mut().push((key, began.elapsed().as_secs()));
            let bad = times.borrow().iter().filter(|(key, _)| *key == "bad").count();
            async move { if key == "bad" && bad < 5 { Next::Retry } else { Next::Rest } }
        })
        .await;
        let of = |wanted| -> Vec<u64> {
            times.borrow().iter().filter(|(key, _)| *key == wanted).map(|(_, at)| *at).collect()
        };
        assert_eq!(of("good"), [0]);
        assert_eq!(of("bad"), [0, 1, 3, 7, 15]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_may_be_asked_for_ahead_of_its_time() {
        let (desk, requests) = Desk::new();
        let looks = Cell::new(0);
        let began = Instant::now();
        desk.ask("a");
        run(requests, |_| {
            looks.set(looks.get() + 1);
            if looks.get() == 1 {
                std::future::ready(Next::After(Duration::from_secs(100)))
            } else {
                std::future::ready(Next::Rest)
            }
        })
        .await;
        assert_eq!(looks.get(), 2);
        assert!(began.elapsed() >= Duration::from_secs(100));
    }
}
