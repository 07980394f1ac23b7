//! Which endpoints were called, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use dast_zap_client::{Call, endpoints, generated_endpoints};
use serde::{Deserialize, Serialize};

/// Endpoints that are called and that the lab's ZAP cannot answer, with the error instead and the reason.
const REFUSED: [(&str, &str, &str); 7] = [
    ("core/other/htmlreport", "internal_error", "the add-on `reports` makes it"),
    ("core/other/jsonreport", "internal_error", "the add-on `reports` makes it"),
    ("core/other/xmlreport", "internal_error", "the add-on `reports` makes it"),
    (
        "pscan/action/setMaxBodySizeInBytes",
        "bad_action",
        "the add-on `pscan` has it, the core's part of it not",
    ),
    ("pscan/view/currentTasks", "internal_error", "the lab's passive scanner has no tasks to show"),
    ("pscan/view/maxBodySizeInBytes", "bad_view", "the add-on `pscan` has it, the core's part of it not"),
    (
        "spider/action/setOptionLogoutAvoidance",
        "bad_action",
        "the lab's version of the spider is older than that",
    ),
];

/// Where it is kept. The client's test of coverage reads it.
const FILE: &str = "../crates/dast-zap-client/tests/live.json";

/// Endpoints by what ZAP made of them.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// ZAP's version.
    zap: String,
    /// Those that were answered at least once, with a reply that was decoded.
    answered: BTreeSet<String>,
    /// Those that never were, with ZAP's word for why.
    refused: BTreeMap<String, String>,
}

#[derive(Clone)]
pub(crate) struct Ledger(Arc<Mutex<Record>>);

impl Ledger {
    pub(crate) fn of(version: &str) -> Self {
        Self(Arc::new(Mutex::new(Record { zap: version.to_owned(), ..Record::default() })))
    }

    /// What a client is to tell its calls.
    pub(crate) fn writer(&self) -> impl Fn(&Call<'_>) + Send + Sync + 'static {
        let Self(record) = self.clone();
        move |call| {
            let endpoint = call.endpoint.to_string();
            let mut record = record.lock().unwrap();
            match call.error {
                None => {
                    record.answered.insert(endpoint);
                }
                Some(error) => {
                    let word = error.code().map_or(error.category(), |code| code.as_str());
                    record.refused.insert(endpoint, word.to_owned());
                }
            }
        }
    }

    /// That everything was called which is typed by hand and not in an absent component, and that the file says so.
    pub(crate) fn settle(&self, absent: &BTreeSet<&str>) {
        let mut record = self.0.lock().unwrap().clone();
        let Record { answered, refused, .. } = &mut record;
        refused.retain(|endpoint, _| !answered.contains(endpoint));

        let expected: BTreeMap<String, String> =
            REFUSED.map(|(endpoint, word, _)| (endpoint.to_owned(), word.to_owned())).into();
        assert_eq!(*refused, expected, "what ZAP refused, and what it is known to refuse");
        let called = |endpoint: &String| answered.contains(endpoint) || refused.contains_key(endpoint);
        let served = endpoints().filter(|endpoint| !absent.contains(endpoint.component));
        let never: Vec<String> =
            served.map(ToString::to_string).filter(|endpoint| !called(endpoint)).collect();
        assert_eq!(never, Vec::<String>::new(), "typed, served, and never called");
        let typed: BTreeSet<String> =
            endpoints().chain(generated_endpoints()).map(ToString::to_string).collect();
        assert!(answered.is_subset(&typed), "{:?}", answered.difference(&typed));

        let fresh = serde_json::to_string_pretty(&record).unwrap() + "\n";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        if std::env::var_os("WRITE_ZAP_LIVE").is_some() {
            fs::write(&path, &fresh).unwrap();
        }
        let stored: Record =
            serde_json::from_str(&fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
        assert!(
            stored == record,
            "crates/dast-zap-client/tests/live.json is out of date: `WRITE_ZAP_LIVE=1` writes it, and after that \
             `cargo xtask generated` the documentation. New: {:?}; gone: {:?}",
            record.answered.difference(&stored.answered).collect::<Vec<_>>(),
            stored.answered.difference(&record.answered).collect::<Vec<_>>(),
        );
    }
}
