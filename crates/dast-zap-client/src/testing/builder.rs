//! What a fake ZAP is told before it starts.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;

use super::FakeZap;
use super::alert::FakeAlert;
use super::server;
use super::settings::Settings;
use super::state::{Shared, State};
use crate::builder::RetrySettings;
use crate::client::ZapClient;

/// What a fake ZAP is told before it starts.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `start`"]
pub struct FakeZapBuilder {
    settings: Settings,
}

impl FakeZapBuilder {
    pub(super) fn new() -> Self {
        Self { settings: Settings::default() }
    }

    /// Its API key; `a fake key` by default.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.settings.key = key.into();
        self
    }

    /// Its version; `2.17.0` by default.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.settings.version = version.into();
        self
    }

    /// Leaves out a component and the add-on of that id, such as `openapi`.
    pub fn without(mut self, component: impl Into<String>) -> Self {
        self.settings.absent.insert(component.into());
        self
    }

    /// Answers calls that are not permitted with `bad_api_key` (`api.reportpermerrors=true`) instead of hanging up.
    pub fn reports_permission_errors(mut self) -> Self {
        self.settings.reports_permission_errors = true;
        self
    }

    /// Says more about errors (`api.incerrordetails=true`).
    pub fn reports_error_details(mut self) -> Self {
        self.settings.reports_error_details = true;
        self
    }

    /// A page that the fake can reach, such as `http://shop.test/`. The spider finds all that have the same origin.
    pub fn site(mut self, url: impl Into<String>) -> Self {
        self.settings.pages.push(url.into());
        self
    }

    /// A page that only a crawler with a browser finds.
    pub fn browser_page(mut self, url: impl Into<String>) -> Self {
        self.settings.browser_pages.push(url.into());
        self
    }

    /// How many times ZAP finds itself logged in when it looks (`users/action/pollAsUser`); with 0 a login never works. By
    /// default it always does.
    pub fn login_holds_for(mut self, looks: u32) -> Self {
        self.settings.login_holds_for = Some(looks);
        self
    }

    /// How many looks a crawl takes: each call of `status` or `scans` carries it on. 2 by default.
    pub fn spider_takes(mut self, looks: u32) -> Self {
        self.settings.spider_takes = looks;
        self
    }

    /// How many looks an active scan takes: each call of `status` or `scans` carries it on. 2 by default.
    pub fn active_scan_takes(mut self, looks: u32) -> Self {
        self.settings.active_scan_takes = looks;
        self
    }

    /// How many looks a crawl with a browser takes: each call of its `status` carries it on. 2 by default.
    pub fn browser_takes(mut self, looks: u32) -> Self {
        self.settings.browser_takes = looks;
        self
    }

    /// How many looks a plan of the automation framework takes. 2 by default. What is in it does not count: it visits all
    /// pages.
    pub fn plan_takes(mut self, looks: u32) -> Self {
        self.settings.plan_takes = looks;
        self
    }

    /// The types of the jobs that a plan comes to, whatever is in it; `spider` alone by default.
    pub fn plan_jobs(mut self, jobs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.plan_jobs = jobs.into_iter().map(Into::into).collect();
        self
    }

    /// How many records the passive scanner gets done with between two looks at its queue. 1 by default.
    pub fn records_per_look(mut self, records: usize) -> Self {
        self.settings.records_per_look = records;
        self
    }

    /// Alerts that are there from the start, each of a message that is not there any more.
    pub fn alerts(mut self, alerts: Vec<FakeAlert>) -> Self {
        self.settings.alerts = alerts;
        self
    }

    /// Alerts that are raised when the passive queue has drained, on sites that were visited: once, until their site is
    /// deleted.
    pub fn passive_alerts(mut self, alerts: Vec<FakeAlert>) -> Self {
        self.settings.passive_alerts = alerts;
        self
    }

    /// Alerts that are raised when an active scan of their site ends by itself.
    pub fn active_alerts(mut self, alerts: Vec<FakeAlert>) -> Self {
        self.settings.active_alerts = alerts;
        self
    }

    /// A rule of the replacer that is there from the start, by the names of ZAP's settings: `description`, `enabled`,
    /// `matchtype`, `matchstr`, `regex`, `replacement`, `initiators`, `url`, `method`. It changes no request.
    pub fn replacement(mut self, settings: BTreeMap<String, String>) -> Self {
        self.settings.replacements.push(settings);
        self
    }

    /// Starts it on a free port of this machine.
    ///
    /// # Errors
    /// If no port can be had, or the API key cannot be one.
    pub async fn start(self) -> io::Result<FakeZap> {
        self.start_at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Starts it at an address.
    ///
    /// # Errors
    /// If it cannot be had, or the API key cannot be one.
    pub async fn start_at(self, address: SocketAddr) -> io::Result<FakeZap> {
        let listener = TcpListener::bind(address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let retry = RetrySettings {
            times: 3,
            first_delay: Duration::from_millis(1),
            max_delay: Duration::from_millis(2),
        };
        let prepared = ZapClient::builder(&url).api_key(self.settings.key.clone()).retry(retry);
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let client = prepared.clone().build().map_err(invalid)?;
        let state = Shared::new(State::new(self.settings));
        let task = tokio::spawn(server::serve(listener, state.clone()));
        Ok(FakeZap { url, client, prepared, state, task })
    }
}
