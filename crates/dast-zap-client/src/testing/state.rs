//! What the fake knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value as Json, json};

use super::call::FakeCall;
use super::fault::Faults;
use super::policy::Policy;
use super::session::Session;
use super::settings::Settings;

/// All that the fake knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) session: Session,
    pub(super) mode: String,
    /// Options that were set, by component and name.
    pub(super) options: BTreeMap<String, String>,
    /// Rules of the replacer.
    pub(super) replacements: Vec<Json>,
    pub(super) policies: Vec<Policy>,
    /// Thresholds of passive rules that were set.
    pub(super) thresholds: BTreeMap<u32, String>,
    /// Rules that limit the rate of requests.
    pub(super) rate_limits: Vec<Json>,
    /// Names of files that were uploaded.
    pub(super) files: BTreeSet<String>,
    pub(super) faults: Faults,
    pub(super) answers: BTreeMap<String, Json>,
    pub(super) calls: Vec<FakeCall>,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        let mut session = Session::default();
        for alert in &settings.alerts {
            let message = session.history.skip();
            session.raise(alert.clone(), message);
        }
        let replacements = settings.replacements.iter().map(replacement).collect();
        Self {
            settings,
            session,
            mode: "standard".to_owned(),
            options: BTreeMap::new(),
            replacements,
            policies: vec![Policy::new("Default Policy")],
            thresholds: BTreeMap::new(),
            rate_limits: Vec::new(),
            files: BTreeSet::new(),
            faults: Faults::default(),
            answers: BTreeMap::new(),
            calls: Vec::new(),
        }
    }
}

/// A rule of the replacer in the words of its API, with the defaults of its settings.
fn replacement(settings: &BTreeMap<String, String>) -> Json {
    let text = |name: &str| settings.get(name).cloned().unwrap_or_default();
    let flag = |name: &str| (text(name) == "true").to_string();
    json!({
        "description": text("description"),
        "enabled": flag("enabled"),
        "matchType": text("matchtype"),
        "matchRegex": flag("regex"),
        "matchString": text("matchstr"),
        "replacement": text("replacement"),
        "initiators": text("initiators"),
        "url": text("url"),
        "method": text("method"),
    })
}

/// The state, as handle and server share it.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is in it is said by its accessors.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}
