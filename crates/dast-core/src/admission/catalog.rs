//! What is known of Services and targets.

use std::collections::HashMap;
use std::sync::Arc;

use dast_policy::{Exposure, Knowledge};
use jiff::Timestamp;
use smallvec::{SmallVec, smallvec};

use super::known::Known;
use super::scanned::{Scanned, ScannedTarget};
use crate::discovery::{BackendPort, ObjectName, Protocol, Service, ServiceKind, TargetId, alias_chain};
use crate::rulebook::Rules;

/// What is known of Services and of targets. Pods are not in it: what runs is told by the operator.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Service and targets in one place: what a decision looks up is in nobody's cache.
    places: HashMap<ObjectName, Place>,
    /// Why nothing of it may be relied on.
    doubt: Option<String>,
}

/// What is known of one name.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// The Service, if there is one: it and its targets come and go by themselves.
    service: Option<Known>,
    targets: SmallVec<[Scanned; 1]>,
}

impl Place {
    pub(super) fn service(&self) -> Option<&Known> {
        self.service.as_ref()
    }

    /// Has what a judgement will look at brought near.
    pub(super) fn fetch(&self) {
        self.targets.iter().for_each(Scanned::fetch);
    }

    /// Works out again what Service and targets say of each other.
    fn settle(&mut self) {
        for target in &mut self.targets {
            target.settle(self.service.as_ref());
        }
    }
}

impl Catalog {
    /// Takes a Service as it is now.
    pub fn put_service(&mut self, service: Service) {
        let place = self.places.entry(service.name.clone()).or_default();
        place.service = Some(Known::of(service));
        place.settle();
    }

    /// Forgets a Service that is gone.
    pub fn remove_service(&mut self, name: &ObjectName) {
        self.change(name, |place| place.service = None);
    }

    /// Takes a target as it is now.
    pub fn put_target(&mut self, target: impl Into<Arc<ScannedTarget>>) {
        let target = target.into();
        let place = self.places.entry(target.id.service.clone()).or_default();
        place.targets.retain(|known| known.port != target.id.port);
        place.targets.push(Scanned::of(target));
        place.settle();
    }

    /// Forgets a target that is gone.
    pub fn remove_target(&mut self, id: &TargetId) {
        self.change(&id.service, |place| place.targets.retain(|known| known.port != id.port));
    }

    /// Changes what is known of a name; nothing is kept of one of which nothing is known any more.
    fn change(&mut self, name: &ObjectName, change: impl FnOnce(&mut Place)) {
        let Some(place) = self.places.get_mut(name) else { return };
        change(place);
        if place.service.is_none() && place.targets.is_empty() {
            self.places.remove(name);
        }
    }

    /// From now on nothing of what is known may be relied on, such as when it was not heard for long what is new; or, without
    /// a reason, all of it may again.
    pub fn doubt(&mut self, why: Option<String>) {
        self.doubt = why;
    }

    /// What is known of that name.
    pub(super) fn place(&self, name: &ObjectName) -> Option<&Place> {
        self.places.get(name)
    }

    /// The namespaces that a Service leads to: its own, and those of the Services that it stands for, one after the other.
    pub(super) fn namespaces(&self, name: &ObjectName, service: Option<&Known>) -> SmallVec<[Arc<str>; 1]> {
        let is_alias = matches!(service, Some(Known { kind: ServiceKind::ExternalName(_), .. }));
        if !is_alias {
            return smallvec![name.namespace.clone()];
        }
        let chain = alias_chain(name, |name| Some(&self.place(name)?.service()?.kind));
        let mut namespaces: SmallVec<_> = chain.map(|name| name.namespace).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        namespaces
    }

    /// What is known of where a backend leads, when it is exposed at `exposures`.
    pub(super) fn knowledge(
        &self,
        lead: &Lead<'_>,
        exposures: Arc<[Exposure]>,
        rules: &Rules,
        held_since: Option<Timestamp>,
    ) -> Knowledge {
        match self.look(lead) {
            // Whatever runs now has all the time for its scan. Where it is not known what runs, there is nothing to give up.
            Ok(scanned) => Knowledge {
                held_since: held_since.and_then(|held| Some(held.max(scanned.runs_since()?))),
                ..scanned.knowledge(exposures, rules)
            },
            Err(absent) => Knowledge { absent: Some(absent), ..Knowledge::default() },
        }
    }

    fn look<'c>(&self, lead: &Lead<'c>) -> Result<&'c Scanned, String> {
        if let Some(why) = &self.doubt {
            return Err(why.clone());
        }
        let Some(scanned) = lead.scanned else {
            let why = "it is no target: the operator makes it one once a gated route leads there, if its port speaks HTTP";
            return Err(why.to_owned());
        };
        scanned.obstacle().map_or(Ok(scanned), Err)
    }
}

/// Where a backend leads.
#[derive(Debug, Clone)]
pub(super) struct Lead<'c> {
    pub(super) target: TargetId,
    scanned: Option<&'c Scanned>,
}

impl<'c> Lead<'c> {
    /// Where a backend leads, which is where it can have evidence.
    ///
    /// # Errors
    /// With a sentence for people, when it leads nowhere that could have any.
    pub(super) fn of(
        name: &ObjectName,
        place: Option<&'c Place>,
        port: &BackendPort,
    ) -> Result<Self, String> {
        let Some(Place { service: Some(service), targets }) = place else {
            return Err(format!("there is no Service `{name}`"));
        };
        if let ServiceKind::ExternalName(to) = &service.kind {
            return Err(format!("Service `{name}` leads out of the cluster, to `{to}`"));
        }
        let Some(found) = service.meant(port) else {
            return Err(format!("Service `{name}` has no such port; it has {}", service.shown()));
        };
        if found.protocol != Protocol::Tcp {
            return Err(format!("port {} of Service `{name}` is not TCP", found.number));
        }
        let scanned = targets.iter().find(|target| target.port == found.number);
        Ok(Self { target: TargetId::new(name.clone(), found.number), scanned })
    }
}
