//! `quickstartlaunch`: written by `cargo xtask generated`.

use crate::endpoint::endpoints;

endpoints! {
    /// The component `quickstartlaunch` of the add-on `quickstart`.
    pub struct Quickstartlaunch("quickstartlaunch");
}

endpoints! {
    impl Quickstartlaunch("quickstartlaunch");

    /// `quickstartlaunch/other/startPage` answers with bytes.
    other "startPage" start_page();
}
