//! What shows that a method works: an answer of a real ZAP, or a reply of one that was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    Live,
    Recorded,
    Neither,
}

/// What the contract suite of the lab has written down: see lab/tests/contract/ledger.rs.
#[derive(Deserialize)]
struct Live {
    answered: BTreeSet<String>,
    refused: BTreeMap<String, String>,
}

pub(crate) struct Proof {
    live: Live,
    recorded: BTreeSet<String>,
}

impl Proof {
    pub(crate) fn gather() -> Self {
        let live = serde_json::from_str(include_str!("../live.json")).unwrap();
        Self { live, recorded: recorded() }
    }

    pub(crate) fn of(&self, address: &str) -> Evidence {
        if self.live.answered.contains(address) {
            Evidence::Live
        } else if self.recorded.contains(address) {
            Evidence::Recorded
        } else {
            Evidence::Neither
        }
    }

    /// What the lab's ZAP said instead of an answer, as a remark.
    pub(crate) fn refusal(&self, address: &str) -> String {
        self.live.refused.get(address).map(|word| format!(" (called: `{word}`)")).unwrap_or_default()
    }

    /// All that were called.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.live.answered.iter().chain(self.live.refused.keys()).map(String::as_str)
    }
}

/// Endpoints of whose replies one is stored and decoded by a test. A file is named after its endpoint, which the tests
/// check; those of errors are replies of no endpoint.
fn recorded() -> BTreeSet<String> {
    let tests = [include_str!("../recorded_core.rs"), include_str!("../recorded_scan.rs")];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| {
            let stem = name.strip_suffix(".json").unwrap();
            let (quoted, included) = (format!("\"{stem}\""), format!("recorded/{stem}.json"));
            let used = tests.iter().any(|test| test.contains(&quoted) || test.contains(&included));
            let parts: Vec<&str> = stem.split('_').collect();
            (used && !parts.contains(&"err")).then(|| parts[..3].join("/"))
        })
        .collect()
}
