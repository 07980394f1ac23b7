//! `params`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `params` of ZAP itself.
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
