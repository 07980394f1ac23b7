//! Options that are generated: each is set to something else, read back, and set to what it was. And the generated views
//! that can be asked for nothing in particular.

use super::stage::Stage;

/// Sets an option to another value, reads it back, and restores it.
macro_rules! kept {
    ($handler:expr, $get:ident, $set:ident, $other:expr) => {{
        let before = $handler.$get().send().await.unwrap();
        assert_ne!(before, $other, stringify!($get));
        $handler.$set($other).send().await.unwrap();
        assert_eq!($handler.$get().send().await.unwrap(), $other, stringify!($get));
        $handler.$set(before).send().await.unwrap();
        assert_eq!($handler.$get().send().await.unwrap(), before, stringify!($get));
    }};
}

pub(crate) use kept;

/// The same for a truth value, which has but one other.
macro_rules! turned {
    ($handler:expr; $($get:ident $set:ident;)*) => {$({
        let other = !$handler.$get().send().await.unwrap();
        kept!($handler, $get, $set, other);
    })*};
}

/// The same for a number, which has a next one.
macro_rules! counted {
    ($handler:expr; $($get:ident $set:ident;)*) => {$({
        let before = $handler.$get().send().await.unwrap();
        let next = before + 1;
        $handler.$set(next.try_into().unwrap()).send().await.unwrap();
        assert_eq!($handler.$get().send().await.unwrap(), next, stringify!($get));
        $handler.$set(before.try_into().unwrap()).send().await.unwrap();
    })*};
}

/// The same for text. ZAP fails to read some that nobody has set, so that they are not set back: others come after none.
macro_rules! written {
    ($handler:expr; $($get:ident $set:ident $text:literal;)*) => {$({
        $handler.$set($text).send().await.unwrap();
        assert_eq!($handler.$get().send().await.unwrap(), $text, stringify!($get));
    })*};
}

/// Asks, and has the reply decoded.
macro_rules! asked {
    ($handler:expr; $($get:ident),* $(,)?) => {$(
        $handler.$get().send().await.unwrap();
    )*};
}

pub(crate) async fn calls(stage: &Stage) {
    active_scanner(stage).await;
    spider(stage).await;
    add_ons(stage).await;
    others(stage).await;
}

async fn active_scanner(stage: &Stage) {
    let ascan = stage.zap.ascan();
    turned! {
        ascan;
        option_add_query_param set_option_add_query_param;
        option_allow_attack_on_start set_option_allow_attack_on_start;
        option_encode_cookie_values set_option_encode_cookie_values;
        option_exclude_anti_csrf_tokens set_option_exclude_anti_csrf_tokens;
        option_inject_plugin_id_in_header set_option_inject_plugin_id_in_header;
        option_persist_temporary_messages set_option_persist_temporary_messages;
        option_prompt_in_attack_mode set_option_prompt_in_attack_mode;
        option_prompt_to_clear_finished_scans set_option_prompt_to_clear_finished_scans;
        option_rescan_in_attack_mode set_option_rescan_in_attack_mode;
        option_scan_headers_all_requests set_option_scan_headers_all_requests;
        option_scan_null_json_values set_option_scan_null_json_values;
        option_show_advanced_dialog set_option_show_advanced_dialog;
    }
    counted! {
        ascan;
        option_max_chart_time_in_mins set_option_max_chart_time_in_mins;
        option_max_results_to_list set_option_max_results_to_list;
        option_max_scans_in_ui set_option_max_scans_in_ui;
    }
    written! {
        ascan;
        option_attack_policy set_option_attack_policy "contract";
        option_default_policy set_option_default_policy "contract";
    }
    asked!(ascan; attack_mode_queue, excluded_param_types, excluded_params);
}

async fn spider(stage: &Stage) {
    let spider = stage.zap.spider();
    turned! {
        spider;
        option_accept_cookies set_option_accept_cookies;
        option_handle_odata_parameters_visited set_option_handle_odata_parameters_visited;
        option_parse_comments set_option_parse_comments;
        option_parse_ds_store set_option_parse_ds_store;
        option_parse_git set_option_parse_git;
        option_parse_svn_entries set_option_parse_svn_entries;
        option_send_referer_header set_option_send_referer_header;
        option_show_advanced_dialog set_option_show_advanced_dialog;
    }
    counted! {
        spider;
        option_max_parse_size_bytes set_option_max_parse_size_bytes;
        option_max_scans_in_ui set_option_max_scans_in_ui;
    }
    written! {
        spider;
        option_handle_parameters set_option_handle_parameters "IGNORE_VALUE";
        option_skip_url_string set_option_skip_url_string "logout";
        option_user_agent set_option_user_agent "contract/2";
    }
    asked!(spider; all_urls, domains_always_in_scope);
}

async fn add_ons(stage: &Stage) {
    let autoupdate = stage.zap.autoupdate();
    turned! {
        autoupdate;
        option_check_addon_updates set_option_check_addon_updates;
        option_check_on_start set_option_check_on_start;
        option_download_new_release set_option_download_new_release;
        option_install_addon_updates set_option_install_addon_updates;
        option_install_scanner_rules set_option_install_scanner_rules;
        option_report_alpha_addons set_option_report_alpha_addons;
        option_report_beta_addons set_option_report_beta_addons;
        option_report_release_addons set_option_report_release_addons;
    }
    asked!(autoupdate; local_addons, option_addon_directories, option_download_directory);
}

async fn others(stage: &Stage) {
    let acsrf = stage.zap.acsrf();
    turned! {
        acsrf;
        option_partial_matching_enabled set_option_partial_matching_enabled;
    }
    asked!(acsrf; option_tokens_names);

    let breakpoints = stage.zap.breakpoints();
    asked!(breakpoints; http_message, is_break_all, is_break_request, is_break_response);

    let sessions = stage.zap.http_sessions();
    asked!(sessions; default_session_tokens, sites);

    let core = stage.zap.core();
    turned! {
        core;
        option_merge_related_alerts set_option_merge_related_alerts;
    }
    counted! {
        core;
        option_maximum_alert_instances set_option_maximum_alert_instances;
    }
    asked!(core; get_log_level, option_alert_overrides_file_path);

    let network = stage.zap.network();
    asked!(network; get_dns_ttl_successful_queries, get_pass_throughs, get_root_ca_cert_validity, get_server_cert_validity, get_socks_proxy, is_socks_proxy_enabled, is_use_global_http_state);

    let stats = stage.zap.stats();
    turned! {
        stats;
        option_in_memory_enabled set_option_in_memory_enabled;
    }
    counted! {
        stats;
        option_statsd_port set_option_statsd_port;
    }
    written! {
        stats;
        option_statsd_host set_option_statsd_host "stats.test";
        option_statsd_prefix set_option_statsd_prefix "contract";
    }
    asked!(stats; option_statsd_enabled);

    let params = stage.zap.params();
    asked!(params; params);
}
