//! What a fake ZAP was told before it started.

use std::collections::{BTreeMap, BTreeSet};

use super::alert::FakeAlert;

/// What the fake was told before it started.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) key: String,
    pub(super) version: String,
    pub(super) absent: BTreeSet<String>,
    pub(super) reports_permission_errors: bool,
    pub(super) reports_error_details: bool,
    pub(super) pages: Vec<String>,
    pub(super) browser_pages: Vec<String>,
    pub(super) login_holds_for: Option<u32>,
    pub(super) spider_takes: u32,
    pub(super) active_scan_takes: u32,
    pub(super) browser_takes: u32,
    pub(super) plan_takes: u32,
    pub(super) plan_jobs: Vec<String>,
    pub(super) records_per_look: usize,
    /// Rules of the replacer, by the names of ZAP's settings.
    pub(super) replacements: Vec<BTreeMap<String, String>>,
    pub(super) alerts: Vec<FakeAlert>,
    pub(super) passive_alerts: Vec<FakeAlert>,
    pub(super) active_alerts: Vec<FakeAlert>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: "a fake key".to_owned(),
            version: "2.17.0".to_owned(),
            absent: BTreeSet::new(),
            reports_permission_errors: false,
            reports_error_details: false,
            pages: Vec::new(),
            browser_pages: Vec::new(),
            login_holds_for: None,
            spider_takes: 2,
            active_scan_takes: 2,
            browser_takes: 2,
            plan_takes: 2,
            plan_jobs: vec!["spider".to_owned()],
            records_per_look: 1,
            replacements: Vec::new(),
            alerts: Vec::new(),
            passive_alerts: Vec::new(),
            active_alerts: Vec::new(),
        }
    }
}
