//! The operator: watches, and the controllers that act on what they tell.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use dast_core::discovery::{Changes, Index, ObjectName};
use futures_util::stream::{BoxStream, StreamExt, select_all};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::watcher;
use kube::{Api, Client};
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use super::apply::is_conflict;
use super::cluster::{Known, run_of};
use super::context::{Context, Desks};
use super::documents::{self, Document};
use super::feed::{Step, feed};
use super::metrics::Census;
use super::settings::Installation;
use super::store::Store;
use super::subject::Subject;
use super::target::is_ended;
use super::work::{Desk, Next, Requests, work};
use super::{runs, scanners, targets};
use crate::access::FIELD_MANAGER;
use crate::pod::label;
use crate::watch::{News, watch as discover};

/// The controllers of one cluster. Only one of them may run at a time: whoever runs it holds a lease.
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
/// How often the positions of runs that wait are brought up to date.
const POSITIONS: Duration = Duration::from_secs(30);
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
        let reporter =
            Reporter { controller: FIELD_MANAGER.to_owned(), instance: installation.instance.clone() };
        let recorder = Recorder::new(client.clone(), reporter);
        let desks = Desks { targets, runs, scanners, documents };
        Self {
            context: Context::new(client, known, installation, desks, recorder),
            index,
            requests: AllRequests {
                targets: target_requests,
                runs: run_requests,
                scanners: scanner_requests,
                documents: document_requests,
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

    /// Makes the operator's metrics part of what `registry` tells.
    pub fn register(&self, registry: &mut Registry) {
        self.context.metrics.register(registry);
        let census = Census { known: self.context.known().clone(), turns: Arc::clone(&self.context.turns) };
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
            let AllRequests { targets, runs, scanners, documents } = requests;
            tokio::select! {
                () = work(targets, AT_ONCE, |name| look("targets", context, targets::reconcile(name, context))) => {}
                () = work(runs, AT_ONCE, |name| look("runs", context, runs::reconcile(name, context))) => {}
                () = work(scanners, AT_ONCE, |name| look("scanners", context, scanners::reconcile(name, context))) => {}
                () = work(documents, AT_ONCE, |document| look("documents", context, documents::reconcile(document, context))) => {}
                () = context.follow(&api_server) => {}
                () = context.keep_positions() => {}
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

/// What is heard of the cluster.
enum Heard {
    Discovery(News),
    ApiServer(Step),
    Target(Step),
    Run(Step),
    Dast(Step),
    Policy(Step),
    Ceiling(Step),
    Exemption(Step),
    Job(Step),
    Pod(Step),
    Deployment(Step),
}

/// Everything that is heard, in streams each of which says once that it has told all that is there.
fn listen(context: &Context, api_server: &Arc<Store<EndpointSlice>>) -> Vec<BoxStream<'static, Heard>> {
    let client = context.client();
    let known = context.known();
    let all = watcher::Config::default;
    let settings = context.settings();
    let scans = settings.scan_namespace.as_str();
    let (label, value) = label::MANAGED_BY;
    let ours = watcher::Config::default().labels(&format!("{label}={value}"));
    let of_api_server = watcher::Config::default().labels("kubernetes.io/service-name=kubernetes");
    let mut feeds: Vec<BoxStream<'static, Heard>> = vec![
        discover(&client, known.shared_index()).map(Heard::Discovery).boxed(),
        feed(Api::namespaced(client.clone(), "default"), of_api_server, Arc::clone(api_server))
            .map(Heard::ApiServer)
            .boxed(),
        feed(Api::all(client.clone()), all(), Arc::clone(&known.targets)).map(Heard::Target).boxed(),
        feed(Api::all(client.clone()), all(), Arc::clone(&known.runs)).map(Heard::Run).boxed(),
        feed(Api::all(client.clone()), all(), Arc::clone(&known.dasts)).map(Heard::Dast).boxed(),
        feed(Api::all(client.clone()), all(), Arc::clone(&known.policies)).map(Heard::Policy).boxed(),
        feed(Api::all(client.clone()), all(), Arc::clone(&known.ceilings)).map(Heard::Ceiling).boxed(),
        feed(Api::all(client.clone()), all(), Arc::clone(&known.exemptions)).map(Heard::Exemption).boxed(),
        feed(Api::namespaced(client.clone(), scans), ours.clone(), Arc::clone(&known.jobs))
            .map(Heard::Job)
            .boxed(),
        feed(Api::namespaced(client.clone(), scans), ours.clone(), Arc::clone(&known.pods))
            .map(Heard::Pod)
            .boxed(),
    ];
    for namespace in &settings.shared_zap_namespaces {
        let deployments = Api::namespaced(client.clone(), namespace);
        feeds.push(
            feed(deployments, ours.clone(), Arc::clone(&known.deployments)).map(Heard::Deployment).boxed(),
        );
    }
    feeds
}

impl Context {
    /// Asks for a look at whatever something concerns. Says whether one more kind is known as a whole.
    fn hear(&self, heard: Heard, api_server: &Store<EndpointSlice>) -> bool {
        let step = match heard {
            Heard::Discovery(News::Changed(changes)) => {
                self.rediscovered(&changes);
                return false;
            }
            Heard::Discovery(News::Complete) => return true,
            Heard::Discovery(News::Unreadable { kind, object, reason }) => {
                tracing::debug!(kind, object, reason, "an object cannot be read");
                return false;
            }
            Heard::Discovery(News::Failed { kind, error }) => {
                tracing::debug!(kind, %error, "a kind cannot be watched now");
                return false;
            }
            Heard::ApiServer(step) => {
                if matches!(step, Step::Changed(..)) {
                    self.guard_api_server(api_server);
                }
                step
            }
            Heard::Target(step) => self.changed(step, |name, _| self.desks.targets.ask(name)),
            Heard::Run(step) => self.changed(step, |name, target| {
                self.desks.runs.ask(name);
                target.into_iter().for_each(|target| self.desks.targets.ask(target));
            }),
            Heard::Dast(step) => self.changed(step, |name, _| {
                let dast = self.known().dasts.get(&name);
                if let Some(analyzer) = dast.as_ref().and_then(|dast| dast.spec.analyzer.as_ref()) {
                    let external = ObjectName::new(name.namespace.clone(), analyzer.name.as_str());
                    self.desks.targets.ask(Subject::External(external).target());
                }
                self.desks.scanners.ask(name);
                self.ask_for_all(|_| true);
            }),
            Heard::Policy(step) => self.changed(step, |name, _| {
                self.ask_for_all(|target| target.namespace == name.namespace);
                self.desks.documents.ask(Document::Policy(name));
            }),
            Heard::Ceiling(step) => self.changed(step, |name, _| {
                self.ask_for_all(|_| true);
                self.desks.documents.ask(Document::Ceiling(name));
            }),
            Heard::Exemption(step) => self.changed(step, |name, _| {
                self.ask_for_all(|_| true);
                self.desks.documents.ask(Document::Exemption(name));
            }),
            Heard::Job(step) => {
                self.changed(step, |_, run| run.into_iter().for_each(|run| self.desks.runs.ask(run)))
            }
            Heard::Pod(step) => self.changed(step, |_, job| {
                let job = job.and_then(|job| self.known().jobs.get(&job));
                let run = job.and_then(|job| run_of(&job.metadata));
                run.into_iter().for_each(|run| self.desks.runs.ask(run));
            }),
            Heard::Deployment(step) => self.changed(step, |_, dast| {
                dast.into_iter().for_each(|dast| self.desks.scanners.ask(dast));
            }),
        };
        match step {
            Step::Listed => true,
            Step::Changed(..) => false,
            Step::Unreadable { object, reason } => {
                tracing::debug!(%object, reason, "an object cannot be read");
                false
            }
            Step::Failed(error) => {
                tracing::debug!(%error, "a kind cannot be watched now");
                false
            }
        }
    }

    fn changed(&self, step: Step, ask: impl FnOnce(ObjectName, Option<ObjectName>)) -> Step {
        if let Step::Changed(name, group) = &step {
            ask(name.clone(), group.clone());
        }
        step
    }

    fn rediscovered(&self, changes: &Changes) {
        for id in &changes.targets {
            let target = Subject::Port(id.clone()).target();
            for run in self.known().runs.group(&target).iter().filter(|run| !is_ended(run)) {
                super::store::key(&run.metadata).into_iter().for_each(|run| self.desks.runs.ask(run));
            }
            self.desks.targets.ask(target);
        }
    }

    /// Everything is known: from now on turns are given, and what nobody wants any more is found.
    fn begin(&self) {
        let known = self.known();
        for run in known.runs.all() {
            let _ = self.turns.tell(&run);
        }
        self.turns.open();
        runs::give_turns(self);
        self.ask_for_all(|_| true);
        for job in known.jobs.all() {
            run_of(&job.metadata).into_iter().for_each(|run| self.desks.runs.ask(run));
        }
    }

    fn ask_for_all(&self, among: impl Fn(&ObjectName) -> bool) {
        let known = self.known();
        let objects = known.targets.all();
        let there = objects.iter().filter_map(|target| super::store::key(&target.metadata));
        let discovered: Vec<ObjectName> = {
            let index = known.index();
            index.targets().iter().map(|target| Subject::Port(target.id().clone()).target()).collect()
        };
        let all: BTreeSet<ObjectName> = there.chain(discovered).filter(among).collect();
        all.into_iter().for_each(|target| self.desks.targets.ask(target));
    }

    /// No scan goes to the API server, wherever it is now.
    fn guard_api_server(&self, slices: &Store<EndpointSlice>) {
        let index = self.known().shared_index();
        let mut index = index.write().unwrap_or_else(PoisonError::into_inner);
        let mut settings = self.settings().discovery_settings();
        let service = index.service(&ObjectName::new("default", "kubernetes"));
        settings
            .api_server
            .extend(service.into_iter().flat_map(|service| service.cluster_ips.iter().copied()));
        for slice in slices.all() {
            let addresses = slice.endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
            settings.api_server.extend(addresses.filter_map(|address| address.parse::<IpAddr>().ok()));
        }
        let changes = index.configure(settings);
        drop(index);
        self.rediscovered(&changes);
    }

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
            for dast in self.known().dasts.all() {
                super::store::key(&dast.metadata).into_iter().for_each(|name| self.desks.scanners.ask(name));
            }
            runs::give_turns(self);
        }
        // Nobody changes it any more, which is no reason to end.
        std::future::pending().await
    }

    async fn keep_positions(&self) {
        loop {
            tokio::time::sleep(POSITIONS).await;
            let runs = self.known().runs.all();
            let mut waiting: Vec<_> = runs
                .iter()
                .filter(|run| !is_ended(run))
                .filter_map(|run| Some((self.turns.ahead_of(run)?, super::store::key(&run.metadata)?)))
                .collect();
            waiting.sort();
            waiting.into_iter().take(MOST_POSITIONS).for_each(|(_, run)| self.desks.runs.ask(run));
        }
    }
}
