//! The gate as an admission webhook: what is known of a cluster, and what its API server is answered.
//!
//! ```text
//!   watches: Services, ScanTargets, policies, exemptions
//!      |
//!      v
//!   Books (a Catalog and a Rulebook)      AdmissionReview  ->  Question  ->  dast_core::admission::Gate
//!                                                                                 |
//!   /mutate       parks a new route that is to be held          <------------  Decision
//!   /validate     lets in, warns, or denies
//!   /break-glass  lets in whoever may, with a reason and an end
//! ```
//!
//! Answers come from what is known here; nobody is asked on the way. As long as a part is missing there is no answer at all, and
//! what has not been heard of for long is no evidence any more.

mod answer;
mod books;
mod feed;
mod glass;
mod heard;
mod metrics;
mod parked;
mod parking;
mod question;
mod review;
mod router;
mod shape;
mod shared;
mod silence;
mod telling;

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use dast_core::admission::{Change, Decision};
use futures_util::stream::{StreamExt, select_all};
use jiff::Timestamp;
use kube::Client;
use kube::runtime::events::Recorder;
use prometheus_client::registry::Registry;
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::time::Instant;

use self::books::Books;
use self::feed::{News, Told, listen};
use self::metrics::Metrics;
use self::question::Question;
use self::silence::Silence;
use crate::configuration::Configuration;
use crate::events::Outbox;
use crate::manifests::Manifests;

pub use self::answer::Door;
pub use self::glass::GLASS_ANNOTATION;
pub use self::parked::{Parked, is_parked, parked, restore};
pub(crate) use self::parked::{find, resource};
pub(crate) use self::parking::held_since;
pub use self::parking::{PARKED_ANNOTATION, ParkingError, park, release};
pub use self::router::{MOST_REVIEW_BYTES, router};

/// Who tells events of the gate.
const REPORTER: &str = "dast-webhook";

/// Whoever reaches the port has events written, which etcd keeps for an hour: ten a second are enough for what people do.
const BETWEEN_EVENTS: Duration = Duration::from_millis(100);
/// A watch may be broken for so long before what it told is no evidence any more. API servers restart within it.
const MOST_SILENCE: Duration = Duration::from_secs(120);
/// How often it is looked at how long it was silent.
const LOOK: Duration = Duration::from_secs(5);
/// So much of what was told is taken in at a time, during which nobody is answered.
const AT_ONCE: usize = 200;

/// The gate of a cluster.
///
/// ```no_run
/// # async fn example(client: kube::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use dast_kubernetes::admission::{self, Admission};
/// use dast_kubernetes::configuration::Configuration;
///
/// let configuration = Arc::new(Configuration::from_yaml("discovery: {gateEveryIngress: true}")?);
/// let (_sender, configuration) = tokio::sync::watch::channel(configuration);
/// let gate = Arc::new(Admission::new("dast-system", configuration));
/// // Part of any server: API servers ask it by TLS.
/// let _router = admission::router(Arc::clone(&gate));
/// tokio::spawn(async move { gate.run(&client).await });
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Admission {
    namespace: String,
    configuration: watch::Receiver<Arc<Configuration>>,
    books: RwLock<Books>,
    ready: watch::Sender<bool>,
    metrics: Metrics,
    outbox: Outbox,
    /// Turns of those who are slow to ask.
    slow: Semaphore,
    /// Turns of those who need much room.
    large: Semaphore,
    /// Theirs whose review is worked on, if it is not as small as most are.
    work: Mutex<()>,
}

impl Admission {
    /// A gate that knows nothing yet, of an installation whose operator is in `namespace`.
    pub fn new(namespace: impl Into<String>, configuration: watch::Receiver<Arc<Configuration>>) -> Self {
        let namespace = namespace.into();
        let books = Books::new(&configuration.borrow(), &namespace);
        Self {
            namespace,
            configuration,
            books: RwLock::new(books),
            ready: watch::Sender::new(false),
            metrics: Metrics::new(),
            outbox: Outbox::default(),
            slow: Semaphore::new(router::SLOW),
            large: Semaphore::new(router::LARGE),
            work: Mutex::new(()),
        }
    }

    /// The same that knows what is in these files, and nothing else, and is ready: for whoever has no cluster at hand.
    #[must_use]
    pub fn knowing(self, manifests: &Manifests) -> Self {
        self.write(|books| books.know(manifests));
        self.ready.send_replace(true);
        self
    }

    /// Whether all that decisions rest on is known.
    pub fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// The same, and when it becomes so.
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// Makes the gate's metrics part of what `registry` tells.
    pub fn register(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    /// Keeps what is known as the cluster is, and tells events. It does not end by itself; dropping the future ends the watches.
    pub async fn run(&self, client: &Client) {
        let recorder = Recorder::new(client.clone(), REPORTER.into());
        tokio::select! {
            () = self.listen(client) => {}
            () = self.follow() => {}
            () = self.outbox.tell_all(&recorder, BETWEEN_EVENTS) => {}
        }
    }

    fn decide(&self, question: &Question<'_>) -> Decision {
        let before = question.before.as_ref().map(|before| &before.route);
        let change = Change {
            before,
            after: &question.after.route,
            by: question.by,
            held_since: question.held_since(),
        };
        self.books.read().unwrap_or_else(PoisonError::into_inner).decide(&change, Timestamp::now())
    }

    async fn listen(&self, client: &Client) {
        let mut told = select_all(listen(client)).ready_chunks(AT_ONCE);
        let mut listed = HashSet::new();
        let mut silence = Silence::default();
        let mut look = tokio::time::interval(LOOK);
        loop {
            let news = tokio::select! {
                news = told.next() => match news {
                    Some(news) => news,
                    None => return,
                },
                _ = look.tick() => Vec::new(),
            };
            let now = Instant::now();
            self.write(|books| {
                for Told { shelf, news } in news {
                    match news {
                        News::Put(name, entry) => books.put(shelf, name, entry.map(|entry| *entry)),
                        News::Listed => {
                            silence.heard(shelf);
                            listed.insert(shelf);
                        }
                        News::Failed(error) => {
                            tracing::debug!(kind = ?shelf, %error, "a kind cannot be watched now");
                            silence.failed(shelf, now);
                        }
                    }
                }
                let lasts = silence.lasts(now);
                self.metrics.silence.set(lasts.as_secs_f64());
                books.doubt((lasts > MOST_SILENCE).then(|| doubt(lasts)));
                books.bind();
            });
            if listed.len() == feed::KINDS {
                self.ready.send_if_modified(|ready| !std::mem::replace(ready, true));
            }
        }
    }

    /// Acts on what the installation's file says as soon as it says so.
    async fn follow(&self) {
        let mut configuration = self.configuration.clone();
        while configuration.changed().await.is_ok() {
            let now = configuration.borrow_and_update().clone();
            self.write(|books| {
                books.configure(&now, &self.namespace);
                books.bind();
            });
        }
        // Nobody changes it any more, which is no reason to end.
        std::future::pending().await
    }

    fn write(&self, change: impl FnOnce(&mut Books)) {
        change(&mut self.books.write().unwrap_or_else(PoisonError::into_inner));
    }
}

fn doubt(silence: Duration) -> String {
    format!(
        "the gate has not heard from the API server for {} s, so that what it knows may be old: try again later",
        silence.as_secs()
    )
}
