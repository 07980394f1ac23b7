//! The operator: watches, and the controllers that act on what they tell.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::middleware::map_response;
use axum::response::Response;
use dast_core::discovery::{Index, Object, ObjectName, RouteRef};
use futures_util::stream::{StreamExt, select_all};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Client;
use kube::runtime::events::{Recorder, Reporter};
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use super::context::{Context, Desks};
use super::documents::{self, Document};
use super::hearing::listen;
use super::metrics::Census;
use super::settings::Installation;
use super::target::is_ended;
use super::work::{Desk, Next, Requests, work};
use super::{problems, routes, runs, scanners, targets};
use crate::access::FIELD_MANAGER;
use crate::known::Known;
use crate::known::store::{Store, key};
use crate::refused::is_conflict;
use crate::results::{self, Category, Results, ResultsSettings};

/// The controllers of one cluster. Only one of them may run at a time: whoever runs it holds a lease.
///
/// It takes the client, the runtime and the registry of whoever embeds it, and brings none of its own.
///
/// ```no_run
/// # async fn example(client: kube::Client, certificates: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use dast_kubernetes::configuration::Configuration;
/// use dast_kubernetes::controllers::{Installation, Operator};
/// use prometheus_client::registry::Registry;
///
/// let configuration = Configuration::from_yaml("queue: {total: 10}")?;
/// let operator = Operator::new(client, Installation::new("platform", configuration, certificates));
/// let mut registry = Registry::default();
/// operator.register(&mut registry);
/// // Analyzers bring their reports there: serve it by TLS at the installation's `results_url`.
/// let _router = operator.results();
/// tokio::spawn(operator.run()).await??;
/// # Ok(())
/// # }
/// ```
pub struct Operator {
    context: Context,
    index: Arc<RwLock<Index>>,
    requests: AllRequests,
    ready: watch::Sender<bool>,
    api_server: Arc<Store<EndpointSlice>>,
}

struct AllRequests {
    targets: Requests<ObjectName>,
    runs: Requests<ObjectName>,
    scanners: Requests<ObjectName>,
    documents: Requests<Document>,
    routes: Requests<RouteRef>,
    problems: Requests<Object>,
}

/// Why the controllers ended, which they never do by themselves.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// The watches are at an end.
    #[error("the watches have ended")]
    WatchesEnded,
    /// A controller is at an end.
    #[error("a controller has ended")]
    ControllerEnded,
}

impl OperatorError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::WatchesEnded => "watches",
            Self::ControllerEnded => "controller",
        }
    }
}

/// How many targets, runs and so on are looked at at a time. Each waits for the API server most of the time.
const AT_ONCE: usize = 16;
/// A conflict means that something newer is about to be heard of.
const SOON: Duration = Duration::from_millis(200);
/// How often the positions of runs that wait are brought up to date, and parked routes are looked at.
const LOOK: Duration = Duration::from_secs(30);
/// Every twentieth time, routes that are served are looked at, too: nobody waits for them.
const AUDIT: u32 = 20;
/// Of how many runs: who is far behind need not know exactly.
const MOST_POSITIONS: usize = 20;

impl Operator {
    /// Controllers that act by `client`, as the installation says at the time.
    pub fn new(client: Client, installation: Installation) -> Self {
        let index = Arc::new(RwLock::new(Index::new(installation.now().discovery_settings())));
        let known = Known::new(Arc::clone(&index));
        let (targets, target_requests) = Desk::new();
        let (runs, run_requests) = Desk::new();
        let (scanners, scanner_requests) = Desk::new();
        let (documents, document_requests) = Desk::new();
        let (routes, route_requests) = Desk::new();
        let (problems, problem_requests) = Desk::new();
        let reporter =
            Reporter { controller: FIELD_MANAGER.to_owned(), instance: installation.instance.clone() };
        let recorder = Recorder::new(client.clone(), reporter);
        let desks = Desks { targets, runs, scanners, documents, routes, problems };
        Self {
            context: Context::new(client, known, installation, desks, recorder),
            index,
            requests: AllRequests {
                targets: target_requests,
                runs: run_requests,
                scanners: scanner_requests,
                documents: document_requests,
                routes: route_requests,
                problems: problem_requests,
            },
            ready: watch::Sender::new(false),
            api_server: Arc::new(Store::new(|_| None)),
        }
    }

    /// What discovery has found. It is whole once the operator is [ready](Self::ready).
    pub fn index(&self) -> Arc<RwLock<Index>> {
        Arc::clone(&self.index)
    }

    /// Whether every watch has told of all that is there.
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// The routes by which analyzers deliver, of which nothing is taken until the operator is [ready](Self::ready). They are to
    /// be served by TLS at the installation's [`results_url`](Installation::results_url).
    pub fn results(&self) -> axum::Router {
        let results =
            Results::new(self.context.client(), self.index(), self.ready(), self.results_settings());
        let metrics = self.context.metrics.clone();
        let count = move |response: Response| {
            if let Some(why) = response.extensions().get::<Category>() {
                metrics.refused(*why);
            }
            std::future::ready(response)
        };
        results::router(results.knowing(self.context.known().clone())).layer(map_response(count))
    }

