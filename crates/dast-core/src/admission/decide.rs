//! The decision.

use std::sync::Arc;

use dast_policy::{Exposure, Knowledge, Layer, evaluate};
use jiff::Timestamp;

use super::catalog::{Catalog, Lead, Place};
use super::decision::{BackendDecision, Decision, Passage};
use super::exposed::{exposes_nothing, is_within};
use crate::discovery::{Backend, Reason, Route, RouteKind, ServiceUse, Settings, TargetId, Uses};
use crate::rulebook::{Rulebook, Rules};

/// What becomes of a route.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The route as it was; `None` for a new one.
    pub before: Option<&'a Route>,
    /// The route as it is to be.
    pub after: &'a Route,
    /// Who wants it, as the API server knows them; empty if that does not matter.
    pub by: &'a str,
    /// Since when it is held back, if it is. A policy may give up on a scan that comes to nothing, but on nothing else.
    pub held_since: Option<Timestamp>,
}

impl<'a> Change<'a> {
    /// A new route, by whomever.
    pub fn create(route: &'a Route) -> Self {
        Self { before: None, after: route, by: "", held_since: None }
    }

    /// Another state of a route, by whomever.
    pub fn update(before: &'a Route, after: &'a Route) -> Self {
        Self { before: Some(before), after, by: "", held_since: None }
    }

    /// Whether the route exposes something already.
    fn is_of_exposed(&self) -> bool {
        self.before.is_some_and(|before| !exposes_nothing(before))
    }
}

/// All that a decision rests on, besides the change and the time.
///
/// ```
/// use dast_core::admission::{Catalog, Change, Gate, Passage};
/// use dast_core::discovery::{
///     Backend, Namespaces, ObjectName, Path, Route, RouteKind, RouteRef, Rule, Settings,
/// };
/// use dast_core::rulebook::{Ceiling, Defaults, Rulebook};
/// use dast_policy::{Action, PolicyDocument};
///
/// let mut front = Route::new(RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", "front")));
/// front.served_by.insert("class `public`".to_owned());
/// let web = Backend::service(ObjectName::new("shop", "web"), 80);
/// front.rules.push(Rule::new("shop.example", Path::Prefix("/".to_owned()), web));
///
/// let (catalog, settings) = (Catalog::default(), Settings::default());
/// let now = "2026-06-01T00:00:00Z".parse()?;
///
/// let nobody = Rulebook::new(Defaults::new("dast-system"), [], [], []);
/// let gate = Gate { catalog: &catalog, rulebook: &nobody, settings: &settings };
/// assert_eq!(gate.decide(&Change::create(&front), now).passage(), Some(Passage::NotGated));
///
/// let ceiling = Ceiling::new("all", Namespaces::all(), Ok(PolicyDocument::standard()));
/// let all = Rulebook::new(Defaults::new("dast-system"), [ceiling], [], []);
/// let decision = Gate { rulebook: &all, ..gate }.decide(&Change::create(&front), now);
/// assert_eq!(decision.action(), Action::Deny);
/// assert!(decision.to_string().contains("there is no Service `shop/web`"), "{decision}");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// What is known of Services and targets.
    pub catalog: &'a Catalog,
    /// Which policies stand where.
    pub rulebook: &'a Rulebook,
    /// What the installation says about its cluster.
    pub settings: &'a Settings,
}

impl Gate<'_> {
    /// Whether a route may be as it is to be.
    pub fn decide(&self, change: &Change<'_>, now: Timestamp) -> Decision {
        let within = change.before.is_some_and(|before| is_within(change.after, before));
        match self.passage(change.after).or(within.then_some(Passage::NothingNew)) {
            Some(passage) => Decision::passed(change.after, passage),
            None => self.judge(change, now),
        }
    }

    /// What is to be said of a route as it is, though nobody changes it: whether it would still be let in.
    /// It is never held. Who wrote it is not known, so that exempting its creator does not help it.
    pub fn audit(&self, route: &Route, now: Timestamp) -> Decision {
        match self.passage(route) {
            Some(passage) => Decision::passed(route, passage),
            None => self.judge(&Change::update(route, route), now),
        }
        .audited()
    }

    fn judge(&self, change: &Change<'_>, now: Timestamp) -> Decision {
        let route = change.after;
        let annotations = match annotations(route) {
            Ok(layer) => layer,
            Err(problem) => return Decision::refused(route, problem),
        };
        let uses = route.uses(self.settings);
        // That is where most routes lead.
        let own = self.rulebook.over(&route.name.name.namespace);
        let question = Question { gate: self, change, annotations, own, unseen: unseen(&uses), now };
        // All are looked up before any is judged: what is of nobody's cache is waited for together.
        let places: Vec<_> = uses.services.iter().map(|used| self.catalog.place(&used.service)).collect();
        places.iter().flatten().for_each(|place| place.fetch());
        let services = uses.services.into_iter().zip(places);
        let services = services.flat_map(|(used, place)| question.service(used, place));
        let others = uses.others.iter().map(|backend| question.other(backend));
        let mut passage = Passage::ExposesNothing;
        let mut backends = Vec::new();
        for answer in services.chain(others) {
            match answer {
                Answer::Judged(decision) => backends.push(decision),
                // The word for all of them is that of which there is most to tell.
                Answer::Passed(why) => passage = passage.max(why),
            }
        }
        if backends.is_empty() {
            return Decision::passed(route, passage);
        }
        Decision::judged(route, backends, change.is_of_exposed())
    }

    /// Why a route needs no look at its backends, however it came to be, if it does not.
    fn passage(&self, route: &Route) -> Option<Passage> {
        if self.settings.system_namespaces.contains(&route.name.name.namespace) {
            return Some(Passage::SystemNamespace);
        }
        exposes_nothing(route).then_some(Passage::ExposesNothing)
    }
}

