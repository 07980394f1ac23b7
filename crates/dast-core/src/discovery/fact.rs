//! The kinds of objects that the index is told of, and what each changes.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use super::endpoints::{Address, EndpointSlice};
use super::entry::{Slice, Spec, Stale};
use super::index::{Dirty, Index, Label};
use super::name::{Object, ObjectName, RouteRef};
use super::namespace::{Namespace, Policy, PolicyRef};
use super::places::{Leading, Resident};
use super::pod::Pod;
use super::problem::{Problem, Reason};
use super::revision::pod_digest;
use super::route::Route;
use super::service::Service;
use super::uses::{ServiceUse, Uses};
use super::wishes::boolean;
use stored::Stored;

/// A kind of object that an [`Index`] is told of: [`Namespace`], [`Policy`], [`Service`], [`EndpointSlice`], [`Pod`],
/// [`Route`]. There are no others.
pub trait Fact: Stored {}

impl<F: Stored> Fact for F {}

mod stored {
    use std::hash::Hash;

    use super::{Dirty, Index};

    /// How a kind is kept, which is nobody's business outside.
    pub trait Stored: Sized {
        /// What an object of it is called.
        type Key: Clone + Eq + Hash;

        /// What this one is called.
        fn key(&self) -> Self::Key;

        /// Puts this one in the place of what had its name.
        fn put(self, index: &mut Index, dirty: &mut Dirty);

        /// Takes out what has this name.
        fn remove(key: &Self::Key, index: &mut Index, dirty: &mut Dirty);

        /// All that are there.
        fn keys(index: &Index) -> Vec<Self::Key>;
    }
}

impl Stored for Namespace {
    type Key = Arc<str>;

    fn key(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    fn put(self, index: &mut Index, dirty: &mut Dirty) {
        let label = match self.scan.as_deref().map(boolean) {
            None => Label::default(),
            Some(Ok(scan)) => Label { scan, problems: Vec::new() },
            Some(Err(error)) => {
                let field = format!("label `{}scan`", dast_policy::ANNOTATION_PREFIX);
                Label { scan: false, problems: vec![Problem::of(Reason::InvalidValue, field, error)] }
            }
        };
        relabel(&self.name, Some(label), index, dirty);
    }

    fn remove(name: &Arc<str>, index: &mut Index, dirty: &mut Dirty) {
        relabel(name, None, index, dirty);
    }

    fn keys(index: &Index) -> Vec<Arc<str>> {
        index.labels.keys().cloned().collect()
    }
}

fn relabel(name: &Arc<str>, label: Option<Label>, index: &mut Index, dirty: &mut Dirty) {
    let nothing = Label::default();
    let before = index.labels.get(name).unwrap_or(&nothing);
    let after = label.as_ref().unwrap_or(&nothing);
    if before.problems != after.problems {
        dirty.objects.insert(Object::Namespace(Arc::clone(name)));
    }
    if before.scan != after.scan {
        index.mark_namespace(name, dirty);
    }
    match label {
        Some(label) => drop(index.labels.insert(Arc::clone(name), label)),
        None => drop(index.labels.remove(name)),
    }
}

impl Stored for Policy {
    type Key = PolicyRef;

    fn key(&self) -> PolicyRef {
        Policy::key(self)
    }

    fn put(self, index: &mut Index, dirty: &mut Dirty) {
        regovern(index, dirty, |index| index.governance.put(self));
    }

    fn remove(key: &PolicyRef, index: &mut Index, dirty: &mut Dirty) {
        regovern(index, dirty, |index| index.governance.remove(key));
    }

    fn keys(index: &Index) -> Vec<PolicyRef> {
        index.governance.keys()
    }
}

/// A policy may concern every route, so that this costs as much as there are. It happens rarely.
fn regovern(index: &mut Index, dirty: &mut Dirty, change: impl FnOnce(&mut Index)) {
    let of_routes = index.routes.keys().map(|route| &route.name.namespace);
    let namespaces: BTreeSet<Arc<str>> = index.services.keys().chain(of_routes).cloned().collect();
    let governed = |index: &Index| -> BTreeSet<Arc<str>> {
        namespaces.iter().filter(|namespace| index.governance.governs(namespace)).cloned().collect()
    };
    let before = governed(index);
    change(index);
    let after = governed(index);
    let changed: BTreeSet<&Arc<str>> = before.symmetric_difference(&after).collect();
    for namespace in &changed {
        index.mark_namespace(namespace, dirty);
    }
    for (route, (_, uses)) in &index.routes {
        if changed.contains(&route.name.namespace) {
            uses.services.iter().for_each(|used| dirty.mark(used.service.clone(), Stale::Plan));
        }
    }
}

impl Stored for Service {
    type Key = ObjectName;

    fn key(&self) -> ObjectName {
        self.name.clone()
    }

    fn put(self, index: &mut Index, dirty: &mut Dirty) {
        let name = self.name.clone();
        let entry = index.entry_mut(&name);
        let stale = match &entry.spec {
            Some(Spec { service, .. }) if *service == self => return,
            Some(Spec { service, .. }) if service.is_planned_like(&self) => Stale::Workload,
            _ => Stale::Plan,
        };
        entry.spec = Some(Spec::new(self));
        dirty.routes.extend(entry.routes.keys().cloned());
        dirty.mark(name, stale);
    }

    fn remove(name: &ObjectName, index: &mut Index, dirty: &mut Dirty) {
        let entry = index.entry_mut(name);
        if entry.spec.take().is_some() {
            dirty.routes.extend(entry.routes.keys().cloned());
        }
        dirty.mark(name.clone(), Stale::Plan);
    }

