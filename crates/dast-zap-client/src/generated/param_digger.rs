//! `paramDigger`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `paramDigger` of the add-on `paramdigger`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.param_digger().hello_world().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct ParamDigger("paramDigger");
}

endpoints! {
    impl ParamDigger("paramDigger");

    /// `paramDigger/action/helloWorld`: the whole answer is given as JSON.
    action "helloWorld" hello_world() -> Value;
}
