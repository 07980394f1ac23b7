//! `clientSpider`: written by `cargo xtask generated`.

use crate::api::client_spider::ClientSpider;
use crate::endpoint::endpoints;

endpoints! {
    impl ClientSpider("clientSpider");

    /// The option `ActionWaitTimeInSecs`: a whole number.
    view "optionActionWaitTimeInSecs" option_action_wait_time_in_secs() -> i32 as "ActionWaitTimeInSecs";

    /// The option `BrowserId`: text.
    view "optionBrowserId" option_browser_id() -> String as "BrowserId";

    /// The option `InitialLoadTimeInSecs`: a whole number.
    view "optionInitialLoadTimeInSecs" option_initial_load_time_in_secs() -> i32 as "InitialLoadTimeInSecs";

    /// The option `LogoutAvoidance`: true or false.
    view "optionLogoutAvoidance" option_logout_avoidance() -> bool as "LogoutAvoidance";

    /// The option `MaxChildren`: a whole number.
    view "optionMaxChildren" option_max_children() -> i32 as "MaxChildren";

    /// The option `MaxDepth`: a whole number.
    view "optionMaxDepth" option_max_depth() -> i32 as "MaxDepth";

    /// The option `MaxScansInUi`: a whole number.
    view "optionMaxScansInUi" option_max_scans_in_ui() -> i32 as "MaxScansInUi";

    /// The option `PageLoadTimeInSecs`: a whole number.
    view "optionPageLoadTimeInSecs" option_page_load_time_in_secs() -> i32 as "PageLoadTimeInSecs";

    /// The option `ScopeCheck`: text.
    view "optionScopeCheck" option_scope_check() -> String as "ScopeCheck";

    /// The option `ShutdownTimeInSecs`: a whole number.
    view "optionShutdownTimeInSecs" option_shutdown_time_in_secs() -> i32 as "ShutdownTimeInSecs";

    /// The option `ThreadCount`: a whole number.
    view "optionThreadCount" option_thread_count() -> i32 as "ThreadCount";

    /// Sets the option `ActionWaitTimeInSecs`.
    action "setOptionActionWaitTimeInSecs" set_option_action_wait_time_in_secs(value: i32 = "Integer");

    /// Sets the option `BrowserId`.
    action "setOptionBrowserId" set_option_browser_id(value: &str = "String");

    /// Sets the option `InitialLoadTimeInSecs`.
    action "setOptionInitialLoadTimeInSecs" set_option_initial_load_time_in_secs(value: i32 = "Integer");

    /// Sets the option `LogoutAvoidance`.
    action "setOptionLogoutAvoidance" set_option_logout_avoidance(value: bool = "Boolean");

    /// Sets the option `MaxChildren`.
    action "setOptionMaxChildren" set_option_max_children(value: i32 = "Integer");

    /// Sets the option `MaxDepth`.
    action "setOptionMaxDepth" set_option_max_depth(value: i32 = "Integer");

    /// Sets the option `MaxScansInUi`.
    action "setOptionMaxScansInUi" set_option_max_scans_in_ui(value: i32 = "Integer");

    /// Sets the option `PageLoadTimeInSecs`.
    action "setOptionPageLoadTimeInSecs" set_option_page_load_time_in_secs(value: i32 = "Integer");

    /// Sets the option `ScopeCheck`.
    action "setOptionScopeCheck" set_option_scope_check(value: &str = "String");

    /// Sets the option `ShutdownTimeInSecs`.
    action "setOptionShutdownTimeInSecs" set_option_shutdown_time_in_secs(value: i32 = "Integer");

    /// Sets the option `ThreadCount`.
    action "setOptionThreadCount" set_option_thread_count(value: i32 = "Integer");
}
