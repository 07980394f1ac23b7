//! `dev`: written by `cargo xtask generated`.

use crate::endpoint::endpoints;

endpoints! {
    /// The component `dev` of the add-on `dev`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.dev().openapi().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Dev("dev");
}

endpoints! {
    impl Dev("dev");

    /// `dev/other/openapi` answers with bytes.
    other "openapi" openapi();
}
