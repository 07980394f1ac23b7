//! `params`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `params` of ZAP itself.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.params().params().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Params("params");
}

endpoints! {
    impl Params("params");

    /// `params/view/params` answers with JSON under `Parameters`.
    view "params" params() -> Value as "Parameters" => ParamsRequest {
        /// Sends `site`.
        site: &str = "site",
    };
}
