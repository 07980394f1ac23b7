//! `spider`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::api::spider::Spider;
use crate::endpoint::endpoints;

endpoints! {
    impl Spider("spider");

    /// `spider/view/allUrls` answers with a list of text under `allUrls`.
    view "allUrls" all_urls() -> Vec<String> as "allUrls";

    /// `spider/view/domainsAlwaysInScope` answers with JSON under `domainsAlwaysInScope`.
    view "domainsAlwaysInScope" domains_always_in_scope() -> Value as "domainsAlwaysInScope";

    /// The option `AcceptCookies`: true or false.
    view "optionAcceptCookies" option_accept_cookies() -> bool as "AcceptCookies";

    /// The option `HandleODataParametersVisited`: true or false.
    view "optionHandleODataParametersVisited" option_handle_odata_parameters_visited() -> bool as "HandleODataParametersVisited";

    /// The option `HandleParameters`: text.
    view "optionHandleParameters" option_handle_parameters() -> String as "HandleParameters";

    /// The option `LogoutAvoidance`: true or false.
    view "optionLogoutAvoidance" option_logout_avoidance() -> bool as "LogoutAvoidance";

    /// The option `MaxParseSizeBytes`: a whole number.
    view "optionMaxParseSizeBytes" option_max_parse_size_bytes() -> i32 as "MaxParseSizeBytes";

    /// The option `MaxScansInUI`: a whole number.
    view "optionMaxScansInUI" option_max_scans_in_ui() -> i32 as "MaxScansInUI";

    /// The option `ParseComments`: true or false.
    view "optionParseComments" option_parse_comments() -> bool as "ParseComments";

    /// The option `ParseDsStore`: true or false.
    view "optionParseDsStore" option_parse_ds_store() -> bool as "ParseDsStore";

    /// The option `ParseGit`: true or false.
    view "optionParseGit" option_parse_git() -> bool as "ParseGit";

    /// The option `ParseRobotsTxt`: true or false.
    view "optionParseRobotsTxt" option_parse_robots_txt() -> bool as "ParseRobotsTxt";

    /// The option `ParseSVNEntries`: true or false.
    view "optionParseSVNEntries" option_parse_svn_entries() -> bool as "ParseSVNEntries";

    /// The option `ParseSitemapXml`: true or false.
    view "optionParseSitemapXml" option_parse_sitemap_xml() -> bool as "ParseSitemapXml";

    /// The option `PostForm`: true or false.
    view "optionPostForm" option_post_form() -> bool as "PostForm";

    /// The option `ProcessForm`: true or false.
    view "optionProcessForm" option_process_form() -> bool as "ProcessForm";

    /// The option `SendRefererHeader`: true or false.
    view "optionSendRefererHeader" option_send_referer_header() -> bool as "SendRefererHeader";

    /// The option `ShowAdvancedDialog`: true or false.
    view "optionShowAdvancedDialog" option_show_advanced_dialog() -> bool as "ShowAdvancedDialog";

    /// The option `SkipURLString`: text.
    view "optionSkipURLString" option_skip_url_string() -> String as "SkipURLString";

    /// The option `UserAgent`: text.
    view "optionUserAgent" option_user_agent() -> String as "UserAgent";

    /// `spider/action/addDomainAlwaysInScope` answers with `OK`.
    action "addDomainAlwaysInScope" add_domain_always_in_scope(
        value: &str = "value",
    ) => AddDomainAlwaysInScopeRequest {
        /// Sends `isRegex`.
        is_regex: bool = "isRegex",
        /// Sends `isEnabled`.
        is_enabled: bool = "isEnabled",
    };

    /// `spider/action/disableAllDomainsAlwaysInScope` answers with `OK`.
    action "disableAllDomainsAlwaysInScope" disable_all_domains_always_in_scope();

    /// `spider/action/enableAllDomainsAlwaysInScope` answers with `OK`.
    action "enableAllDomainsAlwaysInScope" enable_all_domains_always_in_scope();

    /// `spider/action/modifyDomainAlwaysInScope` answers with `OK`.
    action "modifyDomainAlwaysInScope" modify_domain_always_in_scope(
        idx: i32 = "idx",
    ) => ModifyDomainAlwaysInScopeRequest {
        /// Sends `value`.
        value: &str = "value",
        /// Sends `isRegex`.
        is_regex: bool = "isRegex",
        /// Sends `isEnabled`.
        is_enabled: bool = "isEnabled",
    };

    /// `spider/action/pauseAllScans` answers with `OK`.
    action "pauseAllScans" pause_all_scans();

    /// `spider/action/removeDomainAlwaysInScope` answers with `OK`.
    action "removeDomainAlwaysInScope" remove_domain_always_in_scope(idx: i32 = "idx");

    /// `spider/action/resumeAllScans` answers with `OK`.
    action "resumeAllScans" resume_all_scans();

    /// Sets the option `AcceptCookies`.
    action "setOptionAcceptCookies" set_option_accept_cookies(value: bool = "Boolean");

    /// Sets the option `HandleODataParametersVisited`.
    action "setOptionHandleODataParametersVisited" set_option_handle_odata_parameters_visited(
        value: bool = "Boolean",
    );

    /// Sets the option `HandleParameters`.
    action "setOptionHandleParameters" set_option_handle_parameters(value: &str = "String");

    /// Sets the option `MaxParseSizeBytes`.
    action "setOptionMaxParseSizeBytes" set_option_max_parse_size_bytes(value: i32 = "Integer");

    /// Sets the option `MaxScansInUI`.
    action "setOptionMaxScansInUI" set_option_max_scans_in_ui(value: i32 = "Integer");

    /// Sets the option `ParseComments`.
    action "setOptionParseComments" set_option_parse_comments(value: bool = "Boolean");

    /// Sets the option `ParseDsStore`.
    action "setOptionParseDsStore" set_option_parse_ds_store(value: bool = "Boolean");

    /// Sets the option `ParseGit`.
    action "setOptionParseGit" set_option_parse_git(value: bool = "Boolean");

    /// Sets the option `ParseSVNEntries`.
    action "setOptionParseSVNEntries" set_option_parse_svn_entries(value: bool = "Boolean");

    /// Sets the option `SendRefererHeader`.
    action "setOptionSendRefererHeader" set_option_send_referer_header(value: bool = "Boolean");

    /// Sets the option `ShowAdvancedDialog`.
    action "setOptionShowAdvancedDialog" set_option_show_advanced_dialog(value: bool = "Boolean");

    /// Sets the option `SkipURLString`.
    action "setOptionSkipURLString" set_option_skip_url_string(value: &str = "String");

    /// Sets the option `UserAgent`.
    action "setOptionUserAgent" set_option_user_agent(value: &str = "String");
}
