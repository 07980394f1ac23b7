//! What is exposed and would not be let in now. It stays exposed, and whoever owns it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dast_core::admission::Decision;
use dast_core::discovery::{Route, RouteRef};
use dast_policy::Verdict;
use kube::runtime::events::EventType;

use super::problems;
use crate::events::{Outbox, event};

/// An API server forgets events after an hour, if nobody has set another time
/// (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>, `--event-ttl`).
const TOLD_AGAIN: Duration = Duration::from_secs(3600);

/// The routes that are served and would not be let in now, as far as this program has looked at them since it began.
#[derive(Debug, Clone, Default)]
pub(super) struct Drifts(Arc<Mutex<BTreeMap<RouteRef, Drift>>>);

#[derive(Debug)]
struct Drift {
    /// What is said of what it leads to, if all of that could be judged.
    verdict: Option<Verdict>,
    /// When it was told of, if there was room for it.
    told: Option<Instant>,
}

impl Drifts {
    /// Takes what is to be said of a route that is served, and tells when it would not be let in: once for each verdict, and again
    /// when what was told is forgotten. Says whether there was room for that.
    pub(super) fn take(&self, route: &Route, decision: &Decision, outbox: &Outbox) -> bool {
        if !decision.is_drift() {
            self.forget(&route.name);
            return true;
        }
        let verdict = decision.verdict();
        let mut all = self.all();
        let drift = all.entry(route.name.clone()).or_insert(Drift { verdict, told: None });
        let is_told = drift.verdict == verdict && drift.told.is_some_and(|told| told.elapsed() < TOLD_AGAIN);
        drift.verdict = verdict;
        if !is_told {
            // Events of one action are one event, which counts and keeps its first note.
            let action = verdict.map_or("Audit", |verdict| match verdict {
                Verdict::Fail => "AuditFail",
                Verdict::Unknown(_) => "AuditUnknown",
                Verdict::Pass | Verdict::Warn => "Audit",
            });
            let event = event(EventType::Warning, "RouteDrifted", action, &decision.to_string());
            let is_put = outbox.has_room() && outbox.put(event, problems::of_route(route));
            drift.told = is_put.then(Instant::now);
        }
        drift.told.is_some()
    }

    /// A route would be let in, is not served or is not there any more.
    pub(super) fn forget(&self, route: &RouteRef) {
        self.all().remove(route);
    }

    /// Whether a route is one of them.
    pub(super) fn contains(&self, route: &RouteRef) -> bool {
        self.all().contains_key(route)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all().len()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<RouteRef, Drift>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
