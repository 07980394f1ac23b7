//! Where something is held until a test has done what it wants to do meanwhile.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// More than anything here takes. A test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(600);

/// A gate: who comes to it waits until it is opened, and the test is told.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    is_reached: bool,
    is_open: bool,
}

impl Gate {
    /// Says that somebody came here, and waits.
    pub fn pass(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().is_reached = true;
        changed.notify_all();
        let state = state.lock().unwrap();
        drop(changed.wait_timeout_while(state, PATIENCE, |state| !state.is_open).unwrap());
    }

    /// Waits until somebody came, and says whether anybody did.
    pub fn wait(&self) -> bool {
        let (state, changed) = &*self.0;
        let state = state.lock().unwrap();
        let (state, _) = changed.wait_timeout_while(state, PATIENCE, |state| !state.is_reached).unwrap();
        state.is_reached
    }

    /// Lets everybody through from now on.
    pub fn open(&self) {
        self.0.0.lock().unwrap().is_open = true;
        self.0.1.notify_all();
    }
}
