//! Refusals, told where people look: at the run.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kube::runtime::events::{EventType, Recorder};
use kube::{Api, Client, Resource};
use tokio::time::Instant;

use super::about::About;
use super::refusal::Refusal;
use crate::access::FIELD_MANAGER;
use crate::crd::ScanRun;
use crate::events::{event, publish};

/// How long the same is not told again. Anybody may post, as often as they like.
const QUIET: Duration = Duration::from_secs(60);

/// Refusals of which it is known that they were told. When there are more, who posts makes them up.
const MOST_TOLD: usize = 1000;

/// Tells refusals.
pub(super) struct Events {
    recorder: Recorder,
    /// By what the posts were said to be about.
    told: Mutex<HashMap<(About, &'static str), Instant>>,
}

impl Events {
    pub(super) fn new(client: Client) -> Self {
        Self { recorder: Recorder::new(client, FIELD_MANAGER.into()), told: Mutex::default() }
    }

    /// Tells a refusal that is final, if there is such a run, and if somebody is to be blamed for it.
    pub(super) async fn tell(&self, client: &Client, about: &About, refusal: &Refusal, pod: Option<&str>) {
        let is_blame = refusal.is_final() && !matches!(refusal, Refusal::Interrupted { .. });
        if !is_blame || about.check().is_err() || !self.is_news(about, refusal.category()) {
            return;
        }
        let runs = Api::<ScanRun>::namespaced(client.clone(), &about.namespace);
        let run = match runs.get_opt(&about.name).await {
            Ok(Some(run)) if run.metadata.uid.as_ref() == Some(&about.uid) => run,
            _ => return,
        };
        let who = pod.map_or_else(|| "somebody".to_owned(), |pod| format!("pod `{pod}`"));
        let note = format!("a result from {who} was refused: {refusal}");
        let event = event(EventType::Warning, "ResultRefused", "TakeResult", &note);
        publish(&self.recorder, &event, &run.object_ref(&())).await;
    }

    fn is_news(&self, about: &About, category: &'static str) -> bool {
        let now = Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, until| *until > now);
        if told.len() >= MOST_TOLD || told.contains_key(&(about.clone(), category)) {
            return false;
        }
        told.insert((about.clone(), category), now + QUIET);
        true
    }
}
