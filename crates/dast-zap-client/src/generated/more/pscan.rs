//! `pscan`: written by `cargo xtask generated`.

use crate::api::pscan::PassiveScanner;
use crate::endpoint::endpoints;

endpoints! {
    impl PassiveScanner("pscan");

    /// `pscan/action/disableAllTags` answers with `OK`.
    action "disableAllTags" disable_all_tags();

    /// `pscan/action/enableAllTags` answers with `OK`.
    action "enableAllTags" enable_all_tags();
}
