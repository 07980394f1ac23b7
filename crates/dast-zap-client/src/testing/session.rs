//! What a session of ZAP holds.

use std::collections::{BTreeMap, BTreeSet};

use super::alert::FakeAlert;
use super::context::Context;
use super::history::{History, Source};
use super::scan::Scans;
use super::settings::Settings;
use super::site::{self, origin, same_origin};

/// What is gone with the session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) name: String,
    /// The tree of sites.
    pub(super) urls: BTreeSet<String>,
    pub(super) history: History,
    pub(super) spiders: Scans,
    pub(super) active: Scans,
    pub(super) plans: Scans,
    /// At most one runs at a time.
    pub(super) ajax: Scans,
    pub(super) clients: Scans,
    /// Looks at whether somebody is logged in.
    pub(super) polls: u32,
    pub(super) alerts: Vec<(u32, FakeAlert)>,
    pub(super) contexts: Vec<Context>,
    /// Regular expressions of addresses that components leave out.
    pub(super) excluded: BTreeMap<String, Vec<String>>,
    /// Records that the passive scanner has yet to look at.
    pub(super) queue: usize,
    /// Which alerts of the passive scanner were raised, by their place among the settings.
    raised: BTreeSet<usize>,
    next_alert: u32,
    next_context: u32,
    next_user: u32,
}

impl Default for Session {
    fn default() -> Self {
        let mut session = Self {
            name: String::new(),
            urls: BTreeSet::new(),
            history: History::default(),
            spiders: Scans::default(),
            active: Scans::default(),
            plans: Scans::default(),
            ajax: Scans::default(),
            clients: Scans::default(),
            polls: 0,
            alerts: Vec::new(),
            contexts: Vec::new(),
            excluded: BTreeMap::new(),
            queue: 0,
            raised: BTreeSet::new(),
            next_alert: 0,
            next_context: 1,
            next_user: 0,
        };
        session.add_context("Default Context");
        session
    }
}

impl Session {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Visits an address, if anybody answers there. Gives the number of the message.
    pub(super) fn visit(&mut self, url: &str, source: Source, settings: &Settings) -> Option<u32> {
        let origin = origin(url)?;
        if !settings.pages.iter().any(|page| site::origin(page).as_ref() == Some(&origin)) {
            return None;
        }
        self.urls.insert(origin);
        if self.urls.insert(url.to_owned()) {
            self.queue += 1;
        }
        Some(self.history.note("GET", url, source))
    }

    /// Visits all pages of that origin, but those that only a browser finds.
    pub(super) fn visit_all(&mut self, url: &str, source: Source, settings: &Settings) {
        for page in settings.pages.iter().filter(|page| same_origin(page, url)) {
            self.visit(page, source, settings);
        }
    }

    /// Visits what a browser finds.
    pub(super) fn browse(&mut self, url: &str, settings: &Settings) {
        self.visit_all(url, Source::Browser, settings);
        for page in settings.browser_pages.iter().filter(|page| same_origin(page, url)) {
            self.visit(page, Source::Browser, settings);
        }
    }

    /// Forgets a site with all its pages, or else a single page. What is found there later is raised anew. Whether there
    /// was something to forget.
    pub(super) fn forget(&mut self, url: &str, settings: &Settings) -> bool {
        let is_site = origin(url).as_deref() == Some(url);
        let before = self.urls.len();
        let gone = |known: &str| if is_site { same_origin(known, url) } else { known == url };
        self.urls.retain(|known| !gone(known));
        self.history.forget(gone);
        self.raised.retain(|index| {
            !settings.passive_alerts.get(*index).is_some_and(|alert| gone(alert.text("url")))
        });
        self.urls.len() < before
    }

    /// Whether an address, or something below it, is in the tree of sites.
    pub(super) fn knows(&self, url: &str) -> bool {
        let above = url.trim_end_matches('/');
        self.urls.iter().any(|known| {
            known.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        })
    }

    /// Raises an alert, and gives it an id. If the test did not say of which message it is, that is `message`.
    pub(super) fn raise(&mut self, alert: FakeAlert, message: u32) -> u32 {
        let id = self.next_alert;
        self.next_alert += 1;
        self.alerts.push((id, alert.of_message(message).field("id", id.to_string())));
        id
    }