    fn keys(index: &Index) -> Vec<ObjectName> {
        let there = |(namespace, named): (&Arc<str>, &HashMap<Arc<str>, super::entry::Entry>)| {
            let named = named.iter().filter(|(_, entry)| entry.spec.is_some());
            named
                .map(|(name, _)| ObjectName::new(Arc::clone(namespace), Arc::clone(name)))
                .collect::<Vec<_>>()
        };
        index.services.iter().flat_map(there).collect()
    }
}

impl Stored for EndpointSlice {
    type Key = ObjectName;

    fn key(&self) -> ObjectName {
        self.name.clone()
    }

    fn put(self, index: &mut Index, dirty: &mut Dirty) {
        let name = self.name.clone();
        let service = ObjectName::new(Arc::clone(&name.namespace), Arc::clone(&self.service));
        let slice = Slice::new(self);
        if !index.entry_mut(&service).slices.contains_key(&name.name) {
            Self::remove(&name, index, dirty);
            index.slices.insert(name.clone(), Arc::clone(&service.name));
        }
        let before = index.entry_mut(&service).slices.get(&name.name);
        if before.is_some_and(|before| before.says_the_same(&slice)) {
            return;
        }
        // Both are in order. Mostly they are the same, and something else changed.
        let before: Vec<IpAddr> = before.into_iter().flat_map(ips).collect();
        let after: Vec<IpAddr> = ips(&slice).collect();
        let leading = Leading { service, slice: name.name };
        for gone in before.iter().filter(|address| after.binary_search(address).is_err()) {
            index.places.unlink(*gone, &leading);
        }
        for new in after.iter().filter(|address| before.binary_search(address).is_err()) {
            index.places.link(*new, leading.clone());
        }
        let entry = index.entry_mut(&leading.service);
        entry.slices.insert(leading.slice, slice);
        let stale = entry.stale_by_slices();
        dirty.mark(leading.service, stale);
    }

    fn remove(name: &ObjectName, index: &mut Index, dirty: &mut Dirty) {
        let Some(service) = index.slices.remove(name) else { return };
        let service = ObjectName::new(Arc::clone(&name.namespace), service);
        let leading = Leading { service, slice: Arc::clone(&name.name) };
        let entry = index.entry_mut(&leading.service);
        let stale = entry.stale_by_slices();
        if let Some(slice) = entry.slices.remove(&name.name) {
            ips(&slice).for_each(|address| index.places.unlink(address, &leading));
        }
        dirty.mark(leading.service, stale);
    }

    fn keys(index: &Index) -> Vec<ObjectName> {
        index.slices.keys().cloned().collect()
    }
}

fn ips(slice: &Slice) -> impl Iterator<Item = IpAddr> {
    slice.endpoints.iter().filter_map(|(address, _)| match address {
        Address::Ip(address) => Some(*address),
        Address::Other(_) => None,
    })
}

impl Stored for Pod {
    type Key = ObjectName;

    fn key(&self) -> ObjectName {
        self.name.clone()
    }

    fn put(self, index: &mut Index, dirty: &mut Dirty) {
        let mut addresses: Vec<IpAddr> = self.addresses.iter().map(IpAddr::to_canonical).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if !self.live {
            addresses.clear();
        }
        let digest = pod_digest(&self).map_err(Box::new);
        let resident = Resident { pod: self.name, host_network: self.host_network, digest };
        if index.pods.get(&resident.pod) != Some(&addresses) {
            Self::remove(&resident.pod, index, dirty);
            index.pods.insert(resident.pod.clone(), addresses.clone());
        }
        for address in addresses {
            if index.places.settle(address, resident.clone()) {
                index.look_again(address, dirty);
            }
        }
    }

    fn remove(name: &ObjectName, index: &mut Index, dirty: &mut Dirty) {
        for address in index.pods.remove(name).unwrap_or_default() {
            index.places.leave(address, name);
            index.look_again(address, dirty);
        }
    }

    fn keys(index: &Index) -> Vec<ObjectName> {
        index.pods.keys().cloned().collect()
    }
}

impl Stored for Route {
    type Key = RouteRef;

    fn key(&self) -> RouteRef {
        self.name.clone()
    }

    fn put(self, index: &mut Index, dirty: &mut Dirty) {
        if index.route(&self.name) != Some(&self) {
            let uses = self.uses(&index.settings);
            reroute(&self.name.clone(), Some((self, uses)), index, dirty);
        }
    }

    fn remove(name: &RouteRef, index: &mut Index, dirty: &mut Dirty) {
        reroute(name, None, index, dirty);
    }

    fn keys(index: &Index) -> Vec<RouteRef> {
        index.routes.keys().cloned().collect()
    }
}

/// Puts a route and what it uses in the place of what had its name.
pub(super) fn reroute(name: &RouteRef, route: Option<(Route, Uses)>, index: &mut Index, dirty: &mut Dirty) {
    let before = index.routes.remove(name);
    if before.is_some() || route.is_some() {
        dirty.routes.insert(name.clone());
    }
    let before = before.map(|(_, uses)| uses).unwrap_or_default();
    for ServiceUse { service, .. } in &before.services {
        index.entry_mut(service).routes.remove(name);
        dirty.mark(service.clone(), Stale::Plan);
    }
    let nothing = Uses::default();
    let after = route.as_ref().map_or(&nothing, |(_, uses)| uses);
    if before.problems != after.problems {
        dirty.objects.insert(Object::Route(name.clone()));
    }
    let Some((route, uses)) = route else { return };
    let annotated = route.is_annotated();
    for ServiceUse { service, port, exposures } in &uses.services {
        let of_route = index.entry_mut(service).routes.entry(name.clone()).or_default();
        of_route.annotated = annotated;
        of_route.ports.push((port.clone(), exposures.clone()));
        dirty.mark(service.clone(), Stale::Plan);
    }
    index.routes.insert(name.clone(), (route, uses));
}
