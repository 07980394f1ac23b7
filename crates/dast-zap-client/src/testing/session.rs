//! What a session of ZAP holds.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use url::Url;

use super::alert::FakeAlert;
use super::scan::Scans;
use super::state::Settings;

/// What is gone with the session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) name: String,
    pub(super) urls: BTreeSet<String>,
    pub(super) spiders: Scans,
    pub(super) active: Scans,
    pub(super) plans: Scans,
    pub(super) alerts: Vec<(u32, FakeAlert)>,
    pub(super) contexts: Vec<Context>,
    /// Records that the passive scanner has yet to look at.
    pub(super) queue: usize,
    /// Which alerts of the passive scanner were raised, by their place among the settings.
    raised: BTreeSet<usize>,
    next_alert: u32,
    next_context: u32,
    next_user: u32,
}

/// Which addresses belong together.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) includes: Vec<String>,
    pub(super) excludes: Vec<String>,
    pub(super) in_scope: bool,
    pub(super) authentication: String,
    pub(super) logged_in: String,
    pub(super) logged_out: String,
    pub(super) users: Vec<User>,
}

/// A user of a context.
#[derive(Debug)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) enabled: bool,
    pub(super) credentials: String,
}

impl Default for Session {
    fn default() -> Self {
        let mut session = Self {
            name: String::new(),
            urls: BTreeSet::new(),
            spiders: Scans::default(),
            active: Scans::default(),
            plans: Scans::default(),
            alerts: Vec::new(),
            contexts: Vec::new(),
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

    /// Visits an address, if anybody answers there.
    pub(super) fn visit(&mut self, url: &str, settings: &Settings) -> bool {
        let Some(origin) = origin(url) else { return false };
        if !settings.pages.iter().any(|page| self::origin(page).as_ref() == Some(&origin)) {
            return false;
        }
        self.urls.insert(origin);
        if self.urls.insert(url.to_owned()) {
            self.queue += 1;
        }
        true
    }

    /// Visits all pages of that origin.
    pub(super) fn visit_all(&mut self, url: &str, settings: &Settings) {
        for page in settings.pages.iter().filter(|page| same_origin(page, url)) {
            self.visit(page, settings);
        }
    }

    /// Whether an address, or something below it, is in the tree of sites.
    pub(super) fn knows(&self, url: &str) -> bool {
        let above = url.trim_end_matches('/');
        self.urls.iter().any(|known| {
            known.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        })
    }

    /// Raises an alert, and gives it an id.
    pub(super) fn raise(&mut self, alert: FakeAlert) -> u32 {
        let id = self.next_alert;
        self.next_alert += 1;
        self.alerts.push((id, alert.field("id", id.to_string())));
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
                    self.raise(alert.clone());
                }
            }
        }
        waiting
    }

    /// Raises what an active scan finds.
    pub(super) fn attack(&mut self, scan: u32, url: &str, settings: &Settings) {
        let found = settings.active_alerts.iter().filter(|alert| same_origin(alert.text("url"), url));
        let ids: Vec<u32> = found.map(|alert| self.raise(alert.clone().source(1))).collect();
        if let Some(scan) = self.active.find(Some(scan)) {
            scan.alerts = ids;
        }
    }

    pub(super) fn add_context(&mut self, name: &str) -> u32 {
        let id = self.next_context;
        self.next_context += 1;
        self.contexts.push(Context {
            id,
            name: name.to_owned(),
            includes: Vec::new(),
            excludes: Vec::new(),
            in_scope: true,
            authentication: "manualAuthentication".to_owned(),
            logged_in: String::new(),
            logged_out: String::new(),
            users: Vec::new(),
        });
        id
    }

    /// Users of all contexts are counted together.
    pub(super) fn next_user(&mut self) -> u32 {
        self.next_user += 1;
        self.next_user - 1
    }
}

impl Context {
    /// Whether an address is in the context.
    pub(super) fn has(&self, url: &str) -> bool {
        let among = |expressions: &[String]| expressions.iter().any(|expression| matches(expression, url));
        among(&self.includes) && !among(&self.excludes)
    }
}

impl User {
    pub(super) fn json(&self, context: u32) -> Json {
        json!({
            "credentials": self.credentials,
            "name": self.name,
            "contextId": context.to_string(),
            "id": self.id.to_string(),
            "enabled": self.enabled.to_string(),
        })
    }
}

/// Scheme, host and port, as ZAP writes a site: without the port that is usual.
pub(super) fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(Url::has_host)?;
    Some(url.origin().ascii_serialization())
}

pub(super) fn same_origin(one: &str, other: &str) -> bool {
    origin(one).is_some_and(|found| Some(found) == origin(other))
}

/// Understands only literal text between `\Q` and `\E`, with or without anything behind it. That is how an address is
/// put into a context.
fn matches(expression: &str, url: &str) -> bool {
    let quoted = expression.strip_prefix(r"\Q").and_then(|rest| rest.split_once(r"\E"));
    match quoted {
        Some((literal, "")) => url == literal,
        Some((literal, _)) => url.starts_with(literal),
        None => expression.strip_suffix(".*").map_or(url == expression, |literal| url.starts_with(literal)),
    }
}

#[cfg(test)]
mod tests {
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
        assert!(!session.visit("http://nobody.test/", &settings));
        assert!(!session.visit("no address", &settings));
        assert!(session.visit("http://shop.test/new", &settings));
        assert!(session.knows("http://shop.test"));
        assert!(session.knows("http://shop.test/new"));
        assert!(!session.knows("http://shop.test/ne"));
        assert!(!session.knows("http://shop.tes"));
    }

    #[test]
    fn the_queue_drains_and_then_there_are_alerts_of_what_was_visited() {
        let (mut session, settings) = (Session::default(), settings());
        session.visit_all("http://shop.test/", &settings);
        assert_eq!(session.drain(&settings), 2);
        assert_eq!(session.drain(&settings), 1);
        assert_eq!(session.alerts.len(), 0);
        assert_eq!(session.drain(&settings), 0);
        assert_eq!(session.drain(&settings), 0);
        assert_eq!(session.alerts.len(), 1);
        session.clear();
        assert_eq!(session.raise(FakeAlert::new(1, "again", "http://shop.test/")), 0);
    }

    #[test]
    fn contexts_hold_quoted_addresses() {
        assert!(matches(r"\Qhttp://a.test\E.*", "http://a.test/x"));
        assert!(!matches(r"\Qhttp://a.test\E", "http://a.test/x"));
        assert!(matches("http://a.test/.*", "http://a.test/x"));
        assert!(!matches(r"\Qhttp://b.test\E.*", "http://a.test/x"));
    }
}
