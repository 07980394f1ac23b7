//! The index: what is known of the cluster, and what follows from it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::endpoints::Address;
use super::entry::{Entry, Stale};
use super::fact::{Fact, reroute};
use super::name::{Object, ObjectName, RouteRef, TargetId};
use super::namespace::Governance;
use super::places::{Leading, Places};
use super::problem::Problem;
use super::route::{Backend, Route};
use super::service::Service;
use super::settings::Settings;
use super::standing::{Standing, standing};
use super::target::DiscoveredTarget;
use super::uses::{ServiceUse, Uses};

/// What is known of the cluster, and what follows from it. The [module](super) says how it is used.
///
/// ```
/// use dast_core::discovery::{Index, ObjectName, Policy, Route, RouteKind, RouteRef, Rule};
/// use dast_core::discovery::{Backend, Path, Service, ServicePort, Standing};
///
/// let mut index = Index::default();
/// let web = ObjectName::new("shop", "web");
/// let mut front = Route::new(RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front")));
/// front.rules.push(Rule::new("shop.example", Path::Prefix("/".to_owned()), Backend::service(web.clone(), 80)));
/// let name = front.name.clone();
/// index.apply(front);
/// assert!(matches!(index.backends(&name)[..], [(_, Standing::NoService)]));
///
/// let mut service = Service::new(web.clone(), "uid-1");
/// service.ports.push(ServicePort::tcp(80));
/// index.apply(service);
/// assert!(matches!(index.backends(&name)[..], [(_, Standing::NotAsked)]), "no policy gates the route");
///
/// let changes = index.apply(Policy::Namespaced(ObjectName::new("shop", "strict")));
/// assert_eq!(changes.targets.len(), 1);
/// let target = &index.targets_of(&web)[0];
/// assert!(target.provenance().route);
/// let origins: Vec<_> = target.origins().iter().map(ToString::to_string).collect();
/// assert_eq!(origins, ["http://web.shop.svc", "http://shop.example"]);
///
/// let changes = index.delete::<Route>(&name);
/// assert_eq!((changes.targets.len(), index.targets().len()), (1, 0));
/// ```
#[derive(Debug, Default)]
pub struct Index {
    pub(super) settings: Settings,
    pub(super) labels: HashMap<Arc<str>, Label>,
    pub(super) governance: Governance,
    /// By namespace and name.
    pub(super) services: HashMap<Arc<str>, HashMap<Arc<str>, Entry>>,
    /// The Services that slices belong to.
    pub(super) slices: HashMap<ObjectName, Arc<str>>,
    pub(super) pods: HashMap<ObjectName, Vec<IpAddr>>,
    pub(super) places: Places,
    pub(super) routes: HashMap<RouteRef, (Route, Uses)>,
}

/// What is to be looked at again after something was said to an [`Index`]. Each is named once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "what is not looked at again stays as it was"]
#[non_exhaustive]
pub struct Changes {
    /// Targets that came, changed, or went: those that the index no longer has.
    pub targets: BTreeSet<TargetId>,
    /// Objects whose problems are others than before.
    pub objects: BTreeSet<Object>,
    /// Routes that came, changed, or went, or that name a Service which did. What a Service of type `ExternalName` leads to in turn does
    /// not count.
    pub routes: BTreeSet<RouteRef>,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty() && self.objects.is_empty() && self.routes.is_empty()
    }
}

impl Index {
    /// An index that knows nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Takes an object as it is now, be it new or not.
    pub fn apply<F: Fact>(&mut self, fact: F) -> Changes {
        let mut dirty = Dirty::default();
        fact.put(self, &mut dirty);
        self.settle(dirty)
    }

    /// Forgets an object that is gone; one that was never there may go as well.
    pub fn delete<F: Fact>(&mut self, key: &F::Key) -> Changes {
        let mut dirty = Dirty::default();
        F::remove(key, self, &mut dirty);
        self.settle(dirty)
    }

    /// Takes some objects of a kind as they are now, such as a page of a list. Of two with one name, the later counts.
    pub fn apply_all<F: Fact>(&mut self, facts: impl IntoIterator<Item = F>) -> Changes {
        let mut dirty = Dirty::default();
        facts.into_iter().for_each(|fact| fact.put(self, &mut dirty));
        self.settle(dirty)
    }

    /// Forgets what is not there any more: of the objects `among` a kind, those that are not `here`. It is what the last page
    /// of a list tells. Ingresses and HTTPRoutes are listed each for themselves, and both are routes.
    pub fn retain<F: Fact>(&mut self, here: &HashSet<F::Key>, among: impl Fn(&F::Key) -> bool) -> Changes {
        let mut dirty = Dirty::default();
        for key in F::keys(self).iter().filter(|key| among(key) && !here.contains(key)) {
            F::remove(key, self, &mut dirty);
        }
        self.settle(dirty)
    }

