//! What is exposed and would not be let in now. It stays exposed, and whoever owns it is told.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dast_core::admission::Decision;
use dast_core::discovery::{Route, RouteRef};
use kube::runtime::events::EventType;

use super::problems;
use crate::events::{Outbox, event};

/// When there is no room for an event, others wait, too.
pub(super) const LATER: Duration = Duration::from_secs(60);

/// The routes of which it was told, while this program runs: who begins anew tells it again.
#[derive(Debug, Clone, Default)]
pub(super) struct Drifts(Arc<Mutex<BTreeSet<RouteRef>>>);

impl Drifts {
    /// Tells that a route would not be let in, once, until it would be again. Says whether there was room for that.
    pub(super) fn tell(&self, route: &Route, decision: &Decision, outbox: &Outbox) -> bool {
        if !decision.is_drift() {
            self.forget(&route.name);
            return true;
        }
        if self.all().contains(&route.name) {
            return true;
        }
        let event = event(EventType::Warning, "RouteDrifted", "Audit", &decision.to_string());
        outbox.put(event, problems::of_route(route)) && self.all().insert(route.name.clone())
    }

    /// There is no such route any more, or it is not served.
    pub(super) fn forget(&self, route: &RouteRef) {
        self.all().remove(route);
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all().len()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeSet<RouteRef>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
