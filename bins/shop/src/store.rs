//! What one shop remembers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use minijinja::Environment;

use crate::reviews::Reviews;
use crate::sessions::Sessions;
use crate::{Care, templates};

/// The state behind the routes, in memory only and bounded.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) care: Care,
    pub(crate) templates: Environment<'static>,
    sessions: Mutex<Sessions>,
    reviews: Mutex<Reviews>,
}

impl Store {
    pub(crate) fn new(care: Care) -> Self {
        Self {
            care,
            templates: templates::environment(care),
            sessions: Mutex::default(),
            reviews: Mutex::default(),
        }
    }

    /// Locks the sessions; never held across an await.
    pub(crate) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        // Every change leaves a usable state behind, so a panic elsewhere does not matter.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the reviews; never held across an await.
    pub(crate) fn reviews(&self) -> MutexGuard<'_, Reviews> {
        self.reviews.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
