//! `ascan`: written by `cargo xtask generated`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::ascan::ActiveScanner;
use crate::endpoint::endpoints;

endpoints! {
    impl ActiveScanner("ascan");

    /// `ascan/view/attackModeQueue` answers with a whole number under `attackModeQueue`.
    view "attackModeQueue" attack_mode_queue() -> i32 as "attackModeQueue";

    /// `ascan/view/excludedParamTypes` answers with a list of tables under `excludedParamTypes`.
    view "excludedParamTypes" excluded_param_types() -> Vec<BTreeMap<String, String>> as "excludedParamTypes";

    /// `ascan/view/excludedParams` answers with JSON under `excludedParams`.
    view "excludedParams" excluded_params() -> Value as "excludedParams";

    /// The option `AddQueryParam`: true or false.
    view "optionAddQueryParam" option_add_query_param() -> bool as "AddQueryParam";

    /// The option `AllowAttackOnStart`: true or false.
    view "optionAllowAttackOnStart" option_allow_attack_on_start() -> bool as "AllowAttackOnStart";

    /// The option `AttackPolicy`: text.
    view "optionAttackPolicy" option_attack_policy() -> String as "AttackPolicy";

    /// The option `DefaultPolicy`: text.
    view "optionDefaultPolicy" option_default_policy() -> String as "DefaultPolicy";

    /// The option `EncodeCookieValues`: true or false.
    view "optionEncodeCookieValues" option_encode_cookie_values() -> bool as "EncodeCookieValues";

    /// The option `ExcludeAntiCsrfTokens`: true or false.
    view "optionExcludeAntiCsrfTokens" option_exclude_anti_csrf_tokens() -> bool as "ExcludeAntiCsrfTokens";

    /// The option `InjectPluginIdInHeader`: true or false.
    view "optionInjectPluginIdInHeader" option_inject_plugin_id_in_header() -> bool as "InjectPluginIdInHeader";

    /// The option `MaxChartTimeInMins`: a whole number.
    view "optionMaxChartTimeInMins" option_max_chart_time_in_mins() -> i32 as "MaxChartTimeInMins";

    /// The option `MaxResultsToList`: a whole number.
    view "optionMaxResultsToList" option_max_results_to_list() -> i32 as "MaxResultsToList";

    /// The option `MaxScansInUI`: a whole number.
    view "optionMaxScansInUI" option_max_scans_in_ui() -> i32 as "MaxScansInUI";

    /// The option `PersistTemporaryMessages`: true or false.
    view "optionPersistTemporaryMessages" option_persist_temporary_messages() -> bool as "PersistTemporaryMessages";

    /// The option `PromptInAttackMode`: true or false.
    view "optionPromptInAttackMode" option_prompt_in_attack_mode() -> bool as "PromptInAttackMode";

    /// The option `PromptToClearFinishedScans`: true or false.
    view "optionPromptToClearFinishedScans" option_prompt_to_clear_finished_scans() -> bool as "PromptToClearFinishedScans";

    /// The option `RescanInAttackMode`: true or false.
    view "optionRescanInAttackMode" option_rescan_in_attack_mode() -> bool as "RescanInAttackMode";

    /// The option `ScanHeadersAllRequests`: true or false.
    view "optionScanHeadersAllRequests" option_scan_headers_all_requests() -> bool as "ScanHeadersAllRequests";

    /// The option `ScanNullJsonValues`: true or false.
    view "optionScanNullJsonValues" option_scan_null_json_values() -> bool as "ScanNullJsonValues";

    /// The option `ShowAdvancedDialog`: true or false.
    view "optionShowAdvancedDialog" option_show_advanced_dialog() -> bool as "ShowAdvancedDialog";

    /// `ascan/action/addExcludedParam` answers with `OK`.
    action "addExcludedParam" add_excluded_param(name: &str = "name") => AddExcludedParamRequest {
        /// Sends `type`.
        kind: i32 = "type",
        /// Sends `url`.
        url: &str = "url",
    };

    /// `ascan/action/modifyExcludedParam` answers with `OK`.
    action "modifyExcludedParam" modify_excluded_param(idx: i32 = "idx") => ModifyExcludedParamRequest {
        /// Sends `name`.
        name: &str = "name",
        /// Sends `type`.
        kind: i32 = "type",
        /// Sends `url`.
        url: &str = "url",
    };

    /// `ascan/action/removeExcludedParam` answers with `OK`.
    action "removeExcludedParam" remove_excluded_param(idx: i32 = "idx");

    /// `ascan/action/setEnabledPolicies` answers with `OK`.
    action "setEnabledPolicies" set_enabled_policies(ids: &[i32] = "ids") => SetEnabledPoliciesRequest {
        /// Sends `scanPolicyName`.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// Sets the option `AddQueryParam`.
    action "setOptionAddQueryParam" set_option_add_query_param(value: bool = "Boolean");

    /// Sets the option `AllowAttackOnStart`.
    action "setOptionAllowAttackOnStart" set_option_allow_attack_on_start(value: bool = "Boolean");

    /// Sets the option `AttackPolicy`.
    action "setOptionAttackPolicy" set_option_attack_policy(value: &str = "String");

    /// Sets the option `DefaultPolicy`.
    action "setOptionDefaultPolicy" set_option_default_policy(value: &str = "String");

    /// Sets the option `EncodeCookieValues`.
    action "setOptionEncodeCookieValues" set_option_encode_cookie_values(value: bool = "Boolean");

    /// Sets the option `ExcludeAntiCsrfTokens`.
    action "setOptionExcludeAntiCsrfTokens" set_option_exclude_anti_csrf_tokens(value: bool = "Boolean");

    /// Sets the option `InjectPluginIdInHeader`.
    action "setOptionInjectPluginIdInHeader" set_option_inject_plugin_id_in_header(value: bool = "Boolean");

    /// Sets the option `MaxChartTimeInMins`.
    action "setOptionMaxChartTimeInMins" set_option_max_chart_time_in_mins(value: i32 = "Integer");

    /// Sets the option `MaxResultsToList`.
    action "setOptionMaxResultsToList" set_option_max_results_to_list(value: i32 = "Integer");

    /// Sets the option `MaxScansInUI`.
    action "setOptionMaxScansInUI" set_option_max_scans_in_ui(value: i32 = "Integer");

    /// Sets the option `PersistTemporaryMessages`.
    action "setOptionPersistTemporaryMessages" set_option_persist_temporary_messages(value: bool = "Boolean");

    /// Sets the option `PromptInAttackMode`.
    action "setOptionPromptInAttackMode" set_option_prompt_in_attack_mode(value: bool = "Boolean");

    /// Sets the option `PromptToClearFinishedScans`.
    action "setOptionPromptToClearFinishedScans" set_option_prompt_to_clear_finished_scans(
        value: bool = "Boolean",
    );

    /// Sets the option `RescanInAttackMode`.
    action "setOptionRescanInAttackMode" set_option_rescan_in_attack_mode(value: bool = "Boolean");

    /// Sets the option `ScanHeadersAllRequests`.
    action "setOptionScanHeadersAllRequests" set_option_scan_headers_all_requests(value: bool = "Boolean");

    /// Sets the option `ScanNullJsonValues`.
    action "setOptionScanNullJsonValues" set_option_scan_null_json_values(value: bool = "Boolean");

    /// Sets the option `ShowAdvancedDialog`.
    action "setOptionShowAdvancedDialog" set_option_show_advanced_dialog(value: bool = "Boolean");
}
