//! `ajaxSpider`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::api::ajax_spider::AjaxSpider;
use crate::endpoint::endpoints;

endpoints! {
    impl AjaxSpider("ajaxSpider");

    /// `ajaxSpider/view/allowedResources`: the whole answer is given as JSON.
    view "allowedResources" allowed_resources() -> Value;

    /// `ajaxSpider/view/excludedElements`: the whole answer is given as JSON.
    view "excludedElements" excluded_elements(context_name: &str = "contextName") -> Value;

    /// `ajaxSpider/view/fullResults`: the whole answer is given as JSON.
    view "fullResults" full_results() -> Value;

    /// The option `BrowserId`: text.
    view "optionBrowserId" option_browser_id() -> String as "BrowserId";

    /// The option `ClickDefaultElems`: true or false.
    view "optionClickDefaultElems" option_click_default_elems() -> bool as "ClickDefaultElems";

    /// The option `ClickElemsOnce`: true or false.
    view "optionClickElemsOnce" option_click_elems_once() -> bool as "ClickElemsOnce";

    /// The option `EnableExtensions`: true or false.
    view "optionEnableExtensions" option_enable_extensions() -> bool as "EnableExtensions";

    /// The option `EventWait`: a whole number.
    view "optionEventWait" option_event_wait() -> i32 as "EventWait";

    /// The option `LogoutAvoidance`: true or false.
    view "optionLogoutAvoidance" option_logout_avoidance() -> bool as "LogoutAvoidance";

    /// The option `MaxCrawlDepth`: a whole number.
    view "optionMaxCrawlDepth" option_max_crawl_depth() -> i32 as "MaxCrawlDepth";

    /// The option `MaxCrawlStates`: a whole number.
    view "optionMaxCrawlStates" option_max_crawl_states() -> i32 as "MaxCrawlStates";

    /// The option `NumberOfBrowsers`: a whole number.
    view "optionNumberOfBrowsers" option_number_of_browsers() -> i32 as "NumberOfBrowsers";

    /// The option `RandomInputs`: true or false.
    view "optionRandomInputs" option_random_inputs() -> bool as "RandomInputs";

    /// The option `ReloadWait`: a whole number.
    view "optionReloadWait" option_reload_wait() -> i32 as "ReloadWait";

    /// The option `ScopeCheck`: text.
    view "optionScopeCheck" option_scope_check() -> String as "ScopeCheck";

    /// `ajaxSpider/view/results`: the whole answer is given as JSON.
    view "results" results() -> Value => ResultsRequest {
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `ajaxSpider/action/addAllowedResource` answers with `OK`.
    action "addAllowedResource" add_allowed_resource(regex: &str = "regex") => AddAllowedResourceRequest {
        /// Sends `enabled`.
        enabled: bool = "enabled",
    };

    /// `ajaxSpider/action/addExcludedElement` answers with `OK`.
    action "addExcludedElement" add_excluded_element(
        context_name: &str = "contextName",
        description: &str = "description",
        element: &str = "element",
    ) => AddExcludedElementRequest {
        /// Sends `xpath`.
        xpath: &str = "xpath",
        /// Sends `text`.
        text: &str = "text",
        /// Sends `attributeName`.
        attribute_name: &str = "attributeName",
        /// Sends `attributeValue`.
        attribute_value: &str = "attributeValue",
        /// Sends `enabled`.
        enabled: bool = "enabled",
    };

    /// `ajaxSpider/action/modifyExcludedElement` answers with `OK`.
    action "modifyExcludedElement" modify_excluded_element(
        context_name: &str = "contextName",
        description: &str = "description",
        element: &str = "element",
    ) => ModifyExcludedElementRequest {
        /// Sends `descriptionNew`.
        description_new: &str = "descriptionNew",
        /// Sends `xpath`.
        xpath: &str = "xpath",
        /// Sends `text`.
        text: &str = "text",
        /// Sends `attributeName`.
        attribute_name: &str = "attributeName",
        /// Sends `attributeValue`.
        attribute_value: &str = "attributeValue",
        /// Sends `enabled`.
        enabled: bool = "enabled",
    };

    /// `ajaxSpider/action/removeAllowedResource` answers with `OK`.
    action "removeAllowedResource" remove_allowed_resource(regex: &str = "regex");

    /// `ajaxSpider/action/removeExcludedElement` answers with `OK`.
    action "removeExcludedElement" remove_excluded_element(
        context_name: &str = "contextName",
        description: &str = "description",
    );

    /// `ajaxSpider/action/setEnabledAllowedResource` answers with `OK`.
    action "setEnabledAllowedResource" set_enabled_allowed_resource(
        regex: &str = "regex",
        enabled: bool = "enabled",
    );

    /// Sets the option `ClickDefaultElems`.
    action "setOptionClickDefaultElems" set_option_click_default_elems(value: bool = "Boolean");

    /// Sets the option `ClickElemsOnce`.
    action "setOptionClickElemsOnce" set_option_click_elems_once(value: bool = "Boolean");

    /// Sets the option `EnableExtensions`.
    action "setOptionEnableExtensions" set_option_enable_extensions(value: bool = "Boolean");

    /// Sets the option `EventWait`.
    action "setOptionEventWait" set_option_event_wait(value: i32 = "Integer");

    /// Sets the option `LogoutAvoidance`.
    action "setOptionLogoutAvoidance" set_option_logout_avoidance(value: bool = "Boolean");

    /// Sets the option `RandomInputs`.
    action "setOptionRandomInputs" set_option_random_inputs(value: bool = "Boolean");

    /// Sets the option `ReloadWait`.
    action "setOptionReloadWait" set_option_reload_wait(value: i32 = "Integer");

    /// Sets the option `ScopeCheck`.
    action "setOptionScopeCheck" set_option_scope_check(value: &str = "String");
}
