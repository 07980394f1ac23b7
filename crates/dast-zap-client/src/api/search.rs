//! Search in the history.

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::core::{Message, milliseconds, status};
use crate::endpoint::endpoints;
use crate::id::MessageId;
use crate::wire::{plain, wire};

endpoints! {
    /// Search in the history by regular expressions, which need not match the whole of what they look at. What the
    /// active scanner sent is not searched.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::ZapClient;
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// for found in zap.search().urls_by_url("/login$").count(10).send().await? {
    ///     println!("{} {}: {:?}", found.method, found.url, found.status);
    /// }
    /// # Ok(()) }
    /// ```
    pub struct Search("search");

    /// Addresses that match.
    view "urlsByUrlRegex" urls_by_url(
        regex: &str = "regex",
    ) -> Vec<FoundUrl> as "urlsByUrlRegex" => FindUrlsByUrl {
        /// What addresses begin with.
        base: &Url = "baseurl",
        /// The number of the first, counted from 1.
        start: u32 = "start",
        /// How many, at most.
        count: u32 = "count",
    };

    /// Addresses of messages whose response matches.
    view "urlsByResponseRegex" urls_by_response(
        regex: &str = "regex",
    ) -> Vec<FoundUrl> as "urlsByResponseRegex" => FindUrlsByResponse {
        /// What addresses begin with.
        base: &Url = "baseurl",
        /// The number of the first, counted from 1.
        start: u32 = "start",
        /// How many, at most.
        count: u32 = "count",
    };

    /// Messages whose address matches.
    view "messagesByUrlRegex" messages_by_url(
        regex: &str = "regex",
    ) -> Vec<Message> as "messagesByUrlRegex" => FindMessagesByUrl {
        /// What addresses begin with.
        base: &Url = "baseurl",
        /// The number of the first, counted from 1.
        start: u32 = "start",
        /// How many, at most.
        count: u32 = "count",
    };

    /// Messages with a header that matches.
    view "messagesByHeaderRegex" messages_by_header(
        regex: &str = "regex",
    ) -> Vec<Message> as "messagesByHeaderRegex" => FindMessagesByHeader {
        /// What addresses begin with.
        base: &Url = "baseurl",
        /// The number of the first, counted from 1.
        start: u32 = "start",
        /// How many, at most.
        count: u32 = "count",
    };

    /// Messages whose request matches.
    view "messagesByRequestRegex" messages_by_request(
        regex: &str = "regex",
    ) -> Vec<Message> as "messagesByRequestRegex" => FindMessagesByRequest {
        /// What addresses begin with.
        base: &Url = "baseurl",
        /// The number of the first, counted from 1.
        start: u32 = "start",
        /// How many, at most.
        count: u32 = "count",
    };

    /// Messages whose response matches.
    view "messagesByResponseRegex" messages_by_response(
        regex: &str = "regex",
    ) -> Vec<Message> as "messagesByResponseRegex" => FindMessagesByResponse {
        /// What addresses begin with.
        base: &Url = "baseurl",
        /// The number of the first, counted from 1.
        start: u32 = "start",
        /// How many, at most.
        count: u32 = "count",
    };
}

/// An address that was found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FoundUrl {
    /// The message that it was found in.
    #[serde(rename = "id", deserialize_with = "wire")]
    pub message: MessageId,
    /// Where the message comes from, as a number of ZAP's `HistoryReference`: 2 is the spider, 3 the active scanner.
    #[serde(rename = "type", deserialize_with = "wire")]
    pub history_type: i32,
    /// The method of the request.
    #[serde(deserialize_with = "wire")]
    pub method: String,
    /// The address.
    #[serde(deserialize_with = "wire")]
    pub url: String,
    /// The status of the response; none if nobody answered.
    #[serde(rename = "code", deserialize_with = "status")]
    pub status: Option<u16>,
    /// Time between request and response.
    #[serde(rename = "time", deserialize_with = "milliseconds")]
    pub round_trip: Duration,
}

plain!(FoundUrl);
