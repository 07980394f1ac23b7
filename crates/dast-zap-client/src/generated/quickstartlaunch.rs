//! `quickstartlaunch`: written by `cargo xtask generated`.

use crate::endpoint::endpoints;

endpoints! {
    /// The component `quickstartlaunch` of the add-on `quickstart`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.quickstartlaunch().start_page().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Quickstartlaunch("quickstartlaunch");
}

endpoints! {
    impl Quickstartlaunch("quickstartlaunch");

    /// `quickstartlaunch/other/startPage` answers with bytes.
    other "startPage" start_page();
}