    /// Takes all objects of a kind as they are now, and forgets those that are not among them: for a list, at the start and
    /// whenever a watch has broken. Of two with one name, the later counts.
    pub fn reset<F: Fact>(&mut self, facts: impl IntoIterator<Item = F>) -> Changes {
        let mut dirty = Dirty::default();
        let mut gone: HashSet<F::Key> = F::keys(self).into_iter().collect();
        for fact in facts {
            gone.remove(&fact.key());
            fact.put(self, &mut dirty);
        }
        for key in &gone {
            F::remove(key, self, &mut dirty);
        }
        self.settle(dirty)
    }

    /// Takes other settings. Everything is worked out again.
    pub fn configure(&mut self, settings: Settings) -> Changes {
        if settings == self.settings {
            return Changes::default();
        }
        self.settings = settings;
        let mut dirty = Dirty::default();
        let routes: Vec<Route> = self.routes.values().map(|(route, _)| route.clone()).collect();
        for route in routes {
            let uses = route.uses(&self.settings);
            reroute(&route.name.clone(), Some((route, uses)), self, &mut dirty);
        }
        for namespace in self.services.keys() {
            self.mark_namespace(namespace, &mut dirty);
        }
        let slices = self
            .services
            .values_mut()
            .flat_map(HashMap::values_mut)
            .flat_map(|entry| entry.slices.values_mut());
        slices.for_each(|slice| slice.view = None);
        self.settle(dirty)
    }

    /// A target.
    pub fn target(&self, id: &TargetId) -> Option<&DiscoveredTarget> {
        self.targets_of(&id.service).iter().find(|target| target.id() == id)
    }

    /// The targets of a Service, in the order of their ports.
    pub fn targets_of(&self, service: &ObjectName) -> &[DiscoveredTarget] {
        self.entry(service).map(|entry| entry.targets.as_slice()).unwrap_or_default()
    }

    /// All targets, in the order of their names.
    pub fn targets(&self) -> Vec<&DiscoveredTarget> {
        let entries = self.services.values().flat_map(HashMap::values);
        let mut targets: Vec<_> = entries.flat_map(|entry| &entry.targets).collect();
        targets.sort_unstable_by_key(|target| target.id());
        targets
    }

    /// A Service, whether or not it has targets.
    pub fn service(&self, name: &ObjectName) -> Option<&Service> {
        self.entry(name)?.spec.as_ref().map(|spec| &spec.service)
    }

    /// Where the ready pods of a target are now, in order: what a scan of it has to reach. Of a refused target it is nothing.
    pub fn endpoints(&self, id: &TargetId) -> BTreeSet<SocketAddr> {
        let target = self.target(id).filter(|target| target.refusal().is_none());
        let (Some(target), Some(entry)) = (target, self.entry(&id.service)) else { return BTreeSet::new() };
        let live = |address: &Address| match address {
            Address::Ip(ip) => {
                let found = self.places.visit(address, true, &id.service.namespace, &self.settings);
                found.is_ok().then_some(*ip)
            }
            Address::Other(_) => None,
        };
        let of_slice = |slice: &super::entry::Slice| {
            let ready = slice.endpoints.iter().filter(|(_, ready)| *ready);
            let ips: Vec<IpAddr> = ready.filter_map(|(address, _)| live(address)).collect();
            let ports = slice.ports_named(&target.plan.port.name);
            ports.flat_map(|port| ips.iter().map(move |ip| SocketAddr::new(*ip, port))).collect::<Vec<_>>()
        };
        entry.slices.values().flat_map(of_slice).collect()
    }

    /// A route.
    pub fn route(&self, name: &RouteRef) -> Option<&Route> {
        self.routes.get(name).map(|(route, _)| route)
    }