    /// How many records wait. The passive scanner goes on after each look.
    pub(super) fn drain(&mut self, settings: &Settings) -> usize {
        let waiting = self.queue;
        self.queue = waiting.saturating_sub(settings.records_per_look);
        if waiting == 0 {
            for (index, alert) in settings.passive_alerts.iter().enumerate() {
                let visited = self.urls.iter().any(|url| same_origin(url, alert.text("url")));
                if visited && self.raised.insert(index) {
                    let message = self.history.of(alert.text("url"));
                    self.raise(alert.clone(), message);
                }
            }
        }
        waiting
    }

    /// Raises what an active scan finds. Attacks have numbers, but are no part of the history.
    pub(super) fn attack(&mut self, scan: u32, url: &str, settings: &Settings) {
        let found = settings.active_alerts.iter().filter(|alert| same_origin(alert.text("url"), url));
        let mut ids = Vec::new();
        for alert in found {
            let message = self.history.skip();
            ids.push(self.raise(alert.clone().source(1), message));
        }
        if let Some(scan) = self.active.find(Some(scan)) {
            scan.alerts = ids;
        }
    }

    pub(super) fn add_context(&mut self, name: &str) -> u32 {
        let id = self.next_context;
        self.next_context += 1;
        self.contexts.push(Context::new(id, name));
        id
    }

    /// Users of all contexts are counted together.
    pub(super) fn next_user(&mut self) -> u32 {
        self.next_user += 1;
        self.next_user - 1
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn settings() -> Settings {
        let pages = ["http://shop.test/", "http://shop.test/cart", "http://other.test/"].map(String::from);
        let passive_alerts = vec![
            FakeAlert::new(1, "here", "http://shop.test/cart"),
            FakeAlert::new(1, "elsewhere", "http://other.test/"),
        ];
        Settings { pages: pages.into(), passive_alerts, ..Settings::default() }
    }

    #[test]
    fn only_what_answers_can_be_visited() {
        let (mut session, settings) = (Session::default(), settings());
        assert_eq!(session.visit("http://nobody.test/", Source::Manual, &settings), None);
        assert_eq!(session.visit("no address", Source::Manual, &settings), None);
        assert_eq!(session.visit("http://shop.test/new", Source::Manual, &settings), Some(1));
        assert!(session.knows("http://shop.test"));
        assert!(session.knows("http://shop.test/new"));
        assert!(!session.knows("http://shop.test/ne"));
        assert!(!session.knows("http://shop.tes"));
    }

    #[test]
    fn the_queue_drains_and_then_there_are_alerts_of_what_was_visited() {
        let (mut session, settings) = (Session::default(), settings());
        session.visit_all("http://shop.test/", Source::Spider, &settings);
        assert_eq!(session.drain(&settings), 2);
        assert_eq!(session.drain(&settings), 1);
        assert_eq!(session.alerts.len(), 0);
        assert_eq!(session.drain(&settings), 0);
        assert_eq!(session.drain(&settings), 0);
        assert_eq!(session.alerts.len(), 1);
        session.clear();
        assert_eq!(session.raise(FakeAlert::new(1, "again", "http://shop.test/"), 1), 0);
    }

    #[test]
    fn a_page_has_its_passive_alerts_once_until_its_site_is_forgotten() {
        let (mut session, settings) = (Session::default(), settings());
        let mut scan = || {
            session.visit_all("http://shop.test/", Source::Spider, &settings);
            while session.drain(&settings) > 0 {}
            let alerts = session.alerts.iter();
            alerts.map(|(_, alert)| alert.text("messageId").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(scan(), ["2"]);
        assert_eq!(scan(), ["2"]);
        assert!(session.forget("http://shop.test", &settings));
        assert!(!session.forget("http://shop.test", &settings));
        assert!(session.history.messages().is_empty());
        session.visit_all("http://shop.test/", Source::Spider, &settings);
        while session.drain(&settings) > 0 {}
        assert_eq!(session.alerts.last().unwrap().1.text("messageId"), "6");
    }

    #[test]
    fn a_page_is_forgotten_alone() {
        let (mut session, settings) = (Session::default(), settings());
        session.visit_all("http://shop.test/", Source::Spider, &settings);
        assert!(session.forget("http://shop.test/", &settings));
        assert!(session.knows("http://shop.test/cart"));
        assert_eq!(session.history.messages().len(), 1);
    }
}
