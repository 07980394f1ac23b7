//! Whose turn it is: the queue, and which run of a target stands in it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dast_core::discovery::ObjectName;
use dast_core::scan::{Entry, Priority, Queue, QueueLimits, TargetKey};
use jiff::Timestamp;
use kube::ResourceExt;

use super::target::{is_ended, phase};
use crate::crd::{RunPhase, RunTrigger, ScanRun};
use crate::known::store::key;

/// Whose turn it is. It follows from the runs that exist, so that nothing is lost when a process ends.
#[derive(Debug)]
pub(super) struct Turns(Mutex<State>);

#[derive(Debug)]
struct State {
    queue: Queue,
    /// The run of each target that stands in the queue; others of the same target come after it.
    current: HashMap<TargetKey, ObjectName>,
    /// The runs whose turn has come, and when.
    granted: HashMap<ObjectName, Timestamp>,
    /// Whether all runs that exist were told, so that turns may be given.
    is_open: bool,
}

impl Turns {
    pub(super) fn new(limits: QueueLimits) -> Self {
        Self(Mutex::new(State {
            queue: Queue::new(limits),
            current: HashMap::new(),
            granted: HashMap::new(),
            is_open: false,
        }))
    }

    /// Sets other limits.
    pub(super) fn set_limits(&self, limits: QueueLimits) {
        self.state().queue.set_limits(limits);
    }

    /// Every run that exists was told by [`tell`](Self::tell): from now on turns are given.
    pub(super) fn open(&self) {
        self.state().is_open = true;
    }

    /// Takes a run as it is now. Says whether it has just ended: it was under way when it was told the last time.
    pub(super) fn tell(&self, run: &ScanRun) -> bool {
        let (Some(name), Some(target)) = (key(&run.metadata), target(run)) else {
            return false;
        };
        let state = &mut *self.state();
        let turn = run.status.as_ref().and_then(|status| status.turn.as_ref()).map(|turn| turn.0);
        if is_ended(run) {
            if let Some(turn) = turn {
                state.queue.served(&target.namespace, turn);
            }
            return state.leave(&name, &target);
        }
        match phase(run) {
            None | Some(RunPhase::Queued) => {
                let current = state.current.entry(target.clone()).or_insert_with(|| name.clone());
                let is_urgent = run.spec.trigger.unwrap_or_default() == RunTrigger::Requested;
                let priority = if is_urgent { Priority::Requested } else { Priority::Routine };
                // A request that comes after a run of the same target makes that one urgent.
                if *current == name || is_urgent {
                    let since = run.creation_timestamp().map_or(Timestamp::UNIX_EPOCH, |time| time.0);
                    state.queue.push(Entry { target, since, priority });
                }
            }
            Some(_) => {
                state.current.insert(target.clone(), name);
                state.queue.adopt(&target, turn.unwrap_or(Timestamp::UNIX_EPOCH));
            }
        }
        false
    }

    /// Forgets a run that is no more.
    pub(super) fn forget(&self, name: &ObjectName) {
        let state = &mut *self.state();
        let of = state.current.iter().find(|(_, run)| *run == name).map(|(target, _)| target.clone());
        if let Some(target) = of {
            state.leave(name, &target);
        }
    }

    /// Gives the turns that may be given now. These runs may begin.
    pub(super) fn give(&self, now: Timestamp) -> Vec<ObjectName> {
        let state = &mut *self.state();
        let mut given = Vec::new();
        while state.is_open {
            let Some(turn) = state.queue.start_next(now) else { break };
            let Some(run) = state.current.get(&turn.target) else {
                state.queue.remove(&turn.target);
                continue;
            };
            state.granted.insert(run.clone(), turn.started);
            given.push(run.clone());
        }
        given
    }

    /// When a run's turn came, if it has come.
    pub(super) fn of(&self, run: &ObjectName) -> Option<Timestamp> {
        self.state().granted.get(run).copied()
    }

    /// How many runs are before this one, if it waits.
    pub(super) fn ahead_of(&self, run: &ScanRun) -> Option<u32> {
        let position = self.state().queue.position(&target(run)?)?;
        u32::try_from(position.overall.saturating_sub(1)).ok()
    }

    /// How many wait and how many run.
    pub(super) fn depth(&self) -> (usize, usize) {
        let state = self.state();
        (state.queue.waiting(), state.queue.running())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn leave(&mut self, run: &ObjectName, target: &TargetKey) -> bool {
        self.granted.remove(run);
        let was_current = self.current.get(target) == Some(run);
        if was_current {
            self.current.remove(target);
            self.queue.remove(target);
        }
        was_current
    }
}

fn target(run: &ScanRun) -> Option<TargetKey> {
    Some(TargetKey::new(run.namespace()?, run.spec.target.clone()))
}

#[cfg(test)]
mod tests;
