//! `retest`: written by `cargo xtask generated`.

use std::collections::BTreeMap;

use crate::endpoint::endpoints;
use crate::id::AlertId;

endpoints! {
    /// The component `retest` of the add-on `retest`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.retest().retest(&[dast_zap_client::AlertId::new(1)]).send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Retest("retest");
}

endpoints! {
    impl Retest("retest");

    /// `retest/action/retest` answers with a list of tables under `retest`.
    action "retest" retest(alert_ids: &[AlertId] = "alertIds") -> Vec<BTreeMap<String, String>> as "retest";
}
