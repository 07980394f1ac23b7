//! What every controller works with.

use std::sync::Arc;

use super::drift::Drifts;
use super::metrics::Metrics;
use super::postponing::{Crowd, Postponed};
use super::settings::{Installation, Settings};
use super::sharing::SharedZaps;
use super::targets::Suspicions;
use super::telling;
use super::turns::Turns;
use super::work::Desk;
use crate::crd::{ScanRun, ScanTarget};
use crate::events::Outbox;
use crate::known::Known;
use crate::known::store::key;
use dast_core::discovery::{Object, ObjectName, RouteRef};
use kube::runtime::events::Recorder;
use kube::{Api, Client};
use tokio::sync::Notify;

/// What every controller works with.
pub(super) struct Context {
    client: Client,
    known: Known,
    installation: Installation,
    pub(super) desks: Desks,
    pub(super) recorder: Recorder,
    /// What is told by the recorder when there is time.
    pub(super) outbox: Outbox,
    /// The statuses of targets.
    pub(super) postponed: Postponed,
    /// The Jobs that do not go on yet.
    pub(super) resting: Postponed,
    /// The Jobs that were just made: first come all, and then what is to be said of each.
    pub(super) crowd: Crowd,
    pub(super) suspicions: Suspicions,
    /// The routes of which it was told that they would not be let in now.
    pub(super) drifts: Drifts,
    /// Something is known that concerns every target, and what concerns every route: they are looked at once, however much it is.
    pub(super) of_all_targets: Notify,
    pub(super) of_all_routes: Notify,
    /// The ZAPs that are shared.
    pub(super) shared_zaps: SharedZaps,
    pub(super) turns: Arc<Turns>,
    pub(super) metrics: Metrics,
}

/// Where what is to be looked at is said.
#[derive(Debug, Clone)]
pub(super) struct Desks {
    pub(super) targets: Desk<ObjectName>,
    pub(super) runs: Desk<ObjectName>,
    pub(super) scanners: Desk<ObjectName>,
    pub(super) documents: Desk<super::documents::Document>,
    pub(super) routes: Desk<RouteRef>,
    pub(super) problems: Desk<Object>,
}

impl Context {
    pub(super) fn new(
        client: Client,
        known: Known,
        installation: Installation,
        desks: Desks,
        recorder: Recorder,
    ) -> Self {
        let turns = Arc::new(Turns::new(installation.now().queue_limits()));
        let metrics = Metrics::new();
        Self {
            client,
            known,
            installation,
            desks,
            recorder,
            outbox: Outbox::default(),
            postponed: Postponed::default(),
            resting: Postponed::default(),
            crowd: Crowd::default(),
            suspicions: Suspicions::default(),
            drifts: Drifts::default(),
            of_all_targets: Notify::new(),
            of_all_routes: Notify::new(),
            shared_zaps: SharedZaps::default(),
            turns,
            metrics,
        }
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    /// What the installation says now.
    pub(super) fn settings(&self) -> Settings {
        self.installation.now()
    }

    pub(super) fn installation(&self) -> &Installation {
        &self.installation
    }

    pub(super) fn runs(&self, namespace: &str) -> Api<ScanRun> {
        Api::namespaced(self.client(), namespace)
    }

    /// Takes the answer to a write, which the watch tells of later.
    pub(super) fn know_target(&self, target: ScanTarget) -> Arc<ScanTarget> {
        if self.known.targets.apply(target.clone()) {
            self.target_changed(&target);
        }
        Arc::new(target)
    }

    /// What leads to a target may be released by what is known of it now.
    pub(super) fn target_changed(&self, target: &ScanTarget) {
        let service = target.spec.service.as_ref().zip(target.metadata.namespace.as_deref());
        if let Some((service, namespace)) = service {
            self.ask_for_routes_of(
                &ObjectName::new(namespace, service.name.as_str()),
                telling::is_drifted(target),
            );
        }
    }

    /// The same. What follows from another state of a run is looked at.
    pub(super) fn know_run(&self, run: ScanRun) {
        let name = key(&run.metadata);
        let target =
            run.metadata.namespace.as_deref().map(|own| ObjectName::new(own, run.spec.target.as_str()));
        if self.known.runs.apply(run) {
            name.into_iter().for_each(|name| self.desks.runs.ask(name));
            target.into_iter().for_each(|target| self.desks.targets.ask(target));
        }
    }
}
