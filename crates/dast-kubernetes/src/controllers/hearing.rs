//! What is heard of the cluster, and what is to be looked at because of it.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use dast_core::discovery::{Changes, ObjectName};
use futures_util::stream::{BoxStream, StreamExt};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Api;
use kube::runtime::watcher;

use super::context::Context;
use super::documents::Document;
use super::feed::{Step, feed};
use super::runs;
use super::scanner;
use super::subject::Subject;
use super::target::is_ended;
use crate::known::run_of;
use crate::known::store::{Store, key};
use crate::pod::label;
use crate::watch::{News, watch as discover};

/// What is heard of the cluster.
pub(super) enum Heard {
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
pub(super) fn listen(
    context: &Context,
    api_server: &Arc<Store<EndpointSlice>>,
) -> Vec<BoxStream<'static, Heard>> {
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
    pub(super) fn hear(&self, heard: Heard, api_server: &Store<EndpointSlice>) -> bool {
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
            Heard::Target(step) => self.changed(step, |name, _| {
                let target = self.known().targets.get(&name);
                target.into_iter().for_each(|target| self.target_changed(&target));
                self.desks.targets.ask(name);
            }),
            Heard::Run(step) => self.changed(step, |name, target| {
                self.desks.runs.ask(name);
                target.into_iter().for_each(|target| self.desks.targets.ask(target));
            }),
            Heard::Dast(step) => self.changed(step, |name, _| {
                let dast = self.known().dasts.get(&name);
                let outside = dast.as_deref().and_then(scanner::outside_of);
                outside.into_iter().for_each(|(name, _)| {
                    self.desks.targets.ask(Subject::External(name).target());
                });
                // It may have, or have had, a name that another one has, too.
                let others = self.known().dasts.group(&ObjectName::new(name.namespace, ""));
                let others = others.iter().filter_map(|dast| key(&dast.metadata));
                others.for_each(|dast| self.desks.scanners.ask(dast));
                self.of_all_targets.notify_one();
            }),
            Heard::Policy(step) => self.changed(step, |name, _| {
                self.ask_for_all(|target| target.namespace == name.namespace);
                self.of_all_routes.notify_one();
                self.desks.documents.ask(Document::Policy(name));
            }),
            Heard::Ceiling(step) => self.changed(step, |name, _| {
                self.of_all_targets.notify_one();
                self.of_all_routes.notify_one();
                self.desks.documents.ask(Document::Ceiling(name));
            }),
            Heard::Exemption(step) => self.changed(step, |name, _| {
                self.of_all_targets.notify_one();
                self.of_all_routes.notify_one();
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
                key(&run.metadata).into_iter().for_each(|run| self.desks.runs.ask(run));
            }
            self.desks.targets.ask(target);
            self.ask_for_routes_of(&id.service, false);
        }
        for route in &changes.routes {
            self.desks.routes.ask(route.clone());
            self.ask_for_targets_of(route);
        }
        changes.objects.iter().for_each(|object| self.desks.problems.ask(object.clone()));
    }

    /// Everything is known: from now on turns are given, and what nobody wants any more is found.
    pub(super) fn begin(&self) {
        let known = self.known();
        for run in known.runs.all() {
            let name = key(&run.metadata);
            // Who asks for a scan too soon is told of when the time has come, as before this program began.
            if name.is_some_and(|name| runs::too_soon(&name, &run, self).is_none()) {
                let _ = self.turns.tell(&run);
            }
        }
        self.turns.open();
        runs::give_turns(self);
        self.ask_for_all(|_| true);
        self.ask_for_routes(|_| true);
        for job in known.jobs.all() {
            run_of(&job.metadata).into_iter().for_each(|run| self.desks.runs.ask(run));
        }
    }

    pub(super) fn ask_for_all(&self, among: impl Fn(&ObjectName) -> bool) {
        let known = self.known();
        let objects = known.targets.all();
        let there = objects.iter().filter_map(|target| key(&target.metadata));
        let discovered: Vec<ObjectName> = {
            let index = known.index();
            index.targets().iter().map(|target| Subject::Port(target.id().clone()).target()).collect()
        };
        let all: BTreeSet<ObjectName> = there.chain(discovered).filter(among).collect();
        all.into_iter().for_each(|target| self.desks.targets.ask(target));
    }

    /// No scan goes to the API server, wherever it is now.
    pub(super) fn guard_api_server(&self, slices: &Store<EndpointSlice>) {
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
}
