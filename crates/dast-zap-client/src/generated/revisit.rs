//! `revisit`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `revisit` of the add-on `revisit`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.revisit().revisit_list().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Revisit("revisit");
}

endpoints! {
    impl Revisit("revisit");

    /// `revisit/view/revisitList` answers with JSON under `revisitList`.
    view "revisitList" revisit_list() -> Value as "revisitList";

    /// `revisit/action/revisitSiteOff` answers with `OK`.
    action "revisitSiteOff" revisit_site_off(site: &str = "site");

    /// `revisit/action/revisitSiteOn` answers with `OK`.
    action "revisitSiteOn" revisit_site_on(
        site: &str = "site",
        start_time: &str = "startTime",
        end_time: &str = "endTime",
    );
}