    /// What the taking in of results rests on, as the installation and the cluster are at the time.
    fn results_settings(&self) -> impl Fn() -> ResultsSettings + Send + Sync + 'static {
        let (installation, known) = (self.context.installation().clone(), self.context.known().clone());
        move || {
            let now = installation.now();
            ResultsSettings {
                scan_namespace: now.scan_namespace.clone(),
                most_report_bytes: now.report.most_bytes(known.targets.len()),
                attempts: now.scans.attempts,
            }
        }
    }

    /// Makes the operator's metrics part of what `registry` tells.
    pub fn register(&self, registry: &mut Registry) {
        self.context.metrics.register(registry);
        let Context { turns, drifts, .. } = &self.context;
        let census =
            Census { known: self.context.known().clone(), turns: Arc::clone(turns), drifts: drifts.clone() };
        registry.register_collector(Box::new(census));
    }

    /// Runs the controllers. It does not end by itself; dropping the future ends them, and the next start goes on from what
    /// is in the cluster.
    ///
    /// # Errors
    /// When a part of it has ended, which must not happen.
    pub async fn run(self) -> Result<(), OperatorError> {
        let Self { context, index: _, requests, ready, api_server } = self;
        let context = &context;
        let feeds = listen(context, &api_server);
        let hearing = async {
            let mut unlisted = feeds.len();
            let mut heard = select_all(feeds);
            while let Some(heard) = heard.next().await {
                unlisted -= usize::from(context.hear(heard, &api_server));
                if unlisted == 0 && !*ready.borrow() {
                    context.begin();
                    ready.send_replace(true);
                }
            }
        };
        let mut is_ready = ready.subscribe();
        let acting = async {
            // Whoever knows a part only would take away what it does not know of.
            let _ = is_ready.wait_for(|ready| *ready).await;
            let AllRequests { targets, runs, scanners, documents, routes, problems: wrong } = requests;
            tokio::select! {
                () = work(targets, AT_ONCE, |name| look("targets", context, targets::reconcile(name, context))) => {}
                () = work(runs, AT_ONCE, |name| look("runs", context, runs::reconcile(name, context))) => {}
                () = work(scanners, AT_ONCE, |name| look("scanners", context, scanners::reconcile(name, context))) => {}
                () = work(documents, AT_ONCE, |document| look("documents", context, documents::reconcile(document, context))) => {}
                () = work(routes, AT_ONCE, |name| look("routes", context, routes::reconcile(name, context))) => {}
                () = work(wrong, AT_ONCE, |object| look("problems", context, problems::reconcile(object, context))) => {}
                () = context.outbox.tell_all(&context.recorder, Duration::ZERO) => {}
                () = context.follow(&api_server) => {}
                () = context.keep_looking() => {}
                () = context.look_at_all_targets() => {}
                () = context.look_at_all_routes() => {}
            }
        };
        tokio::select! {
            () = hearing => Err(OperatorError::WatchesEnded),
            () = acting => Err(OperatorError::ControllerEnded),
        }
    }
}

async fn look(
    controller: &'static str,
    context: &Context,
    reconciled: impl Future<Output = kube::Result<Next>>,
) -> Next {
    match reconciled.await {
        Ok(next) => next,
        Err(error) if is_conflict(&error) => Next::After(SOON),
        Err(error) => {
            context.metrics.failed(controller, &error);
            tracing::debug!(controller, %error, "it did not work");
            Next::Retry
        }
    }
}

impl Context {
    /// Acts on what the installation's file says as soon as it says so.
    async fn follow(&self, api_server: &Store<EndpointSlice>) {
        let mut configuration = self.installation().configuration.clone();
        self.guard_api_server(api_server);
        configuration.mark_unchanged();
        while configuration.changed().await.is_ok() {
            let limits = configuration.borrow_and_update().queue_limits();
            self.turns.set_limits(limits);
            self.guard_api_server(api_server);
            self.ask_for_all(|_| true);
            self.ask_for_routes(|_| true);
            for dast in self.known().dasts.all() {
                key(&dast.metadata).into_iter().for_each(|name| self.desks.scanners.ask(name));
            }
            runs::give_turns(self);
        }
        // Nobody changes it any more, which is no reason to end.
        std::future::pending().await
    }

    async fn look_at_all_targets(&self) {
        loop {
            self.of_all_targets.notified().await;
            self.ask_for_all(|_| true);
        }
    }

    async fn look_at_all_routes(&self) {
        loop {
            self.of_all_routes.notified().await;
            self.ask_for_routes(|_| true);
        }
    }

    async fn keep_looking(&self) {
        for look in (1..AUDIT).chain([0]).cycle() {
            tokio::time::sleep(LOOK).await;
            let runs = self.known().runs.all();
            let mut waiting: Vec<_> = runs
                .iter()
                .filter(|run| !is_ended(run))
                .filter_map(|run| Some((self.turns.ahead_of(run)?, key(&run.metadata)?)))
                .collect();
            waiting.sort();
            waiting.into_iter().take(MOST_POSITIONS).for_each(|(_, run)| self.desks.runs.ask(run));
            // Time passes for routes, too: an exemption begins or a document expires without anything being written.
            self.ask_for_routes(|route| look == 0 || routes::waits(route));
        }
    }
}

#[cfg(test)]
mod tests;
