//! `search`: written by `cargo xtask generated`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::search::Search;
use crate::endpoint::endpoints;

endpoints! {
    impl Search("search");

    /// `search/view/messagesByNoteRegex` answers with JSON under `messagesByNoteRegex`.
    view "messagesByNoteRegex" messages_by_note_regex(
        regex: &str = "regex",
    ) -> Value as "messagesByNoteRegex" => MessagesByNoteRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/view/messagesByTagRegex` answers with JSON under `messagesByTagRegex`.
    view "messagesByTagRegex" messages_by_tag_regex(
        regex: &str = "regex",
    ) -> Value as "messagesByTagRegex" => MessagesByTagRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/view/urlsByHeaderRegex` answers with a list of tables under `urlsByHeaderRegex`.
    view "urlsByHeaderRegex" urls_by_header_regex(
        regex: &str = "regex",
    ) -> Vec<BTreeMap<String, String>> as "urlsByHeaderRegex" => UrlsByHeaderRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/view/urlsByNoteRegex` answers with a list of tables under `urlsByNoteRegex`.
    view "urlsByNoteRegex" urls_by_note_regex(
        regex: &str = "regex",
    ) -> Vec<BTreeMap<String, String>> as "urlsByNoteRegex" => UrlsByNoteRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/view/urlsByRequestRegex` answers with a list of tables under `urlsByRequestRegex`.
    view "urlsByRequestRegex" urls_by_request_regex(
        regex: &str = "regex",
    ) -> Vec<BTreeMap<String, String>> as "urlsByRequestRegex" => UrlsByRequestRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/view/urlsByTagRegex` answers with a list of tables under `urlsByTagRegex`.
    view "urlsByTagRegex" urls_by_tag_regex(
        regex: &str = "regex",
    ) -> Vec<BTreeMap<String, String>> as "urlsByTagRegex" => UrlsByTagRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/other/harByHeaderRegex` answers with bytes.
    other "harByHeaderRegex" har_by_header_regex(regex: &str = "regex") => HarByHeaderRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/other/harByNoteRegex` answers with bytes.
    other "harByNoteRegex" har_by_note_regex(regex: &str = "regex") => HarByNoteRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/other/harByRequestRegex` answers with bytes.
    other "harByRequestRegex" har_by_request_regex(regex: &str = "regex") => HarByRequestRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/other/harByResponseRegex` answers with bytes.
    other "harByResponseRegex" har_by_response_regex(regex: &str = "regex") => HarByResponseRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/other/harByTagRegex` answers with bytes.
    other "harByTagRegex" har_by_tag_regex(regex: &str = "regex") => HarByTagRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };

    /// `search/other/harByUrlRegex` answers with bytes.
    other "harByUrlRegex" har_by_url_regex(regex: &str = "regex") => HarByUrlRegexRequest {
        /// Sends `baseurl`.
        baseurl: &str = "baseurl",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
    };
}
