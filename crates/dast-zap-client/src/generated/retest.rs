//! `retest`: written by `cargo xtask generated`.

use std::collections::BTreeMap;

use crate::endpoint::endpoints;
use crate::id::AlertId;

endpoints! {
    /// The component `retest` of the add-on `retest`.
    pub struct Retest("retest");
}

endpoints! {
    impl Retest("retest");

    /// `retest/action/retest` answers with a list of tables under `retest`.
    action "retest" retest(alert_ids: &[AlertId] = "alertIds") -> Vec<BTreeMap<String, String>> as "retest";
}
