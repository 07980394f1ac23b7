//! `reveal`: written by `cargo xtask generated`.

use crate::endpoint::endpoints;

endpoints! {
    /// The component `reveal` of the add-on `reveal`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.reveal().reveal().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Reveal("reveal");
}

endpoints! {
    impl Reveal("reveal");

    /// `reveal/view/reveal` answers with true or false under `reveal`.
    view "reveal" reveal() -> bool as "reveal";

    /// `reveal/action/setReveal` answers with `OK`.
    action "setReveal" set_reveal(reveal: bool = "reveal");
}