/// What is asked of every backend.
struct Question<'a> {
    gate: &'a Gate<'a>,
    change: &'a Change<'a>,
    /// The route's own layer.
    annotations: Option<Arc<Layer>>,
    /// What stands over the route's namespace.
    own: Arc<Rules>,
    /// Places of the route that no scan visits.
    unseen: Vec<Exposure>,
    now: Timestamp,
}

/// What became of a backend.
enum Answer {
    /// It needs no judgement.
    Passed(Passage),
    /// It was judged.
    Judged(BackendDecision),
}

impl Question<'_> {
    /// One for each namespace that it leads to or through: another name for a Service that somebody gates leads past nobody.
    fn service(&self, used: ServiceUse, place: Option<&Place>) -> impl Iterator<Item = Answer> {
        let ServiceUse { service, port, mut exposures } = used;
        exposures.extend_from_slice(&self.unseen);
        let exposures: Arc<[Exposure]> = exposures.into();
        let catalog = self.gate.catalog;
        let lead = Lead::of(&service, place, &port);
        let target = lead.as_ref().ok().map(|lead| lead.target.clone());
        let held_since = self.change.held_since;
        let know = move |rules: &Rules| match &lead {
            Ok(lead) => catalog.knowledge(lead, Arc::clone(&exposures), rules, held_since),
            Err(absent) => Knowledge { absent: Some(absent.clone()), ..Knowledge::default() },
        };
        let namespaces = catalog.namespaces(&service, place.and_then(Place::service)).into_iter();
        let backend = Backend::Service(service, port);
        namespaces.map(move |namespace| self.answer(&namespace, backend.clone(), target.clone(), &know))
    }

    fn other(&self, backend: &Backend) -> Answer {
        let absent = format!("{backend} is no Service, and nothing else is scanned");
        let namespace = match backend {
            Backend::Service(name, _) | Backend::Object(_, name) => &name.namespace,
            Backend::Other(_) => &self.change.after.name.name.namespace,
        };
        let know = |_: &Rules| Knowledge { absent: Some(absent), ..Knowledge::default() };
        self.answer(namespace, backend.clone(), None, know)
    }

    /// What stands over a backend in `namespace`.
    fn rules_of(&self, namespace: &str) -> Arc<Rules> {
        let route = &*self.change.after.name.name.namespace;
        let is_own = namespace == route;
        if is_own { Arc::clone(&self.own) } else { self.gate.rulebook.between(route, namespace) }
    }

    fn answer(
        &self,
        namespace: &str,
        backend: Backend,
        target: Option<TargetId>,
        know: impl FnOnce(&Rules) -> Knowledge,
    ) -> Answer {
        let rules = self.rules_of(namespace);
        if rules.exempts(self.change.by) {
            return Answer::Passed(Passage::ExemptCreator);
        }
        if let Backend::Object(kind, _) = &backend
            && rules.accepts(kind)
        {
            return Answer::Passed(Passage::AcceptedKind);
        }
        let is_ingress = self.change.after.name.kind == RouteKind::Ingress;
        let everything = is_ingress && self.gate.settings.gate_every_ingress;
        let own;
        let policy = match &self.annotations {
            Some(annotations) => match rules.policy_with(annotations) {
                Ok(policy) => {
                    own = policy;
                    Ok(&own)
                }
                Err(error) => Err(error),
            },
            None if rules.is_governed() || everything => rules.policy(),
            None => return Answer::Passed(Passage::NotGated),
        };
        let evaluation = policy.map_err(|error| error.to_string()).map(|policy| {
            let knowledge = Knowledge { is_exposed: self.change.is_of_exposed(), ..know(&rules) };
            evaluate(policy, &knowledge, self.now)
        });
        Answer::Judged(BackendDecision { backend, target, evaluation })
    }
}

/// The hosts that scans must not look for, such as names of the cluster, and what is too much. What is exposed there was never
/// looked at.
fn unseen(uses: &Uses) -> Vec<Exposure> {
    let is_unseen = |reason| matches!(reason, Reason::HostNotScanned | Reason::TooManyNames);
    let hosts = uses.problems.iter().filter(|problem| is_unseen(problem.reason()));
    hosts.map(|problem| Exposure::new(problem.value(), "/")).collect()
}

/// The layer of a route's own annotations.
///
/// # Errors
/// With everything that is wrong with them, for people.
fn annotations(route: &Route) -> Result<Option<Arc<Layer>>, String> {
    let layer = Layer::from_annotations(&route.name.name, route.annotations.iter());
    layer.map(|layer| layer.map(Arc::new)).map_err(|error| error.to_string())
}
