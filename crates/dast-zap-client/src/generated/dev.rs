//! `dev`: written by `cargo xtask generated`.

use crate::endpoint::endpoints;

endpoints! {
    /// The component `dev` of the add-on `dev`.
    pub struct Dev("dev");
}

endpoints! {
    impl Dev("dev");

    /// `dev/other/openapi` answers with bytes.
    other "openapi" openapi();
}
