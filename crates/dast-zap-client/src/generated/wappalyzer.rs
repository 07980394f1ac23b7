//! `wappalyzer`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `wappalyzer` of the add-on `wappalyzer`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.wappalyzer().list_all().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Wappalyzer("wappalyzer");
}

endpoints! {
    impl Wappalyzer("wappalyzer");

    /// `wappalyzer/view/listAll`: the whole answer is given as JSON.
    view "listAll" list_all() -> Value;

    /// `wappalyzer/view/listSite`: the whole answer is given as JSON.
    view "listSite" list_site(site: &str = "site") -> Value;

    /// `wappalyzer/view/listSites`: the whole answer is given as JSON.
    view "listSites" list_sites() -> Value;
}