    /// All routes, in order.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values().map(|(route, _)| route)
    }

    /// What a route exposes of which Services.
    pub fn exposures(&self, route: &RouteRef) -> &[ServiceUse] {
        self.routes.get(route).map(|(_, uses)| uses.services.as_slice()).unwrap_or_default()
    }

    /// The backends of a route, in order, each once, and how they stand.
    pub fn backends(&self, route: &RouteRef) -> Vec<(Backend, Standing<'_>)> {
        let Some((_, uses)) = self.routes.get(route) else { return Vec::new() };
        let services =
            uses.services.iter().map(|used| Backend::Service(used.service.clone(), used.port.clone()));
        let backends = services.chain(uses.others.iter().cloned());
        let stand = |backend: Backend| {
            let standing = self.standing(&backend);
            (backend, standing)
        };
        backends.map(stand).collect()
    }

    /// How a backend stands, be it of a route that the index knows or not.
    pub fn standing(&self, backend: &Backend) -> Standing<'_> {
        match backend {
            Backend::Service(name, port) => standing(self.entry(name), port, &self.surroundings()),
            Backend::Object(..) | Backend::Other(_) => Standing::NotAService,
        }
    }

    /// The routes that lead to a Service, in order.
    pub fn routes_of(&self, service: &ObjectName) -> impl Iterator<Item = &RouteRef> {
        self.entry(service).into_iter().flat_map(|entry| entry.routes.keys())
    }

    /// What is wrong with an object, as far as no target of it says so.
    pub fn problems(&self, object: &Object) -> &[Problem] {
        match object {
            Object::Namespace(name) => self.labels.get(name).map(|label| label.problems.as_slice()),
            Object::Service(name) => self.entry(name).map(|entry| entry.problems.as_slice()),
            Object::Route(name) => self.routes.get(name).map(|(_, uses)| uses.problems.as_slice()),
        }
        .unwrap_or_default()
    }
}

/// What a namespace's label says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) scan: bool,
    pub(super) problems: Vec<Problem>,
}

/// What is around an entry.
pub(super) struct Surroundings<'a> {
    pub(super) settings: &'a Settings,
    pub(super) governance: &'a Governance,
    pub(super) places: &'a Places,
    labels: &'a HashMap<Arc<str>, Label>,
}

impl Surroundings<'_> {
    /// Whether a namespace's label wants its Services to be scanned.
    pub(super) fn is_labelled(&self, namespace: &str) -> bool {
        self.labels.get(namespace).is_some_and(|label| label.scan)
    }
}

/// What is to be worked out again.
#[derive(Debug, Default)]
pub struct Dirty {
    services: BTreeMap<ObjectName, Stale>,
    pub(super) objects: BTreeSet<Object>,
    pub(super) routes: BTreeSet<RouteRef>,
}

impl Dirty {
    pub(super) fn mark(&mut self, service: ObjectName, stale: Stale) {
        let marked = self.services.entry(service).or_insert(stale);
        *marked = stale.max(*marked);
    }
}

impl Index {
    /// Works out what is dirty. It costs what these entries cost, however many others there are.
    fn settle(&mut self, dirty: Dirty) -> Changes {
        let Self { services, settings, governance, places, labels, .. } = self;
        let around = Surroundings { settings, governance, places, labels };
        let mut changes = Changes { targets: BTreeSet::new(), objects: dirty.objects, routes: dirty.routes };
        for (name, stale) in dirty.services {
            let Some(named) = services.get_mut(&name.namespace) else { continue };
            let Some(entry) = named.get_mut(&name.name) else { continue };
            let (targets, problems) = entry.refresh(stale, &around);
            changes.targets.extend(targets);
            if entry.is_empty() {
                named.remove(&name.name);
                if named.is_empty() {
                    services.remove(&name.namespace);
                }
            }
            if problems {
                changes.objects.insert(Object::Service(name));
            }
        }
        changes
    }

    fn surroundings(&self) -> Surroundings<'_> {
        let Self { settings, governance, places, labels, .. } = self;
        Surroundings { settings, governance, places, labels }
    }

    fn entry(&self, service: &ObjectName) -> Option<&Entry> {
        self.services.get(&service.namespace)?.get(&service.name)
    }

    pub(super) fn entry_mut(&mut self, service: &ObjectName) -> &mut Entry {
        let named = self.services.entry(Arc::clone(&service.namespace)).or_default();
        named.entry(Arc::clone(&service.name)).or_default()
    }

    /// Looks at an address again wherever a slice leads to it.
    pub(super) fn look_again(&mut self, address: IpAddr, dirty: &mut Dirty) {
        for Leading { service, slice } in self.places.leading_to(address) {
            let entry =
                self.services.get_mut(&service.namespace).and_then(|named| named.get_mut(&service.name));
            if let Some(slice) = entry.and_then(|entry| entry.slices.get_mut(slice)) {
                slice.view = None;
            }
            dirty.mark(service.clone(), Stale::Workload);
        }
    }

    pub(super) fn mark_namespace(&self, namespace: &Arc<str>, dirty: &mut Dirty) {
        for name in self.services.get(namespace).into_iter().flat_map(HashMap::keys) {
            dirty.mark(ObjectName::new(Arc::clone(namespace), Arc::clone(name)), Stale::Plan);
        }
    }
}
