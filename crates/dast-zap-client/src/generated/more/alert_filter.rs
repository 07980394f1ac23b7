//! `alertFilter`: written by `cargo xtask generated`.

use crate::api::alert_filter::AlertFilters;
use crate::endpoint::endpoints;

endpoints! {
    impl AlertFilters("alertFilter");

    /// `alertFilter/action/testAll` answers with `OK`.
    action "testAll" test_all();

    /// `alertFilter/action/testContext` answers with `OK`.
    action "testContext" test_context();

    /// `alertFilter/action/testGlobal` answers with `OK`.
    action "testGlobal" test_global();
}
